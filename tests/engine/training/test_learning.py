"""Whether it learns: by heart, as a textbook would, and what the settings do to it."""

import numpy as np
import pytest

from engine.data.dataset import DataSet
from engine.nn.activations import ACTIVATIONS
from engine.nn.arrays import Array
from engine.nn.optimizers import OPTIMIZERS
from engine.training.loop import train
from tests.engine import tiny


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_hundred_digits_are_learned_by_heart(optimizer: str) -> None:
    hundred = tiny.digits(100)
    parts = DataSet("hundred", hundred, hundred).split("test", 0.1, 0)
    rate = {"sgd": 0.3, "momentum": 0.05, "nesterov": 0.05}.get(optimizer, 0.01)
    run = tiny.run_on(
        parts, hidden=(32,), optimizer=optimizer, learning_rate=rate, batch_size=10, epochs=60
    )
    list(train(run, parts))
    assert run.history[-1].validation_accuracy == 1


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", ["cross_entropy", "quadratic"])
@pytest.mark.short("cross_entropy-relu", "quadratic-sigmoid")
def test_what_was_learned_holds_for_digits_never_seen(activation: str, loss: str) -> None:
    parts = tiny.split(train=300, test=100)
    run = tiny.run_on(
        parts, hidden=(32,), activation=activation, loss=loss, initializer="glorot",
        optimizer="adam", learning_rate=0.01, epochs=15,
    )  # fmt: skip
    list(train(run, parts))
    assert run.history[-1].validation_accuracy >= 0.9


def test_a_run_is_what_a_plain_textbook_loop_makes_of_it() -> None:
    """Momentum, weight decay, a hidden layer, and a last batch of three, all in float64."""
    parts = tiny.split(train=35)
    run = tiny.run_on(
        parts, hidden=(8,), activation="tanh", optimizer="momentum", learning_rate=0.1,
        momentum=0.8, weight_decay=0.01, batch_size=16, epochs=3, seed=9,
    )  # fmt: skip
    layers: list[Array] = [
        layer.astype(np.float64) for layer in (*run.network.weights, *run.network.biases)
    ]
    list(train(run, parts))

    x, y = parts.train.pixels / 255, np.eye(10)[parts.train.labels]
    v = [np.zeros_like(layer) for layer in layers]
    for epoch in range(3):
        order = np.random.default_rng((9, epoch)).permutation(35)
        for rows in (order[:16], order[16:32], order[32:]):
            w1, w2, b1, b2 = layers
            hidden = np.tanh(x[rows] @ w1 + b1)
            e = np.exp(hidden @ w2 + b2)
            error = e / e.sum(axis=1, keepdims=True) - y[rows]
            hidden_error = error @ w2.T * (1 - hidden**2)
            sums = [
                x[rows].T @ hidden_error, hidden.T @ error, hidden_error.sum(0), error.sum(0),
            ]  # fmt: skip
            for k in range(4):
                v[k] = 0.8 * v[k] + 0.1 * (sums[k] / len(rows) + 0.01 * layers[k])
                layers[k] = layers[k] - v[k]

    for found, expected in zip((*run.network.weights, *run.network.biases), layers, strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_dropout_hides_units_while_learning_and_not_while_scoring() -> None:
    # learned with next to no rate and scored on the same digits, an epoch's two losses agree
    digits = tiny.digits(200)
    parts = DataSet("same", digits, digits).split("test", 0.1, 0)
    done = {}
    for dropout in (0.0, 0.5):
        run = tiny.run_on(parts, dropout=dropout, learning_rate=1e-30, epochs=1)
        list(train(run, parts))
        done[dropout] = run.history[0]
    whole, masked = done[0.0], done[0.5]
    assert whole.train_loss == pytest.approx(whole.validation_loss, rel=1e-5)
    assert masked.validation_loss == whole.validation_loss
    assert abs(masked.train_loss - masked.validation_loss) > 0.01


def test_weight_decay_keeps_the_weights_small() -> None:
    parts = tiny.split()
    sizes = []
    for weight_decay in (0.0, 0.1):
        run = tiny.run_on(parts, weight_decay=weight_decay, epochs=10)
        list(train(run, parts))
        sizes.append(float(np.linalg.norm(run.network.theta)))
    assert sizes[1] < 0.7 * sizes[0]


def test_training_leaves_the_digits_as_they_were() -> None:
    parts = tiny.split()
    images, labels = parts.train.images.copy(), parts.train.labels.copy()
    list(train(tiny.run_on(parts), parts))
    np.testing.assert_array_equal(parts.train.images, images)
    np.testing.assert_array_equal(parts.train.labels, labels)
