"""What the shares of a crew know and share: recipe, memory, and what is wanted and done."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.data.augment import Augmentation
from engine.nn.arrays import Array, Bytes, Indices
from engine.nn.schedules import SCHEDULES, Moment
from engine.training.layout import Field


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
    fields: tuple[Field, ...]
    """Which of an image's pixels the network learns from, share by share."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The arrays that all shares work on.

    images (n·pixels,) and labels (n,): to learn from, the images as `PackedImages`; wide (n,): 1
    where one has ink beyond the core. order (n,): of the images in this epoch.
    theta (p,), state (vectors, p): parameters and the optimizer's memory, in a `Layout`'s order.
    gradients (shares, p): one for each share.
    sums (shares, rows, m): what each share's pixels add to the first layer's m sums; errors
    (rows, m): the derivatives by these sums.
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
    sums: Array
    errors: Array
    board: NDArray[np.float64]
    flags: Bytes


LOSS, CORRECT, GRADIENT_LENGTH, THETA_LENGTH = range(4)
"""Columns of the board; the lengths are squared, that of the gradient is no more than is told."""

MOST = float(np.finfo(np.float32).max)
"""From here on a number on the board is a sign that the next update would break something."""

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
