"""The one way a file is written: afterwards it holds the old bytes or the new ones, never half."""

import contextlib
import os
import stat
import tempfile
import threading
from pathlib import Path

from engine.errors import SaveError


def write_atomic(path: Path, content: bytes) -> None:
    """Replace the file at `path` by `content`, or leave it as it was.

    Raises:
        SaveError: the folder is missing, the disk is full, or writing is not allowed.
    """
    try:
        target = path.resolve()  # a symbolic link stays a link; what it points to is replaced
        if target.is_symlink():  # from Python 3.13 on, links in a circle are left as they are
            raise SaveError(f"Cannot write {path}: its links lead in a circle.")
        if target.exists() and not target.is_file():
            raise SaveError(f"Cannot write {path}: it is there and is no ordinary file.")
        handle, name = tempfile.mkstemp(
            prefix=f".{target.name}.{os.getpid()}-", suffix=".tmp", dir=target.parent
        )
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(_mode(target))
            temporary.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise SaveError(f"Cannot write {path}: {error.strerror or error}.") from error
    except RuntimeError as error:  # until Python 3.12: links that lead in a circle
        raise SaveError(f"Cannot write {path}: {error}.") from error
    _sync_folder(target.parent)


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
