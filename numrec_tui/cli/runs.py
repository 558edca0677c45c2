"""`numrec-tui runs`: the runs that were made, on the app's screen or without one."""

import json as json_text
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from engine.errors import UsageError
from engine.plural import counted
from numrec_tui.cli.exits import DONE
from numrec_tui.cli.help_texts import examples
from numrec_tui.cli.output import say, say_json
from numrec_tui.storage.paths import history_file
from numrec_tui.text.escaping import printable

if TYPE_CHECKING:
    from engine.training.changes import Change
    from numrec_tui.history.history import EpochScores, History, PastRun

EXAMPLES = examples(
    "runs list --limit 10",
    "runs list --json | jq .best",
    "runs show 12",
    "runs show last --json",
    "runs export --csv runs.csv",
    "runs export --json | jq '.[0].curves'",
)

runs = App(
    name="runs",
    help="List, show and export the runs that were made.",
    help_epilogue=EXAMPLES,
    help_format="plaintext",
    default_parameter=Parameter(show_default=False, negative=()),
)

MOST_LINES = 40
"""Epochs of a curve that are shown; of a longer one some are left out."""

JsonFlag = Annotated[bool, Parameter(help="print one JSON object a line instead of text")]


@runs.command(name="list")
def list_runs(
    *,
    limit: Annotated[int | None, Parameter(help="only so many, the newest")] = None,
    json: JsonFlag = False,
) -> int:
    """List the runs, the newest first."""
    from numrec_tui.history.export import facts

    if limit is not None and limit < 1:
        raise UsageError(f"--limit is a number of runs from 1 on, not {limit}.")
    found = _history().runs(limit)
    if json:
        for run in found:
            say_json(facts(run))
    elif found:
        say(*_table(found))
    else:
        say(f"There are no runs yet in {_history().path}")
    return DONE


@runs.command
def show(run: str, /, *, json: JsonFlag = False) -> int:
    """Show one run: its settings, its curves, and what was changed on the way.

    Parameters
    ----------
    run
        its number, or "last"
    """
    from numrec_tui.history.export import with_curves

    history = _history()
    found = _find(history, run)
    scores, changes = history.scores(found.id), history.changes(found.id)
    if json:
        say_json(with_curves(found, scores, changes))
    else:
        say(*_facts(found), *_changes(changes), *_curves(scores))
    return DONE


@runs.command
def export(
    file: Path | None = None,
    /,
    *,
    csv: Annotated[bool, Parameter(help="one line a run, with its settings")] = False,
    json: Annotated[bool, Parameter(help="a list of runs, with their curves")] = False,
) -> int:
    """Write all runs as CSV or JSON, to a file or to the standard output.

    Parameters
    ----------
    file
        its suffix says which of both, where no flag does
    """
    from engine.atomic_write import write_atomic
    from numrec_tui.history.export import to_csv, to_json

    by_suffix = file is not None and file.suffix.lower() == ".json"
    if csv and json:
        raise UsageError("--csv and --json exclude each other; export twice for both.")
    history = _history()
    found = history.runs()
    text = to_json(history, found) if json or (by_suffix and not csv) else to_csv(found)
    if file is None:
        sys.stdout.write(text)
    else:
        write_atomic(file, text.encode())
        say(f"{counted(len(found), 'run is', 'runs are')} in {file}")
    return DONE


def _history() -> "History":
    from numrec_tui.history.history import History

    return History(history_file())


def _find(history: "History", wanted: str) -> "PastRun":
    if wanted == "last":
        for run in history.runs(limit=1):
            return run
        raise UsageError(f"There are no runs yet in {history.path}.")
    number = wanted.removeprefix("#")
    found = history.run(int(number)) if number.isdecimal() and len(number) < 19 else None
    if found is None:
        raise UsageError(f"There is no run {wanted!r}; `numrec-tui runs list` has their numbers.")
    return found


def _table(found: "list[PastRun]") -> list[str]:
    from numrec_tui.history.columns import COLUMNS

    rows = [[column.name.upper() for column in COLUMNS]]
    rows += [[column.say(run) for column in COLUMNS] for run in found]
    return _aligned(rows, [column.right for column in COLUMNS])


def _aligned(rows: list[list[str]], right: list[bool]) -> list[str]:
    from rich.cells import cell_len

    rows = [[printable(text) for text in row] for row in rows]
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(right))]
    lines = []
    for row in rows:
        cells = []
        for text, width, to_right in zip(row, widths, right, strict=True):
            blank = " " * (width - cell_len(text))
            cells.append(blank + text if to_right else text + blank)
        lines.append("  ".join(cells).rstrip())
    return lines


def _facts(run: "PastRun") -> list[str]:
    from datetime import datetime

    from numrec_tui.history.columns import DAMAGED, DOUBTFUL, duration, ending, share, title

    begun = datetime.fromtimestamp(run.begun)
    summary = (
        f"{run.data}, {run.network}, {counted(run.parameters, 'parameter')}, "
        f"begun {begun:%Y-%m-%d %H:%M} "
        f"with {run.program}"
    )
    scores = (
        f"best {share(run.best)}, at the end {share(run.final)}, test {share(run.test)}; "
        f"{counted(run.epochs, 'epoch')} in {duration(run.seconds)}, {ending(run)}"
    )
    settings = json_text.loads(run.settings)
    began = json_text.loads(run.began_with or run.settings)
    width = max(map(len, settings), default=0)
    lines = [
        f"  {name:<{width}}  {_value(settings[name])}"
        + (f"  (began with {_value(began.get(name))})" if began.get(name) != settings[name] else "")
        for name in settings
    ]
    notes = [run.note] if run.note else []
    doubt = [DOUBTFUL] if run.doubtful else []
    doubt += [DAMAGED.format(columns=run.damage)] if run.damage else []
    return [title(run), *notes, summary, run.model, scores, *doubt, "", *lines]


def _changes(changes: "tuple[Change, ...]") -> list[str]:
    lines = [
        f"  epoch {one.epoch:.2f}: {one.name} {_value(one.before)} to {_value(one.after)}"
        for one in changes
    ]
    return ["", "Changed on the way", *lines] if lines else []


def _curves(scores: "tuple[EpochScores, ...]") -> list[str]:
    """Epoch by epoch; of a long run every so many epochs, and the last one."""
    from numrec_tui.history.columns import duration, share

    if not scores:
        return []
    step = -(-len(scores) // MOST_LINES)
    kept = [one for index, one in enumerate(scores, 1) if index % step == 0 or one is scores[-1]]
    rows = [["EPOCH", "TRAIN LOSS", "TRAIN", "VALIDATION LOSS", "VALIDATION", "TIME"]]
    for one in kept:
        losses = [
            "–" if loss is None else f"{loss:.4f}" for loss in (one.train_loss, one.validation_loss)
        ]
        rows.append([
            str(one.epoch), losses[0], share(one.train_accuracy), losses[1],
            share(one.validation_accuracy), duration(one.seconds or 0),
        ])  # fmt: skip
    return ["", *_aligned(rows, [True] * 6)]


def _value(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
