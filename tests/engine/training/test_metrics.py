"""Scores: the same as counted and added up one digit at a time."""

from math import exp, log

import numpy as np
import pytest

from engine.data.dataset import Digits
from engine.nn.activations import leaky_relu
from engine.nn.initializers import he
from engine.nn.losses import LOSSES
from engine.nn.network import Network
from engine.training.metrics import CHUNK, Evaluation, Evaluator
from tests.engine import tiny


def network(loss: str) -> Network:
    made = Network((tiny.SIDE**2, 6, 10), leaky_relu(0.1), LOSSES[loss])
    made.initialize(he, np.random.default_rng(5))
    return made


def one_at_a_time(made: Network, digits: Digits) -> tuple[list[list[int]], float]:
    """The confusion and the summed loss, by plain Python numbers."""
    confusion = [[0] * 10 for _ in range(10)]
    loss = 0.0
    w1, w2 = (weights.astype(np.float64) for weights in made.weights)
    for image, label in zip(digits.images, digits.labels.tolist(), strict=True):
        hidden = (image.ravel() / 255) @ w1
        z = (np.where(hidden > 0, hidden, 0.1 * hidden) @ w2).tolist()
        confusion[label][z.index(max(z))] += 1
        if made.loss.name == "cross_entropy":
            loss += log(sum(exp(value) for value in z)) - z[label]
        else:
            a = [1 / (1 + exp(-value)) for value in z]
            loss += sum((a[k] - (k == label)) ** 2 for k in range(10))
    return confusion, loss


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("images", [1, 7, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_scores_are_as_counted_one_at_a_time(loss: str, images: int) -> None:
    digits = tiny.digits(images)
    made = network(loss)
    found = Evaluator(made, digits).evaluate()
    confusion, summed = one_at_a_time(made, digits)
    assert found.confusion.tolist() == confusion
    assert found.images == images
    assert found.correct == sum(confusion[k][k] for k in range(10))
    assert found.accuracy == found.correct / images
    assert found.loss == pytest.approx(summed / images, rel=1e-5)


def test_rows_of_the_confusion_are_the_truth_and_columns_what_was_read() -> None:
    made = network("cross_entropy")
    made.theta[:] = 0
    made.biases[-1][4] = 1  # reads everything as a 4
    digits = tiny.digits(30)
    confusion = Evaluator(made, digits).evaluate().confusion
    assert confusion[:, 4].tolist() == [3] * 10
    assert confusion.sum() == 30


def test_the_first_of_equal_outputs_is_what_is_read() -> None:
    made = network("quadratic")
    made.theta[:] = 0
    confusion = Evaluator(made, tiny.digits(20)).evaluate().confusion
    assert confusion[:, 0].tolist() == [2] * 10


def test_a_score_is_of_the_network_as_it_is_now() -> None:
    made, digits = network("cross_entropy"), tiny.digits(50)
    evaluator = Evaluator(made, digits)
    first = evaluator.evaluate()
    made.initialize(he, np.random.default_rng(6))
    second = evaluator.evaluate()
    assert second.loss == Evaluator(made, digits).evaluate().loss
    assert second.loss != first.loss
    assert first.confusion.sum() == 50  # and the first one is left as it was


def test_scoring_changes_no_parameter() -> None:
    made = network("cross_entropy")
    before = made.theta.copy()
    Evaluator(made, tiny.digits(20)).evaluate()
    np.testing.assert_array_equal(made.theta, before)


def test_accuracy_is_the_share_read_right() -> None:
    assert Evaluation(8, 6, 0.0, np.zeros((10, 10), np.int64)).accuracy == 0.75


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("largest", [1e17, 1e18, 3e18, 1e19, 1e30, np.nan])
def test_a_broken_network_is_scored_without_a_word_on_the_screen(loss: str, largest: float) -> None:
    made = network(loss)
    made.theta[:] *= np.float32(largest)
    assert Evaluator(made, tiny.digits(600)).evaluate().images == 600
