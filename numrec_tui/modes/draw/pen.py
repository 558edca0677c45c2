"""A soft round pen: strokes become pixels of a gray picture; no screen in it."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.data.normalize import FRAME
from engine.nn.arrays import Bytes

Canvas: TypeAlias = NDArray[np.float32]
"""What is drawn on: (rows, columns), 0 is empty and 1 all ink."""

Point: TypeAlias = tuple[float, float]
"""x to the right and y down, in pixels; the middle of the first pixel is (0.5, 0.5)."""

EDGE = 0.7
"""Pixels over which the ink fades, half of them inside the radius."""


@dataclass(frozen=True, slots=True)
class Pen:
    """How thick a stroke is, in pixels from its middle to its edge, and whether it takes away."""

    radius: float
    erases: bool = False


def blank() -> Canvas:
    """An empty sheet."""
    return np.zeros((FRAME, FRAME), np.float32)


def stroke(sheet: Canvas, start: Point, end: Point, pen: Pen) -> None:
    """Draw a straight line with round ends on the sheet; a dot where both places are the same.

    Ink does not add up: a pixel is as dark as the stroke that covers it most, so a line of many
    short pieces looks like one. What lies beyond the sheet is lost.
    """
    reach = pen.radius + EDGE
    (x0, y0), (x1, y1) = start, end
    left, right = _span(min(x0, x1) - reach, max(x0, x1) + reach, sheet.shape[1])
    top, bottom = _span(min(y0, y1) - reach, max(y0, y1) + reach, sheet.shape[0])
    if left >= right or top >= bottom:
        return
    x = np.arange(left, right) + 0.5 - x0  # (w,)
    y = np.arange(top, bottom)[:, None] + 0.5 - y0  # (h, 1)
    along_x, along_y = x1 - x0, y1 - y0
    square = along_x * along_x + along_y * along_y
    # The nearest point of the line: this share of the way from its start to its end.
    share = np.clip((x * along_x + y * along_y) / square, 0, 1) if square else np.zeros(1)
    distance = np.hypot(x - share * along_x, y - share * along_y)  # (h, w)
    ink = np.clip((pen.radius - distance) / EDGE + 0.5, 0, 1).astype(np.float32)
    touched = sheet[top:bottom, left:right]
    if pen.erases:
        np.minimum(touched, 1 - ink, out=touched)
    else:
        np.maximum(touched, ink, out=touched)


def as_picture(sheet: Canvas) -> Bytes:
    """The sheet as a picture: (rows, columns), 0 black, 255 white."""
    picture: Bytes = np.rint(sheet * 255).astype(np.uint8)
    return picture


def canvas(picture: Bytes) -> Canvas:
    """A picture (rows, columns), 0-255, as a sheet to go on drawing on."""
    return picture.astype(np.float32) / np.float32(255)


def _span(low: float, high: float, size: int) -> tuple[int, int]:
    """The pixels from `low` to `high` that exist: first, and one after the last."""
    return int(np.clip(np.floor(low), 0, size)), int(np.clip(np.ceil(high), 0, size))
