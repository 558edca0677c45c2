"""Pictures made smaller: each new pixel is the mean of the area that it covers."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

from engine.nn.arrays import Array, Bytes

LARGEST_EXACT = 2**24
"""Up to here float32 represents every whole number."""


def area_means(pictures: Bytes | Array, rows: int, columns: int) -> Array:
    """Pictures (n, r, c) -> (n, rows, columns), for any sizes.

    Old pixels are counted in whole parts of new ones and divided once, in the end. So the sums of
    whole numbers, or of binary fractions, are exact, whatever processor adds them up.
    """
    down, across = _cover(pictures.shape[1], rows), _cover(pictures.shape[2], columns)
    size: int = pictures.shape[1] * pictures.shape[2]
    exact = np.float32 if 255 * size <= LARGEST_EXACT else np.float64
    sums = down.astype(exact) @ pictures.astype(exact) @ across.T.astype(exact)
    return np.asarray(sums / exact(size), np.float32)


def block_means(picture: Bytes | Array, longest: int) -> Array:
    """A picture (r, c) whose longer side becomes at most `longest`, by means over square blocks.

    Quick for large photographs. What is left over at the right and at the bottom is cut off.
    """
    factor = ceil(max(picture.shape) / longest)
    down, across = (min(factor, side) for side in picture.shape)  # a thread of pixels stays one
    rows, columns = picture.shape[0] // down, picture.shape[1] // across
    blocks = picture[: rows * down, : columns * across].reshape(rows, down, columns, across)
    means: Array = blocks.mean(axis=(1, 3), dtype=np.float32)
    return means


def _cover(size: int, wanted: int) -> NDArray[np.int64]:
    """How many of the `wanted` parts of each old pixel are in each new one: (wanted, size).

    A row adds up to `size`.
    """
    old, new = np.arange(size) * wanted, np.arange(wanted)[:, None] * size
    shared = np.minimum(old + wanted, new + size) - np.maximum(old, new)
    return np.asarray(np.maximum(shared, 0))
