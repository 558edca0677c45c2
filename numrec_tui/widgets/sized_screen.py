"""A screen is always as large as the terminal is now, whatever size an event reports."""

from typing import TypeVar

from textual import events
from textual.geometry import Offset
from textual.screen import Screen
from textual.widget import Widget

Result = TypeVar("Result")


class SizedScreen(Screen[Result]):
    """The base of all screens.

    In Textual 8.2 a screen that was laid out tells itself so by a resize. When the window changes
    again before it reads that, two sizes take turns for ever, and nothing else is done any more.
    So what a resize says is not the size, but that it is time to take up the terminal's.
    """

    async def _on_resize(self, event: events.Resize) -> None:
        """Take an old size as the one of now; Textual's own handler follows for that alone."""
        now = self.app.size
        if event.size != now:
            event.stop()
            event.prevent_default()
            await super()._on_resize(events.Resize(now, now))

    def get_widget_and_offset_at(self, x: int, y: int) -> tuple[Widget | None, Offset | None]:
        """What lies there; nothing where that is gone, but drawn still: a click would fail."""
        widget, offset = super().get_widget_and_offset_at(x, y)
        return (None, None) if widget is None or widget.parent is None else (widget, offset)
