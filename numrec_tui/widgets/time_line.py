"""A line of the moments that are kept of a run, and where among them one stands."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.events import Click
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget


class TimeLine(Widget):
    """From the first moment kept to now; a click goes to the nearest moment."""

    DEFAULT_CSS = """
    TimeLine {
        height: 1;
        width: 1fr;
        & > .time--rail { color: $text-disabled; }
        & > .time--moment { color: $text-muted; }
        & > .time--here { color: $text-primary; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"time--rail", "time--moment", "time--here"}

    class Picked(Message):
        """Moment `place` is to be shown; None is now."""

        def __init__(self, place: int | None) -> None:
            self.place = place
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._positions: tuple[float, ...] = ()
        self._place: int | None = None
        self._now = 0.0

    def show(self, positions: Sequence[float], place: int | None, now: float) -> None:
        """positions: epochs of the moments kept. place: the one that is shown; None is now."""
        state = (tuple(positions), place, now)
        if state != (self._positions, self._place, self._now):
            self._positions, self._place, self._now = state
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """`< ·──·──●──· > epoch 3.0 of 12.4`."""
        names = ("rail", "moment", "here")
        rail, moment, here = (self.get_component_rich_style(f"time--{name}") for name in names)
        width = self._rail
        if width < 8:
            return Strip([Segment(self._words, here)]).adjust_cell_length(
                self.size.width, self.rich_style
            )
        cells = [("─", rail)] * width
        for position in self._positions:
            cells[self._column(position)] = "┼", moment
        shown = self._now if self._place is None else self._positions[self._place]
        cells[self._column(shown)] = "●", here
        segments = [Segment("< ", moment), *(Segment(*cell) for cell in cells)]
        segments += [Segment(" > ", moment), Segment(self._words, here)]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style).simplify()

    def on_click(self, event: Click) -> None:
        """Go to the moment nearest to the mouse; at the end of the line, to now."""
        column = event.x - 2
        if not self._positions or column >= self._rail - 1:
            self.post_message(self.Picked(None))
            return
        columns = [self._column(position) for position in self._positions]
        place = min(range(len(columns)), key=lambda p: abs(columns[p] - column))
        self.post_message(self.Picked(place))

    @property
    def _words(self) -> str:
        if self._place is None:
            return f"epoch {self._now:.1f}"
        return f"epoch {self._positions[self._place]:.1f} of {self._now:.1f}"

    @property
    def _rail(self) -> int:
        """Columns of the line itself; the words beside it may need this much."""
        return self.size.width - 5 - len("epoch 100.0 of 100.0")

    def _column(self, position: float) -> int:
        first = self._positions[0] if self._positions else 0.0
        span = max(self._now - first, 1e-9)
        share = min(max((position - first) / span, 0.0), 1.0)
        return round(share * (self._rail - 1))
