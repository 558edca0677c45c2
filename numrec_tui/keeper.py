"""A run's checkpoints on disk: written beside training, the last three, the newest whole one found.

Each run has a folder of its own, locked while somebody learns in it. Its files are numbered;
there is no pointer to the newest: it is the one with the highest number that is whole.
"""

import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import monotonic, thread_time
from typing import TypeAlias

from engine.errors import CheckpointError, FormatError, SaveError, VersionError
from engine.training.checkpoint import Checkpoint, Facts, Origin, freeze, read
from engine.training.events import EpochDone, Event
from engine.training.run import Run

try:
    import fcntl
except ImportError:  # Windows: two programs that go on with one run are not kept apart
    fcntl = None  # type: ignore[assignment]

KEPT = 3
"""Checkpoints of a run; one damaged file, or even two, lose little."""

RUNS_KEPT = 20
"""Runs whose checkpoints are kept; the models of older ones stay."""

LONGEST_GAP = 10.0
"""Seconds between two checkpoints at most, however long an epoch takes."""

MOST_BUSY = 0.02
"""The share of the time that writing may take: the shortest epochs are not all kept."""

SUFFIX, OVER, BROKEN, LOCK = ".safetensors", "-over", ".broken", "lock"
GIVEN_UP = "given-up"
"""A file in the folder of a run that was ended on purpose: it is not offered, but can be named."""

DIGITS = 6
NAME = re.compile(rf"\d{{{DIGITS}}}({OVER})?{re.escape(SUFFIX)}")

State: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A checkpoint and where it lies."""

    path: Path
    checkpoint: Checkpoint
    is_newest: bool = False
    """Whether it was the newest of its run when it was found."""

    def __str__(self) -> str:
        """What a person would want to know before going on."""
        facts = self.checkpoint.facts
        best = max((done.validation_accuracy for done in facts.history), default=None)
        score = "" if best is None else f", {best:.1%} at best"
        when = facts.saved.astimezone().strftime("%b %d %H:%M")
        return f"{facts.origin.name}, {when}, epoch {facts.position:.1f}{score}"


class Keeper:
    """Keeps one run: in a new folder under `home`, or on in the folder it was found in.

    home: where runs have their folders. name: what a new folder is called.
    model: where the run's model goes, which is remembered.
    """

    def __init__(self, home: Path, name: str, model: Path, found: Found | None = None) -> None:
        self._home, self._name, self._model = home, name, str(model.absolute())
        self._lock: int | None = None
        self._folder: Path | None = None
        self._number = 0
        self._kept: State = ()
        self._kept_at = monotonic()
        self._cost = 0.0
        self._waiting: Checkpoint | None = None
        self._writer: threading.Thread | None = None
        self._guard = threading.Lock()
        self.problem: str | None = None
        """Why the last checkpoint could not be written."""
        if found is not None and _is_in(found.path.parent, home):
            self._go_on_from(found)

    @property
    def folder(self) -> Path | None:
        """Where the checkpoints are; None before the first."""
        return self._folder

    def is_time(self, event: Event) -> bool:
        """Whether the run should be kept now: an epoch is over, or ten seconds have passed."""
        gap = monotonic() - self._kept_at
        return gap >= LONGEST_GAP or (
            isinstance(event, EpochDone) and gap >= self._cost / MOST_BUSY
        )

    def keep(self, run: Run, origin: Origin) -> None:
        """Write the run as it is now, unless that is done; training need not wait for it."""
        state = _state(run)
        if not run.position or state == self._kept:
            return
        began = monotonic()
        frozen = freeze(run, origin, self._model)
        self._kept, self._kept_at = state, began
        with self._guard:
            self._waiting = frozen  # one that still waits is out of date
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_all, name="keeper", daemon=True)
                self._writer.start()

    def close(self, run: Run, origin: Origin) -> None:
        """Keep the run, wait until it is on disk, and let others have the folder."""
        self.keep(run, origin)
        while (writer := self._writer) is not None:
            writer.join()
        self.leave()

    def leave(self) -> None:
        """Let others have the folder; what is not on disk by now is given up."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def give_up(self) -> None:
        """Note that the run was ended on purpose."""
        if self._folder is not None:
            with suppress(OSError):
                (self._folder / GIVEN_UP).touch()

    def _write_all(self) -> None:
        """Write what waits until nothing does; runs in a thread of its own."""
        while True:
            with self._guard:
                frozen, self._waiting = self._waiting, None
                if frozen is None:
                    self._writer = None
                    return
            began = thread_time()  # waiting for the disk costs training nothing
            try:
                self._write(frozen)
                self.problem = None
            except Exception as error:  # noqa: BLE001 - it is told, and training goes on
                self.problem, self._kept = str(error) or "There is not enough memory.", ()
            self._cost = thread_time() - began

    def _write(self, frozen: Checkpoint) -> None:
        if self._folder is None:
            self._folder = self._new_folder()
        self._number += 1
        over = OVER if frozen.facts.is_over else ""
        frozen.write(self._folder / f"{self._number:0{DIGITS}d}{over}{SUFFIX}")
        for old in _files(self._folder)[KEPT:]:
            with suppress(OSError):
                old.unlink()

    def _new_folder(self) -> Path:
        """A folder that nobody else has, and an end of those that are long past."""
        try:
            self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
            for again in count():
                folder = self._home.absolute() / (f"{self._name}.{again}" if again else self._name)
                with suppress(FileExistsError):
                    folder.mkdir()
                    break
        except OSError as error:
            raise SaveError(
                f"Cannot keep checkpoints in {self._home}: {error.strerror}."
            ) from error
        self._lock = _lock(folder)
        for old in list(_runs(self._home))[RUNS_KEPT:]:
            with suppress(CheckpointError):  # then it is left alone
                lock = _lock(old)
                if lock is not None:
                    shutil.rmtree(old, ignore_errors=True)
                    os.close(lock)
        return folder

    def _go_on_from(self, found: Found) -> None:
        folder = found.path.parent.resolve()
        self._lock = _lock(folder)
        if self._lock is None:
            raise CheckpointError(
                f"The run in {folder} is being trained by another numrec-tui; end that one first."
            )
        files = _files(folder)
        if found.is_newest and files[0].name != found.path.name:
            self.leave()
            raise CheckpointError(f"The run in {folder} has gone on in the meantime; try again.")
        self._folder, self._number = folder, int(files[0].name[:DIGITS])
        self._kept = _state(found.checkpoint.facts)
        with suppress(OSError):
            (folder / GIVEN_UP).unlink(missing_ok=True)
        for leftover in folder.glob(".*.tmp"):  # of a program that was killed: the lock is ours
            with suppress(OSError):
                leftover.unlink()


def find(home: Path, wanted: str) -> Found:
    """The checkpoint to go on from.

    wanted: "last" for the newest run that is not over; or a checkpoint file, or a run's folder.

    Raises:
        CheckpointError: there is no such run, or it is a model's file.
        FormatError: the file is damaged.
        VersionError: another version of the program wrote it.
    """
    if wanted == "last":
        found = unfinished(home)
        if found is None:
            busy = any(not _is_free(folder) for folder in _runs(home))
            hint = " One is being trained just now." if busy else ""
            raise CheckpointError(f"There is no run to go on with in {home}.{hint}")
        return found
    if not wanted.strip():
        raise CheckpointError("No run is named; --resume takes last, a run's folder or its file.")
    path = Path(wanted) if Path(wanted).exists() else home / wanted
    if not path.is_dir():
        return _file(Path(wanted) if not path.exists() else path)
    newest = newest_in(path, mend=_is_in(path, home))
    if newest is None:
        raise CheckpointError(f"There is no whole checkpoint in {path}.")
    return newest


def _file(path: Path) -> Found:
    try:
        return Found(path.resolve(), read(path))
    except FormatError as error:
        if error.where == "metadata" or (error.where == "header" and path.suffix != SUFFIX):
            raise CheckpointError(
                f"{path} is no checkpoint; to begin with a model's weights, name it by --model."
            ) from error
        raise


def unfinished(home: Path) -> Found | None:
    """The run that was left last, if it is not over and nobody learns in it just now."""
    for folder in _runs(home):
        files = _files(folder)
        over = not files or files[0].stem.endswith(OVER) or (folder / GIVEN_UP).exists()
        if not over and _is_free(folder):
            with suppress(VersionError):
                found = newest_in(folder, mend=True)
                if found is not None:
                    return found
    return None


def newest_in(folder: Path, mend: bool = False) -> Found | None:
    """The newest checkpoint that is whole.

    mend: put those that are damaged aside under another name.

    Raises:
        VersionError: another version of the program wrote it.
    """
    for path in _files(folder):
        try:
            return Found(path, read(path), is_newest=True)
        except VersionError:
            raise
        except FormatError as error:
            if mend and error.where not in ("file", "size"):  # else it may well be whole
                with suppress(OSError):
                    path.rename(path.with_suffix(BROKEN))
    return None


def _files(folder: Path) -> list[Path]:
    """The checkpoints, newest first."""
    return sorted((path for path in folder.iterdir() if NAME.fullmatch(path.name)), reverse=True)


def _runs(home: Path) -> Iterator[Path]:
    """The folders of runs, the one that was written to last first."""
    if not home.is_dir():
        return
    times = {}
    for path in home.iterdir():
        with suppress(OSError):  # somebody else may put it away in this moment
            if path.is_dir():
                times[path] = path.stat().st_mtime
    yield from sorted(times, key=times.__getitem__, reverse=True)


def _lock(folder: Path) -> int | None:
    """An open file that keeps others out until it is closed, or the process ends; None if taken.

    Raises:
        CheckpointError: the folder is no longer there, or is somebody else's.
    """
    try:
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CheckpointError(f"Cannot use the run in {folder}: {error.strerror}.") from error
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _is_free(folder: Path) -> bool:
    with suppress(CheckpointError):
        lock = _lock(folder)
        if lock is not None:
            os.close(lock)
            return True
    return False


def _is_in(folder: Path, home: Path) -> bool:
    return folder.resolve().parent == home.resolve()


def _state(run: Run | Facts) -> State:
    """What a checkpoint is known by: the same again need not be written."""
    return (run.step, run.epoch, run.batch, run.stopped, run.hyperparameters)
