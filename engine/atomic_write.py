"""The one way a file is written: afterwards it holds the old bytes or the new ones, never half.

Whatever the system refuses is a `SaveError`.
"""

import contextlib
import os
import stat
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from engine.errors import SaveError

LONGEST_NAME = 120
"""Bytes of a name that is made up from others, which leave room for what is put before or after."""

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
"""The permissions of what belongs to one person alone."""


@contextlib.contextmanager
def saving(path: Path, what: str = "write") -> Iterator[None]:
    """Make whatever the system refuses while `path` is written a SaveError.

    what: is done with the path, as in "Cannot write …".

    Raises:
        SaveError: in place of every OSError, and of the errors that a path itself can cause.
    """
    try:
        yield
    except OSError as error:
        raise SaveError(f"Cannot {what} {path}: {error.strerror or error}.") from error
    except UnicodeEncodeError as error:  # which would quote the name
        raise SaveError(f"Cannot {what} {path}: this is no name in UTF-8.") from error
    except (RuntimeError, ValueError) as error:  # links in a circle; a null byte in the name
        raise SaveError(f"Cannot {what} {path}: {error}.") from error


def write_atomic(path: Path, content: bytes, private: bool = False) -> None:
    """Replace the file at `path` by `content`, or leave it as it was.

    private: nobody else may read it, whatever its folder and the old file allow.

    Raises:
        SaveError: the folder is missing, the disk is full, or writing is not allowed.
    """
    with saving(path):
        target = path.resolve()  # a symbolic link stays a link; what it points to is replaced
        if target.is_symlink():  # from Python 3.13 on, links in a circle are left as they are
            raise SaveError(f"Cannot write {path}: its links lead in a circle.")
        if target.exists() and not target.is_file():
            raise SaveError(f"Cannot write {path}: it is there and is no ordinary file.")
        handle, name = tempfile.mkstemp(
            prefix=f".{short_name(target.name)}.{os.getpid()}-", suffix=".tmp", dir=target.parent
        )
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(PRIVATE_FILE if private else _mode(target))
            temporary.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    _sync_folder(target.parent)


def private_folder(folder: Path, what: str = "make the folder", mend: bool = True) -> None:
    """Make a folder that nobody else can look into, with all that lead to it and are missing.

    mend: make one private, too, that is there and belongs to this person.

    Raises:
        SaveError: it cannot be made.
    """
    with saving(folder, what):
        missing = []
        parent = folder.absolute()
        while not parent.exists():
            missing.append(parent)
            parent = parent.parent
        for each in reversed(missing):
            with contextlib.suppress(FileExistsError):  # somebody else was quicker
                each.mkdir(mode=PRIVATE_FOLDER)
        if not folder.is_dir():
            raise NotADirectoryError(0, "it is no folder")
    if mend:
        make_private(folder, PRIVATE_FOLDER)


def make_private(path: Path, mode: int = PRIVATE_FILE) -> None:
    """Take from others what they may do with a file or folder of this person's; else do nothing."""
    with contextlib.suppress(OSError):
        status = path.stat()
        mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
        if mine and stat.S_IMODE(status.st_mode) & 0o077:
            path.chmod(stat.S_IMODE(status.st_mode) & mode)


BYTES = "bytes:"
"""Stands before a path that is no text, where it is stored as its bytes, each as %XX."""


def stored_path(path: str) -> str:
    """A path as text that can be written anywhere: the names of files may be any bytes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return BYTES + quote_from_bytes(os.fsencode(path))
    return path


def named_path(stored: str) -> str:
    """The path that `stored_path` has made a text of."""
    if stored.startswith(BYTES):
        return os.fsdecode(unquote_to_bytes(stored.removeprefix(BYTES)))
    return stored


def short_name(name: str) -> str:
    """A name cut to what fits into another one; the end is kept, as it tells files apart."""
    content = os.fsencode(name)
    if len(content) <= LONGEST_NAME:
        return name
    return content[-LONGEST_NAME:].decode("utf-8", "ignore")


def plain_name(name: str) -> str:
    """A name for files made from one that a person gave: short, and of what every system allows."""
    kept = "".join(c if _is_allowed(c) else "-" for c in name).strip()
    return short_name(kept).lstrip(".") or "unnamed"


def _is_allowed(letter: str) -> bool:
    if not letter.isprintable() or letter in '/\\:*?"<>|':
        return False
    try:
        return bool(os.fsencode(letter))
    except UnicodeEncodeError:  # names are ASCII here
        return False


_UMASK = threading.Lock()


def _mode(target: Path) -> int:
    """The permissions the file has, or those a new file would get (mkstemp alone gives 0600)."""
    with contextlib.suppress(OSError):
        return stat.S_IMODE(target.stat().st_mode)
    with _UMASK:  # it is the whole process's, and can only be read by setting it
        umask = os.umask(0)
        os.umask(umask)
    return 0o666 & ~umask


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut, where the system allows it."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
