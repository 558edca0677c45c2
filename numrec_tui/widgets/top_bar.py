"""The top line: the program, the mode, and what is going on."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from numrec_tui.modes import MODES
from numrec_tui.report import Report, State

STATES: dict[State, str] = {
    "ready": "[$text-muted]○ ready[/]",
    "training": "[$text-success]● training[/]",
    "paused": "[$text-warning]‖ paused[/]",
    "finished": "[$text-success]✓ finished[/]",
    "diverged": "[$text-error]✗ diverged[/]",
    "failed": "[$text-error]✗ failed[/]",
}


NAMED, ROOMY = 78, 96
"""Columns from which on all modes are named, and from which on there is room between them."""


class TopBar(Horizontal):
    """One line over the whole width; a click on a mode opens it. mode: the one in front."""

    DEFAULT_CSS = """
    TopBar { dock: top; height: 1; padding: 0 1; background: $panel; }
    TopBar > #modes { width: auto; }
    TopBar > #state { width: 1fr; text-align: right; }
    """

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode
        self._words = ""
        self._modes = Static(id="modes")
        self._state = Static(id="state")

    def compose(self) -> ComposeResult:
        """The modes on the left, the state on the right."""
        yield self._modes
        yield self._state

    def on_resize(self) -> None:
        """Name every mode where there is room, else only the one in front."""
        named, roomy = self.size.width >= NAMED, self.size.width >= ROOMY
        words = ["[b]numrec[/]"] if roomy else []
        for key, mode in enumerate(MODES, 1):
            text = f"{key} {mode.title}" if named or mode.name == self._mode else str(key)
            if mode.name == self._mode:
                words.append(f"[reverse] {text} [/]" if roomy else f"[reverse]{text}[/]")
            else:
                words.append(f"[@click=app.mode('{mode.name}')]{text}[/]")
        self._modes.update(("  " if roomy else " ").join(words))

    def show(self, report: Report) -> None:
        """Name the data, the run and the state."""
        run = f"run {report.number}" if report.number else "new run"
        words = f"{report.data} · {run} · {STATES[report.state]}"
        if words != self._words:
            self._words = words
            self._state.update(words, layout=False)
