"""Where the ink of a picture is: the paper's brightness is taken away, the rest sorted into digits.

Dark on light or light on dark, under a shadow or on a table: ink is what differs from the paper
within a third of the picture around it. Nothing here is learned from data.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from engine.data.area_means import block_means
from engine.data.components import (
    Part,
    between,
    parts_of,
    reading_order,
    together,
    turned_box,
)
from engine.data.normalize import FIT
from engine.nn.arrays import Bytes

Levels: TypeAlias = NDArray[np.float32]

LONGEST = 600
"""The longer side a picture is shrunk to before the search, in pixels."""
SMALL = 100
"""A picture with a shorter longer side is filled by its digit: it has one paper, no shadows."""
COARSE = 48
"""The longer side at which dark on light is distinguished from light on dark."""
LEAST_CONTRAST = 20
"""How far ink has to be from its paper, in gray levels; a hard pencil has 40."""
EDGE = 0.4
"""Where a stroke ends: at this share of the full contrast."""
SPECK = 0.04
"""What is no ink of a cell: parts smaller than this share of its largest one, or so many pixels of
each that its side has."""
PEN = 2.2
"""How thick strokes at least are made, in pixels of the digit at MNIST's size (20 high)."""


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """What a search found.

    ink (h, w): 0-1. labels (h, w): the number of the part each pixel belongs to, -1 for none.
    parts: by number. digits: the parts of each digit, its body first, in the order of reading.
    """

    ink: Levels
    labels: NDArray[np.intp]
    parts: list[Part]
    digits: list[list[Part]]


def find_ink(gray: Bytes) -> Bytes:
    """All ink of a picture as one piece, white on black, 0 where there is none.

    gray (rows, columns) -> (h, w): the ink's own box, at most 600 pixels long.
    """
    found = _search(gray)
    return _crop(found, [part for digit in found.digits for part in digit])


def split_ink(gray: Bytes) -> list[Bytes]:
    """The ink of a picture digit by digit, in the order of reading; each as `find_ink` gives it."""
    found = _search(gray)
    return [_crop(found, digit) for digit in found.digits]


def ink_of_cell(contrast: Levels, least: float) -> Bytes:
    """All ink of a cell of a sheet as one drawing, white on black, 0 where there is none.

    contrast (rows, columns): how much darker than its paper each pixel is. least: what ink has at
    least. What reaches in from outside is left out: thin lines along the border, which are the
    cell's frame, and ends of a neighbor's strokes. Returns the ink's own box.
    """
    peak = _peak(contrast, least)
    labels, parts = parts_of(contrast > EDGE * peak)
    areas = np.bincount(labels[labels >= 0], minlength=len(parts))
    largest = max(areas.tolist(), default=0)
    side = max(contrast.shape)
    kept = [
        part
        for part, area in zip(parts, areas, strict=True)
        if area >= max(SPECK * largest, SPECK * side)
        and not (any(part.contact) and (area < 0.1 * largest or _is_line(part, contrast.shape)))
    ]
    if not kept or peak < least:
        return np.zeros((1, 1), np.uint8)
    ink = np.clip((contrast / peak - EDGE / 2) / (1 - EDGE), 0, 1)
    return _crop(Found(ink, labels, parts, [kept]), kept)


def _is_line(part: Part, shape: tuple[int, ...]) -> bool:
    """Whether a part is a thin line along the border."""
    return part.lies_along_border(shape) and min(part.height, part.width) < 0.1 * max(shape)


def _search(gray: Bytes) -> Found:
    """The ink of a picture; where none is seen, it may be cut so closely that it lacks paper."""
    small = smooth(block_means(gray, LONGEST))
    found = _search_within(small)
    return found if found.digits else _search_within(_with_margin(small))


def _search_within(gray: Levels) -> Found:
    """The ink of a picture; where it seems to be a sheet of paper, the ink on that sheet."""
    light = _is_light_on_dark(gray)
    found = _find(_contrast(gray, light))
    sheet = _sheet(found.labels, found.parts)
    if sheet is not None:
        written = _find(np.where(sheet, _contrast(gray, not light), np.float32(0)))
        if written.digits:
            return written
    return found


def _with_margin(gray: Levels) -> Levels:
    """The picture with more paper around it, if most of its border is plain paper."""
    border = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    paper = np.median(border)
    if np.mean(abs(border - paper) < LEAST_CONTRAST) < 0.5:
        return gray
    return np.pad(gray, max(gray.shape) // 10 + 2, constant_values=paper)


def _find(contrast: Levels) -> Found:
    """The parts of full contrast, sorted into digits, without what the border cuts off."""
    labels, parts = parts_of(contrast > _noise(contrast))
    outside = [part.number for part in parts if part.lies_along_border(contrast.shape)]
    if any(_counts(part, contrast) for part in parts if part.number not in outside):
        contrast = np.where(np.isin(labels, outside), np.float32(0), contrast)
    peak = _peak(contrast)
    if peak < LEAST_CONTRAST:
        return Found(contrast, labels, [], [])
    labels, parts = parts_of(contrast > EDGE * peak)
    ink = np.clip((contrast / peak - EDGE / 2) / (1 - EDGE), 0, 1)
    return Found(ink, labels, parts, reading_order(together(parts, labels)))


def _sheet(labels: NDArray[np.intp], parts: list[Part]) -> NDArray[np.bool_] | None:
    """The inside of what is no digit but a sheet on a table; None where there is no such thing.

    A sheet is large and fills a box, however it is turned; a digit, even of a thick pen, leaves
    more than a quarter of it free. A one of a single stroke fills its box, too, but it is narrow
    and upright; a strip of paper for a row of digits is not.
    """
    large = [part for part in parts if 3 * part.longer >= max(labels.shape)]
    if not large:
        return None
    own = labels == max(large, key=lambda part: part.longer).number
    rows, columns = np.nonzero(own)
    shorter, longer = turned_box(rows, columns)
    is_one = longer > 3 * shorter and np.ptp(rows) > np.ptp(columns)
    if is_one or rows.size < 0.75 * shorter * longer:
        return None
    edge = max(labels.shape) // 40 | 1
    filled = between(own, 0) & between(own, 1)
    inside: NDArray[np.bool_] = _slide(np.pad(filled, edge // 2), edge, np.logical_and)
    return inside


def _counts(part: Part, contrast: Levels) -> bool:
    """Whether a part is large enough to be what the picture was taken for."""
    return bool(part.longer >= 0.08 * max(contrast.shape))


def smooth(gray: Levels) -> Levels:
    """Means over 3x3 pixels, against noise; small pictures have no pixel to lose."""
    if min(gray.shape) < LONGEST // 5:
        return gray
    windows = np.pad(gray, 1, mode="edge")
    across = windows[:, :-2] + windows[:, 1:-1] + windows[:, 2:]
    return np.asarray((across[:-2] + across[1:-1] + across[2:]) / 9)


def _contrast(gray: Levels, light: bool) -> Levels:
    """How much darker than its paper each pixel is, or lighter where the ink is light.

    The paper is the picture after a closing: strokes narrower than the window are gone, while
    shadows and edges, whatever is wider, stay exactly where they are.
    """
    if light:
        gray = 255 - gray
    longest = max(gray.shape)
    window = longest if longest < SMALL else longest // 3
    return paper_of(gray, window) - gray


def paper_of(gray: Levels, window: int) -> Levels:
    """The picture without strokes that are narrower than the window."""
    window |= 1
    wide = np.pad(gray, window - 1, mode="edge")  # once: a second time would bend gradients
    paper: Levels = _slide(_slide(wide, window, np.maximum), window, np.minimum)
    return paper


def _slide(gray: NDArray[Any], window: int, pick: Callable[..., Any]) -> NDArray[Any]:
    """The largest or smallest value in each square window: window - 1 fewer pixels each way.

    Windows are doubled until they are wide enough: log2(window) steps each way.
    """
    for _ in range(2):  # down the columns, then, turned, along the rows
        reach = 1
        while reach < window:
            step = min(reach, window - reach)
            gray = pick(gray[:-step], gray[step:])
            reach += step
        gray = np.ascontiguousarray(gray.T)
    return gray


def _is_light_on_dark(gray: Levels) -> bool:
    """Ink is the rarer side: what is far from the median of its surroundings is mostly ink."""
    coarse = block_means(gray, COARSE)
    window = (max(coarse.shape) * 2 // 3) | 1
    padded = np.pad(coarse, window // 2, mode="reflect" if min(coarse.shape) > window else "edge")
    around = sliding_window_view(padded, (window, window)).reshape(*coarse.shape, -1)
    distance = coarse - np.median(around[:, :, ::3], axis=2)  # every third is enough
    lighter, darker = (np.square(np.maximum(side, 0)).sum() for side in (distance, -distance))
    return bool(lighter > darker)


def _noise(contrast: Levels, least: float = LEAST_CONTRAST) -> float:
    """The contrast that mere paper may have: its median and five deviations more."""
    middle = float(np.median(contrast))
    deviation = 1.48 * float(np.median(np.abs(contrast - middle)))
    return max(middle + 5 * deviation, least / 2)


def _peak(contrast: Levels, least: float = LEAST_CONTRAST) -> float:
    """The contrast of full ink: what a tenth of the ink's pixels exceed."""
    ink = contrast[contrast > _noise(contrast, least)]
    return float(np.percentile(ink, 90)) if ink.size else 0.0


def _crop(found: Found, parts: list[Part]) -> Bytes:
    """The ink of some parts with its soft edges, in its own box; thin strokes thickened."""
    if not parts:
        return np.zeros((1, 1), np.uint8)
    top, left = min(part.top for part in parts), min(part.left for part in parts)
    bottom, right = max(part.bottom for part in parts), max(part.right for part in parts)
    box = np.s_[top:bottom, left:right]
    own = np.isin(found.labels[box], [part.number for part in parts])
    margin = 2 + max(own.shape) // 20
    levels = np.pad(found.ink, margin)[top : bottom + 2 * margin, left : right + 2 * margin]
    soft = np.where(_slide(np.pad(own, margin + 1), 3, np.logical_or), levels, 0)
    return np.rint(255 * _thicken(soft.astype(np.float32), own)).astype(np.uint8)


def _thicken(ink: Levels, mask: NDArray[np.bool_]) -> Levels:
    """Strokes of a thin pen made broader, to what a shrunken digit needs to be seen at all.

    The width of a stroke is twice its area over its outline; a disk goes along the strokes.
    """
    padded = np.pad(mask, 1)
    outline = sum(int(np.count_nonzero(np.diff(padded, axis=axis))) for axis in (0, 1))
    width = 2 * 1.2 * np.count_nonzero(mask) / outline  # steps overrate slanting outlines
    missing = PEN * max(mask.shape) / FIT - width
    radius = round(missing / 2)
    if radius < 1:
        return ink
    thick = ink
    for down in range(-radius, radius + 1):
        reach = int((radius**2 - down**2) ** 0.5)
        for right in range(-reach, reach + 1):
            thick = np.maximum(thick, np.roll(ink, (down, right), (0, 1)))
    return thick
