"""Pixels without ink need no product: while learning, they are put where they can be left out.

A weight behind a pixel that is 0 in every image has a gradient of 0, exactly. So the images are
packed to the other pixels, 720 of MNIST's 784, and the vector of parameters to

    W1 of core pixels, W1 of margin pixels, b1, W2, b2 …, W1 of dead pixels

All but the last part are a smaller network. The last one is updated as all others are, with
gradient 0. The core is where all images have their ink, the margin where only wide ones have some,
a fifth of MNIST's: where those come first in a batch, the products of the others end at the core.
"""

import math
from collections.abc import Sequence

import numpy as np

from engine.nn.arrays import Array, Blocks, Bytes, Indices
from engine.nn.network import count_parameters


class Layout:
    """How the parameters of a network are ordered while it learns.

    sizes: the network's; live: the pixels that have a product, the core first; core: how many of
    them are the core, all unless told.
    """

    def __init__(self, sizes: Sequence[int], live: Indices, core: int | None = None) -> None:
        self.live = live
        self.core = len(live) if core is None else core
        self.sizes = (len(live), *sizes[1:])
        """The smaller network."""
        self.moving = count_parameters(self.sizes)
        """How many parameters it has; those after them have no gradient."""
        self.total = count_parameters(sizes)
        self._dead = np.setdiff1d(np.arange(sizes[0]), live)
        self._first = (sizes[0], sizes[1])
        self._live_part = slice(0, len(live) * sizes[1])

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

    def packed(self, pixels: Bytes) -> Bytes:
        """The live ones of pixels (n, m) as an array (n, k); the same array if nothing moves."""
        if np.array_equal(self.live, np.arange(pixels.shape[1])):
            return pixels
        packed = np.empty((len(pixels), len(self.live)), np.uint8)
        self.pack_pixels(pixels, packed)
        return packed

    def pack_pixels(self, pixels: Bytes, packed: Bytes) -> None:
        """Copy the live ones of pixels (n, m) into packed (n, k), as many as fit into the cache."""
        for start in range(0, len(pixels), CHUNK):
            rows = slice(start, start + CHUNK)
            np.take(pixels[rows], self.live, axis=1, out=packed[rows], mode="clip")

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


def live_pixels(pixels: Bytes) -> Indices:
    """The columns of pixels (n, m) that are not 0 in every image, and a few more -> (k,).

    Some dead ones are kept to make the number even.
    """
    alive = pixels.max(axis=0) > 0
    wanted = min(max(math.ceil(alive.sum() / EVEN), 1) * EVEN, len(alive))
    by_life = np.argsort(~alive, kind="stable")
    return np.sort(by_life[:wanted])


def core_first(pixels: Bytes, live: Indices) -> tuple[Indices, int]:
    """The live columns of pixels (n, m) in the order core, margin, and how many are the core.

    The core is chosen so that the least is left: its columns in every image, and the others in
    those images that have ink there.
    """
    inked = pixels[:: math.ceil(len(pixels) / SAMPLE)][:, live] > 0
    by_use = np.argsort(-np.count_nonzero(inked, axis=0), kind="stable")
    inked = inked[:, by_use[::-1]]
    reach = np.where(inked.any(axis=1), len(live) - inked.argmax(axis=1), 0)  # the last with ink
    cores = np.arange(EVEN, len(live), EVEN)
    wide = np.mean(reach > cores[:, None], axis=1)
    left = cores + wide * (len(live) - cores)
    if not left.size or left.min() > WORTH * len(live):
        return live, len(live)
    core = int(cores[left.argmin()])
    return np.concatenate([live[np.sort(by_use[:core])], live[np.sort(by_use[core:])]]), core


def is_wide(packed: Bytes, core: int) -> Bytes:
    """Whether each of the packed images (n, k) has ink beyond the core: (n,), 1 or 0."""
    wide: Bytes = np.any(packed[:, core:], axis=1).astype(np.uint8)
    return wide


def blocks(core: int, pixels: int, rows: int, wide: int) -> Blocks:
    """Where a batch of packed images has ink, if its first `wide` rows are the wide ones."""
    if core == pixels:
        return ((slice(0, pixels), rows),)
    return (slice(0, core), rows), (slice(core, pixels), wide)
