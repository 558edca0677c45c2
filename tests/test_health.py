"""A network's health: numbers that can be worked out by hand, and when a word of advice is due."""

import numpy as np
import pytest

from engine.data.digits import Digits
from engine.nn.activations import ACTIVATIONS
from engine.nn.losses import cross_entropy
from engine.nn.network import Network
from numrec_tui.health import Health, advice, examine, in_words

WELL = Health((0.3, 0.2), 0.02, (1e-3, 1e-3))


def network(*sizes: int, activation: str = "relu") -> Network:
    return Network(sizes, ACTIVATIONS[activation](0.01), cross_entropy)


def digits(*pixels: list[int]) -> Digits:
    """Pictures of 2x2 pixels of the class 0, of two."""
    images = np.array(pixels, np.uint8).reshape(-1, 2, 2)
    return Digits(images, np.zeros(len(images), np.uint8), 2)


def test_the_gradients_length_is_told_for_each_layer():
    net = network(4, 2)
    # outputs 1/2 and 1/2, the first one right: errors -1/2 and 1/2, for the one pixel that is 1
    assert examine(net, digits([255, 0, 0, 0])).gradients == pytest.approx((0.5**0.5,))


def test_units_that_no_digit_lifts_above_zero_are_dead_in_every_layer():
    net = network(4, 2, 2, 2)
    net.biases[0][:] = (1, -1)
    net.biases[1][:] = (-1, -1)
    assert examine(net, digits([0, 0, 0, 0])).dead == 0.75


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_units_that_are_always_saturated_are_dead(activation):
    net = network(4, 3, 2, activation=activation)
    net.biases[0][:] = (0, 9, -9)
    health = examine(net, digits([0, 0, 0, 0], [9, 9, 9, 9]))
    assert health.dead == pytest.approx(2 / 3)
    assert advice(health, activation) == "most units are saturated: lower the rate"


def test_without_hidden_layers_nothing_can_be_dead():
    health = examine(network(4, 2), digits([9, 9, 9, 9]))
    assert health.dead is None
    assert "dead" not in in_words(health)


def test_what_moved_is_told_by_the_batch():
    before, after = network(2, 2), network(2, 2)
    before.weights[0][:], after.weights[0][:] = 1, 1.25  # 0.5 of 2.5, in four batches
    two = Digits(np.zeros((1, 1, 2), np.uint8), np.zeros(1, np.uint8), 2)
    assert examine(after, two, before, 4).moved == pytest.approx((0.05,))
    assert examine(after, two).moved is None


def test_a_broken_network_can_be_examined():
    net = network(4, 3, 2)
    net.theta[:] = np.nan
    health = examine(net, digits([1, 2, 3, 4]), net, 1)
    assert advice(health, "relu") == "the numbers are broken: lower the rate, begin anew"
    assert "nan" in in_words(health)


def test_a_network_that_is_well_needs_no_advice():
    assert advice(WELL, "relu") is None
    assert in_words(WELL) == "gradient 0.3 0.2 · dead 2% · update 1.0e-3 healthy"


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (Health((0.3, 0.2), 0.6, (1e-3, 1e-3)), "most units are dead: lower the rate"),
        (Health((300.0, 0.2), 0.0, (1e-3, 1e-3)), "the gradient explodes: lower the rate"),
        (Health((0.3, 0.2), 0.0, (1e-3, 0.1)), "layer 2 jumps about: lower the rate"),
        (Health((1e-5, 0.1, 0.2), 0.0), "little reaches layer 1: take fewer layers, or relu"),
        (Health((0.3, 0.2), 0.0, (1e-7, 1e-6)), "it hardly moves: raise the rate"),
    ],
)
def test_what_is_off_gets_a_word_of_advice(health, said):
    assert advice(health, "relu") == said


def test_small_steps_that_a_schedule_has_made_small_need_no_remark():
    assert advice(Health((0.3, 0.2), 0.0, (1e-7, 1e-6)), "relu", rate_falls=True) is None


def test_in_a_narrow_window_layers_in_the_middle_and_then_words_are_left_out():
    health = Health((2e-5, 0.01, 0.02, 0.3), 0.0, (1e-3,) * 4)
    whole = "gradient 2.0e-5 0.01 0.02 0.3 · dead 0% · update 1.0e-3 healthy"
    assert in_words(health, len(whole)) == whole
    less = "gradient 2.0e-5 … 0.3 · dead 0% · update 1.0e-3 healthy"
    assert in_words(health, len(whole) - 1) == less
    assert in_words(health, 10) == less.removesuffix(" healthy")
