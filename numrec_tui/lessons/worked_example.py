"""A network small enough to follow every number of: 3 inputs, 2 hidden units, 3 outputs.

Every number comes from `engine.nn` at the moment it is asked for; in float64, so that what is shown
can be checked by hand.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.nn.activations import ACTIVATIONS
from engine.nn.losses import LOSSES
from engine.nn.network import Network, Workspace, forward, gradient
from engine.nn.optimizers import OPTIMIZERS, UpdateSettings

Vector: TypeAlias = NDArray[Any]

SIZES = (3, 2, 3)
"""Inputs, hidden units, outputs."""

THETA = (
    *(-0.75, 0.25, 0.5, -0.5, -0.25, 0.75),  # W1, row by row: what leads from each input
    *(0.0, 1.0),  # b1
    *(-0.75, 0.5, -0.25, 0.75, -0.5, 0.25),  # W2
    *(0.75, 0.5, 0.25),  # b2
)
"""The parameters that the example begins with, in the order of `Network.theta`."""

NUDGE = 0.001
"""By how much a parameter is moved to measure a slope."""

LARGEST = 1000.0
"""The largest number that may be typed: what is larger fits no column and teaches nothing."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One weight or bias: from a unit (None is the bias) of a layer to one of the next.

    layer: 0 between inputs and hidden units, 1 between hidden units and outputs.
    """

    layer: int
    source: int | None
    target: int

    @property
    def index(self) -> int:
        """Where it stands in `theta`."""
        first = 0 if self.layer == 0 else (SIZES[0] + 1) * SIZES[1]
        n_in, n_out = SIZES[self.layer : self.layer + 2]
        row = n_in if self.source is None else self.source
        return first + row * n_out + self.target

    @property
    def name(self) -> str:
        """As in a formula, from 1: W1[2,1] leads from input 2 to unit 1; b1[1] is a bias."""
        if self.source is None:
            return f"b{self.layer + 1}[{self.target + 1}]"
        return f"W{self.layer + 1}[{self.source + 1},{self.target + 1}]"


PARAMETERS = tuple(
    Parameter(layer, source, target)
    for layer in (0, 1)
    for source in (*range(SIZES[layer]), None)
    for target in range(SIZES[layer + 1])
)
"""All of them, in the order of `theta`."""


@dataclass(frozen=True)
class Example:
    """Everything that a person may change, and what the network makes of it.

    x (3,): the inputs. label: the right class. rate: the learning rate of SGD.
    """

    theta: tuple[float, ...] = THETA
    x: tuple[float, ...] = (0.25, 0.5, 0.75)
    label: int = 1
    activation: str = "leaky_relu"
    leak: float = 0.2
    loss: str = "quadratic"
    rate: float = 0.5

    @cached_property
    def result(self) -> "Result":
        """All numbers of one step of training."""
        return calculate(self)

    def value(self, parameter: Parameter) -> float:
        """What a weight or bias is now."""
        return self.theta[parameter.index]

    def with_parameter(self, parameter: Parameter, value: float) -> "Example":
        """The same with another weight or bias.

        Raises:
            InputError: the number is not finite, or too large.
        """
        theta = list(self.theta)
        theta[parameter.index] = checked(value)
        return replace(self, theta=tuple(theta))

    def with_input(self, index: int, value: float) -> "Example":
        """The same with another input.

        Raises:
            InputError: it is not between 0 and 1.
        """
        if not 0 <= value <= 1:
            raise InputError(f"An input is from 0 (paper) to 1 (ink), not {value:g}.")
        x = list(self.x)
        x[index] = float(value)
        return replace(self, x=tuple(x))

    def slope_of(self, parameter: Parameter) -> float:
        """How much the loss changes for each unit of a parameter, measured by a nudge."""
        nudged = self.with_parameter(parameter, self.value(parameter) + NUDGE)
        return (nudged.result.loss - self.result.loss) / NUDGE

    def after_update(self) -> "Example":
        """The same network after one update."""
        return replace(self, theta=tuple(map(float, self.result.updated)))


def checked(value: float) -> float:
    """A number that a person typed.

    Raises:
        InputError: it is not finite, or too large.
    """
    if not abs(value) <= LARGEST:
        raise InputError(f"A number is from -{LARGEST:g} to {LARGEST:g}, not {value:g}.")
    return float(value)


@dataclass(frozen=True, slots=True)
class Result:
    """One step of training, number by number; all arrays are float64.

    z1, a1, slope1, delta1 (2,): sums, outputs, slopes and errors of the hidden units.
    z2, a2, delta2 (3,): those of the outputs. terms (3,): what each output adds to the loss.
    gradient, updated (17,): of and for all parameters, laid out as `Network.theta`.
    """

    z1: Vector
    a1: Vector
    slope1: Vector
    delta1: Vector
    z2: Vector
    a2: Vector
    delta2: Vector
    loss: float
    gradient: Vector
    updated: Vector
    loss_after: float


def calculate(example: Example) -> Result:
    """Forward, backward and one update of SGD, by the functions that training uses."""
    network = network_of(example)
    batch = Workspace(network, 1)
    batch.x[:] = example.x
    labels = np.array([example.label], np.uint8)
    with np.errstate(all="ignore"):
        forward(network, batch)
        z1, a1 = batch.z[0][0].copy(), batch.a[0][0].copy()
        z2 = a1 @ network.weights[1] + network.biases[1]  # a softmax has shifted its own
        score = gradient(network, batch, labels)  # which overwrites z by the slopes
        slope1, delta1, a2, delta2 = (
            each[0].copy()
            for each in (batch.z[0], batch.delta[0], batch.scores.a, batch.scores.delta)
        )
        g = batch.gradient.copy()
        _update(network, g.copy(), example.rate)
        updated = network.theta.copy()
        after = gradient(network, batch, labels)
    return Result(z1, a1, slope1, delta1, z2, a2, delta2, score.loss, g, updated, after.loss)


def network_of(example: Example) -> Network:
    """The network with the example's parameters."""
    activation = ACTIVATIONS[example.activation](example.leak)
    theta = np.array(example.theta)
    return Network(SIZES, activation, LOSSES[example.loss], np.float64, theta)


def _update(network: Network, g: Vector, rate: float) -> None:
    """One step of SGD."""
    rule = OPTIMIZERS["sgd"]
    settings = UpdateSettings(learning_rate=rate, momentum=0.0, weight_decay=0.0)
    rule.update(network.theta, g, np.empty((0, len(g))), np.empty_like(g), 1, settings)
