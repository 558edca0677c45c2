"""Hidden activations: each value with its derivative, both written into arrays that are given.

In a signature, z (n, k) is the sum that enters the activation and a (n, k) what leaves it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from engine.nn.arrays import Array
from engine.registry import Registry


@dataclass(frozen=True, slots=True)
class Activation:
    """What a hidden layer does to its sums.

    value(z, out): writes a into `out`.
    slope(z, a, out): writes da/dz into `out`.
    """

    name: str
    value: Callable[[Array, Array], None] = field(repr=False)
    slope: Callable[[Array, Array, Array], None] = field(repr=False)
    leak: float = 0.0
    takes_leak: bool = False
    """Whether the leak makes a difference."""
    initializer: str = "he"
    """The one that suits it."""
    saturates: bool = False
    """Whether it is flat at both ends of its range."""
    onnx: str = ""
    """Its operator in an ONNX graph, with the leak as `alpha`; without one it is in no graph."""


ACTIVATIONS: Registry[Callable[[float], Activation]] = Registry("activation")
"""Every activation by name; each takes the leak, which only `leaky_relu` uses."""

activation = ACTIVATIONS.register
"""A decorator that registers the function below it by a name."""


@activation("leaky_relu")
def leaky_relu(leak: float) -> Activation:
    """max(z, leak·z): z above zero, leak·z below; the slope at exactly 0 is 1."""

    def value(z: Array, out: Array) -> None:
        np.multiply(z, leak, out=out)
        np.maximum(z, out, out=out)

    def slope(z: Array, _a: Array, out: Array) -> None:
        np.greater_equal(z, 0, out=out)  # 1 where z >= 0, else 0
        out *= 1 - leak
        out += leak

    return Activation("leaky_relu", value, slope, leak, takes_leak=True, onnx="LeakyRelu")


@activation("relu")
def relu(_leak: float = 0.0) -> Activation:
    """max(z, 0); the slope at exactly 0 is 1, as for the leaky form."""

    def value(z: Array, out: Array) -> None:
        np.maximum(z, 0, out=out)

    def slope(z: Array, _a: Array, out: Array) -> None:
        np.greater_equal(z, 0, out=out)

    return Activation("relu", value, slope, onnx="Relu")


@activation("sigmoid")
def sigmoid(_leak: float = 0.0) -> Activation:
    """1 / (1 + e^-z), with slope a·(1 - a)."""

    def slope(_z: Array, a: Array, out: Array) -> None:
        np.subtract(1, a, out=out)
        out *= a

    return Activation(
        "sigmoid", logistic, slope, initializer="glorot", saturates=True, onnx="Sigmoid"
    )


def logistic(z: Array, out: Array) -> None:
    """1 / (1 + e^-z), written as ½(1 + tanh(z/2)) so that no exponential can overflow."""
    np.multiply(z, 0.5, out=out)
    np.tanh(out, out=out)
    out += 1
    out *= 0.5


@activation("tanh")
def tanh(_leak: float = 0.0) -> Activation:
    """The hyperbolic tangent, with slope 1 - a²."""

    def value(z: Array, out: Array) -> None:
        np.tanh(z, out=out)

    def slope(_z: Array, a: Array, out: Array) -> None:
        np.multiply(a, a, out=out)
        np.subtract(1, out, out=out)

    return Activation("tanh", value, slope, initializer="glorot", saturates=True, onnx="Tanh")
