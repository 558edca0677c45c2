"""The one way a person's file is read: an ordinary file, of a bounded size, whole.

A FIFO or a device in its place would keep a plain `open` waiting for ever, so files are opened
without waiting, and what was opened is looked at before a byte is read.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from engine.errors import FormatError


def read_file(path: Path, largest: int) -> bytes:
    """The whole content of a file of at most `largest` bytes.

    Raises:
        FormatError: there is no such file, it is no ordinary one, cannot be read, or is larger.
    """
    with open_file(path, largest) as file:
        content = file.read(os.fstat(file.fileno()).st_size + 1)
    if len(content) > largest:  # it has grown since it was opened
        raise too_large(path, largest)
    return content


@contextmanager
def open_file(path: Path, largest: int) -> Iterator[BinaryIO]:
    """An ordinary file of at most `largest` bytes, open for reading from its beginning.

    Raises:
        FormatError: there is no such file, it is no ordinary one, cannot be read, or is larger.
    """
    if "\0" in str(path):
        raise FormatError(path, "file", "the name of a file", "one with a null byte")
    try:
        _check(path, path.stat(), largest)  # first: to open a device may already change it
        handle = os.open(path, os.O_RDONLY | _NO_WAITING)
        with os.fdopen(handle, "rb") as file:
            _check(path, os.fstat(handle), largest)
            yield file
    except FileNotFoundError as error:
        raise FormatError(path, "file", "a file", "none") from error
    except OSError as error:
        raise FormatError(path, "file", "a readable file", error.strerror or str(error)) from error


def _check(path: Path, status: os.stat_result, largest: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        found = _KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise FormatError(path, "file", "a file", found)
    if status.st_size > largest:
        raise too_large(path, largest)


def too_large(path: Path, largest: int) -> FormatError:
    """The error of a file that holds more than it may."""
    return FormatError(path, "size", f"at most {largest} bytes", "more")


_NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe (FIFO)",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
"""What may be there in place of an ordinary file."""
