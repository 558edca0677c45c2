"""One worker's shard of the training: its pixels, its rows of every batch, its parameters.

The steps of a batch, on n workers or on one:

    1. each shard, for its pixels: what they add to the first layer's sums, in all rows of the batch
       - barrier -
    2. each shard, for its rows: the sums of all shards; forward, and back to the errors of the
       first layer; the gradient of all parameters but the first layer's weights
       - barrier -
    3. each shard: the gradient of the weights behind its pixels, over all rows, and their update;
       for its slice of the other parameters the sum of all gradients, and the update

So the largest layer's weights and gradients, most of all parameters, never leave the worker that
updates them. Everything follows from seed, epoch and batch, so nothing is sent between batches.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np

from engine.data.augment import Augmenter
from engine.data.dataset import BatchReader
from engine.nn.activations import ACTIVATIONS
from engine.nn.arrays import Array, Blocks, Bytes, Indices
from engine.nn.losses import LOSSES
from engine.nn.network import (
    Network,
    Workspace,
    backward_to_errors,
    count_parameters,
    draw_masks,
    first_gradient,
    first_sums,
    forward_from_sums,
    layer_views,
)
from engine.nn.optimizers import OPTIMIZERS, UpdateSettings
from engine.training.packing import PackedImages
from engine.training.parallel.buffers import (
    CORRECT,
    GRADIENT_LENGTH,
    HALT,
    LOSS,
    MOST,
    THETA_LENGTH,
    SharedBuffers,
    StepRange,
    StepResult,
    WorkerConfig,
)

PART = 32_768
"""Parameters updated at a time: 128 KB of each vector, which fits into the cache."""

DROPOUT = 0xD0
"""Makes the draws of dropout masks independent of other draws with the same seed."""


def no_barrier() -> None:
    """The barrier of a single shard."""


class Shard:
    """Trains one shard, in buffers that other shards may share.

    rank: of the shard, from 0. wait: the barrier; it returns when every shard has called it.
    """

    def __init__(
        self,
        config: WorkerConfig,
        buffers: SharedBuffers,
        rank: int = 0,
        wait: Callable[[], None] = no_barrier,
    ) -> None:
        self._config = config
        self._buffers = buffers
        self._rank = rank
        self._wait = wait
        shards, parameters = buffers.gradients.shape
        self._shards = shards
        self._images = PackedImages(buffers.images, len(buffers.labels), config.fields)
        self._has_margin = any(field.core < len(field) for field in config.fields)
        self._augmenter = self._make_augmenter()

        activation = ACTIVATIONS[config.activation](config.leak)
        theta = buffers.theta[: count_parameters(config.sizes)]
        self._network = Network(config.sizes, activation, LOSSES[config.loss], theta=theta)
        self._optimizer = OPTIMIZERS[config.optimizer]
        self._spare = np.empty(min(PART, parameters), theta.dtype)
        self._theta_length = 0.0

        self._batch_size, width = buffers.errors.shape
        self._field = config.fields[rank]
        self._reader = BatchReader(self._images.parts[rank], self._batch_size)
        self._x = np.empty((self._batch_size, len(self._field)), theta.dtype)
        self._spare_sums = np.empty((self._batch_size, width), theta.dtype)
        self._gradient = buffers.gradients[rank]
        self._workspaces: dict[int, Workspace] = {}

        first = sum(map(len, config.fields[:rank]))
        pixels = slice(first, first + len(self._field))
        self._w1 = self._network.weights[0][pixels]
        self._w1_gradient = layer_views(self._gradient, config.sizes)[0][0][pixels]
        self._w1_end = config.sizes[0] * width
        own, rest = self._part(parameters - self._w1_end), self._w1_end
        others = [other for other in range(shards) if other != rank]
        self._updates: tuple[tuple[range, list[int]], ...] = (
            (range(pixels.start * width, pixels.stop * width), []),
            (range(rest + own.start, rest + own.stop), others),
        )
        """The parameters that this shard updates, and the other ranks with gradients of them."""

    def _part(self, total: int) -> slice:
        """This shard's part of so many rows or parameters."""
        return slice(*(part * total // self._shards for part in (self._rank, self._rank + 1)))

    def _make_augmenter(self) -> Augmenter | None:
        config = self._config
        if not config.augmentation:
            return None
        return Augmenter(
            self._images,
            config.shape,
            config.augmentation,
            config.seed,
            live=np.concatenate([field.pixels for field in config.fields]),
            canvas=self._images,
            share=(self._rank, self._shards),
        )

    def begin_epoch(self, epoch: int) -> None:
        """Augment this shard of the training images, if the settings say so."""
        if self._augmenter:
            self._augmenter.begin(epoch)
            for rows in self._augmenter.groups.values():
                self._buffers.has_margin_ink[rows] = self._images.has_margin_ink(rows)

    @np.errstate(over="ignore", invalid="ignore")  # the stats show an overflow
    def learn(self, step_range: StepRange, hurried: Callable[[], bool]) -> StepResult:
        """Train batch by batch until the epoch or the time is over, or the numbers overflow.

        hurried: whether a request waits; called by shard 0 only, in each batch.
        """
        began = perf_counter()
        buffers, stats = self._buffers, self._buffers.stats
        images, loss, total, correct, rate = 0, 0.0, step_range.loss, 0, 0.0
        self._theta_length = sum(
            _length(buffers.theta[span.start : span.stop]) for span, _ in self._updates
        )
        batch, diverged = step_range.batch, False
        while batch < step_range.batches:
            rows, inked = self._rows(batch)
            labels = buffers.labels[rows]
            x = self._x[: len(labels)]
            self._add_up(x, rows, inked)
            self._wait()
            self._learn_own_rows(step_range, batch, labels)
            if self._rank == 0:
                buffers.flags[HALT] = perf_counter() - began >= step_range.seconds or hurried()
            self._wait()
            diverged = not (stats.sum(axis=0) < MOST).all()
            if diverged:
                break
            rate = step_range.rate(batch)
            step = step_range.step + batch - step_range.batch + 1
            self._update(
                x, inked, step, UpdateSettings(rate, step_range.momentum, step_range.weight_decay)
            )
            images += len(labels)
            loss += (batch_loss := float(stats[:, LOSS].sum()))
            total += batch_loss
            correct += int(stats[:, CORRECT].sum())
            batch += 1
            if buffers.flags[HALT]:
                break
        done = batch - step_range.batch
        return StepResult(done, images, loss, total, correct, rate, diverged)

    def _rows(self, batch: int) -> tuple[Indices | slice, Blocks]:
        """The images of a batch, in an order that saves products, and where they have ink."""
        first = batch * self._batch_size
        taken = slice(first, min(first + self._batch_size, len(self._buffers.labels)))
        rows = self._buffers.order[taken] if self._config.shuffle else taken
        has_margin_ink = self._buffers.has_margin_ink[rows]
        inked = self._field.blocks(len(has_margin_ink), int(np.count_nonzero(has_margin_ink)))
        if not self._has_margin:
            return rows, inked
        if isinstance(rows, slice):
            rows = np.arange(rows.start, rows.stop)
        return rows[np.argsort(has_margin_ink, kind="stable")[::-1]], inked

    def _add_up(self, x: Array, rows: Indices | slice, inked: Blocks) -> None:
        """Add up what the pixels of this shard contribute to the first layer's sums."""
        sums, spare = (
            room[: len(x)] for room in (self._buffers.sums[self._rank], self._spare_sums)
        )
        self._reader.read(rows, x, inked)
        first_sums(x, self._w1, inked, sums, spare)

    def _learn_own_rows(self, step_range: StepRange, batch: int, labels: Bytes) -> None:
        """Forward from the sums of all shards, back to the errors; the other gradients."""
        buffers, size = self._buffers, len(labels)
        own_stats = buffers.stats[self._rank]
        own_stats[THETA_LENGTH] = self._theta_length
        own = self._part(size)
        rest = self._gradient[self._w1_end :]
        if own.stop == own.start:
            rest.fill(0)
            own_stats[:THETA_LENGTH] = 0
            return
        self._gradient[self._network.theta.size :] = 0
        workspace = self._workspace(size, own)
        for other in range(self._shards):
            if other != self._rank:
                workspace.sums += buffers.sums[other, own]
        dropout = self._config.dropout
        if dropout:
            chance = np.random.default_rng((self._config.seed, step_range.epoch, batch, DROPOUT))
            draw_masks(workspace, dropout, chance, own.start, size)
        forward_from_sums(self._network, workspace, learning=True, dropout=dropout > 0)
        score = backward_to_errors(self._network, workspace, labels[own], scale=1 / size)
        own_stats[LOSS], own_stats[CORRECT] = score.loss, score.correct
        # |xᵀ·delta| is at most |x|·|delta|, and no pixel is above 1
        bound = _length(workspace.errors.reshape(-1)) * size * self._config.sizes[0]
        own_stats[GRADIENT_LENGTH] = _length(rest) + bound

    def _workspace(self, size: int, own: slice) -> Workspace:
        """The workspace for this shard's rows, cached: an epoch has two batch sizes at most."""
        if size not in self._workspaces:
            self._workspaces[size] = Workspace(
                self._network,
                own.stop - own.start,
                self._gradient,
                self._buffers.sums[self._rank, own],
                self._buffers.errors[own],
            )
        return self._workspaces[size]

    def _update(self, x: Array, inked: Blocks, step: int, update_settings: UpdateSettings) -> None:
        """Apply the update rule to this shard's parameters, a part at a time."""
        buffers = self._buffers
        first_gradient(x, buffers.errors[: len(x)], inked, out=self._w1_gradient)
        self._theta_length = 0.0  # published with the next batch, as others may still read
        for span, others in self._updates:
            for start in range(span.start, span.stop, PART):
                part = slice(start, min(start + PART, span.stop))
                mean = self._gradient[part]
                for other in others:
                    mean += buffers.gradients[other, part]
                theta, spare = buffers.theta[part], self._spare[: mean.size]
                self._optimizer.update(
                    theta, mean, buffers.state[:, part], spare, step, update_settings
                )
                self._theta_length += _length(theta)


def _length(vector: Array) -> float:
    """The squared length; it overflows from 1e19 on, far below where float32 itself does."""
    return float(np.dot(vector, vector))
