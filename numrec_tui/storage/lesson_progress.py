"""Which lessons were done, when and how: a JSON file that every app of a home writes into."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.atomic_write import private_folder, write_atomic
from engine.errors import FormatError
from engine.read_file import read_file
from numrec_tui.storage.paths import make_home

NAME = "progress.json"

LARGEST = 2**20
"""What the file may hold, in bytes."""

MOST = 1000
"""Lessons whose progress is kept."""


@dataclass(frozen=True, slots=True)
class Done:
    """How far a lesson was done. steps of how many; predictions that were right, of how many.

    when: of the last step, in local time as ISO 8601. times: how often all steps were done.
    """

    title: str
    steps: int
    of: int
    right: int
    asked: int
    when: str
    times: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether it was done to its end at least once."""
        return self.times > 0


def read_progress(folder: Path) -> dict[str, Done]:
    """What was done, by the lesson's key; nothing where there is no file, or none of ours."""
    try:
        values = json.loads(read_file(folder / NAME, LARGEST))
    except (FormatError, ValueError, RecursionError):
        return {}
    if not isinstance(values, Mapping):
        return {}
    found = {str(key): _done(value) for key, value in values.items()}
    return {key: done for key, done in found.items() if done is not None}


def remember(folder: Path, key: str, done: Done) -> None:
    """Write how far a lesson was done; what was done better before stays.

    Raises:
        SaveError: the file cannot be written.
    """
    make_home(folder.parent)
    private_folder(folder)
    known = read_progress(folder)
    before = known.pop(key, None)
    if before is not None:
        kept = before if before.steps > done.steps else done
        done = Done(
            done.title, kept.steps, done.of, kept.right, kept.asked, done.when,
            before.times + done.times,
        )  # fmt: skip
    known[key] = done
    latest = dict(list(known.items())[-MOST:])
    content = json.dumps({name: asdict(each) for name, each in latest.items()}, indent=1)
    write_atomic(folder / NAME, content.encode(), private=True)


def now() -> str:
    """This moment, in local time."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _done(value: Any) -> Done | None:
    """One entry; None if it is none."""
    if not isinstance(value, Mapping):
        return None
    texts, counts = ("title", "when"), ("steps", "of", "right", "asked", "times")
    if not all(isinstance(value.get(name), str) for name in texts):
        return None
    if not all(type(value.get(name)) is int and value[name] >= 0 for name in counts):
        return None
    return Done(**{name: value[name] for name in (*texts, *counts)})
