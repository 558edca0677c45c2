"""Questions to a network whose answers can be worked out by hand."""

import numpy as np
import pytest

from engine.data.dataset import Digits
from engine.nn.activations import relu
from engine.nn.losses import cross_entropy
from engine.nn.network import Network
from numrec_tui.insight import units as look


def network(*sizes):
    return Network(sizes, relu(), cross_entropy)


def digits(*pixels, labels=None):
    """Pictures of 2x2 pixels, each given by its four."""
    images = np.array(pixels, np.uint8).reshape(-1, 2, 2)
    return Digits(images, np.array(labels or [0] * len(images), np.uint8), 2)


def test_a_picture_is_a_units_weights_laid_out_as_the_digits_are():
    net = network(6, 2, 2)
    net.weights[0][:, 1] = range(6)
    assert look.pictures(net, (2, 3))[1].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_the_scale_leaves_out_what_is_no_number():
    assert look.scale_of(np.array([1.0, -1.0, np.nan, np.inf])) == 1
    assert look.scale_of(np.array([np.nan])) == 1


def test_ink_is_where_the_digits_differ():
    assert look.ink(digits([0, 9, 0, 0], [0, 9, 200, 0])).tolist() == [[0, 0], [1, 0]]


def test_the_digits_that_excite_a_unit_most_come_in_order():
    net = network(4, 2, 2)
    net.weights[0][0, 0] = 1  # the first unit sees the first pixel, the second nothing
    found = look.activations(net, digits([51, 0, 0, 0], [255, 0, 0, 0], [102, 0, 0, 0]))
    assert found.best[0].tolist() == [1, 2, 0]
    assert found.outputs[0] == pytest.approx([1, 0.4, 0.2])


def test_a_unit_that_no_digit_excites_is_dead():
    net = network(4, 2, 2)
    net.biases[0][:] = (-1, 0.5)
    assert look.activations(net, digits([0, 0, 0, 0], [9, 9, 9, 9])).dead.tolist() == [True, False]


def test_classes_without_a_hidden_layer_are_never_dead():
    net = network(4, 2)
    net.biases[0][:] = -5
    found = look.activations(net, digits([0, 0, 0, 0]))
    assert not found.dead.any()
    assert found.outputs.tolist() == [[-5], [-5]]


def test_a_look_at_many_digits_pauses_on_the_way():
    pauses = []
    many = digits(*[[0, 0, 0, 0]] * 1200)
    look.activations(network(4, 2, 2), many, lambda: pauses.append(1))
    assert len(pauses) == 3  # chunks of 500


def test_a_broken_network_can_be_looked_at():
    net = network(4, 3, 2)
    net.theta[:] = np.nan
    few = digits([1, 2, 3, 4])
    assert look.activations(net, few).best.shape == (3, 1)
    assert look.distribution(net.weights[0]).largest == 0


def test_the_strongest_weights_stay_in_their_order():
    assert look.strongest(np.array([0.1, -3, 0.2, 2]), 2).tolist() == [1, 3]


def test_a_unit_leans_to_a_class_and_away_from_another():
    net = network(4, 1, 3)
    net.weights[1][0] = (-2, 0, 1)
    assert look.leanings(net) == ((2, 0),)
    assert look.leanings(network(4, 2, 2, 3)) == ()


def test_a_spread_counts_as_many_bins_below_zero_as_above():
    found = look.distribution(np.array([-1, -0.6, 0.001, 1.0]), 4)
    assert found.counts.tolist() == [2, 0, 1, 1]
    assert (found.low, found.high, found.largest) == (-1, 1, 1)
    assert found.near_zero == 0.25


@pytest.mark.parametrize("size", [1, 1e30])
def test_a_spread_of_equal_or_huge_weights_reaches_as_far_as_they_do(size):
    found = look.distribution(np.full(8, size, np.float32), 4)
    assert found.counts.tolist() == [0, 0, 0, 8]
    assert found.high == found.largest == pytest.approx(size)
    assert np.isfinite(found.deviation)


def test_the_gradient_of_each_layer_is_spread():
    net = network(4, 2, 2)
    net.weights[0][:] = 1
    few = digits([255, 0, 0, 0], [0, 255, 0, 0], labels=[0, 1])
    first, second = look.gradient_distributions(net, few, 10)
    assert first.counts.sum() == 8
    # equal outputs for both: each class is wrong by a half, for and against, and cancels
    assert second.largest == pytest.approx(0, abs=1e-7)


def test_an_update_is_measured_against_the_weights_and_by_the_batch():
    before, after = network(2, 2), network(2, 2)
    before.weights[0][:] = 1
    after.weights[0][:] = 1.25
    # moved by 0.5, two long and a half: 0.5 / 2.5 in four batches
    assert look.updates(before, after, 4) == pytest.approx((0.05,))


@pytest.mark.parametrize(
    ("ratio", "word"),
    [(1e-3, "healthy"), (1e-6, "hardly moves"), (0.1, "too fast: lower the rate")],
)
def test_an_update_gets_a_word(ratio, word):
    assert look.verdict(ratio) == word
    assert look.verdict(float("nan")) == "broken"


def test_neighbors_that_share_a_cell_show_the_strongest_of_them():
    assert look.condensed(np.array([1.0, -3, 2, 0]), 2).tolist() == [-3, 2]
    assert look.condensed(np.array([1.0, 2]), 5).tolist() == [1, 2]
