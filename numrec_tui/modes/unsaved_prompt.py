"""What is asked when a run cannot be saved: try again, another folder, or leave without it."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from numrec_tui.widgets.dialog import Dialog, Options

AGAIN, FOLDER, LEAVE = "again", "folder", "leave"

ANSWERS = {
    AGAIN: "Try again",
    FOLDER: "Save in another folder …",
    LEAVE: "Leave without saving: what was learned is lost",
}


class UnsavedScreen(Dialog[str | None]):
    """Asks what to do; the answer comes back, or None to stay and leave everything as it is.

    problem: why the run cannot be saved. leaving: whether somebody wants to leave.
    """

    DEFAULT_CSS = """
    UnsavedScreen { align: center middle; }
    UnsavedScreen > Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 96%;
        border: round $error; background: $surface; padding: 0 1;
    }
    UnsavedScreen Static { height: auto; }
    UnsavedScreen OptionList {
        height: auto; max-height: 100%; border: none; padding: 0; background: $surface;
        &:focus { border: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", show=False, id="unsaved.cancel")
    ]

    def __init__(self, problem: str, leaving: bool) -> None:
        super().__init__()
        self._problem = problem
        self._answers = [answer for answer in ANSWERS if leaving or answer != LEAVE]

    def compose(self) -> ComposeResult:
        """Why, and what can be done."""
        with Vertical() as box:
            box.border_title = "This run cannot be saved"
            box.border_subtitle = "escape goes on without an answer"
            yield Static(self._problem, markup=False)
            yield Options(*(Option(ANSWERS[answer], answer) for answer in self._answers))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)
