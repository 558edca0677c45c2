"""The top line: the program, the mode, and what is going on."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from numrec_tui.session.report import Report, State
from numrec_tui.text.cut import cut

STATES: dict[State, str] = {
    "ready": "[$text-muted]○ ready[/]",
    "training": "[$text-success]● training[/]",
    "paused": "[$text-warning]‖ paused[/]",
    "finished": "[$text-success]✓ finished[/]",
    "diverged": "[$text-error]✗ diverged[/]",
    "failed": "[$text-error]✗ failed[/]",
}

UNSAVED = "[$text-error on $error-muted b]✗ not saved[/] "
"""The badge of a run that cannot be saved."""

SHORTEST = 8
"""Cells that the name of the data has at least."""

STATE, AIRY_STATE = 38, 56
"""Columns beside the names of all modes from which on these are named, and have room between."""


class TopBar(Horizontal):
    """One line over the whole width; a click on a mode opens it.

    modes: the name and the title of each, in the order of their keys. mode: the one in front.
    """

    DEFAULT_CSS = """
    TopBar { dock: top; height: 1; padding: 0 1; background: $panel; }
    TopBar > #modes { width: auto; }
    TopBar > #state { width: 1fr; text-align: right; }
    """

    def __init__(self, modes: Sequence[tuple[str, str]], mode: str) -> None:
        super().__init__()
        self._modes, self._mode = modes, mode
        self._words = Content("")
        self._report: Report | None = None
        self._titles = Static(id="modes")
        self._state = Static(id="state")

    def compose(self) -> ComposeResult:
        """The modes on the left, the state on the right."""
        yield self._titles
        yield self._state

    def on_resize(self) -> None:
        """Name every mode where there is room, else only the one in front."""
        titles = sum(len(title) + 3 for _, title in self._modes) - 1  # "1 Train 2 Digits"
        named = self.size.width >= titles + STATE
        roomy = self.size.width >= titles + AIRY_STATE
        words = ["[b]numrec[/]"] if roomy else []
        for key, (name, title) in enumerate(self._modes, 1):
            text = f"{key} {title}" if named or name == self._mode else str(key)
            if name == self._mode:
                words.append(f"[reverse] {text} [/]" if roomy else f"[reverse]{text}[/]")
            else:
                words.append(f"[@click=app.mode('{name}')]{text}[/]")
        self._titles.update(("  " if roomy else " ").join(words))
        if self._report is not None:
            self.call_after_refresh(self.show, self._report)

    def show(self, report: Report) -> None:
        """Name the data, the run and the state; the data's name has what room is left."""
        self._report = report
        run = f"run {report.number}" if report.number else "new run"
        badge = UNSAVED if report.unsaved else ""
        rate = report.batches_per_second if report.state == "training" else None
        slowed = f" {rate:.0f}/s" if rate else ""
        rest = Content.from_markup(f" · {run} · {STATES[report.state]}{slowed}")
        taken = rest.cell_length + Content.from_markup(badge).cell_length
        room = max(self._state.content_size.width - taken, SHORTEST)
        data = cut(report.data, room) if self._state.size else report.data
        words = Content.from_markup(f"{badge}$data", data=data) + rest
        if words != self._words:
            self._words = words
            self._state.update(words, layout=False)
