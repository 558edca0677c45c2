"""Finds checkpoints: the folders of runs, and the newest checkpoint of each that is not damaged."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import CheckpointError, FormatError, VersionError
from engine.training.checkpoint import Checkpoint, read

try:
    import fcntl
except ImportError:  # Windows: there are no locks
    fcntl = None  # type: ignore[assignment]

SUFFIX, OVER, BROKEN, LOCK = ".safetensors", "-over", ".broken", "lock"
GIVEN_UP = "given-up"
"""A file that marks a run as ended on purpose: it is not offered, but can be resumed by name."""

DIGITS = 6
NAME = re.compile(rf"\d{{{DIGITS}}}({OVER})?{re.escape(SUFFIX)}")


@dataclass(frozen=True, slots=True)
class FoundCheckpoint:
    """A checkpoint and its path."""

    path: Path
    checkpoint: Checkpoint
    is_newest: bool = False
    """Whether it was the newest of its run when it was found."""
    passed_over: tuple[str, ...] = ()
    """Which runs that were left later cannot go on here, a sentence for each."""

    def __str__(self) -> str:
        """A description for a person who may resume it."""
        facts = self.checkpoint.facts
        best = max((done.validation_accuracy for done in facts.history), default=None)
        score = "" if best is None else f", {best:.1%} at best"
        when = facts.saved.astimezone().strftime("%b %d %H:%M")
        return f"{facts.origin.name}, {when}, epoch {facts.position:.1f}{score}"


def find(home: Path, wanted: str) -> FoundCheckpoint:
    """The checkpoint to go on from.

    wanted: "last" for the newest run that is not over; or a checkpoint file, or a run's folder.

    Raises:
        CheckpointError: there is no such run, or it is a model's file.
        FormatError: the file is damaged.
        VersionError: another version of the program wrote it.
    """
    if wanted == "last":
        found, passed_over = _last(home)
        if found is None:
            busy = any(not is_free(folder) for folder in runs_in(home))
            hints = [*passed_over, *(["One is being trained just now."] if busy else ())]
            raise CheckpointError(" ".join([f"There is no run to go on with in {home}.", *hints]))
        return found
    if not wanted.strip():
        raise CheckpointError("No run is named; --resume takes last, a run's folder or its file.")
    path = Path(wanted) if os.path.exists(wanted) else home / wanted  # noqa: PTH110 - never raises
    if not os.path.isdir(path):  # noqa: PTH112
        return _file(path if os.path.exists(path) else Path(wanted))  # noqa: PTH110
    newest = newest_in(path, mend=is_in(path, home))
    if newest is None:
        raise CheckpointError(f"There is no whole checkpoint in {path}.")
    return newest


def _file(path: Path) -> FoundCheckpoint:
    try:
        return FoundCheckpoint(path.resolve(), read(path))
    except FormatError as error:
        if error.where == "metadata" or (error.where == "header" and path.suffix != SUFFIX):
            raise CheckpointError(
                f"{path} is no checkpoint; to begin with a model's weights, name it by --model."
            ) from error
        raise


def unfinished(home: Path) -> FoundCheckpoint | None:
    """The newest run that is neither over nor in use."""
    return _last(home)[0]


def _last(home: Path) -> tuple[FoundCheckpoint | None, tuple[str, ...]]:
    """The same, and which runs it was sought beyond, a sentence for each."""
    passed_over: tuple[str, ...] = ()
    for folder in runs_in(home):
        files = files_in(folder)
        over = not files or files[0].stem.endswith(OVER) or (folder / GIVEN_UP).exists()
        if over or not is_free(folder):
            continue
        try:
            found = newest_in(folder, mend=True)
        except VersionError as error:
            passed_over += (f"A run that was left later cannot go on here and is kept: {error}",)
            continue
        if found is not None:
            return replace(found, passed_over=passed_over), passed_over
    return None, passed_over


def newest_in(folder: Path, mend: bool = False) -> FoundCheckpoint | None:
    """The newest checkpoint that is not damaged.

    mend: rename the damaged ones.

    Raises:
        VersionError: another version of the program wrote it.
    """
    for path in files_in(folder):
        try:
            return FoundCheckpoint(path, read(path), is_newest=True)
        except VersionError:
            raise
        except FormatError as error:
            if mend and error.where not in ("file", "size"):  # else it may well be whole
                with suppress(OSError):
                    path.rename(path.with_suffix(BROKEN))
    return None


def files_in(folder: Path) -> list[Path]:
    """The checkpoints, newest first; none in a folder that cannot be read."""
    with suppress(OSError):
        names = (path for path in folder.iterdir() if NAME.fullmatch(path.name))
        return sorted(names, reverse=True)
    return []


def runs_in(home: Path) -> Iterator[Path]:
    """The folders of runs, the one written last first."""
    times = {}
    every: list[Path] = []
    with suppress(OSError):  # it does not exist yet, or cannot be read
        every = list(home.iterdir())
    for path in every:
        with suppress(OSError):  # another process may delete it meanwhile
            if path.is_dir():
                times[path] = path.stat().st_mtime
    yield from sorted(times, key=times.__getitem__, reverse=True)


def lock(folder: Path) -> int | None:
    """A file handle that locks the folder until it is closed or the process ends; None if locked.

    Raises:
        CheckpointError: the folder does not exist, or may not be written to.
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


def is_free(folder: Path) -> bool:
    """Whether no process has locked the folder."""
    with suppress(CheckpointError):
        taken = lock(folder)
        if taken is not None:
            os.close(taken)
            return True
    return False


def is_busy(folder: Path) -> bool:
    """Whether a process has locked the folder."""
    return os.path.lexists(folder / LOCK) and not is_free(folder)


def is_in(folder: Path, home: Path) -> bool:
    """Whether a folder is directly in `home`."""
    return folder.resolve().parent == home.resolve()
