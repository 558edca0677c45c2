"""The arithmetic of a chart's axes: round limits, ticks, and as many points as can be seen.

On a logarithmic axis everything is drawn at its decimal logarithm; only the names tell.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]


def thin(
    x: Vector, y: Vector, right: float, columns: int, left: float = 0.0
) -> tuple[Vector, Vector]:
    """The lowest and the highest point of each column of an axis from `left` to `right`."""
    column = ((x - left) / (right - left) * (columns - 1) + 0.5).astype(int)
    starts = np.flatnonzero(np.diff(column, prepend=-1)).tolist()
    keep: list[int] = []
    for start, end in pairwise([*starts, len(x)]):
        part = y[start:end]
        keep += sorted({start + int(part.argmin()), start + int(part.argmax())})
    return x[keep], y[keep]


def clip(x: Vector, y: Vector, low: float, high: float) -> tuple[Vector, Vector]:
    """A line that leaves the range where the given one does, and stays near it outside."""
    for edge in (low, high):
        before = np.flatnonzero(np.diff(y > edge))
        share = (edge - y[before]) / (y[before + 1] - y[before])
        x = np.insert(x, before + 1, x[before] + share * (x[before + 1] - x[before]))
        y = np.insert(y, before + 1, edge)
    return x, np.clip(y, 2 * low - high, 2 * high - low)


def enter(x: Vector, y: Vector, left: float, joined: bool) -> tuple[Vector, Vector]:
    """What lies from `left` on; a line that comes from before begins exactly there."""
    first = int(np.searchsorted(x, left))
    if joined and 0 < first < len(x) and x[first] > left:
        share = (left - x[first - 1]) / (x[first] - x[first - 1])
        at_left = y[first - 1] + share * (y[first] - y[first - 1])
        return np.insert(x[first:], 0, left), np.insert(y[first:], 0, at_left)
    return x[first:], y[first:]


def round_above(value: float) -> float:
    """The least of 1, 2, 3, 4, 5, 6, 8, 10 times a power of ten that is no less than `value`."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(n * power for n in (1, 2, 3, 4, 5, 6, 8, 10, 20) if n * power >= value)


def round_below(value: float) -> float:
    """The greatest of such numbers that is no more than `value`."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(n * power for n in (10, 8, 6, 5, 4, 3, 2, 1, 0.5) if n * power <= value)


def ticks(low: float, high: float, most: int, steps: Sequence[float]) -> list[float]:
    """Up to `most` round numbers from `low` to `high`, both of them included where that can be.

    steps: what lies between two ticks is one of these, times a power of ten.
    """
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    fitting: list[tuple[bool, int, list[float]]] = []
    for step in (power * ten * n for ten in (1, 10) for n in steps):
        first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
        if last - first < most:
            missed = round(first - low / step + high / step - last, 3) > 0
            fitting.append((missed, len(fitting), [n * step for n in range(first, last + 1)]))
    return min(fitting)[2]


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Up to `most` round numbers between two positive ones, for an axis of their logarithms.

    They are powers of ten, with 2 and 5 or with 3 times those between them where there is room;
    an axis with too few of them has the numbers of an ordinary one, or just its ends.
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for step, factors in ((1, (1, 2, 5)), (1, (1, 3)), (1, (1,)), (2, (1,)), (5, (1,))):
        powers = range(first - first % step, last + 1, step)
        values = (float(f"{n}e{power}") for power in powers for n in factors)
        found = [value for value in values if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
        if 2 <= len(found) <= most:
            return found
    return ticks(low, high, most, (1, 2, 2.5, 5)) if high <= 10 * low else [low, high]
