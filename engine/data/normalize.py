"""How a digit is laid into its frame: as MNIST's were, so that a network knows what it sees.

Every picture that was not MNIST's from the beginning passes through here. The ink is resized, its
shape kept, until its longer side is 20 pixels, then shifted by whole pixels until its center of
mass stands in pixel 14 of 28, each way. Source: Y. LeCun, C. Cortes, C. Burges, The MNIST Database;
their images have it there to within half a pixel.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.nn.arrays import Bytes

FRAME, FIT = 28, 20
"""The side of a picture, and of the square its ink is fitted into."""


def normalize(pictures: Bytes) -> Bytes:
    """Lay pictures of single digits out as MNIST's are.

    pictures (n, rows, columns) of any size, already white on black and clean: 0 is paper, whatever
    is above it is ink -> (n, 28, 28). A picture without ink stays empty.
    """
    framed = np.zeros((len(pictures), FRAME, FRAME), np.uint8)
    for picture, frame in zip(pictures, framed, strict=True):
        rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
        if rows.size:
            ink = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            _center(_fit(ink), frame)
    return framed


def _fit(ink: Bytes) -> Bytes:
    """Resize ink (h, w) until the longer side is 20; its brightest pixel stays as bright."""
    longer = max(ink.shape)
    if longer == FIT:
        return ink
    resized = resize(ink, FIT)
    fitted: Bytes = np.rint(resized * (ink.max() / resized.max())).astype(np.uint8)
    return fitted


def resize(picture: Bytes, longer: int) -> NDArray[np.float64]:
    """Resize a picture (rows, columns) in its proportions until its longer side is `longer`."""
    rows, columns = (max(round(side * longer / max(picture.shape)), 1) for side in picture.shape)
    down, across = _weights(picture.shape[0], rows), _weights(picture.shape[1], columns)
    return np.asarray(down @ picture @ across.T)


def _weights(size: int, wanted: int) -> NDArray[np.float64]:
    """How much of each old pixel goes into each new one: (wanted, size), rows sum to 1.

    A triangle over the new pixel's middle, at least one old pixel to each side: it averages when
    a picture shrinks, and interpolates when it grows.
    """
    ratio = size / wanted
    middle = (np.arange(wanted) + 0.5) * ratio
    distance = np.abs(np.arange(size) + 0.5 - middle[:, None]) / max(ratio, 1.0)
    weights = np.maximum(1 - distance, 0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _center(ink: Bytes, frame: Bytes) -> None:
    """Put ink of at most 20x20 into an empty frame, its center of mass in pixel 14, 14.

    Nothing is cut off: ink whose mass is at its very edge stops at the border.
    """
    height, width = ink.shape
    mass: Any = ink.sum()
    down = np.arange(height) @ ink.sum(axis=1) / mass
    right = np.arange(width) @ ink.sum(axis=0) / mass
    top = min(max(round(FRAME // 2 - down), 0), FRAME - height)
    left = min(max(round(FRAME // 2 - right), 0), FRAME - width)
    frame[top : top + height, left : left + width] = ink
