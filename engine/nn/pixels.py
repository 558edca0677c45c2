"""Pixels become numbers here and nowhere else: 0-255 -> 0 … 1."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import InputError
from engine.nn.arrays import Array, Bytes

PIXEL_SCALE = np.float32(1 / 255)
"""What turns a pixel 0-255 into a number in [0, 1]; 255 becomes exactly 1."""


def scale_pixels(pixels: Bytes, out: Array) -> None:
    """pixels / 255 into `out`, of the same shape, without looking at them."""
    np.multiply(pixels, PIXEL_SCALE, out=out)


def checked_inputs(images: NDArray[Any], pixels: int, dtype: np.dtype[Any]) -> Array:
    """Pictures as a network wants them: (…, rows, columns) or (…, pixels) -> (n, pixels), 0 … 1.

    images: uint8 0-255, or floats that are 0 … 1 already; n is the product of what leads.

    Raises:
        InputError: they are of another size or kind, or a float is outside of 0 … 1.
    """
    images = np.asarray(images)
    rows = images.reshape(int(np.prod(leading_shape(images.shape, pixels))), pixels)
    if images.dtype == np.uint8:
        scaled = np.empty(rows.shape, dtype)
        scale_pixels(rows, scaled)
        return scaled
    if not np.issubdtype(images.dtype, np.floating):
        raise InputError(
            f"Pictures are uint8, 0 to 255, or floats between 0 and 1, not {images.dtype}."
        )
    if not ((rows >= 0) & (rows <= 1)).all():
        raise InputError(
            f"A picture of floats has values between 0 and 1, not {rows.min()} to {rows.max()}; "
            "pictures with values from 0 to 255 are given as uint8."
        )
    return rows.astype(dtype)


def leading_shape(shape: tuple[int, ...], pixels: int) -> tuple[int, ...]:
    """What stands before a picture of so many pixels: (2, 3, 28, 28), 784 -> (2, 3).

    Raises:
        InputError: the last one or two numbers are no picture of that size.
    """
    for rank in (1, 2):
        if len(shape) >= rank and int(np.prod(shape[-rank:])) == pixels:
            return shape[:-rank]
    raise InputError(
        f"The network reads pictures of {pixels} pixels; arrays of shape {shape} hold none."
    )
