"""What the Draw mode asks: which digit a drawing is."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList

from numrec_tui.widgets.dialog import Dialog, Options

_ESCAPE: list[BindingType] = [Binding("escape", "dismiss", "Cancel", show=False)]


class WhichScreen(Dialog[int | None]):
    """Asks for the class of a drawing; its place in the list comes back, or None.

    names: the classes. guess: the one that is proposed. title: what is asked.
    """

    DEFAULT_CSS = """
    WhichScreen { align: right middle; background: transparent; }
    WhichScreen > Vertical {
        width: auto; min-width: 28; max-width: 96%; height: auto; max-height: 96%;
        border: round $primary; background: $surface; padding: 0 1; margin: 0 2;
    }
    WhichScreen OptionList {
        width: auto; min-width: 24; height: auto; max-height: 16;
        border: none; padding: 0; background: $surface;
        &:focus { border: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = _ESCAPE

    def __init__(self, names: Sequence[str], guess: int | None = None, title: str = "") -> None:
        super().__init__()
        self._title = title
        self._names = tuple(names)
        self._guess = guess

    def compose(self) -> ComposeResult:
        """One line a class."""
        numbered = self._names == tuple(map(str, range(len(self._names))))
        lines = [
            Content(name if numbered or index > 9 else f"{index} {name}")
            for index, name in enumerate(self._names)
        ]
        with Vertical() as box:
            asked = "Which digit is it?" if numbered else "What is it?"
            box.border_title = Content(self._title or asked)
            box.border_subtitle = "escape cancels"
            yield Options(*lines)

    def on_mount(self) -> None:
        """Propose what the network takes it for."""
        self.query_one(OptionList).highlighted = self._guess

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_index)

    def on_key(self, event: events.Key) -> None:
        """A number chooses at once."""
        if event.key.isdecimal() and event.key.isascii() and int(event.key) < len(self._names):
            event.stop()
            self.dismiss(int(event.key))
