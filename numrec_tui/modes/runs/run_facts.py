"""All that is known of one run, in words."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from engine.plural import counted
from engine.training.changes import Change
from engine.training.hyperparameters import Hyperparameters
from numrec_tui.history.columns import DAMAGED, DOUBTFUL, duration, ending, share, title
from numrec_tui.history.history import PastRun

USUAL = Hyperparameters().model_dump(mode="json")


class RunFacts(VerticalScroll, can_focus=True):
    """Name and note, scores, the settings that are not the usual ones, changes, files."""

    DEFAULT_CSS = """
    RunFacts { width: 1fr; height: 1fr; padding: 0 1; }
    RunFacts > Static { height: auto; }
    """

    term: ClassVar[str] = "run"
    """What it shows, in the words of the glossary."""

    def __init__(self) -> None:
        super().__init__()
        self._text = Static(markup=False)
        self._shown: object = None

    def compose(self) -> ComposeResult:
        """The text, which may be longer than the panel."""
        yield self._text

    def show(self, run: PastRun | None, changes: Sequence[Change] = ()) -> None:
        """Show a run, or that there is none."""
        if (run, changes) == self._shown:
            return
        self._shown = (run, changes)
        self.border_title = ""
        text = Text()
        if run is not None:
            for words, style in _lines(run, changes):
                text.append(f"{words}\n", style)
        self._text.update(text)


def _lines(run: PastRun, changes: Sequence[Change]) -> Iterator[tuple[str, str]]:
    yield title(run), "bold"
    if run.note:
        yield run.note, "italic"
    yield f"best {share(run.best)} · end {share(run.final)} · test {share(run.test)}", ""
    yield f"{counted(run.epochs, 'epoch')} in {duration(run.seconds)} · {ending(run)}", ""
    yield f"{run.data} · {run.network} · {counted(run.parameters, 'parameter')}", ""
    if run.doubtful:
        yield DOUBTFUL, "italic"
    if run.damage:
        yield DAMAGED.format(columns=run.damage), "italic"
    settings = json.loads(run.settings)
    shown = [name for name in settings if settings[name] != USUAL.get(name)]
    for name in ("optimizer", "learning_rate", "batch_size", "seed"):
        if name in settings and name not in shown:
            shown.append(name)
    yield " · ".join(f"{_label(name)} {_value(settings[name])}" for name in shown), ""
    for change in changes:
        values = f"{_value(change.before)}→{_value(change.after)}"
        yield f"epoch {change.epoch:.1f}: {_label(change.name)} {values}", ""
    if run.begun:
        begun = datetime.fromtimestamp(run.begun)
        yield f"begun {begun:%Y-%m-%d %H:%M}, {run.program}", "dim"
    if run.model:
        yield run.model, "dim"


def _label(name: str) -> str:
    return name.replace("_", " ")


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return "-".join(map(str, value)) or "none"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
