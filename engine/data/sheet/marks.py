"""The corner marks of a sheet in a photograph, and how the page lies in it.

A mark is a ring around a core: along every line through its center dark and light alternate as
1:1:3:1:1, however it is turned and tilted (as in ISO/IEC 18004, the QR code).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from engine.data.area_means import block_means
from engine.data.components import parts_of
from engine.data.ink import Levels, paper_of
from engine.data.sheet.layout import Points
from engine.nn.arrays import Array

LONGEST = 1200
"""The longer side of a picture in which marks are searched."""
DARK = 0.65
"""What is darker than this share of its paper is black print."""
MOST = 10
"""How many marks are looked at, the largest first."""
SMALLEST, ASPECTS, REACH = 0.4, (1.05, 2.1), (9.0, 28.0)
"""What is likely for a sheet that is tilted: the smallest mark to the largest, the longer side
between marks to the shorter, and the longer side to a mark."""

Homography = NDArray[np.float64]
"""(3, 3): takes (x, y, 1) on the page to the picture, up to a factor."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a mark's center is in a picture, and how long its side."""

    x: float
    y: float
    side: float


def find_marks(gray: Array) -> list[Mark]:
    """The marks in a picture, the largest first: gray (rows, columns)."""
    small = block_means(gray, LONGEST)
    scale = gray.shape[0] // small.shape[0]
    dark = _is_dark(small)
    labels, parts = parts_of(dark)
    boxes = np.array([(p.top, p.bottom, p.left, p.right) for p in parts]).reshape(-1, 4)
    middles = np.stack([boxes[:, 2:].sum(axis=1), boxes[:, :2].sum(axis=1)], axis=1) / 2
    sides = np.maximum(boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2])
    areas = np.bincount(labels[labels >= 0], minlength=len(parts))
    found = []
    for ring in np.flatnonzero(sides >= 7):
        near = np.abs(middles - middles[ring]).max(axis=1) < 0.12 * sides[ring]
        share = areas / areas[ring]  # 9 / 24 of a mark that is sharp
        for core in np.flatnonzero(near & (share > 0.2) & (share < 0.65)):
            if 0.25 < sides[core] / sides[ring] < 0.65:
                rows, columns = np.nonzero(labels == core)
                y, x = rows.mean(), columns.mean()
                if _alternates(dark[round(y)], round(x)) and _alternates(
                    dark[:, round(x)], round(y)
                ):
                    side = 7 * np.sqrt((areas[ring] + areas[core]) / 33)
                    found.append(Mark(*(scale * each for each in (x + 0.5, y + 0.5, side))))
    return sorted(found, key=lambda mark: -mark.side)[:MOST]


def _is_dark(gray: Array) -> NDArray[np.bool_]:
    levels: Levels = gray.astype(np.float32)
    paper = paper_of(levels, max(levels.shape) // 10)
    return np.asarray((levels < DARK * paper) & (levels < paper - 15))


def _alternates(line: NDArray[np.bool_], at: int) -> bool:
    """Whether dark and light alternate as 1:1:3:1:1 around a pixel."""
    arms = [_runs(line[at::-1]), _runs(line[at:])]
    if not all(arms):
        return False
    widths = np.array([*arms[0][:0:-1], arms[0][0] + arms[1][0] - 1, *arms[1][1:]])
    wanted = np.array([1, 1, 3, 1, 1]) * widths.sum() / 7
    return bool((np.abs(widths - wanted) < 0.7 * wanted.min() + 1).all())


def _runs(line: NDArray[np.bool_]) -> list[int]:
    """The lengths of the first three runs, dark, light, dark; none if there are fewer."""
    ends = np.flatnonzero(line[1:] != line[:-1])[:3] + 1
    return np.diff(ends, prepend=0).tolist() if line[0] and len(ends) == 3 else []


def quadrilaterals(marks: list[Mark]) -> Iterator[Points]:
    """Four marks each that may be those of a sheet, the largest first: (4, 2), clockwise."""
    found = []
    for four in combinations(marks, 4):
        points = np.array([(mark.x, mark.y) for mark in four])
        away = points - points.mean(axis=0)
        points = points[np.argsort(np.arctan2(away[:, 1], away[:, 0]))]  # y points downwards
        sides = np.roll(points, -1, axis=0) - points
        turns = _cross(sides, np.roll(sides, -1, axis=0))
        if (turns > 0).all() and _is_likely(np.hypot(*sides.T), [mark.side for mark in four]):
            found.append((float(_cross(points[2] - points[0], points[3] - points[1])), points))
    return (points for _, points in sorted(found, key=lambda each: -each[0]))


def _is_likely(sides: Array, marks: list[float]) -> bool:
    """Whether lengths between four marks in turn are those of a sheet."""
    one, other = sides[::2].mean(), sides[1::2].mean()
    longer, shorter = max(one, other), min(one, other)
    return (
        bool(ASPECTS[0] < longer / shorter < ASPECTS[1])
        and min(marks) / max(marks) > SMALLEST
        and bool(REACH[0] < longer / np.mean(marks) < REACH[1])
    )


def found_instead(marks: list[Mark]) -> str | None:
    """What there is in place of a sheet's four marks: three of them, or two; None without a sheet.

    Of three it says where the fourth should be: "none at the upper left" …
    """
    for three in combinations(marks, 3):
        for corner in range(3):
            points = np.array([(mark.x, mark.y) for mark in three])
            at, one, other = points[[corner, corner - 1, corner - 2]]
            legs = one - at, other - at
            lengths = np.array([np.hypot(*leg) for leg in legs])
            right_angled = abs(legs[0] @ legs[1]) < 0.35 * lengths.prod()
            if right_angled and _is_likely(lengths, [mark.side for mark in three]):
                right, down = (one + other) / 2 - at
                side = "right" if right > 0 else "left"
                return f"none at the {'lower' if down > 0 else 'upper'} {side}"
    for one, other in combinations(marks, 2):
        away = np.hypot(one.x - other.x, one.y - other.y) / max(one.side, other.side)
        if other.side / one.side > SMALLEST and REACH[0] < away < REACH[1]:
            return "two of them"
    return None


def homography(page: Points, picture: Points) -> Homography:
    """What takes the points of a page to those of a picture, by least squares: each (n, 2), n >= 4.

    Of x' = (h0 x + h1 y + h2) / (h6 x + h7 y + 1), and y' likewise, the h that fit best.
    """
    rows, values = [], []
    for (x, y), (to_x, to_y) in zip(page, picture, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -x * to_x, -y * to_x])
        rows.append([0, 0, 0, x, y, 1, -x * to_y, -y * to_y])
        values += [to_x, to_y]
    found = np.linalg.lstsq(np.array(rows), np.array(values), rcond=None)[0]
    return np.append(found, 1).reshape(3, 3)


def _cross(one: Array, other: Array) -> Array:
    return np.asarray(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0])
