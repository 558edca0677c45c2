"""One step of training of the network at hand, number by number: for a digit and the next batch.

Every number is calculated by `engine.nn` from a copy of the run; in float64, so that what is shown
can be checked by hand. Layers count from 0, the last one is that of the classes.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Split
from engine.nn.arrays import Bytes, Indices
from engine.nn.network import Network, Workspace, count_parameters, forward, gradient
from engine.nn.optimizers import UpdateSettings
from engine.training.next_batch import NextBatch, next_batch
from engine.training.run import Run

Vector: TypeAlias = NDArray[Any]

EXACT = 4_000_000
"""Parameters up to which numbers are calculated in float64; a larger network would need too much
memory for that, and is calculated as it is trained."""

ROWS = 1000
"""Images of a batch that are calculated at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Digit:
    """A picture that is followed. image (rows, columns): 0-255. label: its right class.

    name: what it is called, such as "validation digit 12".
    """

    image: Bytes
    label: int
    name: str


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight: from a pixel or unit (None is the bias) to the unit `target` of a layer."""

    layer: int
    source: int | None
    target: int

    def fits(self, sizes: tuple[int, ...]) -> bool:
        """Whether a network of these layer sizes has it."""
        return (
            self.layer < len(sizes) - 1
            and self.target < sizes[self.layer + 1]
            and (self.source is None or self.source < sizes[self.layer])
        )

    def index(self, sizes: tuple[int, ...]) -> int:
        """Where it stands in `Network.theta`."""
        n_in, n_out = sizes[self.layer : self.layer + 2]
        row = n_in if self.source is None else self.source
        return count_parameters(sizes[: self.layer + 1]) + row * n_out + self.target


@dataclass(frozen=True)
class Standing:
    """A network between two updates. run: a copy that nobody trains."""

    run: Run
    split: Split

    @cached_property
    def network(self) -> Network:
        """The run's network, in the precision that is calculated with."""
        trained = self.run.network
        dtype = np.float64 if trained.theta.size <= EXACT else trained.theta.dtype
        theta = trained.theta.astype(dtype)
        return Network(trained.sizes, trained.activation, trained.loss, dtype, theta)

    @property
    def layers(self) -> int:
        """How many layers of weights there are."""
        return len(self.network.weights)

    def value(self, weight: Weight) -> float:
        """What a weight is now."""
        return float(self.network.theta[weight.index(self.network.sizes)])


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """A digit on its way forward, and its errors on their way back.

    a[k] (n_in,): what enters layer k, the pixels first and the outputs last. z[k], errors[k]
    (n_out,): the sums of layer k, and the derivatives of the loss by them. slopes[k] (n_out,):
    of the activation, for hidden layers.
    """

    a: tuple[Vector, ...]
    z: tuple[Vector, ...]
    slopes: tuple[Vector, ...]
    errors: tuple[Vector, ...]
    loss: float

    @property
    def outputs(self) -> Vector:
        """(classes,)."""
        return self.a[-1]

    def incoming(self, weight: Weight) -> float:
        """What enters a weight; 1 for a bias."""
        return 1.0 if weight.source is None else float(self.a[weight.layer][weight.source])

    def error(self, weight: Weight) -> float:
        """The error of the sum that a weight leads to."""
        return float(self.errors[weight.layer][weight.target])


def follow(network: Network, digit: Digit) -> Pass:
    """Forward and backward for one digit, without dropout, by the functions that training uses."""
    batch = Workspace(network, 1)
    batch.x[:] = network.inputs(digit.image)
    with np.errstate(all="ignore"):
        forward(network, batch)
        a = [batch.x[0], *(each[0].copy() for each in batch.a)]
        z = [each[0].copy() for each in batch.z]
        z.append(a[-1] @ network.weights[-1] + network.biases[-1])  # a softmax has shifted its own
        score = gradient(network, batch, np.array([digit.label], np.uint8))
    slopes = tuple(each[0] for each in batch.z)  # by now
    errors = (*(each[0] for each in batch.delta), batch.scores.delta[0])
    return Pass((*a, batch.scores.a[0]), tuple(z), slopes, errors, score.loss)


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """What the next batch makes of one weight, and of the loss.

    inputs, errors (n,): what enters the weight and the error of the sum that it leads to, for each
    image of the batch. gradient: the mean of their products. state_before, state_after (vectors,):
    the optimizer's memory of this weight. loss, loss_after: the mean over the batch, with its
    dropout. digit_after: the digit once all weights have moved.
    """

    weight: Weight
    batch: NextBatch
    inputs: Vector
    errors: Vector
    gradient: float
    before: float
    after: float
    state_before: Vector
    state_after: Vector
    loss: float
    loss_after: float
    digit_after: Pass

    @property
    def settings(self) -> UpdateSettings:
        """The rate in force, momentum and weight decay."""
        return self.batch.settings


def take_batch(standing: Standing, digit: Digit, weight: Weight) -> Update:
    """What the next update will do; the run stays as it is."""
    run, network = standing.run, standing.network
    batch = next_batch(run, standing.split)
    index, images = weight.index(network.sizes), len(batch.rows)
    with np.errstate(all="ignore"):
        summed, inputs, errors, loss = _sum_up(network, batch, weight)
        g = summed / images
        mean = float(g[index])
        theta, dtype = network.theta.copy(), network.theta.dtype
        state = run.optimizer_state.astype(dtype)
        run.optimizer.update(theta, g, state, np.empty_like(g), batch.step, batch.settings)
        moved = Network(network.sizes, network.activation, network.loss, dtype, theta)
        loss_after = sum(_loss(moved, batch, rows) for rows in _chunks(images))
    return Update(
        weight,
        batch,
        inputs,
        errors,
        mean,
        standing.value(weight),
        float(theta[index]),
        run.optimizer_state[:, index].astype(dtype),
        state[:, index].copy(),
        loss / images,
        loss_after / images,
        follow(moved, digit),
    )


def _sum_up(
    network: Network, batch: NextBatch, weight: Weight
) -> tuple[Vector, Vector, Vector, float]:
    """The summed gradient (p,), a weight's inputs and errors (n,), and the summed loss."""
    summed, loss = np.zeros_like(network.theta), 0.0
    inputs, errors = np.ones((2, len(batch.rows)), network.theta.dtype)
    for rows in _chunks(len(batch.rows)):
        work = _filled(network, batch, rows)
        score = gradient(network, work, batch.labels[rows], dropout=bool(batch.masks))
        summed += work.gradient
        loss += score.loss
        entering = (work.x, *work.a)[weight.layer]
        if weight.source is not None:
            inputs[rows] = entering[:, weight.source]
        errors[rows] = (*work.delta, work.scores.delta)[weight.layer][:, weight.target]
    return summed, inputs, errors, loss


def _loss(network: Network, batch: NextBatch, rows: slice) -> float:
    """The summed loss of some images of a batch."""
    work = _filled(network, batch, rows)
    forward(network, work, dropout=bool(batch.masks))
    work.scores.set_targets(batch.labels[rows])
    return network.loss.value(work.scores)


def _filled(network: Network, batch: NextBatch, rows: slice) -> Workspace:
    """A workspace with some images of a batch and their dropout masks."""
    images = batch.images[rows]
    work = Workspace(network, len(images))
    work.x[:] = network.inputs(images)
    for mask, drawn in zip(work.masks, batch.masks, strict=False):
        mask[:] = drawn[rows]
    return work


def _chunks(images: int) -> list[slice]:
    return [slice(first, min(first + ROWS, images)) for first in range(0, images, ROWS)]


def loudest(passed: Pass, layer: int) -> Indices:
    """The units of a layer, the one that sends most first: (n_out,)."""
    return strongest(passed.a[layer + 1])


def strongest(values: Vector) -> Indices:
    """The places of values (n,), those of the largest in size first: (n,)."""
    return np.argsort(-np.abs(np.nan_to_num(values)), kind="stable")


def products(network: Network, passed: Pass, layer: int, target: int) -> Vector:
    """What each source adds to the sum of a unit: (n_in,)."""
    found: Vector = passed.a[layer] * network.weights[layer][:, target]
    return found
