"""Small pictures of digits: the margin they share is cut off, and the rest shrunk."""

import numpy as np

from engine.data.area_means import area_means
from engine.nn.arrays import Bytes


def ink_box(images: Bytes) -> tuple[slice, slice]:
    """The rows and columns in which pictures have ink worth showing; it keeps their shape.

    images (n, rows, columns), some of a set.
    """
    mean = images.mean(axis=0)
    boxes = []
    for axis in (1, 0):
        ink = mean.max(axis=axis)
        inked = np.flatnonzero(ink > 0.04 * max(mean.max(), 1e-9))
        margin = min(inked[0], len(ink) - 1 - inked[-1]) if inked.size else 0
        boxes.append((int(margin), len(ink)))
    if mean.shape[0] == mean.shape[1]:  # square pictures stay square
        margin = min(margin for margin, _ in boxes)
        boxes = [(margin, size) for _, size in boxes]
    down, across = (slice(margin, size - margin) for margin, size in boxes)
    return down, across


def shrunk(rows: int, columns: int, side: int) -> tuple[int, int]:
    """Rows and columns of a picture whose longer side is `side`; of a small one, its own."""
    longer = max(rows, columns)
    if longer <= side:
        return rows, columns
    return max(round(rows * side / longer), 1), max(round(columns * side / longer), 1)


def thumbnails(images: Bytes, side: int) -> Bytes:
    """Pictures shrunk until the longer side is `side`, each pixel the mean of those below it.

    images (n, rows, columns) -> (n, at most side, at most side); small ones stay as they are.
    """
    rows, columns = images.shape[1:]
    height, width = shrunk(rows, columns, side)
    if (height, width) == (rows, columns):
        return images
    small = area_means(images, height, width)
    brightest = images.max(axis=(1, 2)) / np.maximum(small.max(axis=(1, 2)), 1)
    lift = np.sqrt(brightest)[:, None, None]  # thin strokes would turn dim by averaging
    return np.asarray(np.clip(small * lift, 0, 255), np.uint8)
