"""The columns of a table of runs: what each says, how it is sorted, and how wide it has to be."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from numrec_tui.history.history import PastRun

NOTHING = "–"
ARROWS = {False: "↑", True: "↓"}

DOUBTFUL = (
    "The settings are doubtful (?): knobs that were turned after this run was over may be among "
    "them, and there is no model file of it that could tell."
)

DAMAGED = (
    "The record is damaged: {columns} cannot be read; what stands in their place says nothing."
)

ENDINGS = {
    None: "open",
    "target": "target met",
    "epochs": "done",
    "patience": "no better",
    "diverged": "diverged",
    "interrupted": "interrupted",
    "training": "● learning",
    "paused": "‖ paused",
    "failed": "failed",
}
"""Each stop reason in a word or two; a run without one still goes on, or was left."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    say: its cell. key: what it is sorted by; None comes last either way.
    falls: whether the largest comes first when it is sorted by first.
    rank: those of high rank make room first where there is too little.
    """

    name: str
    say: Callable[[PastRun], str]
    key: Callable[[PastRun], float | str | None]
    width: int
    rank: int
    falls: bool = False
    right: bool = False


def title(run: PastRun) -> str:
    """Number and name."""
    return f"#{run.id} {run.name}".rstrip() if run.id else run.name


def moment(when: float) -> str:
    """A time of this year by the minute, another by the day; in local time."""
    if not when:
        return "now"
    at = datetime.fromtimestamp(when)
    return f"{at:%m-%d %H:%M}" if at.year == datetime.now().year else f"{at:%Y-%m-%d}"


def rule(run: PastRun) -> str:
    """Optimizer and learning rate; a question mark stands before a record that is doubtful."""
    return f"{'?' if run.doubtful else ''}{run.optimizer} {run.learning_rate:.4g}"


def share(value: float | None) -> str:
    """An accuracy in percent, in six cells at most."""
    if value is None or not math.isfinite(value):
        return NOTHING
    text = f"{value:.2%}"
    return text if len(text) <= 6 else f"{value:.1%}"


def duration(seconds: float) -> str:
    """12.5 s below a minute, then 3:05, then 2:03:05."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def ending(run: PastRun) -> str:
    """Why it stopped; of a damaged record only that it is one."""
    if run.damage:
        return "✗ damaged"
    return ENDINGS.get(run.reason, str(run.reason))


COLUMNS = (
    Column("run", title, lambda run: run.id, 16, 0, falls=True),
    Column(
        "begun",
        lambda run: NOTHING if run.damage and not run.begun else moment(run.begun),
        lambda run: run.begun,
        11,
        3,
        falls=True,
    ),
    Column("data", lambda run: run.data, lambda run: run.data.casefold(), 9, 6),
    Column("network", lambda run: run.network, lambda run: run.parameters, 14, 2),
    Column("learned by", rule, rule, 15, 4),
    Column("epochs", lambda run: str(run.epochs), lambda run: run.epochs, 6, 5, True, True),
    Column("best", lambda run: share(run.best), lambda run: run.best, 6, 0, True, True),
    Column("test", lambda run: share(run.test), lambda run: run.test, 6, 1, True, True),
    Column("time", lambda run: duration(run.seconds), lambda run: run.seconds, 7, 7, right=True),
    Column("ended", ending, ending, 11, 8),
)


def fitting(width: int) -> list[tuple[Column, int]]:
    """The columns that fit into `width` cells with a blank between, each with its width.

    What is left over goes to the first, which holds the names.
    """
    chosen = sorted(COLUMNS, key=lambda column: column.rank)
    while len(chosen) > 1 and sum(column.width + 1 for column in chosen) - 1 > width:
        chosen.pop()
    kept = [column for column in COLUMNS if column in chosen]
    spare = width - sum(column.width + 1 for column in kept) + 1
    first = max(1, kept[0].width + min(spare, 24))
    return [(column, column.width if index else first) for index, column in enumerate(kept)]


def sort(runs: Iterable[PastRun], column: Column, falls: bool) -> list[PastRun]:
    """In the order of a column; whatever has no value there comes last, ties the newest first."""
    newest = sorted(runs, key=lambda run: (run.begun, run.id), reverse=True)
    with_key = [(column.key(run), run) for run in newest]
    known = [(key, run) for key, run in with_key if key is not None]
    if falls:  # and yet the newest of equal ones first
        known.reverse()
    known.sort(key=lambda pair: pair[0])
    if falls:
        known.reverse()
    return [run for _, run in known] + [run for key, run in with_key if key is None]


def matching(runs: Iterable[PastRun], words: str) -> list[PastRun]:
    """Those in which every word is found: in name, note, data, network, ending, settings."""
    wanted: Sequence[str] = words.casefold().split()
    return [run for run in runs if all(word in run.words for word in wanted)]
