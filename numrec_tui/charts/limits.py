"""Where the y axis of a chart ends: it holds the curves being compared, but no divergence.

Each function takes the y (n,) of every curve as far as it is seen: `own`, the curves that the chart
is about, and `others`, faint ones of earlier runs. Of an own curve all is held but its steep
opening; of a faint one its best value, so that an old run that failed does not flatten the new one.
While there is no own curve, the others count as own. What lies outside is told by arrows.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from numrec_tui.charts.axes import Vector, round_above, round_below

ACCURACY_FLOORS = (0.99, 0.98, 0.95, 0.9, 0.8, 0.5, 0.0)
"""Where the axis of accuracies may begin; few, so that it seldom jumps."""

OPENING = 0.15
"""The share of its first points in which a curve may lie outside, as it is steep there."""

LOST_ACCURACY, LOST_LOSS = 0.2, 3.0
"""An accuracy this far below the best before it, or a loss so many times the best, is a crash."""

PLAUSIBLE_LOSS = 5.0
"""Cross-entropy of guessing among 150 classes; no loss up to here is left out as diverged."""

DIVERGED = 10.0
"""Above the plausible losses, those of more than so many times the best one have diverged."""

LOG_ROOM = 100.0
"""A logarithmic axis has room for losses so many times higher."""

DEEPEST = 1e-12
"""A logarithmic axis ends at this share of its highest value, however low the lowest is."""


def accuracy_floor(own: Sequence[Vector], others: Sequence[Vector], zoomed: bool) -> float:
    """The highest floor that all which is held stands on; zoomed, no opening is left out."""
    own, others = _known(own, others)
    values = [y.max() for y in others]
    for y in own:
        crashed = y < np.maximum.accumulate(y) - LOST_ACCURACY
        values.append((y if zoomed else _settled(y, crashed)).min())
    lowest = min(values, default=0.0)
    return next((floor for floor in ACCURACY_FLOORS if floor <= lowest), 0.0)


def loss_limits(own: Sequence[Vector], others: Sequence[Vector]) -> tuple[float, float]:
    """Round limits, from zero unless there are values below it, around all that is held."""
    own, others = _known(own, others)
    own = [_settled(y, y > LOST_LOSS * np.minimum.accumulate(y)) for y in own]
    y = _held(own, others, _ceiling([*own, *others]))
    low, high = float(y.min()), float(y.max())
    low = -round_above(-low) if low < -1e-9 else 0.0
    return low, round_above(high) if high > 1e-9 else float(low == 0)


def near_limits(own: Sequence[Vector], others: Sequence[Vector]) -> tuple[float, float]:
    """Limits close to all that is held: late losses, which differ but little."""
    own, others = _known(own, others)
    y = _held(own, others, _ceiling([*own, *others]))
    low, high = float(y.min()), float(y.max())
    unit = 10.0 ** math.floor(math.log10(max(high - low, abs(high) / 100, 1e-9)))
    return unit * math.floor(low / unit), unit * (math.floor(high / unit) + 1)


def log_limits(own: Sequence[Vector], others: Sequence[Vector]) -> tuple[float, float]:
    """Round limits around decimal logarithms, as logarithms; no opening is left out."""
    own, others = _known(own, others)
    best = min((float(y.min()) for y in [*own, *others]), default=0.0)
    ceiling = math.log10(LOG_ROOM) + max(math.log10(PLAUSIBLE_LOSS), best + math.log10(DIVERGED))
    y = _held(own, others, ceiling)
    high = round_above(float(10 ** y.max()))
    low = round_below(max(float(10 ** y.min()), high * DEEPEST))
    low = low if low < high else high / 2
    return float(np.log10(low)), float(np.log10(high))


def outside(x: Vector, y: Vector, low: float, high: float) -> list[tuple[float, bool]]:
    """Of each stretch of a curve beyond an end of the y axis, an x, and whether it is above.

    That is where the curve leaves; of a stretch that it begins with, where it ends.
    """
    little = 1e-9 * (high - low)
    side = (y > high + little).astype(int) - (y < low - little)
    edges = [*np.flatnonzero(np.diff(side, prepend=2)).tolist(), len(x)]
    return [
        (float(x[start or end - 1]), bool(side[start] > 0))
        for start, end in pairwise(edges)
        if side[start]
    ]


def _known(own: Sequence[Vector], others: Sequence[Vector]) -> tuple[list[Vector], list[Vector]]:
    """Those with values; without own ones, the others in their place."""
    own, others = [y for y in own if len(y)], [y for y in others if len(y)]
    return (own, others) if own else (others, [])


def _settled(y: Vector, crashed: NDArray[np.bool_]) -> Vector:
    """A curve without its opening, except for the crashes in that."""
    return y[(np.arange(len(y)) >= int(OPENING * len(y))) | crashed]


def _ceiling(curves: Sequence[Vector]) -> float:
    """The highest loss that is no divergence, judged by the best one of all curves."""
    best = min((float(y.min()) for y in curves), default=0.0)
    return max(PLAUSIBLE_LOSS, DIVERGED * best)


def _held(own: Sequence[Vector], others: Sequence[Vector], ceiling: float) -> Vector:
    """All values of own curves and the least of each other one, up to the ceiling."""
    y = np.concatenate([np.empty(0), *own, *(y.min(keepdims=True) for y in others)])
    y = y[y <= ceiling]
    return y if len(y) else np.array([0.0])
