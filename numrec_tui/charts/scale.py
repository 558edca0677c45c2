"""Which part of the numbers a picture shows: the ends of its axes, and their ticks."""

from dataclasses import dataclass

import numpy as np

from numrec_tui.charts.axes import Vector, enter, log_ticks, round_above, ticks
from numrec_tui.charts.limits import accuracy_floor, log_limits, loss_limits, near_limits, outside
from numrec_tui.charts.picture import HUGE, Curve, Picture


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

    def arrows(self, curve: Curve) -> list[tuple[float, bool]]:
        """Where a curve is beyond an end of the y axis: x, and whether it is above."""
        return outside(*self.points(curve), self.low, self.high)

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


def scale_of(picture: Picture) -> Scale | None:
    """The scale that suits a picture; None if there is nothing to draw."""
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
    own, others = (
        [_seen(curve, left, right, log)[1] for curve in picture.curves if curve.faint is faint]
        for faint in (False, True)
    )
    if log:
        low, high = log_limits(own, others)
    elif picture.y_limits:
        low, high = picture.y_limits
    elif picture.percent:
        low, high = accuracy_floor(own, others, zoomed=left > 0), 1.0
    else:
        low, high = (near_limits if left > 0 else loss_limits)(own, others)
    return Scale(left, right, low, high, log, picture.percent)


def _seen(curve: Curve, left: float, right: float, log: bool) -> tuple[Vector, Vector]:
    x, y = curve.points()
    if log:
        positive = y > 1 / HUGE
        x, y = x[positive], np.log10(y[positive])
    if left > 0:
        x, y = enter(x, y, left, curve.joined)
    return x[x <= right], y[x <= right]
