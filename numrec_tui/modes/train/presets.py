"""A menu of the presets, with what each would change."""

from typing import ClassVar

from rich.markup import escape
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList

from engine.training.hyperparameters import Hyperparameters
from engine.training.presets import PRESETS
from engine.training.small_sets import SetSize
from numrec_tui.modes.train.knob_panel import differences
from numrec_tui.session.data_report import settings_of
from numrec_tui.widgets.dialog import Dialog, Options


class PresetsScreen(Dialog[str | None]):
    """Asks for a preset; its name comes back, or None.

    settings: those it would replace. current: the preset they come from. size: that of the set.
    """

    DEFAULT_CSS = """
    PresetsScreen { align: center middle; }
    PresetsScreen > Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 96%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    PresetsScreen OptionList {
        height: auto; max-height: 100%; border: none; padding: 0; background: $surface;
        &:focus { border: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,p", "dismiss", "Cancel", show=False, id="presets.cancel")
    ]

    def __init__(self, settings: Hyperparameters, current: str, size: SetSize | None) -> None:
        super().__init__()
        self._settings = settings
        self._current = current
        self._set_size = size

    def compose(self) -> ComposeResult:
        """Each preset: its name, what it is for, what it would change."""
        with Vertical() as box:
            box.border_title = "Presets"
            box.border_subtitle = "enter takes it for the next run, escape cancels"
            yield Options(*map(self._option, PRESETS))

    def on_mount(self) -> None:
        """Begin at the preset in use."""
        self.query_one(OptionList).highlighted = list(PRESETS).index(self._current)

    def _option(self, name: str) -> str:
        changes = differences(self._settings, settings_of(name, self._set_size))
        summary = escape(", ".join(changes)) or "as it is set now"
        return f"[b]{name}[/]  {escape(PRESETS[name].about)}\n[dim]{summary}[/]"

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(list(PRESETS)[event.option_index])
