"""How an app ends that a signal ends, or whose terminal is gone: saved, whatever happens."""

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

from engine.errors import SaveError

if TYPE_CHECKING:
    from numrec_tui.app import NumrecApp
    from numrec_tui.session import Session

HUNG_UP = 129
"""The exit code of an app whose terminal is gone."""

LONGEST_FAREWELL = 3.0
"""Seconds the app may take to end after a signal."""


@contextmanager
def leaving_on_signals(app: "NumrecApp", session: "Session") -> Iterator[None]:
    """Make SIGINT, SIGTERM, SIGHUP and a terminal that is gone end the app, saved and restored.

    Textual waits for ever to write its farewell to a terminal that is gone. So whatever has not
    ended in time is ended without a farewell, but not without saving.
    """

    def end(code: int) -> None:
        with suppress(SaveError):  # nobody is left to be told
            session.close()
        os._exit(code)

    def leave(code: int) -> None:
        watchdog = threading.Timer(LONGEST_FAREWELL, end, (code,))
        watchdog.daemon = True
        watchdog.start()
        app.leave(code)

    def hear(number: int, _frame: FrameType | None) -> None:
        leave(128 + number)

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), hear) for name in names}
    threading.Thread(target=_wait_for_hang_up, args=(leave,), daemon=True).start()
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _wait_for_hang_up(leave: Callable[[int], None]) -> None:
    """Call `leave` when the terminal is gone, which not every system tells by a signal."""
    if not hasattr(select, "poll") or sys.__stdin__ is None:
        return
    poll = select.poll()
    poll.register(sys.__stdin__.fileno(), 0)  # no event is waited for but hang-up and error
    poll.poll()
    leave(HUNG_UP)
