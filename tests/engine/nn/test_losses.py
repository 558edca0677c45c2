"""Losses: value, delta and output, for everyday logits and for absurd ones."""

from math import log

import numpy as np
import pytest
from numpy.typing import DTypeLike

from engine.nn.activations import relu
from engine.nn.arrays import Bytes
from engine.nn.losses import LOSSES, Loss, OutputBuffers, cross_entropy, quadratic
from engine.nn.network import Network, Workspace, gradient

every_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))


def scored(
    loss: Loss, logits: list[list[float]], labels: list[int], dtype: DTypeLike = np.float64
) -> tuple[OutputBuffers, float]:
    """The scores and the summed loss of some logits; the delta is filled in too."""
    z = np.array(logits, dtype)
    scores = Workspace(Network((1, z.shape[1]), relu(), loss, dtype), len(z)).scores
    scores.z[:] = z
    loss.output(scores)
    scores.set_targets(np.array(labels, np.uint8))
    value = loss.value(scores)
    loss.delta(scores)
    return scores, value


def test_cross_entropy_is_minus_the_logarithm_of_the_right_probability() -> None:
    # e^z = (1, 3), so a = (1/4, 3/4)
    scores, value = scored(cross_entropy, [[0, log(3)]], [1])
    np.testing.assert_allclose(scores.a, [[0.25, 0.75]])
    assert value == pytest.approx(-log(0.75))
    np.testing.assert_allclose(scores.delta, [[0.25, -0.25]])


def test_the_quadratic_loss_is_the_squared_distance_of_the_sigmoids() -> None:
    # a = (.5, .75), y = (1, 0): loss = .25 + .5625
    scores, value = scored(quadratic, [[0, log(3)]], [0])
    np.testing.assert_allclose(scores.a, [[0.5, 0.75]])
    assert value == pytest.approx(0.8125)
    # 2(a - y)·a(1 - a) = (2·-.5·.25, 2·.75·.1875)
    np.testing.assert_allclose(scores.delta, [[-0.25, 0.28125]])


@every_loss
def test_the_loss_is_summed_over_the_rows(loss: Loss) -> None:
    logits, labels = [[0.5, -1.0, 2.0], [1.0, 1.5, -0.5]], [2, 0]
    apart = [scored(loss, [row], [label])[1] for row, label in zip(logits, labels, strict=True)]
    assert scored(loss, logits, labels)[1] == pytest.approx(sum(apart))


def test_probabilities_of_a_row_sum_to_1() -> None:
    scores, _ = scored(cross_entropy, [[5, -3, 0.25], [-80, 80, 79]], [0, 1])
    np.testing.assert_allclose(scores.a.sum(axis=1), 1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("loss", "right_class", "value", "delta"),
    [
        # softmax (1, 0, 0)
        (cross_entropy, 0, 0, [0, 0, 0]),
        (cross_entropy, 1, 20_000, [1, -1, 0]),
        (cross_entropy, 2, 10_000, [1, 0, -1]),
        # sigmoids (1, 0, ½), whose slopes are (0, 0, ¼)
        (quadratic, 0, 0.25, [0, 0, 0.25]),
        (quadratic, 1, 2.25, [0, 0, 0.25]),
        (quadratic, 2, 1.25, [0, 0, -0.25]),
    ],
)
def test_logits_of_ten_thousand_give_right_answers_without_a_warning(
    loss: Loss, right_class: int, value: float, delta: list[float], dtype: DTypeLike
) -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        scores, found = scored(loss, [[10_000, -10_000, 0]], [right_class], dtype)
    assert found == value
    np.testing.assert_array_equal(scores.delta, [delta])


@every_loss
def test_a_whole_network_with_logits_of_ten_thousand_raises_no_warning(loss: Loss) -> None:
    network = Network((2, 3, 2), relu(), loss)
    network.theta[:] = 0.5
    network.biases[1][:] = 10_000, -10_000
    batch = Workspace(network, rows=2)
    batch.x[:] = 1
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        score = gradient(network, batch, np.array([0, 1], np.uint8))
    assert score.correct == 1
    assert np.isfinite(batch.gradient).all()


@every_loss
@pytest.mark.parametrize(
    ("logits", "winner"), [([2, 2, 2], 0), ([1, 2, 2], 1), ([1, 2, 3], 2), ([3, 1, 3], 0)]
)
def test_the_first_of_equal_outputs_wins(loss: Loss, logits: list[float], winner: int) -> None:
    right = [label for label in range(3) if scored(loss, [logits], [label])[0].correct()]
    assert right == [winner]


@every_loss
def test_of_two_outputs_that_are_both_1_the_one_with_the_larger_sum_wins(loss: Loss) -> None:
    assert [scored(loss, [[100, 200, 0]], [k], np.float32)[0].correct() for k in (0, 1)] == [0, 1]


@every_loss
def test_correct_counts_the_rows_that_are_read_right(loss: Loss) -> None:
    scores, _ = scored(loss, [[1, 0], [0, 1], [0, 1], [1, 0]], [0, 1, 0, 1])
    assert scores.correct() == 2


@every_loss
def test_the_label_of_each_row_is_used_whatever_its_place(loss: Loss) -> None:
    logits = np.random.default_rng(3).normal(size=(6, 4))
    labels: Bytes = np.array([3, 0, 2, 1, 3, 3], np.uint8)
    whole, _ = scored(loss, logits.tolist(), labels.tolist())
    for row, label in enumerate(labels):
        alone, _ = scored(loss, [logits[row].tolist()], [int(label)])
        np.testing.assert_allclose(whole.delta[row], alone.delta[0], atol=1e-15)


def test_every_loss_is_found_by_its_own_name() -> None:
    assert [loss.name for loss in LOSSES.values()] == list(LOSSES)
