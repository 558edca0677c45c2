"""How a digit is laid into its frame: as MNIST's were, so that a network knows what it sees.

The ink is fitted into 20x20, to within a pixel of soft edge, with its shape kept, then shifted by
whole pixels until its center of mass stands in the middle of 28x28.
Source: Y. LeCun, C. Cortes, C. Burges, The MNIST Database.
"""

import numpy as np

from engine.nn.arrays import Array

FRAME, FIT = 28, 20
"""The side of a picture, and of the square its ink is fitted into."""


def center(ink: Array) -> Array:
    """Put pictures into frames of 28x28, their centers of mass in the middle.

    ink (n, rows, columns), any size up to 28x28, any scale -> (n, 28, 28).
    What would lie outside the frame is cut off.
    """
    count, rows, columns = ink.shape
    mass = np.maximum(ink.sum(axis=(1, 2)), 1e-12)
    down = _shift(ink.sum(axis=2) @ np.arange(rows), mass)
    right = _shift(ink.sum(axis=1) @ np.arange(columns), mass)
    wide = np.zeros((count, 3 * FRAME, 3 * FRAME), ink.dtype)
    for k in range(count):
        top, left = FRAME + down[k], FRAME + right[k]
        wide[k, top : top + rows, left : left + columns] = ink[k]
    return wide[:, FRAME : 2 * FRAME, FRAME : 2 * FRAME]


def fit(box: Array, into: int = FIT) -> Array:
    """By what to multiply boxes so that their larger side becomes `into`.

    box (n, 2): width and height -> (n,).
    """
    return np.asarray(into / np.maximum(box.max(axis=1), 1e-12))


def _shift(moment: Array, mass: Array) -> Array:
    """Whole pixels from where the center of mass is to the middle of the frame."""
    return np.clip(np.rint((FRAME - 1) / 2 + 0.5 - (moment / mass + 0.5)), -FRAME, FRAME).astype(
        int
    )
