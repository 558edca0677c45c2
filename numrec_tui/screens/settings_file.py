"""A prompt for a settings file: one that is there is read, another one is written."""

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from numrec_tui.screens.draw_prompts import as_path, is_file


class SettingsFileScreen(ModalScreen[Path | None]):
    """Asks for the path of a TOML file, which comes back, or None.

    path: what the field begins with.
    """

    DEFAULT_CSS = """
    SettingsFileScreen { align: center bottom; background: transparent; }
    SettingsFileScreen > Vertical {
        width: 96%; max-width: 100; height: auto; margin: 1 0;
        border: round $primary; background: $surface; padding: 0 1;
    }
    SettingsFileScreen Input { border: none; height: 1; padding: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", show=False, id="settings_file.cancel")
    ]

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._box = Vertical()

    def compose(self) -> ComposeResult:
        """A field."""
        with self._box:
            self._box.border_title = "Settings file (TOML, as for train --config)"
            yield Input(str(self._path), placeholder="path of a .toml file", compact=True)

    @on(Input.Changed)
    def _tell_what_enter_does(self, event: Input.Changed) -> None:
        there = is_file(as_path(event.value))
        does = "reads this file into the knobs" if there else "writes the settings to a new file"
        self._box.border_subtitle = f"enter {does}, escape cancels"

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        self.dismiss(as_path(event.value) if event.value.strip() else None)
