"""Signals, and a terminal that is gone: they end the app, saved and restored, whatever happens."""

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from engine.errors import SaveError
from numrec_tui.terminal.last_message import say
from numrec_tui.terminal.restore import TERMINAL

HUNG_UP = 129
"""The exit code of an app whose terminal is gone."""

LONGEST_FAREWELL = 3.0
"""Seconds the app may take to end after a signal."""

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGABRT", "SIGUSR1", "SIGUSR2", "SIGALRM",
         "SIGVTALRM", "SIGPROF", "SIGXCPU", "SIGIO", "SIGPWR", "SIGSTKFLT")  # fmt: skip
"""Signals that end a process which does not hear them, but for what no program can survive."""


class Closing(Protocol):
    """What has to be saved."""

    def close(self) -> object:
        """Save it; may be called twice."""


class Ending:
    """The first reason to end that came from outside."""

    code: int | None = None
    """The exit code; None while nothing came."""

    _leave: Callable[[int], None] | None = None

    def asks(self, leave: Callable[[int], None]) -> None:
        """From now on `leave` is called with the code, in a signal handler or another thread."""
        self._leave = leave
        if self.code is not None:
            leave(self.code)

    def come(self, code: int) -> None:
        """A reason came; the first one settles the code."""
        if self.code is None:
            self.code = code
        if self._leave is not None:
            self._leave(self.code)


def end_at_once_on_signals() -> None:
    """While there is nothing yet to save: end with the right code, in the midst of an import too.

    An exception would be lost where it arrives in a callback of the interpreter.
    """
    for number in _numbers():
        signal.signal(number, lambda number, _frame: os._exit(128 + number))


@contextmanager
def cleaning_up_on_signals() -> Iterator[None]:
    """Within, a signal is an exception, so that what was begun is undone."""

    def hear(number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    before = {number: signal.signal(number, hear) for number in _numbers()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def leaving_on_signals(session: Closing) -> Iterator[Ending]:
    """Make signals and a terminal that is gone end the app; gives the reason, if there was one.

    Textual waits for ever to write its restore sequence to a terminal that takes nothing. So what
    has not ended in time is ended without that sequence, but not without saving and restoring.
    After the block no signal arrives any more: all is done, and the exit code is settled.
    """
    ending = Ending()
    heard, tell = os.pipe()

    def hear(number: int, _frame: FrameType | None) -> None:
        ending.come(128 + number)
        os.write(tell, b".")  # no lock: a handler may interrupt code that holds it

    def watch() -> None:
        if _hangs_up_before(heard):
            ending.come(HUNG_UP)
        time.sleep(LONGEST_FAREWELL)
        lost = None
        try:
            session.close()
        except SaveError as error:
            lost = str(error)
        TERMINAL.restore(silence=lost is None)
        if lost is not None:
            say(f"numrec-tui: {lost}", sys.stderr)
        os._exit(ending.code or HUNG_UP)

    for number in _numbers():
        signal.signal(number, hear)
    threading.Thread(target=watch, daemon=True).start()
    try:
        yield ending
    finally:
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_BLOCK, _numbers())


def _numbers() -> list[signal.Signals]:
    return [getattr(signal, name) for name in NAMES if hasattr(signal, name)]


def _hangs_up_before(heard: int) -> bool:
    """Wait until something can be read, or the terminal is gone; tells whether that came first.

    Not every system tells by a signal that a terminal is gone.
    """
    if not hasattr(select, "poll") or sys.__stdin__ is None:
        os.read(heard, 1)
        return False
    poll = select.poll()
    poll.register(heard, select.POLLIN)
    poll.register(sys.__stdin__.fileno(), 0)  # no event is waited for but hang-up and error
    return heard not in dict(poll.poll())
