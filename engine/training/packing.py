"""Pixels without ink need no product: while learning, they are put where they can be left out.

A weight behind a pixel that is 0 in every image has a gradient of 0, exactly. So the images are
packed to the other pixels, 720 of MNIST's 784, and the vector of parameters to

    W1 of the first share's pixels, core and margin, W1 of the second's …, b1, W2 …, W1 of the dead

All but the last part are a smaller network. The last one is updated as all others are, with
gradient 0. The core is where all images have their ink, the margin where only wide ones have some,
a fifth of MNIST's: where those come first in a batch, the products of the others end at the core.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.nn.arrays import Array, Blocks, Bytes, Indices
from engine.nn.network import count_parameters


@dataclass(frozen=True, slots=True, repr=False)
class PixelShard:
    """The pixels whose weights one share learns: pixels (k,) of an image, the core first."""

    pixels: Indices
    core: int
    """How many of them, from the first, are the core."""

    def __len__(self) -> int:
        return len(self.pixels)

    def blocks(self, rows: int, has_margin_ink: int) -> Blocks:
        """Where a batch of packed images has ink, if its first `wide` rows are the wide ones."""
        core = slice(0, self.core), rows
        return (
            (core,)
            if self.core == len(self)
            else (core, (slice(self.core, len(self)), has_margin_ink))
        )


class PackedImages:
    """The live pixels of n images in one flat array: field after field, each (n, k).

    Rows are read and written as those of an array (n, live pixels).
    """

    def __init__(self, flat: Bytes, count: int, fields: Sequence[PixelShard]) -> None:
        self.flat = flat
        ends = np.cumsum([count * len(field) for field in fields])
        self.parts: list[Bytes] = [
            part.reshape(count, len(field))
            for part, field in zip(np.split(flat, ends[:-1]), fields, strict=True)
        ]
        """Of each field its pixels."""
        self._fields = fields

    def __len__(self) -> int:
        return len(self.parts[0])

    def __getitem__(self, rows: Indices) -> Bytes:
        return np.concatenate([part[rows] for part in self.parts], axis=1)

    def __setitem__(self, rows: Indices, pixels: Bytes) -> None:
        start = 0
        for part in self.parts:
            part[rows] = pixels[:, start : start + part.shape[1]]
            start += part.shape[1]

    def fill(self, pixels: Bytes) -> None:
        """Copy the live ones of pixels (n, m), as many images as fit into the cache at a time."""
        for start in range(0, len(pixels), CHUNK):
            rows = slice(start, start + CHUNK)
            for part, field in zip(self.parts, self._fields, strict=True):
                np.take(pixels[rows], field.pixels, axis=1, out=part[rows], mode="clip")

    def has_margin_ink(self, rows: Indices | slice = slice(None)) -> Bytes:
        """Whether each of the images has ink beyond the core: (n,), 1 or 0."""
        has_margin_ink: Bytes = np.any(
            [
                part[rows, field.core :].any(axis=1)
                for part, field in zip(self.parts, self._fields, strict=True)
            ],
            axis=0,
        ).astype(np.uint8)
        return has_margin_ink


class Layout:
    """How the parameters of a network are ordered while it learns.

    sizes: the network's; fields: the pixels that have a product, by the share that learns them.
    """

    def __init__(self, sizes: Sequence[int], fields: Sequence[PixelShard]) -> None:
        self.fields = tuple(fields)
        self.live: Indices = np.concatenate([field.pixels for field in fields])
        self.sizes = (len(self.live), *sizes[1:])
        """The smaller network."""
        self.moving = count_parameters(self.sizes)
        """How many parameters it has; those after them have no gradient."""
        self.total = count_parameters(sizes)
        self._dead = np.setdiff1d(np.arange(sizes[0]), self.live)
        self._first = (sizes[0], sizes[1])
        self._live_part = slice(0, len(self.live) * sizes[1])

    def pack(self, vector: Array, packed: Array) -> None:
        """From the order of a `Network`, (p,), to the order of learning, (p,)."""
        for rows, of_vector, of_packed in self._parts(vector, packed):
            if rows is None:
                of_packed[:] = of_vector
            else:
                np.take(of_vector, rows, axis=0, out=of_packed, mode="clip")

    def unpack(self, packed: Array, vector: Array) -> None:
        """The way back."""
        for rows, of_vector, of_packed in self._parts(vector, packed):
            of_vector[slice(None) if rows is None else rows] = of_packed

    def packed(self, pixels: Bytes) -> PackedImages:
        """The live ones of pixels (n, m); in the same memory if nothing moves."""
        count, size = len(pixels), len(self.live)
        if len(self.fields) == 1 and np.array_equal(self.live, np.arange(pixels.shape[1])):
            return PackedImages(pixels.reshape(-1), count, self.fields)
        packed = PackedImages(np.empty(count * size, np.uint8), count, self.fields)
        packed.fill(pixels)
        return packed

    def _parts(self, vector: Array, packed: Array) -> list[tuple[Indices | None, Array, Array]]:
        first = self._first[0] * self._first[1]
        weights, rest = vector[:first].reshape(self._first), vector[first:]
        live, middle = packed[self._live_part], packed[self._live_part.stop : self.moving]
        width = self._first[1]
        return [
            (self.live, weights, live.reshape(-1, width)),
            (None, rest, middle),
            (self._dead, weights, packed[self.moving :].reshape(-1, width)),
        ]


EVEN = 16
"""16 floats fill a cache line; products of other lengths were measured to be slower."""

CHUNK = 1000
"""Images that are packed at a time."""

SAMPLE = 2000
"""Images that are looked at to tell core from margin."""

WORTH = 0.9
"""The share of the products at which it is worth to leave out the rest."""


def divide(pixels: Bytes, shares: int = 1, *, margin: bool = True) -> tuple[PixelShard, ...]:
    """The live ones of pixels (n, m) among as many shares, each with its part of core and margin.

    margin: whether there may be one; else all is core.
    """
    live = live_pixels(pixels)
    core = len(live)
    if margin:
        live, core = core_first(pixels, live, even=shares * EVEN)
    fields = []
    for k in range(shares):
        own = live[:core][k::shares]
        fields.append(PixelShard(np.concatenate([own, live[core:][k::shares]]), len(own)))
    return tuple(fields)


def live_pixels(pixels: Bytes) -> Indices:
    """The columns of pixels (n, m) that are not 0 in every image, and a few more -> (k,).

    Some dead ones are kept to make the number even. It does not depend on the number of shares:
    augmentation moves ink to those that are kept.
    """
    alive = pixels.max(axis=0) > 0
    wanted = min(max(math.ceil(alive.sum() / EVEN), 1) * EVEN, len(alive))
    by_life = np.argsort(~alive, kind="stable")
    return np.sort(by_life[:wanted])


def core_first(pixels: Bytes, live: Indices, even: int = EVEN) -> tuple[Indices, int]:
    """The live columns of pixels (n, m) in the order core, margin, and how many are the core.

    The core is chosen so that the least is left: its columns in every image, and the others in
    those images that have ink there.
    """
    inked = pixels[:: math.ceil(len(pixels) / SAMPLE)][:, live] > 0
    by_use = np.argsort(-np.count_nonzero(inked, axis=0), kind="stable")
    inked = inked[:, by_use[::-1]]
    reach = np.where(inked.any(axis=1), len(live) - inked.argmax(axis=1), 0)  # the last with ink
    cores = np.arange(even, len(live), even)
    has_margin_ink = np.mean(reach > cores[:, None], axis=1)
    left = cores + has_margin_ink * (len(live) - cores)
    if not left.size or left.min() > WORTH * len(live):
        return live, len(live)
    core = int(cores[left.argmin()])
    return np.concatenate([live[np.sort(by_use[:core])], live[np.sort(by_use[core:])]]), core
