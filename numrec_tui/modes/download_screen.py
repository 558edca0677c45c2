"""Asks whether published sets that are not on this computer are to be downloaded."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from engine.data.published import Published
from numrec_tui.widgets.dialog import Dialog, Options


class DownloadScreen(Dialog[bool]):
    """Asks; True comes back for a yes. wanted: what would be downloaded."""

    DEFAULT_CSS = """
    DownloadScreen { align: center middle; }
    DownloadScreen > Vertical {
        width: 60; max-width: 96%; height: auto; max-height: 96%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    DownloadScreen OptionList {
        height: auto; max-height: 100%; border: none; padding: 0; background: $surface;
        &:focus { border: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(False)", "Cancel", show=False, id="download.cancel")
    ]

    def __init__(self, wanted: Sequence[Published]) -> None:
        super().__init__()
        self._wanted = wanted

    def compose(self) -> ComposeResult:
        """What there is to answer, with the size."""
        sizes = " and ".join(f"{each.name}, {each.megabytes}" for each in self._wanted)
        with Vertical() as box:
            box.border_title = "Not on this computer yet"
            box.border_subtitle = "enter downloads, escape changes nothing"
            yield Options(Option(f"Download {sizes}"))

    @on(OptionList.OptionSelected)
    def _agree(self) -> None:
        self.dismiss(True)
