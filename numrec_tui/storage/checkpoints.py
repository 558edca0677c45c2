"""A run's checkpoints on disk: written in a thread beside training; the last three are kept.

Each run has its own folder, locked while a process trains it. The files are numbered; the newest
checkpoint is the one with the highest number that is not damaged.
"""

import os
import shutil
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from time import monotonic, thread_time
from typing import TypeAlias

from engine.atomic_write import PRIVATE_FILE, PRIVATE_FOLDER, private_folder, saving, short_name
from engine.errors import CheckpointError
from engine.training.changes import corrections
from engine.training.checkpoint import Checkpoint, CheckpointMetadata, Origin, freeze
from engine.training.events import EpochDone, Event
from engine.training.run import Run
from numrec_tui.storage.kept_runs import (
    DIGITS,
    GIVEN_UP,
    OVER,
    SUFFIX,
    FoundCheckpoint,
    files_in,
    find,
    is_in,
    lock,
    newest_in,
    runs_in,
    unfinished,
)

__all__ = ["CheckpointManager", "FoundCheckpoint", "find", "newest_in", "unfinished"]

NO_MEMORY = "There is not enough memory."

FORGETTING = 0.7
"""The weight of earlier writing times in the estimate: a single slow one counts for a while."""

KEPT = 3
"""Checkpoints of a run; one or two damaged files lose little."""

RUNS_KEPT = 20
"""Runs whose checkpoints are kept; the models of older ones stay."""

LONGEST_GAP = 10.0
"""Seconds of training that may be lost, however long an epoch takes; the writing counts, too."""

FIRST_GAP = 1.0
"""Seconds of training until the first checkpoint."""

RETRY = 10.0
"""Seconds after which a checkpoint that could not be written is tried again."""

MOST_BUSY = 0.02
"""The share of the time that writing may take: the shortest epochs are not all kept."""

State: TypeAlias = tuple[object, ...]


class CheckpointManager:
    """Writes the checkpoints of one run: to a new folder in `home`, or to that of a resumed run.

    home: the parent of the folders. name: of a new folder.
    model: the path of the run's model, which checkpoints contain.
    """

    def __init__(
        self, home: Path, name: str, model: Path, found: FoundCheckpoint | None = None
    ) -> None:
        self._home, self._name, self._model = home, short_name(name), str(model.absolute())
        self._lock: int | None = None
        self._folder: Path | None = None
        self._number = 0
        self._kept: State = ()
        self._kept_at: float | None = None
        """When the last checkpoint was taken; at first, when training began."""
        self._is_first = True
        self._cost = 0.0
        self._waiting: Checkpoint | None = None
        self._writer: threading.Thread | None = None
        self._guard = threading.Condition()
        self._is_closing = False
        self.problem: str | None = None
        """Why the last checkpoint could not be written; it is tried again until it can be."""
        self.writing = 0.0
        """Seconds from taking a checkpoint until it is whole on disk, of the last few."""
        self.on_news: Callable[[], None] = _ignore
        """Called in another thread when checkpoints cannot be written any more, or can again."""
        if found is not None and is_in(found.path.parent, home):
            self._go_on_from(found)

    @property
    def folder(self) -> Path | None:
        """Where the checkpoints are; None before the first."""
        return self._folder

    @property
    def at_risk(self) -> float:
        """Seconds of training that are lost at most, if the program is killed."""
        return self._gap + self.writing

    @property
    def _gap(self) -> float:
        """Seconds between two checkpoints; writing takes a third of the time at most."""
        return max(LONGEST_GAP - self.writing, 2 * self.writing)

    def is_time(self, event: Event) -> bool:
        """Whether a checkpoint is due: an epoch is over, or enough time has passed."""
        if self._kept_at is None:
            self._kept_at = monotonic()
        gap = monotonic() - self._kept_at
        return gap >= (FIRST_GAP if self._is_first else self._gap) or (
            isinstance(event, EpochDone) and gap >= self._cost / MOST_BUSY
        )

    def keep(self, run: Run, origin: Origin) -> None:
        """Write a checkpoint in another thread, unless the run has not changed since the last."""
        state = _state(run)
        if not run.position or state == self._kept:
            return
        began = monotonic()
        frozen = freeze(run, origin, self._model)
        self._kept, self._kept_at, self._is_first = state, began, False
        with self._guard:
            self._waiting = frozen  # replaces an older one that still waits
            self._guard.notify_all()
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_all, name="keeper", daemon=True)
                self._writer.start()

    def close(self, run: Run, origin: Origin) -> None:
        """Write a checkpoint, wait until it is on disk, and unlock the folder."""
        self.flush(run, origin)
        self.leave()

    def flush(self, run: Run, origin: Origin) -> None:
        """Write a checkpoint, and wait until it is on disk or a last attempt has failed."""
        self._is_closing = True
        try:
            self.keep(run, origin)
            with self._guard:
                self._guard.notify_all()
            while (writer := self._writer) is not None:
                writer.join()
        finally:
            self._is_closing = False

    def move(self, home: Path) -> None:
        """Write to a new folder in another home from now on."""
        with self._guard:
            self._home, self._folder, self._kept = home, None, ()
            self.leave()

    def leave(self) -> None:
        """Unlock the folder; what is not on disk by now is dropped."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def give_up(self) -> None:
        """Mark the run as ended on purpose."""
        if self._folder is not None:
            with suppress(OSError):
                (self._folder / GIVEN_UP).touch(PRIVATE_FILE)

    def _write_all(self) -> None:
        """Write waiting checkpoints until there are none; runs in its own thread.

        A failed one is tried again after a while, or replaced by a newer one, or tried once more
        on closing.
        """
        while True:
            with self._guard:
                is_last = self._is_closing
                frozen, self._waiting = self._waiting, None
                if frozen is None:
                    self._writer = None
                    return
            failed = not self._try(frozen)
            with self._guard:
                if failed and is_last and self._waiting is None:
                    self._writer = None
                    return
                if failed and self._waiting is None:
                    self._guard.wait_for(lambda: self._waiting or self._is_closing, RETRY)
                    self._waiting = self._waiting or frozen

    def _try(self, frozen: Checkpoint) -> bool:
        """Write a checkpoint; returns whether that worked, and sets `problem`."""
        before, busy, began = self.problem, thread_time(), monotonic()
        try:
            self._write(frozen)
            self.problem = None
        except Exception as error:  # noqa: BLE001 - it is reported, and training goes on
            self.problem, self._kept = str(error) or NO_MEMORY, ()
        else:
            self.writing = max(monotonic() - began, self.writing * FORGETTING)
        self._cost = thread_time() - busy  # waiting for the disk costs training nothing
        if (before is None) != (self.problem is None):
            self.on_news()
        return self.problem is None

    def _write(self, frozen: Checkpoint) -> None:
        with self._guard:
            if self._folder is None or not self._folder.is_dir():
                self._folder = self._new_folder()
            folder = self._folder
            self._number += 1
        over = OVER if frozen.facts.is_over else ""
        path = folder / f"{self._number:0{DIGITS}d}{over}{SUFFIX}"
        with saving(path):
            frozen.write(path)
        for old in files_in(folder)[KEPT:]:
            with suppress(OSError):
                old.unlink()

    def _new_folder(self) -> Path:
        """Make and lock a new folder, and delete the oldest ones."""
        what = "keep checkpoints in"
        private_folder(self._home, what)
        with saving(self._home, what):
            for again in count():
                folder = self._home.absolute() / (f"{self._name}.{again}" if again else self._name)
                with suppress(FileExistsError):
                    folder.mkdir(mode=PRIVATE_FOLDER)
                    break
        try:
            self.leave()
            self._lock = lock(folder)
        except CheckpointError:
            with suppress(OSError):  # or each attempt would leave another one
                folder.rmdir()
            raise
        for old in list(runs_in(self._home))[RUNS_KEPT:]:
            with suppress(CheckpointError):  # it is in use
                taken = lock(old)
                if taken is not None:
                    shutil.rmtree(old, ignore_errors=True)
                    os.close(taken)
        return folder

    def _go_on_from(self, found: FoundCheckpoint) -> None:
        folder = found.path.parent.resolve()
        self._lock = lock(folder)
        if self._lock is None:
            raise CheckpointError(
                f"The run in {folder} is being trained by another numrec-tui; end that one first."
            )
        files = files_in(folder) or [found.path]
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


def _ignore() -> None:
    """The callback before one is set."""


def _state(run: Run | CheckpointMetadata) -> State:
    """Identifies a state of the run: the same one is not written again."""
    corrected = corrections(run.changes)
    return (run.step, run.epoch, run.batch, run.stopped, run.hyperparameters, corrected)
