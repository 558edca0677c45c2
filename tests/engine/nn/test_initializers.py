"""Starting weights: how far they spread, where they end, and that a seed decides them."""

from math import sqrt

import numpy as np
import pytest

from engine.nn.activations import relu
from engine.nn.initializers import INITIALIZERS, Initializer, glorot, he, uniform
from engine.nn.losses import cross_entropy
from engine.nn.network import Network

every_initializer = pytest.mark.parametrize(
    "initializer", INITIALIZERS.values(), ids=list(INITIALIZERS)
)
N_IN, N_OUT = 400, 200


def drawn(initializer: Initializer, seed: int = 1) -> Network:
    network = Network((N_IN, N_OUT, 3), relu(), cross_entropy)
    network.biases[0][:] = 7  # as if it had been trained
    network.initialize(initializer, np.random.default_rng(seed))
    return network


@pytest.mark.parametrize(
    ("initializer", "deviation"),
    [
        (he, sqrt(2 / N_IN)),
        (glorot, sqrt(2 / (N_IN + N_OUT))),  # a uniform draw within ±l has deviation l/√3
        (uniform, sqrt(1 / 3)),
    ],
)
def test_weights_spread_around_0_as_their_rule_says(
    initializer: Initializer, deviation: float
) -> None:
    weights = drawn(initializer).weights[0]
    assert weights.std() == pytest.approx(deviation, rel=0.01)
    assert abs(weights.mean()) < 0.01 * deviation


@pytest.mark.parametrize(
    ("initializer", "limit"), [(glorot, sqrt(6 / (N_IN + N_OUT))), (uniform, 1.0)]
)
def test_uniform_weights_fill_their_range_and_never_leave_it(
    initializer: Initializer, limit: float
) -> None:
    weights = drawn(initializer).weights[0]
    assert weights.max() == pytest.approx(limit, rel=1e-3)
    assert weights.min() == pytest.approx(-limit, rel=1e-3)
    assert np.abs(weights).max() <= np.float32(limit)


def test_he_weights_are_bell_shaped() -> None:
    weights = drawn(he).weights[0] / sqrt(2 / N_IN)
    for sigmas, share in ((1, 0.6827), (2, 0.9545), (3, 0.9973)):
        assert (np.abs(weights) < sigmas).mean() == pytest.approx(share, abs=0.005)


@every_initializer
def test_biases_start_at_0(initializer: Initializer) -> None:
    for biases in drawn(initializer).biases:
        assert not biases.any()


@every_initializer
def test_the_seed_decides_the_weights(initializer: Initializer) -> None:
    first = drawn(initializer, seed=1).theta
    np.testing.assert_array_equal(first, drawn(initializer, seed=1).theta)
    assert (first != drawn(initializer, seed=2).theta).mean() > 0.9


@every_initializer
def test_layers_are_not_copies_of_each_other(initializer: Initializer) -> None:
    network = Network((50, 50, 50), relu(), cross_entropy)
    network.initialize(initializer, np.random.default_rng(1))
    assert (network.weights[0] != network.weights[1]).mean() > 0.9
