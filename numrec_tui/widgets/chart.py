"""A chart of curves over epochs: plotext draws the lines, this widget scales and colors them.

plotext paints with numbers in place of colors (the roles below); the theme's colors come in last.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby, product
from time import thread_time
from typing import ClassVar

import numpy as np
from plotext._figure import _figure_class as Figure  # plotext's own functions share one figure
from rich.segment import Segment
from rich.style import Style
from textual.content import Content
from textual.markup import escape
from textual.strip import Strip
from textual.widget import Widget

from numrec_tui.widgets.axes import Vector, clip, round_above, thin, ticks

HUGE = 1e200
"""Numbers from here on are dropped like infinite ones, so that differences stay finite."""

ACCURACY_FLOORS = (0.99, 0.98, 0.95, 0.9, 0.8, 0.5, 0.0)
"""Where the axis of accuracies may begin; few, so that it seldom jumps."""

ROLES = ("text", "axis", "label", "mark", "curve-1", "curve-2", "curve-3", "curve-4")
"""What a cell may be: its place here is its color for plotext, its name a component class."""
TEXT, AXIS, LABEL, MARK, *CURVES = range(len(ROLES))
COLORS = ("$text-primary", "$text-warning", "$text-success", "$text-error")
"""The colors of the curves; they are used again after the fourth."""

LINE, DOT = "⠒⠒", "•"
FRAME = "│┤┬─└┴"
REPLACED = {("└", AXIS): "╰", ("│", MARK): "┊"}


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve; joined ones are thin lines, the others dots, to be told apart without color.

    x, y: as many of one as of the other, x from 0 on and ascending.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    joined: bool = True

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise ValueError(f"Curve {self.label!r} has {len(self.x)} x and {len(self.y)} y.")

    def points(self) -> tuple[Vector, Vector]:
        """What can be drawn of it: everything finite, at x ≥ 0."""
        x, y = np.array(self.x, dtype=np.float64), np.array(self.y, dtype=np.float64)
        drawable = (x >= 0) & (x < HUGE) & (np.abs(y) < HUGE)
        return x[drawable], y[drawable]


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


class Chart(Widget, can_focus=True):
    """Curves and marks; `show` replaces them, and the screen follows up to four times a second.

    The legend is in the title of the border, where it takes no room from the curves.
    hint: what to say while there is nothing to draw.
    """

    DEFAULT_CSS = f"""
    Chart {{
        width: 1fr;
        height: 1fr;
        border: round $foreground 30%;
        border-title-color: $text-muted;
        &:focus {{ border: round $primary; }}
        & > .chart--axis {{ color: $text-disabled; }}
        & > .chart--label {{ color: $text-muted; }}
        & > .chart--mark {{ color: $text-secondary; }}
        & > .chart--curve-1 {{ color: {COLORS[0]}; }}
        & > .chart--curve-2 {{ color: {COLORS[1]}; }}
        & > .chart--curve-3 {{ color: {COLORS[2]}; }}
        & > .chart--curve-4 {{ color: {COLORS[3]}; }}
    }}
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"chart--{role}" for role in ROLES[AXIS:]}
    SECONDS_BETWEEN_BUILDS: ClassVar[float] = 0.25
    MOST_BUSY: ClassVar[float] = 0.04
    """The share of the time that drawing may take: a large chart is drawn less often."""

    def __init__(
        self, hint: str = "", *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.hint = hint
        self._picture = Picture()
        self._plot = Plot()
        self._strips: list[Strip] = []
        self._stale = True
        self._resting = False

    def show(
        self,
        curves: Sequence[Curve],
        marks: Sequence[Mark] = (),
        *,
        title: str = "",
        x_label: str = "epoch",
        x_max: float | None = None,
        y_limits: tuple[float, float] | None = None,
        percent: bool = True,
    ) -> None:
        """Draw these from now on, in place of what was there.

        x_max: where the x axis ends; without it, at a round number beyond the data.
        y_limits: both ends of the y axis; without them it follows the data, in few steps.
        percent: y is a share of 1, such as an accuracy, else any number, such as a loss.

        Raises:
            ValueError: limits that are not one below the other.
        """
        if y_limits and not -HUGE < y_limits[0] < y_limits[1] < HUGE:
            raise ValueError(f"y_limits are (low, high), low < high; these are {y_limits}.")
        picture = Picture(tuple(curves), tuple(marks), title, x_label, x_max, y_limits, percent)
        if picture != self._picture:
            self._picture = picture
            self._stale = True
            if not self._resting:
                self._redraw()

    def flush(self) -> None:
        """Draw what was shown last at once, whatever was drawn before and however short ago."""
        self._resting = False
        self._stale = True
        self._plot.floor = 0.0
        self._redraw()

    def render_line(self, y: int) -> Strip:
        """One line of the last drawing, after a new one if there is a reason for it."""
        width, height = self.size
        fits = len(self._strips) == height and self._strips[0].cell_length == width
        if not fits or (self._stale and not self._resting):
            self._build()
        return self._strips[y]

    def notify_style_update(self) -> None:
        """Another theme, or the focus came or went: draw anew, in other colors."""
        super().notify_style_update()
        self._strips = []

    def on_resize(self) -> None:
        """The legend says as much as there is room for."""
        self._redraw()

    def _redraw(self) -> None:
        self.border_title = heading(self._picture, self.size.width - 2)  # and this refreshes

    def _build(self) -> None:
        began = thread_time()
        grid = Grid(*self.size)
        if not self._plot.draw(self._picture, grid):
            column = max(0, (grid.width - len(self.hint)) // 2)
            grid.write((grid.height - 1) // 2, column, self.hint, LABEL)
        elif not self._resting:
            self._resting = True
            rest = max(self.SECONDS_BETWEEN_BUILDS, (thread_time() - began) / self.MOST_BUSY)
            self.set_timer(rest, self._end_rest)
        names = (f"chart--{role}" for role in ROLES[AXIS:])
        styles = [self.rich_style, *(self.get_component_rich_style(name) for name in names)]
        self._strips = grid.strips(styles)
        self._stale = False

    def _end_rest(self) -> None:
        self._resting = False
        if self._stale:
            self._redraw()


class Grid:
    """Cells, each a character and a role."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.cells = [[(" ", TEXT)] * width for _ in range(height)]

    def write(self, row: int, column: int, text: str, role: int) -> None:
        """Put `text` into a row; what lies outside is lost."""
        for place, character in enumerate(text, column):
            if 0 <= place < self.width:
                self.cells[row][place] = character, role

    def is_blank(self, row: int, start: int, end: int) -> bool:
        """Whether all cells from `start` up to `end` exist and are blank."""
        inside = start >= 0 and end <= self.width
        return inside and all(character == " " for character, _ in self.cells[row][start:end])

    def strips(self, styles: Sequence[Style]) -> list[Strip]:
        """One strip a row; neighbors of one role share a segment."""
        strips = []
        for row in self.cells:
            runs = groupby(row, key=lambda cell: cell[1])
            segments = [Segment("".join(c for c, _ in run), styles[role]) for role, run in runs]
            strips.append(Strip(segments, self.width))
        return strips


class Plot:
    """A plotext figure of our own, and the floor of the accuracies, which has to be steady."""

    def __init__(self) -> None:
        self.floor = 0.0
        self._figure = Figure()
        self._figure._limit_size(False, False)  # else it is no larger than the terminal
        self._figure.theme("clear")
        self._figure.ticks_color(AXIS)
        self._figure.xaxes(True, False)
        self._figure.yaxes(True, False)

    def draw(self, picture: Picture, grid: Grid) -> bool:
        """Fill the grid with axes, curves and marks; False if there is nothing to draw."""
        points = [curve.points() for curve in picture.curves]
        last = max((float(x.max()) for x, _ in points if len(x)), default=None)
        if last is None or grid.width < 15 or grid.height < 4:
            return last is not None
        planned = picture.x_max or 0.0
        right = planned if max(last, 1e-9) <= planned < HUGE else round_above(max(last, 1.0))
        every_y = np.concatenate([y for _, y in points])
        low, high = picture.y_limits or self._limits(every_y, picture.percent)
        start = self._set_axes(picture, grid, right, low, high)
        marks = [mark for mark in picture.marks if 0 <= mark.x <= right]
        for mark in marks:
            self._figure.vertical_line(mark.x, MARK)
        for place, (curve, all_points) in enumerate(zip(picture.curves, points, strict=True)):
            color = CURVES[place % len(CURVES)]
            x, y = thin(*all_points, right, grid.width - start)
            if curve.joined:
                x, y = clip(x, y, low, high)
                self._figure.plot(x.tolist(), y.tolist(), marker="braille", color=color)
            else:
                self._figure.scatter(x.tolist(), y.tolist(), marker=DOT, color=color)
        self._figure.monitor.build_plot()  # build() would go on to make a string of it
        matrix = self._figure.monitor.matrix
        rows = zip(reversed(matrix.marker), reversed(matrix.fullground), strict=True)
        grid.cells = [list(map(to_cell, *row)) for row in rows]
        grid.write(grid.height - 1, start - 1 - len(picture.x_label), picture.x_label, LABEL)
        write_marks(marks, right, grid, start)
        return True

    def _limits(self, y: Vector, percent: bool) -> tuple[float, float]:
        """Round limits with most of the points between them; an early, steep part is cut off."""
        if percent:
            most, many = np.quantile(y, (0.15, 0.4), method="lower")
            floor = next((floor for floor in ACCURACY_FLOORS if floor <= most), 0.0)
            if not floor <= self.floor <= many:
                self.floor = floor
            return self.floor, 1.0
        low, high = float(y.min()), float(np.quantile(y, 0.85, method="higher"))
        low = -round_above(-low) if low < -1e-9 else 0.0
        return low, round_above(high) if high > 1e-9 else float(low == 0)

    def _set_axes(self, picture: Picture, grid: Grid, right: float, low: float, high: float) -> int:
        """Give plotext its size, limits and ticks; returns the column where the lines begin."""
        x_ticks = ticks(0, right, min(grid.width // 9 + 1, int(right) + 2), (1, 2, 5))
        rows = grid.height - 2
        y_ticks = ticks(low, high, max(rows // 4 + 1, 2 + (rows >= 5)), (1, 2, 2.5, 5))
        y_names = [f"{100 * y:.6g}%" if picture.percent else f"{y:.6g}" for y in y_ticks]
        gutter = max(map(len, [*y_names, picture.x_label]))
        figure = self._figure
        figure.clear_data()
        figure.plot_size(grid.width, grid.height)
        figure.xlim(0, right)
        figure.ylim(low, high)
        figure.xticks(x_ticks, [f"{x:.6g}" for x in x_ticks])
        figure.yticks(y_ticks, [name.rjust(gutter) for name in y_names])
        return gutter + 1


@cache
def to_cell(character: str, color: int | str) -> tuple[str, int]:
    """A cell of plotext's as one of ours: rounder, dotted, tick labels apart from the axes."""
    if color == AXIS and character not in FRAME:
        return character, LABEL
    role = color if isinstance(color, int) else TEXT
    return REPLACED.get((character, role), character), role


def heading(picture: Picture, width: int) -> str:
    """Title and legend as markup: of each curve its sign, label, latest value, as room allows."""
    markup = ""
    for title, longest, gap in ((True, 40, 3), (True, 5, 2), (True, 0, 1), (False, 0, 1)):
        parts = [escape(picture.title)] if title and picture.title else []
        for place, curve in enumerate(picture.curves):
            color, sign = COLORS[place % len(COLORS)], LINE if curve.joined else DOT
            label = escape(f"{curve.label[:longest]} ".lstrip())
            number = next((y for y in reversed(curve.y) if math.isfinite(y)), math.nan)
            value = f"{number:.1%}" if picture.percent else f"{number:.3g}"
            value = "–" if math.isnan(number) else value
            parts.append(f"[{color}]{sign}[/] {label}[$text]{value}[/]")
        markup = (" " * gap).join(parts)
        if Content.from_markup(markup).cell_length <= width:
            break
    return markup


def write_marks(marks: Sequence[Mark], right: float, grid: Grid, start: int) -> None:
    """Name the marks, the newest first, where a name or at least its last word finds room."""
    named = set()
    for mark in reversed(marks):
        column = start + int(mark.x / right * (grid.width - start - 1) + 0.5)
        names = [mark.text, mark.text.rpartition(" ")[2]] if column not in named else []
        named.add(column)
        for name in names:
            columns = (column + 2, column - 1 - len(name))
            places = product(range(grid.height - 3, -1, -1), columns)
            free = (at for at in places if grid.is_blank(at[0], at[1] - 1, at[1] + len(name) + 1))
            if place := next(free, None):
                grid.write(*place, name, MARK)
                break
