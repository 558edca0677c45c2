"""Update rules, from simple to complex: a few lines over one flat vector of parameters.

In each rule theta (p,) are the parameters and g (p,) the mean gradient of a batch; g is used up.
`state` (vectors, p) is the rule's memory and starts at zero. `step` counts updates from 1.
As everything is element by element, a rule may be given any slice of the vectors.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import sqrt

import numpy as np

from engine.nn.arrays import Array
from engine.registry import Registry


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    """The numbers that may change between two updates."""

    learning_rate: float
    momentum: float = 0.9
    weight_decay: float = 0.0


Update = Callable[[Array, Array, Array, Array, int, UpdateSettings], None]
"""(theta, g, state, spare, step, settings); spare (p,) is room to work in."""


@dataclass(frozen=True, slots=True)
class Optimizer:
    """An update rule and how many vectors it remembers."""

    name: str
    vectors: int
    update: Update = field(repr=False)


OPTIMIZERS: Registry[Optimizer] = Registry("optimizer")
"""Every optimizer by name."""


def optimizer(name: str, vectors: int) -> Callable[[Update], Update]:
    """A decorator that registers the update rule below it. vectors: how many it remembers."""

    def register(update: Update) -> Update:
        OPTIMIZERS.add(name, Optimizer(name, vectors, update))
        return update

    return register


@optimizer("sgd", vectors=0)
def sgd(
    theta: Array, g: Array, _state: Array, spare: Array, _step: int, to: UpdateSettings
) -> None:
    """θ ← θ - lr·g."""
    _add_decay(theta, g, spare, to)
    g *= to.learning_rate
    theta -= g


@optimizer("momentum", vectors=1)
def momentum(
    theta: Array, g: Array, state: Array, spare: Array, _step: int, to: UpdateSettings
) -> None:
    """v ← μv + lr·g; θ ← θ - v. The rate is inside v, so a new rate acts gradually.

    Source: Polyak, 1964; equal to the form with the rate outside while the rate is constant.
    """
    v = state[0]
    _add_decay(theta, g, spare, to)
    g *= to.learning_rate
    v *= to.momentum
    v += g
    theta -= v


@optimizer("nesterov", vectors=1)
def nesterov(
    theta: Array, g: Array, state: Array, spare: Array, _step: int, to: UpdateSettings
) -> None:
    """v ← μv + lr·g; θ ← θ - (μv + lr·g): momentum that looks one step ahead.

    Source: Sutskever et al., 2013, On the Importance of Initialization and Momentum.
    """
    v = state[0]
    _add_decay(theta, g, spare, to)
    g *= to.learning_rate
    v *= to.momentum
    v += g
    theta -= g
    np.multiply(v, to.momentum, out=g)
    theta -= g


@optimizer("adam", vectors=2)
def adam(theta: Array, g: Array, state: Array, spare: Array, step: int, to: UpdateSettings) -> None:
    """m ← β₁m + (1-β₁)g; v ← β₂v + (1-β₂)g²; θ ← θ - lr·m̂ / (√v̂ + ε).

    m̂ = m / (1-β₁ᵗ) and v̂ = v / (1-β₂ᵗ); β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    Source: Kingma and Ba, 2015, Adam: A Method for Stochastic Optimization.
    """
    _add_decay(theta, g, spare, to)
    _adam_step(theta, g, state, spare, step, to.learning_rate)


@optimizer("adamw", vectors=2)
def adamw(
    theta: Array, g: Array, state: Array, spare: Array, step: int, to: UpdateSettings
) -> None:
    """θ ← θ - lr·λ·θ, then Adam: the decay does not pass through the moments.

    Source: Loshchilov and Hutter, 2019, Decoupled Weight Decay Regularization.
    """
    if to.weight_decay:
        theta *= 1 - to.learning_rate * to.weight_decay
    _adam_step(theta, g, state, spare, step, to.learning_rate)


BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def _adam_step(theta: Array, g: Array, state: Array, spare: Array, step: int, rate: float) -> None:
    m, v = state
    m *= BETA1
    np.multiply(g, 1 - BETA1, out=spare)
    m += spare
    v *= BETA2
    g *= g
    g *= 1 - BETA2
    v += g
    np.sqrt(v, out=g)
    g /= sqrt(1 - BETA2**step)
    g += EPSILON
    np.divide(m, g, out=g)
    g *= rate / (1 - BETA1**step)
    theta -= g


def _add_decay(theta: Array, g: Array, spare: Array, to: UpdateSettings) -> None:
    """g ← g + λθ, the gradient of ½λ·|θ|²."""
    if to.weight_decay:
        np.multiply(theta, to.weight_decay, out=spare)
        g += spare
