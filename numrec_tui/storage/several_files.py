"""Several files of a folder that change together: all of them, whatever ends the program.

What is to be written is first written to one file of its own; with it begins whoever opens the
folder next, should the program end before the others are written. A lock keeps other threads and
other programs out meanwhile.
"""

import json
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.atomic_write import make_private, private_folder, saving, write_atomic
from engine.errors import FormatError, SaveError
from engine.read_file import read_file

try:
    import fcntl
except ImportError:  # Windows; there two programs must not save at the same moment
    fcntl = None  # type: ignore[assignment]

PENDING = "pending"
"""The file that holds all that is about to be written."""

LARGEST_PENDING = 2**30

_LOCK = "lock"
_in_here = threading.Lock()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make the folder, and keep other threads and other programs out of it for a moment.

    Raises:
        SaveError: it cannot be made.
    """
    with _in_here:
        private_folder(folder, "save in")
        with saving(folder, "save in"):
            lock = (folder / _LOCK).open("ab")
        with lock:
            make_private(folder / _LOCK)
            if fcntl is not None:
                with suppress(OSError):  # a file system without locks
                    fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def write_together(folder: Path, files: Mapping[str, bytes | None]) -> None:
    """Replace files of a folder that is locked; None removes one.

    Once all of it is pending it is kept: what cannot be replaced now is when the folder is opened
    next.

    Raises:
        SaveError: it could not be written, and all files are as they were.
    """
    wanted = {name: content for name, content in files.items() if _differs(folder / name, content)}
    if len(wanted) > 1:
        write_atomic(folder / PENDING, _packed(wanted), private=True)
        with suppress(SaveError):
            _write(folder, wanted)
    elif wanted:
        _write(folder, wanted)


def finish(folder: Path, names: Collection[str]) -> None:
    """Write what a program that was ended had still to write; the folder is locked.

    names: of the files that may be written.

    Raises:
        SaveError: they cannot be written.
        FormatError: what is pending is damaged.
    """
    path = folder / PENDING
    if path.exists():
        _write(folder, _unpacked(path, names))


def _write(folder: Path, files: Mapping[str, bytes | None]) -> None:
    for name, content in files.items():
        if content is not None:
            write_atomic(folder / name, content, private=True)
    with saving(folder, "change"):
        for name in (*(name for name, content in files.items() if content is None), PENDING):
            (folder / name).unlink(missing_ok=True)


def _differs(path: Path, content: bytes | None) -> bool:
    try:
        return path.read_bytes() != content
    except FileNotFoundError:
        return content is not None
    except OSError:  # writing it will say what is wrong
        return True


def _packed(files: Mapping[str, bytes | None]) -> bytes:
    """A line of JSON that says how long each is, null where it is removed; then all of them."""
    sizes = {name: None if content is None else len(content) for name, content in files.items()}
    return json.dumps(sizes).encode() + b"\n" + b"".join(filter(None, files.values()))


def _unpacked(path: Path, names: Collection[str]) -> dict[str, bytes | None]:
    head, _, rest = read_file(path, LARGEST_PENDING).partition(b"\n")
    files: dict[str, bytes | None] = {}
    try:
        sizes: dict[str, int | None] = json.loads(head)
        for name, size in sizes.items():
            files[name] = None if size is None else rest[:size]
            rest = rest[size or 0 :]
        whole = not rest and all(
            size is None or len(files[name] or b"") == size for name, size in sizes.items()
        )
    except (ValueError, TypeError, AttributeError):
        whole = False
    if not whole or not set(files) <= set(names):
        raise FormatError(path, "content", "the files of this folder", "something else")
    return files
