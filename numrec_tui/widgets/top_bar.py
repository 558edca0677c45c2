"""The top line: the program, the mode, and what is going on."""

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from numrec_tui.report import Report, State

STATES: dict[State, str] = {
    "ready": "[$text-muted]○ ready[/]",
    "training": "[$text-success]● training[/]",
    "paused": "[$text-warning]‖ paused[/]",
    "finished": "[$text-success]✓ finished[/]",
    "diverged": "[$text-error]✗ diverged[/]",
    "failed": "[$text-error]✗ failed[/]",
}


class TopBar(Horizontal):
    """One line over the whole width."""

    DEFAULT_CSS = """
    TopBar { dock: top; height: 1; padding: 0 1; background: $panel; }
    TopBar > #mode { width: 20; }
    TopBar > #state { width: 1fr; text-align: right; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self._state = Static(id="state")

    def compose(self) -> ComposeResult:
        """The mode on the left, the state on the right."""
        yield Static("[b]numrec[/]  [reverse] 1 Train [/]", id="mode")
        yield self._state

    def show(self, report: Report) -> None:
        """Name the data, the run and the state."""
        words = f"{report.data} · run {report.run} · {STATES[report.state]}"
        if words != self._words:
            self._words = words
            self._state.update(words, layout=False)
