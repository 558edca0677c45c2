"""One process's share of the learning: its pixels, its rows of every batch, its parameters.

A batch goes like this, on n processes or on one:

    1. everyone, for its pixels: what they add to the first layer's sums, in all rows of the batch
       - meet -
    2. everyone, for its rows: the sums of all; forward, and back to the first layer's errors;
       the gradient of all parameters but the first layer's weights
       - meet -
    3. everyone: the gradient of the weights behind its pixels, over all rows, and their update;
       for its slice of the other parameters the sum of all gradients, and the update

So the largest layer's weights and gradients, most of all parameters, never leave the process that
learns them. Everything is known from seed, epoch and batch: nobody has to be told what is next.
"""

from collections.abc import Callable
from time import perf_counter

import numpy as np

from engine.data.augment import Augmenter
from engine.data.digits import BatchReader
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
from engine.nn.optimizers import OPTIMIZERS, Steering
from engine.training.layout import PackedImages
from engine.training.shared import (
    CORRECT,
    GRADIENT_LENGTH,
    HALT,
    LOSS,
    MOST,
    THETA_LENGTH,
    Learned,
    Memory,
    Recipe,
    Stretch,
)

PART = 32_768
"""Parameters updated at a time: 128 KB of each vector, which fits into the cache."""

DROPOUT = 0xD0
"""Keeps the draw of dropout masks apart from every other draw of the same seed."""


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
        self._images = PackedImages(memory.images, len(memory.labels), recipe.fields)
        self._has_margin = any(field.core < len(field) for field in recipe.fields)
        self._augmenter = self._make_augmenter()

        activation = ACTIVATIONS[recipe.activation](recipe.leak)
        theta = memory.theta[: count_parameters(recipe.sizes)]
        self._network = Network(recipe.sizes, activation, LOSSES[recipe.loss], theta=theta)
        self._optimizer = OPTIMIZERS[recipe.optimizer]
        self._spare = np.empty(min(PART, parameters), theta.dtype)
        self._theta_length = 0.0

        self._batch_size, width = memory.errors.shape
        self._field = recipe.fields[rank]
        self._reader = BatchReader(self._images.parts[rank], self._batch_size)
        self._x = np.empty((self._batch_size, len(self._field)), theta.dtype)
        self._spare_sums = np.empty((self._batch_size, width), theta.dtype)
        self._gradient = memory.gradients[rank]
        self._workspaces: dict[int, Workspace] = {}

        first = sum(map(len, recipe.fields[:rank]))
        pixels = slice(first, first + len(self._field))
        self._w1 = self._network.weights[0][pixels]
        self._w1_gradient = layer_views(self._gradient, recipe.sizes)[0][0][pixels]
        self._w1_end = recipe.sizes[0] * width
        own, rest = self._part(parameters - self._w1_end), self._w1_end
        others = [other for other in range(shares) if other != rank]
        self._updates: tuple[tuple[range, list[int]], ...] = (
            (range(pixels.start * width, pixels.stop * width), []),
            (range(rest + own.start, rest + own.stop), others),
        )
        """Which parameters this share updates, and who else has gradients of them."""

    def _part(self, total: int) -> slice:
        """Of so many rows or parameters those of this share."""
        return slice(*(part * total // self._shares for part in (self._rank, self._rank + 1)))

    def _make_augmenter(self) -> Augmenter | None:
        recipe = self._recipe
        if not recipe.augmentation:
            return None
        return Augmenter(
            self._images,
            recipe.shape,
            recipe.augmentation,
            recipe.seed,
            live=np.concatenate([field.pixels for field in recipe.fields]),
            canvas=self._images,
            share=(self._rank, self._shares),
        )

    def begin_epoch(self, epoch: int) -> None:
        """Change this share of the training images, if that is wanted."""
        if self._augmenter:
            self._augmenter.begin(epoch)
            for rows in self._augmenter.groups.values():
                self._memory.wide[rows] = self._images.wide(rows)

    @np.errstate(over="ignore", invalid="ignore")  # the board tells of an explosion
    def learn(self, stretch: Stretch, hurried: Callable[[], bool]) -> Learned:
        """Learn batch by batch until the epoch, the time, or the numbers come to an end.

        hurried: whether somebody waits; asked by the first share only, in each batch.
        """
        began = perf_counter()
        memory, board = self._memory, self._memory.board
        images, loss, total, correct, rate = 0, 0.0, stretch.loss, 0, 0.0
        self._theta_length = sum(
            _length(memory.theta[span.start : span.stop]) for span, _ in self._updates
        )
        batch, diverged = stretch.batch, False
        while batch < stretch.batches:
            rows, inked = self._rows(batch)
            labels = memory.labels[rows]
            x = self._x[: len(labels)]
            self._add_up(x, rows, inked)
            self._meet()
            self._learn_own_rows(stretch, batch, labels)
            if self._rank == 0:
                memory.flags[HALT] = perf_counter() - began >= stretch.seconds or hurried()
            self._meet()
            diverged = not (board.sum(axis=0) < MOST).all()
            if diverged:
                break
            rate = stretch.rate(batch)
            step = stretch.step + batch - stretch.batch + 1
            self._update(x, inked, step, Steering(rate, stretch.momentum, stretch.weight_decay))
            images += len(labels)
            loss += (batch_loss := float(board[:, LOSS].sum()))
            total += batch_loss
            correct += int(board[:, CORRECT].sum())
            batch += 1
            if memory.flags[HALT]:
                break
        done = batch - stretch.batch
        return Learned(done, images, loss, total, correct, rate, diverged)

    def _rows(self, batch: int) -> tuple[Indices | slice, Blocks]:
        """The images of a batch, in an order that saves products, and where they have ink."""
        first = batch * self._batch_size
        taken = slice(first, min(first + self._batch_size, len(self._memory.labels)))
        rows = self._memory.order[taken] if self._recipe.shuffle else taken
        wide = self._memory.wide[rows]
        inked = self._field.blocks(len(wide), int(np.count_nonzero(wide)))
        if not self._has_margin:
            return rows, inked
        if isinstance(rows, slice):
            rows = np.arange(rows.start, rows.stop)
        return rows[np.argsort(wide, kind="stable")[::-1]], inked

    def _add_up(self, x: Array, rows: Indices | slice, inked: Blocks) -> None:
        """What the pixels of this share add to the first layer's sums."""
        sums, spare = (room[: len(x)] for room in (self._memory.sums[self._rank], self._spare_sums))
        self._reader.read(rows, x, inked)
        first_sums(x, self._w1, inked, sums, spare)

    def _learn_own_rows(self, stretch: Stretch, batch: int, labels: Bytes) -> None:
        """From the sums of all shares to the errors, and the gradient of other parameters."""
        memory, size = self._memory, len(labels)
        note = memory.board[self._rank]
        note[THETA_LENGTH] = self._theta_length
        own = self._part(size)
        rest = self._gradient[self._w1_end :]
        if own.stop == own.start:
            rest.fill(0)
            note[:THETA_LENGTH] = 0
            return
        self._gradient[self._network.theta.size :] = 0
        workspace = self._workspace(size, own)
        for other in range(self._shares):
            if other != self._rank:
                workspace.sums += memory.sums[other, own]
        dropout = self._recipe.dropout
        if dropout:
            chance = np.random.default_rng((self._recipe.seed, stretch.epoch, batch, DROPOUT))
            draw_masks(workspace, dropout, chance, own.start, size)
        forward_from_sums(self._network, workspace, learning=True, dropout=dropout > 0)
        score = backward_to_errors(self._network, workspace, labels[own], scale=1 / size)
        note[LOSS], note[CORRECT] = score.loss, score.correct
        # |xᵀ·delta| is at most |x|·|delta|, and no pixel is above 1
        bound = _length(workspace.errors.reshape(-1)) * size * self._recipe.sizes[0]
        note[GRADIENT_LENGTH] = _length(rest) + bound

    def _workspace(self, size: int, own: slice) -> Workspace:
        """Room for this share's rows of a batch; kept, as an epoch has at most two sizes."""
        if size not in self._workspaces:
            self._workspaces[size] = Workspace(
                self._network,
                own.stop - own.start,
                self._gradient,
                self._memory.sums[self._rank, own],
                self._memory.errors[own],
            )
        return self._workspaces[size]

    def _update(self, x: Array, inked: Blocks, step: int, steering: Steering) -> None:
        """Apply the update rule to what this share learns, a part at a time."""
        memory = self._memory
        first_gradient(x, memory.errors[: len(x)], inked, out=self._w1_gradient)
        self._theta_length = 0.0  # told at the next batch: now others may still be reading
        for span, others in self._updates:
            for start in range(span.start, span.stop, PART):
                part = slice(start, min(start + PART, span.stop))
                mean = self._gradient[part]
                for other in others:
                    mean += memory.gradients[other, part]
                theta, spare = memory.theta[part], self._spare[: mean.size]
                self._optimizer.update(theta, mean, memory.state[:, part], spare, step, steering)
                self._theta_length += _length(theta)


def _length(vector: Array) -> float:
    """The squared length; it overflows from 1e19 on, far below where float32 itself does."""
    return float(np.dot(vector, vector))
