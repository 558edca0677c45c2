"""Pixels that are 0 in every image need no product: while learning, their weights stand aside.

A weight behind a pixel that is never anything but 0 has a gradient of 0, exactly. So the images are
packed to the other pixels, 720 of MNIST's 784, and the vector of parameters to

    W1 of live pixels, b1, W2, b2 …, W1 of dead pixels

The first parts are a smaller network. The last one is updated as all others are, with gradient 0.
"""

import math
from collections.abc import Sequence

import numpy as np

from engine.nn.arrays import Array, Bytes, Indices
from engine.nn.network import count_parameters


class Layout:
    """How the parameters of a network are ordered while it learns.

    sizes: the network's; live: the pixels that have a product, ascending.
    """

    def __init__(self, sizes: Sequence[int], live: Indices) -> None:
        self.live = live
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

    def pack_pixels(self, pixels: Bytes, packed: Bytes) -> None:
        """Copy the live ones of pixels (n, m) into packed (n, k): a run of neighbors at a time."""
        start = 0
        for run in np.split(self.live, np.flatnonzero(np.diff(self.live) > 1) + 1):
            packed[:, start : start + run.size] = pixels[:, run[0] : run[-1] + 1]
            start += run.size

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


def live_pixels(pixels: Bytes) -> Indices:
    """The columns of pixels (n, m) that are not 0 in every image, and a few more -> (k,).

    Some dead ones are kept to make the number even.
    """
    alive = pixels.max(axis=0) > 0
    wanted = min(max(math.ceil(alive.sum() / EVEN), 1) * EVEN, len(alive))
    by_life = np.argsort(~alive, kind="stable")
    return np.sort(by_life[:wanted])
