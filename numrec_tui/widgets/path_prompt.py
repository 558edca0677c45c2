"""A prompt for the path of a file."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from numrec_tui.widgets.dialog import Dialog
from numrec_tui.widgets.field import Field
from numrec_tui.widgets.key_line import KeyLine


class PathScreen(Dialog[str | None]):
    """Asks for a path; what was typed comes back, or None.

    path: what the field begins with. title, placeholder: what it is about.
    does: what enter does with what is typed so far, as in "opens".
    """

    DEFAULT_CSS = """
    PathScreen { align: center bottom; background: transparent; }
    PathScreen > Vertical {
        width: 96%; max-width: 100; height: auto; margin: 1 0;
        border: round $primary; background: $surface; padding: 0 1;
    }
    PathScreen Input { border: none; height: 1; padding: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Cancel")]

    def __init__(self, path: str, title: str, placeholder: str, does: Callable[[str], str]) -> None:
        super().__init__()
        self._does = does
        self._box = Vertical()
        self._box.border_title = title
        self._field = Field(path, placeholder)

    def compose(self) -> ComposeResult:
        """A field, and the keys in place of those of the mode below."""
        with self._box:
            yield self._field
        yield KeyLine()

    def on_mount(self) -> None:
        """Tell from the beginning what enter does."""
        self._tell()

    @on(Input.Changed)
    def _tell(self) -> None:
        self._box.border_subtitle = Content(
            f"enter {self._does(self._field.value)}, escape cancels"
        )

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip() or None)


def as_path(typed: str) -> Path:
    """A path as a person types it, or a terminal does when a file is dropped on it."""
    typed = typed.strip()
    if len(typed) > 1 and typed[0] == typed[-1] and typed[0] in "'\"":
        typed = typed[1:-1]
    path = Path(typed.removeprefix("file://"))
    try:
        return path.expanduser()
    except RuntimeError:  # no such user
        return path


def is_file(path: Path) -> bool:
    """Whether there is a file; a path that cannot be looked at, such as an endless one, is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
