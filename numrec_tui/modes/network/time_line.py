"""A line of a run's moments, checkpoints among them, and of where among them one stands."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.events import Click
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from numrec_tui.insight.weight_history import Moment

MOMENT, CHECKPOINT, HERE = "┼", "◆", "●"

ROOMY = 50
"""Columns from which on there is room for the key of the marks."""


class TimeLine(Widget):
    """From the first moment kept to now; a click goes to the nearest moment.

    A run can be forked from its checkpoints, which have a mark of their own.
    """

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
        """A moment is to be shown; None is now."""

        def __init__(self, moment: Moment | None) -> None:
            self.moment = moment
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._moments: tuple[Moment, ...] = ()
        self._here: Moment | None = None
        self._now = 0.0

    def show(self, moments: Sequence[Moment], here: Moment | None, now: float) -> None:
        """moments: those that are kept, in order. here: the one that is shown; None is now."""
        self._moments, self._here, self._now = tuple(moments), here, now
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """`< ┼──◆──●──┼ > epoch 3.0 of 12.4`."""
        names = ("rail", "moment", "here")
        rail, moment, here = (self.get_component_rich_style(f"time--{name}") for name in names)
        width = self._rail
        if width < 8:
            return Strip([Segment(self._words, here)]).adjust_cell_length(
                self.size.width, self.rich_style
            )
        cells = [("─", rail)] * width
        for kept in sorted(self._moments, key=lambda kept: kept.is_checkpoint):
            mark = CHECKPOINT if kept.is_checkpoint else MOMENT
            cells[self._column(kept.position)] = mark, moment
        shown = self._now if self._here is None else self._here.position
        cells[self._column(shown)] = HERE, here
        segments = [Segment("< ", moment), *(Segment(*cell) for cell in cells)]
        segments += [Segment(" > ", moment), Segment(self._words, here)]
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style).simplify()

    def on_click(self, event: Click) -> None:
        """Go to the moment nearest to the mouse; at the end of the line, to now."""
        column = event.x - 2
        if not self._moments or column >= self._rail - 1:
            self.post_message(self.Picked(None))
            return

        def distance(kept: Moment) -> tuple[int, bool]:
            return abs(self._column(kept.position) - column), not kept.is_checkpoint

        self.post_message(self.Picked(min(self._moments, key=distance)))

    @property
    def _words(self) -> str:
        if self._here is None:
            return f"epoch {self._now:.1f}{self._key}"
        mark = f" {CHECKPOINT} f forks" if self._here.is_checkpoint else ""
        return f"epoch {self._here.position:.1f} of {self._now:.1f}{mark}"

    @property
    def _key(self) -> str:
        """What the marks are, where there is room for it."""
        some = any(kept.is_checkpoint for kept in self._moments)
        return f"  {CHECKPOINT} checkpoint" if some and self.size.width >= ROOMY else ""

    @property
    def _rail(self) -> int:
        """Columns of the line itself; the words beside it may need this much."""
        return self.size.width - 5 - len("epoch 100.0 of 100.0 ◆ f forks")

    def _column(self, position: float) -> int:
        first = self._moments[0].position if self._moments else 0.0
        span = max(self._now - first, 1e-9)
        share = min(max((position - first) / span, 0.0), 1.0)
        return round(share * (self._rail - 1))
