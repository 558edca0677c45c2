"""The data types of shards: their configuration, the shared buffers, step ranges and results."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.data.augment import Augmentation
from engine.nn.arrays import Array, Bytes, Indices
from engine.nn.schedules import SCHEDULES, SchedulePoint
from engine.training.packing import PixelShard


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """The settings that are constant during training."""

    sizes: tuple[int, ...]
    """Of the trained network: its first size counts the live pixels only."""
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
    fields: tuple[PixelShard, ...]
    """The pixels of an image that the network is trained on, by shard."""


@dataclass(frozen=True, slots=True, repr=False)
class SharedBuffers:
    """The arrays that all shards read and write.

    images (n·pixels,) and labels (n,): the training set, the images as `PackedImages`.
    has_margin_ink (n,): 1 where an image has ink beyond the core. order (n,): of the images in
    this epoch.
    theta (p,), state (vectors, p): parameters and optimizer state, in the order of a `Layout`.
    gradients (shards, p): one for each shard.
    sums (shards, rows, m): what each shard's pixels add to the first layer's m sums; errors
    (rows, m): the derivatives by these sums.
    stats (shards, 4): what each shard publishes about a batch; for the columns see below.
    flags (2,): see the constants below.
    """

    images: Bytes
    labels: Bytes
    has_margin_ink: Bytes
    order: Indices
    theta: Array
    state: Array
    gradients: Array
    sums: Array
    errors: Array
    stats: NDArray[np.float64]
    flags: Bytes


LOSS, CORRECT, GRADIENT_LENGTH, THETA_LENGTH = range(4)
"""Columns of the stats; the lengths are squared, that of the gradient is an upper bound."""

MOST = float(np.finfo(np.float32).max)
"""From here on a number in the stats means that the next update would overflow."""

HURRY, HALT = range(2)
"""Flags: a request waits for the current batch to end; shard 0 ends the range after this batch."""


@dataclass(frozen=True, slots=True)
class StepRange:
    """Consecutive batches of one epoch, to be trained."""

    epoch: int
    """Epochs finished."""
    batch: int
    """The first batch, from 0."""
    batches: int
    """Batches in the epoch."""
    step: int
    """Updates made so far."""
    seconds: float
    """The time after which to end; 0 ends after one batch."""
    loss: float
    """The sum of losses before this range, which its losses are added to."""
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
        moment = SchedulePoint(position, self.epochs, self.decay, self.decay_epochs)
        return self.learning_rate * SCHEDULES[self.schedule](moment)


@dataclass(frozen=True, slots=True)
class StepResult:
    """The result of a step range: sums over its batches."""

    batches: int
    images: int
    loss: float
    """The sum over these images."""
    loss_total: float
    """`StepRange.loss` and what was added to it, batch by batch."""
    correct: int
    learning_rate: float
    """Of the last batch."""
    diverged: bool
    """Whether the next update would have overflowed the parameters; it was not made."""
