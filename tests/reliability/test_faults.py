"""The n-th call that fails, in every kind of file: the old one stays, and one sentence says why.

The call fails with one of four codes; then the next one does, until a save meets no fault. And a
file may really grow no further than so many bytes, which SQLite meets in its own calls too.
"""

import errno
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count as numbers
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.errors import EngineError, HistoryError, SaveError
from engine.models import files
from engine.training.checkpoint import freeze
from engine.training.outcome import to_model
from numrec_tui.history.history import History
from numrec_tui.storage import drawings, exports, preferences
from numrec_tui.storage import settings_file as config_file
from numrec_tui.storage.checkpoints import newest_in
from numrec_tui.storage.own_set_files import open_set
from tests.engine import tiny
from tests.engine.test_atomic_write import FaultyDisk
from tests.past_runs import done, past
from tests.reliability.budget import count
from tests.storage.test_checkpoints import MODEL, ORIGIN, run_after

pytestmark = pytest.mark.reliability

CODES = [getattr(errno, name) for name in ("ENOSPC", "EIO", "EACCES", "EDQUOT", "ESTALE")
         if hasattr(errno, name)]  # fmt: skip

DIGITS = tuple("0123456789")


@dataclass(frozen=True)
class Kind:
    """A kind of file. save: writes the first or second state of it; read: what is there."""

    name: str
    save: Callable[[Path, int], object]
    read: Callable[[Path], object]
    refuses: type[EngineError] = SaveError


def save_checkpoint(folder: Path, which: int) -> None:
    freeze(run_after(which), ORIGIN, str(MODEL)).write(folder / f"{which:06d}.safetensors")


def read_checkpoint(folder: Path) -> object:
    newest = newest_in(folder)
    return newest and newest.checkpoint.restore().step


def save_model(folder: Path, which: int) -> None:
    files.save(folder / "m.safetensors", to_model(run_after(which), tiny.data_set()))


def save_settings(folder: Path, which: int) -> None:
    run = tiny.run_on(tiny.split(), epochs=which)
    config_file.write(folder / "settings.toml", run.hyperparameters)


def save_theme(folder: Path, which: int) -> None:
    preferences.remember_theme(folder / "preferences.toml", ["", "nord", "gruvbox"][which])


def save_drawing(folder: Path, which: int) -> None:
    drawings.save(folder, np.full((28, 28), which, np.uint8), which, DIGITS)


def read_drawings(folder: Path) -> object:
    own = open_set(folder)
    return own.labels.tolist(), own.held_out.tolist(), own.images[:, 0, 0].tolist()


def save_export(folder: Path, which: int) -> None:
    exports.write(folder, "curve", {".svg": f"<svg>{which}</svg>", ".csv": f"{which}\n" * 999})


def read_exports(folder: Path) -> object:
    return {path.name: path.read_text() for path in folder.iterdir() if path.suffix != ".tmp"}


def save_run(folder: Path, which: int) -> None:
    scores = [done(epoch, 0.5 + which / 10) for epoch in range(1, which + 2)]
    History(folder / "history.db").write("run", past(epochs=len(scores)), scores, [])
    if which == 2:
        History(folder / "history.db").describe(1, "named", "and noted")


def read_runs(folder: Path) -> object:
    history = History(folder / "history.db")
    return [(run.name, run.best, run.damage, history.scores(run.id)) for run in history.runs()]


KINDS = [
    Kind("checkpoint", save_checkpoint, read_checkpoint),
    Kind("model", save_model, lambda at: files.load(at / "m.safetensors").network.theta.tolist()),
    Kind("settings", save_settings, lambda at: config_file.read(at / "settings.toml")),
    Kind("preferences", save_theme, lambda at: preferences.read(at / "preferences.toml").theme),
    Kind("export", save_export, read_exports),
    Kind("drawing", save_drawing, read_drawings, EngineError),
]
HISTORY = Kind("history", save_run, read_runs, HistoryError)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def said(kind: Kind, folder: Path) -> str | None:
    """What saving the second state says went wrong, if anything."""
    try:
        kind.save(folder, 2)
    except kind.refuses as error:
        return str(error)
    return None


def assert_old_or_new(
    kind: Kind, folder: Path, complaint: str | None, states: list[object]
) -> None:
    """Old after a complaint, else new; nothing is left of the attempt."""
    if complaint is not None:
        assert str(folder) in complaint
        assert complaint.count("\n") == 0
        assert complaint.endswith(".")
    found = kind.read(folder)
    assert found == states[0 if complaint is not None else 1]
    assert not list(folder.glob(".*.tmp"))


def states_of(kind: Kind, folder: Path) -> list[object]:
    """What is read from a new folder after the first save, and after the second."""
    folder.mkdir()
    states = []
    for which in (1, 2):
        kind.save(folder, which)
        states.append(kind.read(folder))
    return states


@pytest.mark.parametrize("code", CODES[: count("fault codes")], ids=errno.errorcode.get)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_whichever_call_fails_the_old_file_stays(kind, code, tmp_path, record_property) -> None:
    states, faults = states_of(kind, tmp_path / "whole"), 0
    for broken in numbers(1, count("calls to the next fault")):
        folder = tmp_path / str(broken)
        folder.mkdir()
        kind.save(folder, 1)
        with pytest.MonkeyPatch.context() as patch:
            disk = FaultyDisk(patch, broken, code)
            complaint = said(kind, folder)
        assert_old_or_new(kind, folder, complaint, states)
        if len(disk.calls) < broken:
            assert complaint is None
            break
        faults += 1
    assert broken > 6
    record_property("faults", faults)


class FaultyDatabase(sqlite3.Connection):
    """Counts what is asked of SQLite, and lets number `broken` fail."""

    broken = calls = 0
    code = ("database or disk is full", sqlite3.SQLITE_FULL)

    def _count(self) -> None:
        kind = type(self)
        FaultyDatabase.calls += 1
        if kind.calls == kind.broken:
            error = sqlite3.OperationalError(kind.code[0])
            error.sqlite_errorcode = kind.code[1]
            raise error

    def execute(self, *words: Any) -> sqlite3.Cursor:
        self._count()
        return super().execute(*words)

    def executemany(self, *words: Any) -> sqlite3.Cursor:
        self._count()
        return super().executemany(*words)


DATABASE_CODES = [
    ("database or disk is full", sqlite3.SQLITE_FULL),
    ("disk I/O error", sqlite3.SQLITE_IOERR),
    ("attempt to write a readonly database", sqlite3.SQLITE_READONLY),
    ("unable to open database file", sqlite3.SQLITE_CANTOPEN),
]


@pytest.mark.parametrize("code", DATABASE_CODES[: count("fault codes")], ids=lambda code: code[0])
def test_whichever_statement_fails_the_history_is_as_before(
    code, tmp_path, monkeypatch, record_property
) -> None:
    connect = sqlite3.connect
    for broken in numbers(1):
        folder = tmp_path / str(broken)
        folder.mkdir()
        save_run(folder, 1)
        old = read_runs(folder)
        with monkeypatch.context() as patch:
            patch.setattr(FaultyDatabase, "calls", 0)
            patch.setattr(FaultyDatabase, "broken", broken)
            patch.setattr(FaultyDatabase, "code", code)
            patch.setattr(
                sqlite3, "connect", lambda *a, **k: connect(*a, factory=FaultyDatabase, **k)
            )
            complaint = written_anew(folder)
            calls = FaultyDatabase.calls
        if complaint is None:
            assert calls < broken
            assert read_runs(folder) != old
            break
        assert str(folder) in complaint
        assert read_runs(folder) == old
    assert broken > 6
    record_property("faults", broken - 1)


def written_anew(folder: Path) -> str | None:
    try:
        scores = [done(epoch, 0.7) for epoch in range(1, 4)]
        History(folder / "history.db").write("run", past(epochs=3), scores, [])
    except HistoryError as error:
        return str(error)
    return None


@pytest.mark.skipif(os.name != "posix", reason="limits of POSIX systems")
@pytest.mark.parametrize("kind", [*KINDS, HISTORY], ids=lambda kind: kind.name)
def test_a_file_that_may_grow_no_further_is_told_and_the_old_one_stays(
    kind, tmp_path, record_property
) -> None:
    import resource

    many = count("file size limits")
    states, largest = states_of(kind, tmp_path / "whole"), 0
    for place in range(many):
        folder = tmp_path / str(place)
        folder.mkdir()
        kind.save(folder, 1)
        largest = largest or max(path.stat().st_size for path in folder.iterdir())
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest * place // many, before[1]))
        try:
            complaint = said(kind, folder)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert place or complaint is not None
        if kind is HISTORY:
            assert kind.read(folder) in (states[0], *partly(folder, states))
        else:
            assert_old_or_new(kind, folder, complaint, states)
    record_property("faults", many)


def partly(folder: Path, states: list[object]) -> list[object]:
    """What the history holds between its two writes: the run, not yet its name; and the end."""
    [(_, best, damage, scores)] = states[1]  # type: ignore[misc]
    return [[("", best, damage, scores)], states[1]]
