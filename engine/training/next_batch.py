"""The batch that a run learns from next, as training will see it, without training on it."""

import math
from dataclasses import dataclass, replace

import numpy as np

from engine.data.augment import Augmentation, Augmenter
from engine.data.dataset import Split
from engine.nn.arrays import Array, Bytes, Indices
from engine.nn.network import Workspace, draw_masks
from engine.nn.optimizers import UpdateSettings
from engine.training.loop import epoch_order
from engine.training.packing import live_pixels
from engine.training.parallel.executor import augmentation
from engine.training.parallel.shard import DROPOUT
from engine.training.run import Run


@dataclass(frozen=True, slots=True, repr=False)
class NextBatch:
    """What the next update depends on besides the parameters and the optimizer's memory.

    rows (n,): of the training images. images (n, pixels): those, augmented if the run does that.
    labels (n,): their classes. masks: for each hidden layer (n, width), what dropout multiplies
    its outputs by; none without dropout. settings: with the rate in force. step: from 1.
    """

    epoch: int
    """Epochs finished before it."""
    batch: int
    """Batches of its epoch before it."""
    rows: Indices
    images: Bytes
    labels: Bytes
    masks: tuple[Array, ...]
    settings: UpdateSettings
    step: int


def next_batch(run: Run, split: Split) -> NextBatch:
    """The next batch of a run, whether that has begun or not; the run stays as it is."""
    settings, count = run.hyperparameters, len(split.train)
    size = min(settings.batch_size, count)
    batches = math.ceil(count / size)
    epoch, batch = (run.epoch, run.batch) if run.batch < batches else (run.epoch + 1, 0)
    order = epoch_order(replace(run, epoch=epoch), count)
    taken = slice(batch * size, min((batch + 1) * size, count))
    rows = np.arange(count)[taken] if order is None else order[taken]
    return NextBatch(
        epoch,
        batch,
        rows,
        _images(split, rows, augmentation(settings, split), settings.seed, epoch),
        split.train.labels[rows],
        _masks(run, len(rows), epoch, batch),
        UpdateSettings(
            settings.rate_at(epoch + batch / batches), settings.momentum, settings.weight_decay
        ),
        run.step + 1,
    )


def _images(split: Split, rows: Indices, change: Augmentation, seed: int, epoch: int) -> Bytes:
    """Training images by their rows (n,), as an epoch shows them -> (n, pixels)."""
    pixels = split.train.pixels
    if not change:
        return pixels[rows]
    height, width = split.train.images.shape[1:]
    live = live_pixels(pixels)
    canvas = _Canvas(pixels, live, rows)
    painter = Augmenter(canvas, (height, width), change, seed, live=live, canvas=canvas, only=rows)
    painter.begin(epoch)
    return canvas.painted


class _Canvas:
    """All images to an `Augmenter`, but only those of a batch are ever painted.

    painted (n, pixels): these, in the order of `rows` (n,); ink beyond the live pixels is lost.
    """

    def __init__(self, pixels: Bytes, live: Indices, rows: Indices) -> None:
        self.painted: Bytes = np.zeros((len(rows), pixels.shape[1]), np.uint8)
        self._pixels, self._live = pixels, live
        self._places = np.full(len(pixels), -1)
        self._places[rows] = np.arange(len(rows))

    def __len__(self) -> int:
        return len(self._pixels)

    def __getitem__(self, rows: Indices) -> Bytes:
        found: Bytes = self._pixels[rows][:, self._live]
        return found

    def __setitem__(self, rows: Indices, pixels: Bytes) -> None:
        self.painted[self._places[rows][:, None], self._live] = pixels


def _masks(run: Run, rows: int, epoch: int, batch: int) -> tuple[Array, ...]:
    dropout = run.hyperparameters.dropout
    if not dropout:
        return ()
    workspace = Workspace(run.network, rows)
    seed = run.hyperparameters.seed
    draw_masks(workspace, dropout, np.random.default_rng((seed, epoch, batch, DROPOUT)))
    return tuple(workspace.masks)
