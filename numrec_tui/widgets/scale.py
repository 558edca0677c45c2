"""Which part of the numbers a picture shows: the ends of its axes, and their ticks."""

import math
from dataclasses import dataclass

import numpy as np

from numrec_tui.widgets.axes import (
    Vector,
    enter,
    log_ticks,
    round_above,
    round_below,
    ticks,
)
from numrec_tui.widgets.picture import HUGE, Curve, Picture

ACCURACY_FLOORS = (0.99, 0.98, 0.95, 0.9, 0.8, 0.5, 0.0)
"""Where the axis of accuracies may begin; few, so that it seldom jumps."""

DEEPEST = 1e-12
"""A logarithmic axis ends at this share of its highest value, however low the lowest is."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The ends of both axes; on a logarithmic one, low and high are decimal logarithms."""

    left: float
    right: float
    low: float
    high: float
    log: bool
    percent: bool

    def points(self, curve: Curve) -> tuple[Vector, Vector]:
        """What of a curve is within left and right, where it is to be drawn."""
        return _seen(curve, self.left, self.right, self.log)

    def x_ticks(self, most: int) -> list[tuple[float, str]]:
        """Up to `most` places on the x axis, and their names."""
        most = min(most, int(self.right - self.left) + 2)
        return [(x, f"{x:.6g}") for x in ticks(self.left, self.right, most, (1, 2, 5))]

    def y_ticks(self, most: int) -> list[tuple[float, str]]:
        """Up to `most` places on the y axis, and their names."""
        if self.log:
            found = log_ticks(float(10**self.low), float(10**self.high), most)
            return [(float(np.log10(y)), f"{y:.6g}") for y in found]
        found = ticks(self.low, self.high, most, (1, 2, 2.5, 5))
        return [(y, f"{100 * y:.6g}%" if self.percent else f"{y:.6g}") for y in found]


def scale_of(picture: Picture, floor: float = 0.0) -> Scale | None:
    """The scale that suits a picture; None if there is nothing to draw.

    floor: where the axis of accuracies began the last time; it stays where it can.
    """
    span = picture.span()
    if span is None:
        return None
    left, last = span
    if picture.last is not None and left > 0:
        right = last if last > left else 2 * last
    else:
        planned = picture.x_max or 0.0
        right = planned if max(last, 1e-9) <= planned < HUGE else round_above(max(last, 1.0))
    log = picture.log and not picture.percent
    y = np.concatenate([_seen(curve, left, right, log)[1] for curve in picture.curves])
    if not len(y):
        y = np.array([0.0])
    if log:
        low, high = _log_limits(y)
    elif picture.y_limits:
        low, high = picture.y_limits
    elif picture.percent:
        low, high = _floor_of(y, floor), 1.0
    else:
        low, high = _limits(y) if left == 0 else _near_limits(y)
    return Scale(left, right, low, high, log, picture.percent)


def _seen(curve: Curve, left: float, right: float, log: bool) -> tuple[Vector, Vector]:
    x, y = curve.points()
    if log:
        positive = y > 1 / HUGE
        x, y = x[positive], np.log10(y[positive])
    if left > 0:
        x, y = enter(x, y, left, curve.joined)
    return x[x <= right], y[x <= right]


def _floor_of(y: Vector, before: float) -> float:
    """Where accuracies begin: below most of the points; an early, steep part is cut off."""
    most, many = np.quantile(y, (0.15, 0.4), method="lower")
    floor = next((floor for floor in ACCURACY_FLOORS if floor <= most), 0.0)
    return before if floor <= before <= many else floor


def _limits(y: Vector) -> tuple[float, float]:
    """Round limits with most of the points between them; an early, steep part is cut off."""
    low, high = float(y.min()), float(np.quantile(y, 0.85, method="higher"))
    low = -round_above(-low) if low < -1e-9 else 0.0
    return low, round_above(high) if high > 1e-9 else float(low == 0)


def _near_limits(y: Vector) -> tuple[float, float]:
    """Limits close to all of the points, which are late ones and differ but little."""
    low, high = float(y.min()), float(y.max())
    unit = 10.0 ** math.floor(math.log10(max(high - low, abs(high) / 100, 1e-9)))
    return unit * math.floor(low / unit), unit * (math.floor(high / unit) + 1)


def _log_limits(y: Vector) -> tuple[float, float]:
    """Round limits around logarithms, as logarithms; nothing is cut off that can be read."""
    high = round_above(float(10 ** y.max()))
    low = round_below(max(float(10 ** y.min()), high * DEEPEST))
    low = low if low < high else high / 2
    return float(np.log10(low)), float(np.log10(high))
