"""A chart of curves over epochs: a widget that is drawn as seldom as it may be, and colors them."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Click
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from numrec_tui import clock
from numrec_tui.charts.grid import (
    AXIS,
    LABEL,
    ROLES,
    Grid,
)
from numrec_tui.charts.legend import COLORS, FAINT, footing, heading, reading
from numrec_tui.charts.picture import EPOCHS, HUGE, Curve, Mark, Picture
from numrec_tui.charts.plot import Plot


class Chart(Widget, can_focus=True):
    """Curves and marks; `show` replaces them, and the screen follows up to four times a second.

    The legend is in the upper border, where it takes no room from the curves; in the lower one are
    the curves to compare with and a note, or the values at the cursor, which goes from epoch to
    epoch once it is called.
    hint: what to say while there is nothing to draw.
    """

    DEFAULT_CSS = f"""
    Chart {{
        width: 1fr;
        height: 1fr;
        border: round $foreground 30%;
        border-title-color: $text-muted;
        border-subtitle-color: $text-muted;
        &:focus {{ border: round $primary; }}
        & > .chart--axis {{ color: $text-disabled; }}
        & > .chart--label {{ color: $text-muted; }}
        & > .chart--mark {{ color: $text-secondary; }}
        & > .chart--cursor {{ color: $text; }}
        & > .chart--earlier {{ color: {FAINT}; }}
        & > .chart--curve-1 {{ color: {COLORS[0]}; }}
        & > .chart--curve-2 {{ color: {COLORS[1]}; }}
        & > .chart--curve-3 {{ color: {COLORS[2]}; }}
        & > .chart--curve-4 {{ color: {COLORS[3]}; }}
    }}
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"chart--{role}" for role in ROLES[AXIS:]}
    SECONDS_BETWEEN_BUILDS: ClassVar[float] = 0.25
    MOST_BUSY: ClassVar[float] = 0.025
    """The share of the time that drawing may take: a large chart is drawn less often."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor(-1)", "Read values", key_display="←→", id="chart.back",
                tooltip="Values at the epoch before or after; a click reads, too"),
        Binding("right", "cursor(1)", "Read values", show=False, id="chart.on"),
        Binding("pageup", "cursor(-10)", "Ten epochs", show=False, key_display="pgup pgdn",
                id="chart.ten_back", tooltip="Values ten epochs before or after"),
        Binding("pagedown", "cursor(10)", "Ten epochs", show=False, id="chart.ten_on"),
        Binding("home", "end_of(False)", "Ends", show=False, key_display="home end",
                id="chart.first", tooltip="Values at the first or the last epoch"),
        Binding("end", "end_of(True)", "Ends", show=False, id="chart.last"),
        Binding("escape", "leave", "No cursor", show=False, id="chart.leave",
                tooltip="Take the cursor off the chart"),
    ]  # fmt: skip

    class Pointed(Message):
        """The cursor went to `x`, or away if that is None."""

        def __init__(self, x: float | None) -> None:
            self.x = x
            super().__init__()

    def __init__(
        self, hint: str = "", *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.hint = hint
        self.picture = Picture()
        """What is to be seen."""
        self.cursor: float | None = None
        """Where values are read."""
        self.share = 1.0
        """How much of the time for drawing is this chart's; charts side by side share it."""
        self._plot = Plot()
        self._grid = Grid(0, 0)
        self._strips: list[Strip] = []
        self._stale = True
        self._resting = False

    def show(
        self,
        curves: Sequence[Curve],
        marks: Sequence[Mark] = (),
        *,
        title: str = "",
        x_label: str = EPOCHS,
        x_max: float | None = None,
        y_limits: tuple[float, float] | None = None,
        percent: bool = True,
        log: bool = False,
        last: int | None = None,
        note: str = "",
    ) -> None:
        """Draw these from now on, in place of what was there.

        x_max: where the x axis ends; without it, at a round number beyond the data.
        y_limits: both ends of the y axis; without them it follows the data, in few steps.
        percent: y is a share of 1, such as an accuracy, else any number, such as a loss.
        log: let the y axis be logarithmic, unless it shows shares; limits of it do not hold then.
        last: show only so many epochs up to the end.
        note: what stands in the lower border while there is no cursor.

        Raises:
            ValueError: limits that are not one below the other.
        """
        if y_limits and not -HUGE < y_limits[0] < y_limits[1] < HUGE:
            raise ValueError(f"y_limits are (low, high), low < high; these are {y_limits}.")
        picture = Picture(
            tuple(curves), tuple(marks), title, x_label, x_max, y_limits, percent, log, last, note
        )
        if picture != self.picture:
            self.picture = picture
            self._stale = True
            if not self._resting:
                self._redraw()

    @property
    def term(self) -> str:
        """What is drawn, in the words of the glossary."""
        return self.picture.title

    def flush(self) -> None:
        """Draw what was shown last at once, whatever was drawn before and however short ago."""
        self._resting = False
        self._stale = True
        self._redraw()

    def point(self, x: float | None) -> None:
        """Put the cursor somewhere, or take it away; nobody is told."""
        if x != self.cursor:
            self.cursor = x
            self._strips = []
            self._entitle()
            self.refresh_bindings()

    def action_cursor(self, by: int) -> None:
        """Let the cursor go on by so many places; one that is not there yet comes in at an end."""
        stop = self.picture.stop_from(self.cursor, by)
        if stop is not None:
            self._move_cursor(stop)

    def action_end_of(self, last: bool) -> None:
        """Put the cursor at the first epoch that is seen, or at the last."""
        stops = self.picture.stops()
        if stops:
            self._move_cursor(stops[-1 if last else 0])

    def action_leave(self) -> None:
        """Take the cursor away."""
        self._move_cursor(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a cursor that is there can leave."""
        return action != "leave" or self.cursor is not None

    def on_click(self, event: Click) -> None:
        """Put the cursor near the mouse."""
        at, columns = event.get_content_offset(self), self._grid.columns
        stops = self.picture.stops()
        if at is not None and columns is not None and stops and at.x >= columns.start:
            x = columns.x_at(at.x)
            self._move_cursor(min(stops, key=lambda stop: abs(stop - x)))

    def _move_cursor(self, x: float | None) -> None:
        self.point(x)
        self.post_message(self.Pointed(x))

    def render_line(self, y: int) -> Strip:
        """One line of the last drawing, after a new one if there is a reason for it."""
        fits = (self._grid.width, self._grid.height) == self.size
        if not fits or (self._stale and not self._resting):
            self._build()
        if not self._strips:
            names = (f"chart--{role}" for role in ROLES[AXIS:])
            styles = [self.rich_style, *(self.get_component_rich_style(name) for name in names)]
            grid = self._grid if self.cursor is None else self._grid.with_cursor(self.cursor)
            self._strips = grid.strips(styles)
        return self._strips[y]

    def notify_style_update(self) -> None:
        """Another theme, or the focus came or went: other colors."""
        super().notify_style_update()
        self._strips = []

    def on_resize(self) -> None:
        """The legend says as much as there is room for."""
        self._redraw()

    def _redraw(self) -> None:
        self._entitle()
        self.refresh()

    def _entitle(self) -> None:
        width = self.size.width - 4  # the border's own signs and blanks
        self.border_title = heading(self.picture, width)
        if self.cursor is None:
            self.border_subtitle = footing(self.picture, width)
        else:
            self.border_subtitle = reading(self.picture, self.cursor, width)

    def _build(self) -> None:
        began = clock.current.spent()
        grid = Grid(*self.size)
        if not self._plot.draw(self.picture, grid):
            column = max(0, (grid.width - len(self.hint)) // 2)
            grid.write((grid.height - 1) // 2, column, self.hint, LABEL)
        elif not self._resting:
            self._resting = True
            spent = clock.current.spent() - began
            rest = max(self.SECONDS_BETWEEN_BUILDS, spent / self.MOST_BUSY)
            clock.current.call_later(self, rest / self.share, self._end_rest)
        self._grid, self._strips = grid, []
        self._stale = False

    def _end_rest(self) -> None:
        self._resting = False
        if self._stale:
            self._redraw()
