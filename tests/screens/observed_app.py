"""The app as `numrec-tui` opens it, which says what it is at when a test finds it standing still.

    python -m tests.screens.observed_app SOCKET

Whoever connects to the socket is sent it: what every thread is at, what the screen waits for, and
which messages nobody has taken.
"""

import socket
import sys
import threading
import traceback
from pathlib import Path

from numrec_tui.__main__ import main
from numrec_tui.app import NumrecApp

_opened: list[NumrecApp] = []

LONGEST = 10.0
"""Seconds in which an app answers, unless it cannot any more."""


def answer(server: socket.socket) -> None:
    """Tell whoever connects, for as long as the app lives."""
    while True:
        with server.accept()[0] as connection:
            connection.sendall("\n".join([*_screen(), *_threads()]).encode())


def ask(path: Path) -> str:
    """What the app at the other end is at."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(LONGEST)
        try:
            connection.connect(str(path))
            return b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        except OSError as error:
            return f"No app answers: {error}."


def _screen() -> list[str]:
    return [
        f"{app.current_mode}, batches {app._batch_count}, focus {app.focused}, messages "
        + ", ".join(f"{pump}: {pump._message_queue.qsize()}" for pump in _way_of_a_key(app))
        for app in _opened
    ]


def _way_of_a_key(app: NumrecApp) -> list[object]:
    return [*(app.focused.ancestors_with_self if app.focused else [app.screen]), app]


def _threads() -> list[str]:
    frames = sys._current_frames()
    return [f"{each.name}\n{''.join(traceback.format_stack(frames[each.ident])[-6:])}"
            for each in threading.enumerate() if each.ident in frames]  # fmt: skip


class ObservedApp(NumrecApp):
    """The app, which can be found."""

    def __init__(self, *what: object, **how: object) -> None:
        super().__init__(*what, **how)  # type: ignore[arg-type]
        _opened.append(self)


if __name__ == "__main__":
    listening = socket.socket(socket.AF_UNIX)
    Path(sys.argv[1]).unlink(missing_ok=True)
    listening.bind(sys.argv.pop())
    listening.listen()
    threading.Thread(target=answer, args=(listening,), daemon=True).start()
    sys.modules["numrec_tui.app"].NumrecApp = ObservedApp  # type: ignore[attr-defined]
    sys.exit(main())
