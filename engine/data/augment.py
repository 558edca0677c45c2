"""Augmentation: every epoch shows each digit a little turned, sized, leaning, moved and bent.

A fresh bilinear warp of every image is many times dearer in NumPy than learning from it. The
trick: `GROUP` neighbouring images share one random warp in an epoch, and lie pixel by pixel, so
that a warp is a sum of four whole rows for each pixel instead of four lookups for each pixel of
each image. The warps of different groups and of different epochs are independent.
"""

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from engine.data.digits import Digits
from engine.nn.arrays import Array, Indices

GROUP = 256
"""Images that share a warp in an epoch: neighbours as stored; shuffling parts them again."""

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


@dataclass(frozen=True, slots=True)
class Move:
    """One affine change about the middle of the picture.

    rotation: degrees, anticlockwise; scale: share by which it grows; shear: pixels to the right
    for each pixel above the middle; right, down: pixels.
    """

    rotation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    right: float = 0.0
    down: float = 0.0

    def sources(self, rows: int, columns: int) -> Array:
        """Where each pixel takes its ink from: (2, rows, columns), its row and its column.

        A point p = (x, y) from the middle, y downwards, goes to A·p + t with

            A = (1 + scale) · [cos sin; -sin cos] · [1 -shear; 0 1],  t = (right, down),

        so the pixel at q takes from A⁻¹·(q - t).
        """
        middle_y, middle_x = (rows - 1) / 2, (columns - 1) / 2
        y = np.arange(rows, dtype=np.float32)[:, None] - (middle_y + self.down)
        x = np.arange(columns, dtype=np.float32) - (middle_x + self.right)
        cos = math.cos(math.radians(self.rotation)) / (1 + self.scale)
        sin = math.sin(math.radians(self.rotation)) / (1 + self.scale)
        places = np.empty((2, rows, columns), np.float32)
        np.add(sin * x, cos * y + middle_y, out=places[0])
        np.add((cos + self.shear * sin) * x, (self.shear * cos - sin) * y + middle_x, out=places[1])
        return places


class Augmenter:
    """Digits whose pictures are drawn anew for each epoch, known from seed, epoch and row alone."""

    def __init__(self, digits: Digits, augmentation: Augmentation, seed: int) -> None:
        self.digits = digits
        """What to learn from: the same object in every epoch, repainted by `begin`."""
        self._augmentation = augmentation
        self._seed = seed
        if not augmentation:
            return
        self.digits = Digits(digits.images.copy(), digits.labels, digits.classes)
        count, rows, columns = digits.images.shape
        groups = math.ceil(count / GROUP)
        self._stacks = np.zeros((groups, rows + 2, columns + 2, GROUP), np.uint8)  # framed in 0
        for group, stack in enumerate(self._stacks):
            images = digits.images[group * GROUP : (group + 1) * GROUP]
            stack[1:-1, 1:-1, : len(images)] = images.transpose(1, 2, 0)
        self._smooth = _bell(rows), _bell(columns).T
        self._source = np.empty((self._stacks[0].size // GROUP, GROUP), np.uint16)
        self._tap = np.empty((rows * columns, GROUP), np.uint16)
        self._sum = np.empty_like(self._tap)
        self._bytes = np.empty(self._tap.shape, np.uint8)

    def begin(self, epoch: int) -> None:
        """Repaint the pictures of `digits` for an epoch, whatever was painted before."""
        if not self._augmentation:
            return
        for group in range(len(self._stacks)):
            self.paint(group, self._places(epoch, group))

    def paint(self, group: int, places: Array) -> None:
        """Repaint a group by one warp: the pixel at [i, j] takes from places[:, i, j].

        Bilinear, in whole numbers: a place between four pixels takes (1 - fx)·(1 - fy),
        fx·(1 - fy), (1 - fx)·fy and fx·fy of them, in 1/256. Outside of the picture is 0.
        """
        self._source[:] = self._stacks[group].reshape(self._source.shape)
        self._sum.fill(STEPS * STEPS // 2)  # so that the shift rounds to the nearest
        for index, weight in zip(*_taps(places), strict=True):
            np.take(self._source, index, axis=0, out=self._tap, mode="clip")
            np.multiply(self._tap, weight, out=self._tap)
            np.add(self._sum, self._tap, out=self._sum)
        np.right_shift(self._sum, 8, out=self._bytes, casting="unsafe")
        pixels = self.digits.pixels[group * GROUP : (group + 1) * GROUP]
        pixels[:] = self._bytes.T[: len(pixels)]

    def _places(self, epoch: int, group: int) -> Array:
        """Where the pixels of a group take from: one draw for each (seed, epoch, group)."""
        most = self._augmentation
        chance = np.random.default_rng((self._seed, epoch, group, AUGMENT))
        rotation, scale, shear, right, down = chance.uniform(-1, 1, 5).tolist()
        _, rows, columns = self.digits.images.shape
        places = Move(
            rotation * most.rotation,
            scale * most.scale,
            shear * most.shear,
            right * most.shift,
            down * most.shift,
        ).sources(rows, columns)
        if most.elastic:
            noise = chance.standard_normal((2, rows, columns), np.float32)
            left, right_side = self._smooth
            places += np.float32(most.elastic) * (left @ noise @ right_side)
        return places


AUGMENT = 0xA6
"""Keeps the draw of warps apart from every other draw of the same seed."""


def _bell(size: int) -> Array:
    """A matrix that smooths noise along one side: (size, size), rows of squared length 1.

    So independent numbers of variance 1 stay of variance 1 at each pixel, borders included.
    """
    distance = np.subtract.outer(np.arange(size), np.arange(size))
    bell = np.exp(-0.5 * (distance / SMOOTHNESS) ** 2)
    smooth: Array = (bell / np.linalg.norm(bell, axis=1, keepdims=True)).astype(np.float32)
    return smooth


def _taps(places: Array) -> tuple[Indices, NDArray[np.uint16]]:
    """The four pixels each place lies between, by index in the framed picture, and their weights.

    places (2, rows, columns) -> (4, pixels) and (4, pixels, 1); a place's weights sum to 256.
    """
    _, rows, columns = places.shape
    limits = np.array([rows, columns]).reshape(2, 1, 1)
    fine = np.rint(places * np.float32(STEPS)).astype(np.intp)
    fine = np.minimum(np.maximum(fine, -STEPS), limits * STEPS)  # farther out is as empty
    near = (fine >> 4) + 1  # // 16, but quicker; the frame is one pixel wide
    far = np.minimum(near + 1, limits + 1)
    part = (fine & 15).astype(np.uint16)
    (top, left), (bottom, right), (fy, fx) = near, far, part
    top, bottom = top * (columns + 2), bottom * (columns + 2)
    gy, gx = STEPS - fy, STEPS - fx
    index = np.stack([top + left, top + right, bottom + left, bottom + right])
    weight = np.stack([gy * gx, gy * fx, fy * gx, fy * fx])
    return index.reshape(4, -1), weight.reshape(4, -1, 1)
