"""What opens over a screen and is closed again: a dialog of ours, and Textual's palette.

Keys and clicks that come in one burst are all in a dialog's queue before the first of them has
closed it. Textual 8.2 then closes whatever lies below, and at last fails; so each closes once.
"""

from collections.abc import Callable
from typing import TypeVar

from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette
from textual.errors import NoWidget
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.timer import Timer, TimerCallback
from textual.widget import Widget
from textual.widgets import OptionList

from numrec_tui.widgets.sized_screen import SizedScreen

Result = TypeVar("Result")

PAGING = ("page_up", "page_down")


class ClosesOnce(SizedScreen[Result]):
    """A screen that can only be closed while it is in front, and so only once."""

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close it and hand `result` to whoever opened it; once that is done, do nothing."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Dialog(ModalScreen[Result], ClosesOnce[Result]):
    """The base of all that asks or tells something over a mode."""


class Lines(OptionList):
    """A list whose lines may be clicked after they are gone: Textual 8.2 would look for them."""

    def on_click(self, event: events.Click) -> None:
        """Hear no click on a line that is still drawn, but stands for nothing any more."""
        line = event.style.meta.get("option")
        if line is not None and line >= self.option_count:
            event.prevent_default()


class Commands(CommandList, Lines):
    """The palette's list, which is filled anew with each letter."""


class Options(Lines):
    """A list to choose from, also where it has no room."""

    DEFAULT_CSS = "Options { min-width: 8; }"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No paging where not one line is shown: Textual 8.2 would fail."""
        if action in PAGING and not _has_room(self):
            return False
        return super().check_action(action, parameters)


class Palette(CommandPalette, ClosesOnce[None]):
    """Textual's palette, without what ends an app in Textual 8.2.

    A list of no width would fail, as lines are folded to nothing; and what was to follow later
    would fail when the palette was closed meanwhile.
    """

    DEFAULT_CSS = "Palette CommandList { min-width: 8; }"

    def compose(self) -> ComposeResult:
        """As Textual's, with a list of ours."""
        for widget in super().compose():
            yield Commands() if isinstance(widget, CommandList) else widget

    def set_timer(
        self,
        delay: float,
        callback: TimerCallback | None = None,
        *,
        name: str | None = None,
        pause: bool = False,
    ) -> Timer:
        """As Textual's; but once the palette is closed, nothing follows."""

        def call() -> object:
            return callback() if callback is not None and not self._pruning else None

        return super().set_timer(delay, call, name=name, pause=pause)

    def _watch__list_visible(self) -> None:
        """As Textual's, as long as there is a list."""
        if self.query(CommandList):
            super()._watch__list_visible()

    def get_widget_at(self, x: int, y: int) -> tuple[Widget, Region]:
        """What lies there; where a window that has shrunk ends by now, the background."""
        try:
            return super().get_widget_at(x, y)
        except NoWidget:
            return self, self.region

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No paging through a list that has no room: Textual 8.2 would fail."""
        paging = action == "command_list" and set(PAGING).intersection(map(str, parameters))
        if paging and not _has_room(self.query_one(OptionList)):
            return False
        return super().check_action(action, parameters)


def _has_room(options: OptionList) -> bool:
    return bool(options.scrollable_content_region)


def once(call: Callable[[], object]) -> Callable[[], None]:
    """What calls `call` the first time, and does nothing from then on."""
    calls = iter([call])

    def call_once() -> None:
        for each in calls:
            each()

    return call_once
