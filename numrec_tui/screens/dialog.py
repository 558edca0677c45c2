"""What opens over a screen and is closed again: a dialog of ours, and Textual's palette.

Keys and clicks that come in one burst are all in a dialog's queue before the first of them has
closed it. Textual 8.2 then closes whatever lies below, and at last fails; so each closes once.
"""

from collections.abc import Callable
from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette
from textual.screen import ModalScreen, Screen
from textual.widgets import OptionList

Result = TypeVar("Result")

PAGING = ("page_up", "page_down")


class ClosesOnce(Screen[Result]):
    """A screen that can only be closed while it is in front, and so only once."""

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close it and hand `result` to whoever opened it; once that is done, do nothing."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Dialog(ModalScreen[Result], ClosesOnce[Result]):
    """The base of all that asks or tells something over a mode."""


class Palette(CommandPalette, ClosesOnce[None]):
    """Textual's palette."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No paging through a list that has no room: Textual 8.2 would fail."""
        paging = action == "command_list" and set(PAGING).intersection(map(str, parameters))
        if paging and not _has_room(self.query_one(OptionList)):
            return False
        return super().check_action(action, parameters)


class Options(OptionList):
    """A list to choose from, also where it has no room."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No paging where not one line is shown: Textual 8.2 would fail."""
        if action in PAGING and not _has_room(self):
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
