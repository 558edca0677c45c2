"""Augmentation: every epoch shows each digit a little turned, sized, leaning, moved and bent.

A fresh bilinear warp of every image is many times dearer in NumPy than learning from it. The
trick: a group of images, chosen by the seed, shares one random warp in an epoch, and they lie
pixel by pixel, so that a warp is a sum of four whole rows for each pixel instead of four lookups
for each pixel of each image. The warps of different groups and of different epochs are independent.
"""

import math
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.nn.arrays import Array, Bytes, Indices

GROUP, FEWEST_GROUPS = 384, 32
"""Images that share a warp in an epoch, unless that would make fewer groups than these."""

STEPS = 16
"""Positions between two pixels: places are rounded to 1/16 pixel, so that weights are n/256 and the
largest sum, 255 · 256 + 128, still fits into 16 bits."""

SMOOTHNESS = 4.0
"""Standard deviation in pixels of the bell that makes a field of noise an elastic one."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How far each kind of change may go; 0 switches it off.

    rotation: ± degrees; scale: ± share of the size, below 1; shear: ± pixels sideways for each
    pixel of height; shift: ± pixels, each way; all uniform. elastic: standard deviation in
    pixels of how far each place is moved, each way.
    """

    rotation: float = 8.0
    scale: float = 0.08
    shear: float = 0.1
    shift: float = 1.0
    elastic: float = 0.7

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


OFF = Augmentation(0, 0, 0, 0, 0)
"""Images as they are."""


@dataclass(frozen=True, slots=True, repr=False)
class Move:
    """An affine change about the middle of the picture; or g of them, by arrays (g, 1, 1).

    rotation: degrees, anticlockwise; scale: share by which it grows; shear: pixels to the right
    for each pixel above the middle; right, down: pixels.
    """

    rotation: Array | float = 0.0
    scale: Array | float = 0.0
    shear: Array | float = 0.0
    right: Array | float = 0.0
    down: Array | float = 0.0

    def sources(self, rows: int, columns: int) -> Array:
        """Where each pixel takes its ink from: (2, rows, columns) or (g, 2, rows, columns).

        A point p = (x, y) from the middle, y downwards, goes to A·p + t with

            A = (1 + scale) · [cos sin; -sin cos] · [1 -shear; 0 1],  t = (right, down),

        so the pixel at q takes from A⁻¹·(q - t).
        """
        middle_y, middle_x = (rows - 1) / 2, (columns - 1) / 2
        y = np.arange(rows, dtype=np.float32)[:, None] - (middle_y + self.down)
        x = np.arange(columns, dtype=np.float32) - (middle_x + self.right)
        cos = np.cos(np.radians(self.rotation)) / (1 + self.scale)
        sin = np.sin(np.radians(self.rotation)) / (1 + self.scale)
        row = sin * x + (cos * y + middle_y)
        column = (cos + self.shear * sin) * x + ((self.shear * cos - sin) * y + middle_x)
        return np.stack([row, column], axis=-3)


class Canvas(Protocol):
    """An array (n, k) of n images, or what gives and takes their rows as one does."""

    def __len__(self) -> int: ...
    def __getitem__(self, rows: Indices, /) -> Bytes: ...
    def __setitem__(self, rows: Indices, pixels: Bytes, /) -> None: ...


class Augmenter:
    """Images that are drawn anew for each epoch, known from seed, epoch and image alone.

    pixels (n, k): the images; shape: their rows and columns. live (k,): which of the rows·columns
    pixels the columns of `pixels` are, all of them if None; ink that moves elsewhere is lost.
    share (k, n): paint only what is the k-th of n painters' part, from 0; `canvas` (n, k) is what
    they paint on together, a copy of `pixels` unless told. only (m,): paint these rows alone.
    """

    def __init__(
        self,
        pixels: Canvas,
        shape: tuple[int, int],
        augmentation: Augmentation,
        seed: int,
        *,
        live: Indices | None = None,
        canvas: Canvas | None = None,
        share: tuple[int, int] = (0, 1),
        only: Indices | None = None,
    ) -> None:
        self.pixels: Canvas = copy(pixels) if canvas is None else canvas
        """What to learn from: the same array in every epoch, repainted by `begin`."""
        self._augmentation = augmentation
        self._seed = seed
        self._shape = rows, columns = shape
        self._live = np.arange(rows * columns) if live is None else live
        count = len(pixels)
        size = min(GROUP, math.ceil(count / FEWEST_GROUPS))
        order = np.random.default_rng((seed, 0, GROUPS)).permutation(count)
        own = range(share[0], math.ceil(count / size), share[1])
        self.groups = {group: order[group * size : (group + 1) * size] for group in own}
        """The rows of the images that share a warp, by number; the last one may be smaller."""
        if only is not None:
            few = {group: rows[np.isin(rows, only)] for group, rows in self.groups.items()}
            self.groups = {group: rows for group, rows in few.items() if rows.size}
        framed = np.arange((rows + 2) * (columns + 2)).reshape(rows + 2, columns + 2)
        positions = framed[1:-1, 1:-1].reshape(-1)[self._live]  # the frame is 0, a pixel wide
        self._stacks = {
            group: np.zeros((framed.size, len(members)), np.uint8)
            for group, members in self.groups.items()
        }
        for group, members in self.groups.items():
            self._stacks[group][positions] = pixels[members].T
        self._smooth = _bell(rows), _bell(columns).T
        self._source = np.empty(framed.size * size, np.uint16)
        self._tap, self._sum = np.empty((2, self._live.size * size), np.uint16)
        self._bytes = np.empty(self._live.size * size, np.uint8)

    def begin(self, epoch: int) -> None:
        """Repaint the images for an epoch, whatever was painted before."""
        if self.groups:
            for group, taps in zip(self.groups, self._taps(self._positions(epoch)), strict=True):
                self._paint(group, *taps)

    def paint(self, group: int, positions: Array) -> None:
        """Repaint a group by one warp: the pixel at [i, j] takes from places[:, i, j]."""
        self._paint(group, *next(self._taps(positions[None])))

    def _paint(self, group: int, index: Indices, weight: NDArray[np.uint16]) -> None:
        """Each pixel becomes the mean of four, in whole numbers; outside of the picture is 0."""
        stack, members = self._stacks[group], self.groups[group]
        source = self._source[: stack.size].reshape(-1, len(members))
        size = self._live.size * len(members)
        tap, total = (room[:size].reshape(-1, len(members)) for room in (self._tap, self._sum))
        painted = self._bytes[:size].reshape(-1, len(members))
        source[:] = stack
        total.fill(STEPS * STEPS // 2)  # so that the shift rounds to the nearest
        for k in range(len(index)):
            np.take(source, index[k], axis=0, out=tap, mode="clip")
            np.multiply(tap, weight[k], out=tap)
            np.add(total, tap, out=total)
        np.right_shift(total, 8, out=painted, casting="unsafe")
        self.pixels[members] = painted.T

    def _positions(self, epoch: int) -> Array:
        """Where the pixels of each group take from: one draw for each (seed, epoch, group)."""
        most = self._augmentation
        rows, columns = self._shape
        chances = np.empty((len(self.groups), 5, 1, 1), np.float32)
        noise = np.empty((len(self.groups), 2, rows, columns), np.float32)
        for k, group in enumerate(self.groups):
            generator = np.random.default_rng((self._seed, epoch, group, AUGMENT))
            chances[k, :, 0, 0] = generator.uniform(-1, 1, 5)
            if most.elastic:
                generator.standard_normal(dtype=np.float32, out=noise[k])
        rotation, scale, shear, right, down = np.moveaxis(chances, 1, 0)
        positions = Move(
            rotation * most.rotation,
            scale * most.scale,
            shear * most.shear,
            right * most.shift,
            down * most.shift,
        ).sources(rows, columns)
        if most.elastic:
            left, right_side = self._smooth
            positions += np.float32(most.elastic) * (left @ noise @ right_side)
        return positions

    def _taps(self, positions: Array) -> Iterator[tuple[Indices, NDArray[np.uint16]]]:
        """For each warp the four pixels a place lies between, and how many 256ths of each it takes.

        places (g, 2, rows, columns) -> g times indices of the framed picture (4, k) and weights
        (4, k, 1), k live pixels: (1 - fx)·(1 - fy), fx·(1 - fy), (1 - fx)·fy and fx·fy.
        """
        rows, columns = self._shape
        positions = positions.reshape(len(positions), 2, -1)[:, :, self._live]
        limits = np.array([rows, columns]).reshape(2, 1)
        fine = np.rint(positions * np.float32(STEPS)).astype(np.intp)
        fine = np.minimum(np.maximum(fine, -STEPS), limits * STEPS)  # farther out is as empty
        near = (fine >> 4) + 1  # // 16, but quicker; the frame is one pixel wide
        far = np.minimum(near + 1, limits + 1)
        part = (fine & 15).astype(np.uint16)
        top, left = near[:, 0] * (columns + 2), near[:, 1]
        bottom, right = far[:, 0] * (columns + 2), far[:, 1]
        fy, fx = part[:, 0], part[:, 1]
        gy, gx = STEPS - fy, STEPS - fx
        index = np.stack([top + left, top + right, bottom + left, bottom + right], axis=1)
        weight = np.stack([gy * gx, gy * fx, fy * gx, fy * fx], axis=1)
        yield from zip(index, weight[:, :, :, None], strict=True)


AUGMENT, GROUPS = 0xA6, 0x69
"""Keep the draws of warps and of groups apart from every other draw of the same seed."""


def _bell(size: int) -> Array:
    """A matrix that smooths noise along one side: (size, size), rows of squared length 1.

    So independent numbers of variance 1 stay of variance 1 at each pixel, borders included.
    """
    distance = np.subtract.outer(np.arange(size), np.arange(size))
    bell = np.exp(-0.5 * (distance / SMOOTHNESS) ** 2)
    smooth: Array = (bell / np.linalg.norm(bell, axis=1, keepdims=True)).astype(np.float32)
    return smooth
