"""A small file that stands while a terminal is taken over: the next start tells who was killed.

SIGKILL leaves no moment to restore anything. The file names the terminal, and is locked as long as
its process lives, so that no number of a process has to be believed.
"""

import os
from contextlib import suppress
from pathlib import Path

from engine.atomic_write import private_folder
from engine.errors import SaveError

try:
    import fcntl
except ImportError:  # Windows, where the app has another driver and sets no marker
    fcntl = None  # type: ignore[assignment]


class Marker:
    """The file of this process in a folder that is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / str(os.getpid())
        self._handle: int | None = None

    def set(self, terminal: str) -> None:
        """Write it; a folder that cannot be written means that nothing is reported later."""
        if self._handle is not None:
            return
        with suppress(OSError, SaveError):
            private_folder(self._file.parent)
            handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            if fcntl is not None:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.write(handle, terminal.encode())
            self._handle = handle

    def clear(self) -> None:
        """Take it away: the terminal is as it was."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with suppress(OSError):
                self._file.unlink()
            os.close(handle)


def killed(folder: Path) -> list[str]:
    """The terminals whose app was killed since the last start; each is reported once."""
    terminals = []
    with suppress(OSError):
        for file in sorted(folder.iterdir()):
            with suppress(OSError):
                terminals += _left_by_the_dead(file)
    return sorted({terminal for terminal in terminals if terminal})


def advice(terminals: list[str], here: str) -> str | None:
    """One line about those that were killed; `here` is the terminal of this process."""
    if not terminals:
        return None
    others = ", ".join(terminal for terminal in terminals if terminal != here)
    where = f" in {others}" if others else ""
    return f"The app was killed the last time{where}. If the terminal looks odd, type: reset"


def _left_by_the_dead(file: Path) -> list[str]:
    """What a file says, which is then removed; nothing while its process lives."""
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        text = os.read(handle, 200).decode("utf-8", "replace")
        file.unlink()
    finally:
        os.close(handle)
    return ["".join(letter for letter in text if letter.isprintable())]
