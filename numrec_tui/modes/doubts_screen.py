"""What can hardly be right about the data, with what mends it to choose from."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from engine.data.dataset import Doubt
from numrec_tui.widgets.dialog import Dialog, Options

HIDE = "hide"
"""The answer of somebody for whom all is as it is meant."""

MENDS = {
    "invert": "Invert: a new run on white ink on black (--invert)",
    "scale": "Scale: a new run on levels from 0 to 255 (--scale)",
}


class DoubtsScreen(Dialog[str | None]):
    """Asks what to do; a repair's name comes back, or `HIDE`, or None."""

    DEFAULT_CSS = """
    DoubtsScreen { align: center middle; }
    DoubtsScreen > Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 96%;
        border: round $warning; background: $surface; padding: 0 1;
    }
    DoubtsScreen Static { height: auto; margin-bottom: 1; }
    DoubtsScreen OptionList {
        height: auto; border: none; padding: 0; background: $surface;
        &:focus { border: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,exclamation_mark", "dismiss", "Cancel", show=False, id="doubts.cancel")
    ]

    def __init__(self, data: str, doubts: tuple[Doubt, ...]) -> None:
        super().__init__()
        self._data = data
        self._doubts = doubts

    def compose(self) -> ComposeResult:
        """Every doubt, then what can be done."""
        with Vertical() as box:
            box.border_title = Content(f"Can this be right? {self._data}")
            box.border_subtitle = "enter chooses, escape changes nothing"
            yield Static(Content("\n".join(f"⚠ {doubt.what}" for doubt in self._doubts)))
            mends = dict.fromkeys(doubt.mend for doubt in self._doubts if doubt.mend)
            options = [Option(MENDS[mend], mend) for mend in mends]
            yield Options(*options, Option("It is meant so: hide the notice", HIDE))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_id)
