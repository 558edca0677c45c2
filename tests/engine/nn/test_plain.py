"""The plain network and the quick one are the same network."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from engine.nn import plain
from engine.nn.activations import relu
from engine.nn.initializers import he
from engine.nn.losses import cross_entropy
from engine.nn.network import Network, Workspace, gradient
from engine.nn.optimizers import UpdateSettings, sgd
from engine.training.loop import epoch_order, train
from tests.engine import tiny

README = Path(__file__).parents[3] / "README.md"


@pytest.mark.parametrize("sizes", [(6, 3), (6, 5, 3), (6, 5, 4, 3)])
def test_every_number_of_a_step_is_that_of_the_quick_network(sizes: tuple[int, ...]) -> None:
    network = Network(sizes, relu(), cross_entropy, np.float64)
    network.initialize(he, np.random.default_rng(1))
    network.theta += 0.01
    W, b = ([part.copy() for part in parts] for parts in (network.weights, network.biases))
    draw = np.random.default_rng(2)
    x, labels = draw.random((9, sizes[0])), draw.integers(0, sizes[-1], 9, np.uint8)

    batch = Workspace(network, 9)
    batch.x[:] = x
    score = gradient(network, batch, labels, scale=1 / 9)
    a = plain.forward(x, W, b)
    np.testing.assert_allclose(a[-1], network.probabilities(x), atol=1e-12)
    assert plain.loss(a[-1], labels) == pytest.approx(score.loss / 9, abs=1e-12)

    gradients = plain.backward(a, W, labels)
    for (by_weights, by_biases), *fast in zip(gradients, batch.weights, batch.biases, strict=True):
        np.testing.assert_allclose(by_weights, fast[0], atol=1e-12)
        np.testing.assert_allclose(by_biases, fast[1], atol=1e-12)

    plain.update(W, b, gradients, 0.5)
    sgd(network.theta, batch.gradient, np.empty((0, 0)), np.empty(0), 1, UpdateSettings(0.5))
    for found, expected in zip([*W, *b], [*network.weights, *network.biases], strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_whole_run_ends_with_the_same_parameters() -> None:
    parts = tiny.split()
    run = tiny.run_on(parts, activation="relu", optimizer="sgd", learning_rate=0.05, augment="off")
    network = run.network
    W, b = ([part.astype(float) for part in each] for each in (network.weights, network.biases))
    for epoch in range(3):
        run.epoch = epoch
        order = epoch_order(run, 60)
        assert order is not None
        for rows in np.split(order, range(16, 60, 16)):
            a = plain.forward(parts.train.pixels[rows] / 255, W, b)
            plain.update(W, b, plain.backward(a, W, parts.train.labels[rows]), 0.05)
    run.epoch = 0
    list(train(run, parts))
    for found, expected in zip([*W, *b], [*network.weights, *network.biases], strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_it_is_short() -> None:
    lines = _functions().splitlines()
    code = [line for line in lines if line.strip() and '"""' not in line]
    assert len(code) <= 22


def test_the_readme_quotes_it_to_the_letter() -> None:
    quoted = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert _functions() in quoted


def test_the_shapes_are_those_that_the_text_names() -> None:
    W = [np.ones(shape) for shape in pairwise((6, 5, 3))]
    b = [np.zeros(5), np.zeros(3)]
    a = plain.forward(np.ones((2, 6)), W, b)
    assert [each.shape for each in a] == [(2, 6), (2, 5), (2, 3)]
    gradients = plain.backward(a, W, np.array([0, 1]))
    assert [(w.shape, c.shape) for w, c in gradients] == [((6, 5), (5,)), ((5, 3), (3,))]


def _functions() -> str:
    """The four functions, as they stand in the file."""
    text = Path(plain.__file__).read_text(encoding="utf-8")
    return text[text.index("def forward") :]
