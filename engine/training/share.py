"""One process's share of the learning: its rows of every batch, its slice of the parameters.

A batch goes like this, on n processes or on one:

    1. everyone: the gradient of its rows, over the rows of all
       - meet -
    2. everyone: for its slice of the vector, the sum of all gradients, and the update
       - meet -

Everything is known from seed, epoch and batch, so that nobody has to be told which rows are next.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from engine.data.augment import Augmentation, Augmenter
from engine.data.digits import BatchReader
from engine.nn.activations import ACTIVATIONS
from engine.nn.arrays import Array, Blocks, Bytes, Indices
from engine.nn.losses import LOSSES
from engine.nn.network import Network, Workspace, count_parameters, draw_masks, gradient
from engine.nn.optimizers import OPTIMIZERS, Steering
from engine.nn.schedules import SCHEDULES, Moment
from engine.training.layout import blocks, is_wide

PART = 32_768
"""Parameters updated at a time: 128 KB of each vector, which fits into the cache."""

DROPOUT = 0xD0
"""Keeps the draw of dropout masks apart from every other draw of the same seed."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What stays as it is while a network learns."""

    sizes: tuple[int, ...]
    """Of the network that learns: its first size counts the live pixels."""
    activation: str
    leak: float
    loss: str
    optimizer: str
    batch_size: int
    dropout: float
    seed: int
    shuffle: bool
    augmentation: Augmentation
    shape: tuple[int, int]
    """Rows and columns of an image."""
    live: Indices
    """Which of an image's pixels the network learns from."""
    core: int
    """How many of them, from the first, are the core."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The arrays that all shares work on.

    images (n, pixels) and labels (n,): to learn from; wide (n,): 1 where an image has ink beyond
    the core. order (n,): of the images in this epoch.
    theta (p,), state (vectors, p): parameters and the optimizer's memory, in a `Layout`'s order.
    gradients (shares, p): one for each share.
    board (shares, 4): what each tells the others of a batch, by the constants below.
    flags (2,): see the constants below.
    """

    images: Bytes
    labels: Bytes
    wide: Bytes
    order: Indices
    theta: Array
    state: Array
    gradients: Array
    board: NDArray[np.float64]
    flags: Bytes


LOSS, CORRECT, GRADIENT_LENGTH, THETA_LENGTH = range(4)
"""Columns of the board; the lengths are squared."""

HURRY, HALT = range(2)
"""Flags: somebody waits for the batch under way to end; the first share ends the stretch here."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some batches to be learned one after another, all in one epoch."""

    epoch: int
    """Epochs finished."""
    batch: int
    """The first batch, from 0."""
    batches: int
    """Batches in the epoch."""
    step: int
    """Updates made so far."""
    seconds: float
    """After how long to end; at 0 after one batch."""
    loss: float
    """What the losses of this stretch are added to."""
    learning_rate: float
    momentum: float
    weight_decay: float
    schedule: str
    epochs: int
    decay: float
    decay_epochs: int

    def rate(self, batch: int) -> float:
        """The learning rate of a batch, after the schedule."""
        position = self.epoch + batch / self.batches
        moment = Moment(position, self.epochs, self.decay, self.decay_epochs)
        return self.learning_rate * SCHEDULES[self.schedule](moment)


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of a stretch: sums over its batches."""

    batches: int
    images: int
    loss: float
    """Over these images."""
    loss_total: float
    """`Stretch.loss` and what was added to it, batch by batch."""
    correct: int
    learning_rate: float
    """Of the last batch."""
    diverged: bool
    """Whether the next update would have broken the parameters; it was not made."""


def nobody() -> None:
    """Who is alone meets nobody."""


class Share:
    """Learns, in memory that others may share.

    rank: which of the shares this is, from 0. meet: returns when every share has called it.
    """

    def __init__(
        self, recipe: Recipe, memory: Memory, rank: int = 0, meet: Callable[[], None] = nobody
    ) -> None:
        self._recipe = recipe
        self._memory = memory
        self._rank = rank
        self._meet = meet
        shares, parameters = memory.gradients.shape
        self._shares = shares
        count = len(memory.labels)
        self._batch_size = min(recipe.batch_size, count)
        self._augmenter = self._make_augmenter()
        activation = ACTIVATIONS[recipe.activation](recipe.leak)
        theta = memory.theta[: count_parameters(recipe.sizes)]
        self._network = Network(recipe.sizes, activation, LOSSES[recipe.loss], theta=theta)
        rows = math.ceil(self._batch_size / shares)
        self._gradient = memory.gradients[rank]
        self._workspace = Workspace(self._network, rows, gradient=self._gradient)
        self._reader = BatchReader(memory.images, rows)
        self._slice = range(rank * parameters // shares, (rank + 1) * parameters // shares)
        self._optimizer = OPTIMIZERS[recipe.optimizer]
        self._spare = np.empty(min(PART, parameters), memory.theta.dtype)
        self._theta_length = 0.0

    def _make_augmenter(self) -> Augmenter | None:
        recipe, memory = self._recipe, self._memory
        if not recipe.augmentation:
            return None
        return Augmenter(
            memory.images,
            recipe.shape,
            recipe.augmentation,
            recipe.seed,
            live=recipe.live,
            canvas=memory.images,
            share=(self._rank, self._shares),
        )

    def begin_epoch(self, epoch: int) -> None:
        """Change this share of the training images, if that is wanted."""
        if self._augmenter:
            self._augmenter.begin(epoch)
            for rows in self._augmenter.groups.values():
                self._memory.wide[rows] = is_wide(self._memory.images[rows], self._recipe.core)

    def learn(self, stretch: Stretch, hurried: Callable[[], bool]) -> Learned:
        """Learn batch by batch until the epoch, the time, or the numbers come to an end.

        hurried: whether somebody waits; asked by the first share only, after each batch.
        """
        began = perf_counter()
        memory, board = self._memory, self._memory.board
        images, loss, total, correct, rate = 0, 0.0, stretch.loss, 0, 0.0
        self._theta_length = _length(memory.theta[self._slice.start : self._slice.stop])
        batch, diverged = stretch.batch, False
        while batch < stretch.batches:
            rows = self._add_gradient(stretch, batch)
            self._meet()
            diverged = not np.isfinite(board).all()
            if diverged:
                break
            images += rows
            loss += (batch_loss := float(board[:, LOSS].sum()))
            total += batch_loss
            correct += int(board[:, CORRECT].sum())
            rate = stretch.rate(batch)
            step = stretch.step + batch - stretch.batch + 1
            self._update(step, Steering(rate, stretch.momentum, stretch.weight_decay))
            batch += 1
            if self._rank == 0:
                memory.flags[HALT] = perf_counter() - began >= stretch.seconds or hurried()
            self._meet()
            if memory.flags[HALT]:
                break
        done = batch - stretch.batch
        return Learned(done, images, loss, total, correct, rate, diverged)

    def _add_gradient(self, stretch: Stretch, batch: int) -> int:
        """Put the gradient of this share's rows into its vector; returns the rows of the batch."""
        first = batch * self._batch_size
        size = min(self._batch_size, len(self._memory.labels) - first)
        own = slice(
            first + self._rank * size // self._shares,
            first + (self._rank + 1) * size // self._shares,
        )
        note = self._memory.board[self._rank]
        note[THETA_LENGTH] = self._theta_length
        if own.stop == own.start:
            self._gradient.fill(0)
            note[:THETA_LENGTH] = 0
            return size
        self._gradient[self._network.theta.size :] = 0
        rows, inked = self._wide_first(self._memory.order[own] if self._recipe.shuffle else own)
        labels = self._memory.labels[rows]
        workspace = self._workspace.first(len(labels))
        workspace.blocks = inked
        self._reader.read(rows, workspace.x, inked)
        dropout = self._recipe.dropout
        if dropout:
            chance = np.random.default_rng((self._recipe.seed, stretch.epoch, batch, DROPOUT))
            draw_masks(workspace, dropout, chance, own.start - first, size)
        with np.errstate(over="ignore", invalid="ignore"):  # an explosion is told by the board
            score = gradient(self._network, workspace, labels, scale=1 / size, dropout=dropout > 0)
            note[LOSS], note[CORRECT] = score.loss, score.correct
        note[GRADIENT_LENGTH] = _length(self._gradient)
        return size

    def _wide_first(self, rows: Indices | slice) -> tuple[Indices | slice, Blocks]:
        """The rows in an order that saves products, and where they then have ink."""
        core, pixels = self._recipe.core, self._recipe.sizes[0]
        wide = self._memory.wide[rows]
        inked = blocks(core, pixels, len(wide), int(np.count_nonzero(wide)))
        if core == pixels:
            return rows, inked
        if isinstance(rows, slice):
            rows = np.arange(rows.start, rows.stop)
        return rows[np.argsort(wide, kind="stable")[::-1]], inked

    def _update(self, step: int, steering: Steering) -> None:
        """Sum the gradients of this share's slice and apply the update rule, a part at a time."""
        memory = self._memory
        self._theta_length = 0.0  # told at the next batch: now others may still be reading
        for start in range(self._slice.start, self._slice.stop, PART):
            part = slice(start, min(start + PART, self._slice.stop))
            mean = self._gradient[part]
            for rank in range(self._shares):
                if rank != self._rank:
                    mean += memory.gradients[rank, part]
            theta, spare = memory.theta[part], self._spare[: mean.size]
            self._optimizer.update(theta, mean, memory.state[:, part], spare, step, steering)
            self._theta_length += _length(theta)


def _length(vector: Array) -> float:
    """The squared length; it overflows from 1e19 on, far below where float32 itself does."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.dot(vector, vector))
