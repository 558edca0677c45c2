"""Losses: each with the output activation it belongs to, its value and its delta.

A network ends in k sums z a row (its logits). `cross_entropy` turns them into a softmax,
`quadratic` into k sigmoids. Everything is written into the buffers of a `OutputBuffers`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from engine.nn.activations import logistic
from engine.nn.arrays import Array, Bytes, Indices
from engine.registry import Registry


@dataclass(frozen=True, slots=True, repr=False)
class OutputBuffers:
    """The output layer of one batch: k numbers for each of n rows, and room to work in."""

    z: Array  # (n, k) sums; a softmax shifts them by their row's maximum
    a: Array  # (n, k) outputs: one probability a class
    delta: Array  # (n, k) dLoss/dz
    hit: Indices  # (n,) where in the flattened (n, k) the right class stands
    row: Array  # (n, 1) one number a row
    picked: Array  # (n,) the number at `hit`
    starts: Indices  # (n,) where in the flattened (n, k) each row begins
    guess: Indices  # (n,) where in the flattened (n, k) the class with the largest z stands
    ones: Array  # (k, 1) ones: a product with them sums a row

    def set_targets(self, labels: Bytes) -> None:
        """Point `hit` at the right classes: labels (n,)."""
        np.add(self.starts, labels, out=self.hit)

    def argmax(self) -> None:
        """Point `guess` at the classes with the largest z, and so the largest output.

        The first of equal ones wins.
        """
        np.argmax(self.z, axis=1, out=self.guess)
        np.add(self.guess, self.starts, out=self.guess)

    def correct(self) -> int:
        """How many rows were decided right."""
        return int(np.count_nonzero(self.guess == self.hit))


@dataclass(frozen=True, slots=True)
class Loss:
    """What training makes small, summed over the rows of a batch.

    output(scores): from `z` to `a`; decides, too.
    value(scores): the summed loss; needs `output` and `set_targets` first.
    delta(scores): from `a` to `delta`, the derivative of the summed loss by `z`.
    """

    name: str
    output: Callable[[OutputBuffers], None] = field(repr=False)
    value: Callable[[OutputBuffers], float] = field(repr=False)
    delta: Callable[[OutputBuffers], None] = field(repr=False)


def softmax(scores: OutputBuffers) -> None:
    """Class probabilities e^z / Σe^z, shifted by the row maximum so that exp cannot overflow.

    z (n, k) -> a (n, k), rows sum to 1; `row` holds the sums, which are at least 1.
    """
    scores.argmax()
    np.take(scores.z.reshape(-1), scores.guess, out=scores.picked, mode="clip")  # the maxima
    np.copyto(scores.row[:, 0], scores.picked)
    np.subtract(scores.z, scores.row, out=scores.z)
    np.exp(scores.z, out=scores.a)
    np.matmul(scores.a, scores.ones, out=scores.row)
    np.divide(scores.a, scores.row, out=scores.a)


def cross_entropy_value(scores: OutputBuffers) -> float:
    """-ln a at the right class, as ln Σe^z - z, so that a probability of 0 costs no infinity."""
    np.log(scores.row, out=scores.row)
    np.take(scores.z.reshape(-1), scores.hit, out=scores.picked, mode="clip")
    return float(scores.row.sum()) - float(scores.picked.sum())


def cross_entropy_delta(scores: OutputBuffers) -> None:
    """Softmax and cross-entropy together: a - y."""
    _output_minus_target(scores)


def sigmoids(scores: OutputBuffers) -> None:
    """One independent sigmoid a class: z (n, k) -> a (n, k)."""
    scores.argmax()
    logistic(scores.z, scores.a)


def quadratic_value(scores: OutputBuffers) -> float:
    """Σ(a - y)² over classes and rows."""
    _output_minus_target(scores)
    error = scores.delta.reshape(-1)
    return float(np.dot(error, error))


def quadratic_delta(scores: OutputBuffers) -> None:
    """2(a - y)·a(1 - a)."""
    _output_minus_target(scores)
    slope = scores.z  # the sums are not needed any more
    np.subtract(1, scores.a, out=slope)
    np.multiply(slope, scores.a, out=slope)
    np.multiply(scores.delta, slope, out=scores.delta)
    np.multiply(scores.delta, 2, out=scores.delta)


def _output_minus_target(scores: OutputBuffers) -> None:
    """Write a - y into `delta`, where y is 1 at the right class and 0 elsewhere."""
    np.copyto(scores.delta, scores.a)
    flat = scores.delta.reshape(-1)
    np.take(flat, scores.hit, out=scores.picked, mode="clip")
    np.subtract(scores.picked, 1, out=scores.picked)
    np.put(flat, scores.hit, scores.picked)


LOSSES: Registry[Loss] = Registry("loss")
"""Every loss by name."""


def loss(
    name: str,
    output: Callable[[OutputBuffers], None],
    value: Callable[[OutputBuffers], float],
    delta: Callable[[OutputBuffers], None],
) -> Loss:
    """Register a loss, with the output activation that it belongs to, and return it."""
    return LOSSES.add(name, Loss(name, output, value, delta))


cross_entropy = loss("cross_entropy", softmax, cross_entropy_value, cross_entropy_delta)
quadratic = loss("quadratic", sigmoids, quadratic_value, quadratic_delta)
