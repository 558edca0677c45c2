"""Starting weights: how a network looks before it has seen anything. Biases start at 0."""

from collections.abc import Callable
from math import sqrt

import numpy as np

from engine.nn.arrays import Array
from engine.registry import Registry

Initializer = Callable[[np.random.Generator, int, int], Array]
"""(generator, n_in, n_out) -> weights (n_in, n_out)."""

INITIALIZERS: Registry[Initializer] = Registry("initializer")
"""Every initializer by name."""

initializer = INITIALIZERS.register
"""A decorator that registers the function below it by a name."""


@initializer("he")
def he(generator: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Normal with mean 0 and standard deviation √(2 / n_in), which suits (leaky) ReLU.

    Source: He et al., 2015, Delving Deep into Rectifiers.
    """
    return generator.normal(0.0, sqrt(2 / n_in), (n_in, n_out))


@initializer("glorot")
def glorot(generator: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Uniform within ±√(6 / (n_in + n_out)), which suits sigmoid and tanh.

    Source: Glorot and Bengio, 2010, Understanding the Difficulty of Training Deep Networks.
    """
    limit = sqrt(6 / (n_in + n_out))
    return generator.uniform(-limit, limit, (n_in, n_out))


@initializer("uniform")
def uniform(generator: np.random.Generator, n_in: int, n_out: int) -> Array:
    """Uniform in [-1, 1], whatever the width: too much for wide layers, and instructive."""
    return generator.uniform(-1.0, 1.0, (n_in, n_out))
