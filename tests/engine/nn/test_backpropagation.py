"""Backpropagation against slopes measured by taking two steps, in float64."""

from itertools import product

import numpy as np
import pytest

from engine.nn.activations import ACTIVATIONS, Activation
from engine.nn.arrays import Array
from engine.nn.initializers import he
from engine.nn.losses import LOSSES, Loss
from engine.nn.network import Network, Workspace, draw_masks, forward, gradient

STEP = 1e-5


class Case:
    """A network, a batch for it, and one fixed draw of dropout masks or none."""

    def __init__(
        self, sizes: tuple[int, ...], activation: Activation, loss: Loss, dropout: bool
    ) -> None:
        draw = np.random.default_rng(11)
        rows = 4
        self.network = Network(sizes, activation, loss, np.float64)
        self.network.initialize(he, draw)
        self.network.theta += draw.normal(0, 0.1, self.network.theta.shape)  # biases too
        self.batch = Workspace(self.network, rows)
        self.batch.x[:] = draw.random(self.batch.x.shape)
        self.labels = draw.integers(0, sizes[-1], rows, np.uint8)
        self.dropout = dropout
        draw_masks(self.batch, 0.3, draw)

    def distance_from_the_kink(self) -> float:
        """How close any hidden sum comes to 0, where leaky_relu and relu have no derivative."""
        forward(self.network, self.batch, dropout=False)
        return min(float(np.abs(z).min()) for z in self.batch.z)

    def gradient(self) -> Array:
        gradient(self.network, self.batch, self.labels, dropout=self.dropout)
        return self.batch.gradient.copy()

    def slope_along(self, direction: Array) -> float:
        """How fast the loss changes in a direction, by a step ahead and a step back."""
        losses = []
        theta = self.network.theta.copy()
        for sign in (1, -1):
            self.network.theta[:] = theta + sign * STEP * direction
            score = gradient(self.network, self.batch, self.labels, dropout=self.dropout)
            losses.append(score.loss)
        self.network.theta[:] = theta
        return (losses[0] - losses[1]) / (2 * STEP)


CASES = list(product(ACTIVATIONS, LOSSES, [False, True]))
every_case = pytest.mark.parametrize(
    ("activation", "loss", "dropout"),
    CASES,
    ids=["-".join([a, b, "dropout" if masked else "whole"]) for a, b, masked in CASES],
)


@every_case
def test_each_coordinate_of_the_gradient_is_the_slope_there(
    activation: str, loss: str, dropout: bool
) -> None:
    case = Case((5, 4, 6, 3), ACTIVATIONS[activation](0.2), LOSSES[loss], dropout)
    assert case.distance_from_the_kink() > 100 * STEP
    found = case.gradient()
    measured = [case.slope_along(axis) for axis in np.eye(found.size)]
    np.testing.assert_allclose(found, measured, rtol=1e-6, atol=1e-9)


@every_case
def test_the_gradient_of_a_full_network_is_the_slope_along_a_random_direction(
    activation: str, loss: str, dropout: bool
) -> None:
    case = Case((784, 32, 16, 10), ACTIVATIONS[activation](0.2), LOSSES[loss], dropout)
    assert case.distance_from_the_kink() > 100 * STEP
    found = case.gradient()
    direction = np.random.default_rng(5).normal(size=found.size)
    direction /= np.linalg.norm(direction)
    assert float(found @ direction) == pytest.approx(case.slope_along(direction), rel=1e-6)


@pytest.mark.parametrize("sizes", [(784, 32, 16, 10), (784, 10)])
@pytest.mark.parametrize("wide", [0, 1, 4])
def test_leaving_out_what_is_0_changes_nothing(sizes: tuple[int, ...], wide: int) -> None:
    case = Case(sizes, ACTIVATIONS["tanh"](0.0), LOSSES["cross_entropy"], dropout=False)
    case.batch.x[wide:, 500:] = 0
    expected = case.gradient()
    case.batch.x[wide:, 500:] = np.nan  # is never read
    case.batch.blocks = ((slice(0, 500), 4), (slice(500, 784), wide))
    np.testing.assert_allclose(case.gradient(), expected, rtol=1e-12, atol=1e-12)
