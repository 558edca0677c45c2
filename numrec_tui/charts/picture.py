"""What a chart draws: curves, marks, and all that is said about them; numbers only, no colors."""

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np

from numrec_tui.charts.axes import Vector
from numrec_tui.charts.smoothing import smooth

HUGE = 1e200
"""Numbers from here on are dropped like infinite ones, so that differences stay finite."""

LINE, DOT = "⠒⠒", "•"
"""The signs of joined curves and of others in a legend."""

SECOND_DOT = "▵"
"""The points of a second set, which is scored beside the validation."""

EPOCHS = "epoch"
"""What the x axis counts as a rule."""

FINEST = 3
"""Where no more epochs than these are seen, a cursor goes by tenths of one."""

MOST_STOPS = 100_000
"""Steps a cursor may go; no run is as long."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve; joined ones are thin lines, the others points, to be told apart without color.

    x, y: as many of one as of the other, x from 0 on and ascending.
    dot: the character of each point of a curve that is not joined.
    faint: whether it is only there to compare others with.
    smoothing: the share of what was before in each point that is drawn; `y` stays what it is.
    images: of how many images each y is an accuracy; 0 where that is not to be said.
    holds: how far behind its last point that is still read.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    joined: bool = True
    dot: str = DOT
    faint: bool = False
    smoothing: float = 0.0
    images: int = 0
    holds: float = 1.0

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise ValueError(f"Curve {self.label!r} has {len(self.x)} x and {len(self.y)} y.")

    @property
    def sign(self) -> str:
        """What stands for it in a legend."""
        return LINE if self.joined else self.dot

    def points(self) -> tuple[Vector, Vector]:
        """What can be drawn of it: everything finite, at x ≥ 0, and smooth if it is to be."""
        x, y = np.array(self.x, dtype=np.float64), np.array(self.y, dtype=np.float64)
        drawable = (x >= 0) & (x < HUGE) & (np.abs(y) < HUGE)
        return x[drawable], smooth(y[drawable], self.smoothing)

    def latest(self) -> float:
        """Its last finite value; NaN if there is none."""
        return next((y for y in reversed(self.y) if math.isfinite(y)), math.nan)

    def value_at(self, x: float) -> float:
        """The value at `x`, or the last one before it; NaN before its first, and after its end."""
        index = bisect_right(self.x, x) - 1
        ended = index == len(self.x) - 1 and index >= 0 and x - self.x[index] >= self.holds
        return math.nan if index < 0 or ended else self.y[index]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment worth a vertical line, such as a changed setting: "learning rate 0.1→0.3"."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is to be drawn; `Chart.show` explains the fields."""

    curves: tuple[Curve, ...] = ()
    marks: tuple[Mark, ...] = ()
    title: str = ""
    x_label: str = ""
    x_max: float | None = None
    y_limits: tuple[float, float] | None = None
    percent: bool = True
    log: bool = False
    last: int | None = None
    note: str = ""

    def in_words(self, value: float) -> str:
        """A value of its curves: a percentage or any other number, a dash where there is none."""
        if not math.isfinite(value):
            return "–"
        return f"{value:.1%}" if self.percent else f"{value:.3g}"

    def newest(self) -> float:
        """Where the curves end that are not only there to compare with; NaN before they begin."""
        ends = [(_end(curve.x), curve.faint) for curve in self.curves]
        every = [end for end, _ in ends if end is not None]
        own = [end for end, faint in ends if end is not None and not faint]
        return max(own or every, default=math.nan)

    def span(self) -> tuple[float, float] | None:
        """The first and the last x that is to be seen; None if there is nothing to see.

        With `last`, so many whole epochs up to the newest.
        """
        if math.isnan(self.newest()):
            return None
        if self.last is None:
            return 0.0, max(end for c in self.curves if (end := _end(c.x)) is not None)
        right = float(math.ceil(self.newest()))
        return max(0.0, right - self.last), right

    def stops(self) -> list[float]:
        """Where a cursor may stand: at whole epochs, at marks, and at the first and last point.

        Where few epochs are seen, at tenths of them too. On another axis at every point.
        """
        left, right = self.span() or (0.0, 0.0)
        x = np.concatenate([np.empty(0), *(curve.points()[0] for curve in self.curves)])
        x = x[(x >= left) & (x <= right)]
        if not len(x):
            return []
        first, last = float(x.min()), float(x.max())
        if self.x_label not in ("", EPOCHS):
            return sorted(
                {*x.tolist(), *(mark.x for mark in self.marks if first <= mark.x <= last)}
            )
        steps = 10 if right - left <= FINEST else 1
        most = min(math.floor(last * steps), math.ceil(first * steps) + MOST_STOPS)
        marked = (mark.x for mark in self.marks if first <= mark.x <= last)
        whole = (step / steps for step in range(math.ceil(first * steps), most + 1))
        return sorted({first, last, *whole, *marked})

    def stop_from(self, x: float | None, by: int) -> float | None:
        """The stop that is so many further than `x`; None if there is nowhere to stand.

        From nowhere, one goes back from the newest, and on from the first.
        """
        stops = self.stops()
        if not stops:
            return None
        if x is None:
            index = bisect_right(stops, self.newest()) - 1 if by < 0 else 0
        else:
            index = bisect_left(stops, x)
            between = index == len(stops) or stops[index] != x
            index += by - (between and by > 0)
        return stops[min(max(index, 0), len(stops) - 1)]

    def marks_at(self, x: float) -> list[str]:
        """What was changed exactly there."""
        return [mark.text for mark in self.marks if mark.x == x]


def _end(x: tuple[float, ...]) -> float | None:
    """The last x that can be drawn."""
    return next((v for v in reversed(x) if 0 <= v < HUGE), None)
