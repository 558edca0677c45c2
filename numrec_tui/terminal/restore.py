"""Leaving the terminal as it was: every mode the app may have switched on, and its line settings.

`TERMINAL` knows what was changed, so that what ends the process can undo it: the driver, or in
its place a watchdog that waits no longer.
"""

import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from numrec_tui.terminal.marker import Marker

try:
    import termios
except ImportError:  # Windows: its console is Textual's business
    termios = None  # type: ignore[assignment]

LineSettings: TypeAlias = list[Any]
"""What termios.tcgetattr gives."""

KITTY_KEYS = 1 | 8 | 16
"""Keys of the kitty protocol: no doubtful escapes, all keys, with their text."""

ENTER = (
    "\x1b[?1049h"  # the alternate screen
    "\x1b[?1000h\x1b[?1003h\x1b[?1015h\x1b[?1006h"  # the mouse
    "\x1b[?25l\x1b[?1004h\x1b[?2004h\x1b[?7l"  # no cursor, focus, paste, no wrapping
)
"""What Textual's driver switches on, for a terminal that was taken away in between."""

RESTORE = (
    "\x1b[?2026l"  # an update that was begun
    "\x1b[?1016l\x1b[?1015l\x1b[?1006l\x1b[?1005l\x1b[?1003l\x1b[?1002l\x1b[?1000l"  # the mouse
    "\x1b[?2048l\x1b[?2004l\x1b[?1004l"  # reports of size, paste, focus
    "\x1b]22;\x07"  # the pointer's shape
    "\x1b[<u"  # kitty's keys, which belong to the alternate screen
    "\x1b[?7h\x1b[0m\x1b[?1049l\x1b[?25h"  # wrapping, colors, the screen, the cursor
)
"""What undoes all the app may have switched on."""

CANCEL = "\x18"
"""Ends a sequence that was written in part."""

STUCK = 0.5
"""Seconds to wait for a terminal that takes nothing at the moment."""


class Terminal:
    """The terminal of this process: what it was like, and whether it has to be restored."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._before: LineSettings | None = None
        self._entered = False
        self._marker: Marker | None = None

    def keep_marker(self, folder: Path) -> None:
        """Have a file stand in a folder while modes may be switched on."""
        self._marker = Marker(folder)

    @property
    def name(self) -> str:
        """What the system calls it; empty without one."""
        try:
            return os.ttyname(sys.__stderr__.fileno()) if sys.__stderr__ else ""
        except (OSError, ValueError):
            return ""

    @property
    def entered(self) -> bool:
        """Whether modes may be switched on."""
        return self._entered

    @property
    def before(self) -> LineSettings | None:
        """The settings of its line before the app."""
        return self._before

    def enter(self) -> None:
        """Remember what the terminal is like; modes may be switched on from now on."""
        if not self._entered:
            self._before = line_settings()
            self._entered = True
            if self._marker:
                self._marker.set(self.name)

    def left(self) -> None:
        """Put back the line; somebody has written `RESTORE`."""
        with self._lock:
            self._leave()

    def restore(self, silence: bool = False) -> None:
        """Undo all that is not undone yet, without waiting for anybody: for the last moment.

        silence: whether others may still be drawing, who are not to be seen any more.
        """
        with self._lock:
            if not self._entered:
                return
            name = self.name
            if silence:
                _silence()
            _write_without_waiting(name, (CANCEL + RESTORE).encode())
            self._leave()

    def _leave(self) -> None:
        if self._entered:
            self._entered = False
            set_line(self._before)
            if self._marker:
                self._marker.clear()


def line_settings() -> LineSettings | None:
    """The settings of the line, as termios has them; None without a terminal."""
    if termios is None or sys.__stdin__ is None:
        return None
    try:
        return termios.tcgetattr(sys.__stdin__.fileno())
    except (termios.error, OSError, ValueError):
        return None


def set_line(settings: LineSettings | None) -> None:
    """Set the line, if there still is one; what was typed meanwhile stays."""
    if termios is None or sys.__stdin__ is None or settings is None:
        return
    try:
        termios.tcsetattr(sys.__stdin__.fileno(), termios.TCSANOW, settings)
    except (termios.error, OSError, ValueError):
        return


def raw(settings: LineSettings | None) -> LineSettings | None:
    """The same settings for an app that wants each byte, as it comes and at once."""
    if termios is None or settings is None:
        return None
    changed = list(settings)
    changed[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    changed[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    changed[6] = list(settings[6])
    changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0
    return changed


def _write_without_waiting(name: str, data: bytes) -> None:
    """Write to the terminal; one that takes nothing for a while loses what waits to be shown."""
    try:
        fd = os.open(name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return
    begun = time.monotonic()
    with suppress(OSError, termios.error):
        while data and time.monotonic() < begun + 2 * STUCK:
            try:
                data = data[os.write(fd, data) :]
            except BlockingIOError:
                if time.monotonic() > begun + STUCK:
                    termios.tcflush(fd, termios.TCOFLUSH)
                time.sleep(0.001)
    os.close(fd)


def _silence() -> None:
    """Whatever is still written to stderr leads nowhere, also what somebody is just writing.

    Who waits for a terminal that takes nothing keeps everybody else from it. A signal that is
    heard makes the system call end, and Python begins it anew, with the rest of the text.
    """
    with suppress(OSError, ValueError):
        if sys.__stderr__ is not None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.__stderr__.fileno())
    if callable(signal.getsignal(signal.SIGUSR1)):
        for thread in threading.enumerate():
            if thread.ident is not None and thread is not threading.current_thread():
                signal.pthread_kill(thread.ident, signal.SIGUSR1)


TERMINAL = Terminal()
"""The one that this process has."""
