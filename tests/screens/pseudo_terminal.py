"""The app on a terminal of its own, of which a test is the other end."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from functools import partial
from pathlib import Path

from engine.models.safetensors_file import load
from tests.waiting import PATIENCE, wait_until

RUN = """
import sys
from pathlib import Path
from numrec_tui.app import run_app
from tests import scripted
sys.exit(run_app(scripted.session(Path(sys.argv[1]), **scripted.ENDLESS)))
"""

LEARNS = (b"images/s", b"left")
"""What says that a run has learned: its speed, which is known first, and later the time left."""

MODES = re.compile(rb"\x1b\[\?(7|25|1000|1002|1003|1004|1006|1015|1049|2004)([hl])")
ON_AT_FIRST = (b"7", b"25")
"""Modes that a shell has: lines are wrapped, the cursor is shown."""


class Terminal:
    """A pseudo-terminal, of 24 rows and 80 columns unless told, with an app on it.

    program: what Python runs; what stands in `before` runs first, to put it into a state.
    controls: whether it is the terminal that controls the process, and so hangs it up by a signal.
    """

    def __init__(
        self,
        folder: Path,
        controls: bool = True,
        before: str = "",
        environment: dict[str, str] | None = None,
        size: tuple[int, int] = (24, 80),
    ) -> None:
        self.master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, size)
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", before + RUN, str(folder)],
            stdin=self.slave, stdout=self.slave, stderr=self.slave,
            preexec_fn=partial(os.login_tty, self.slave) if controls else os.setsid,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    def send(self, *names: str) -> None:
        for name in names:
            self.process.send_signal(getattr(signal, name))

    def read(self, patience: float = 0.05) -> bool:
        """Read what the app draws, if it draws something in so many seconds."""
        if not select.select([self.master], [], [], patience)[0]:
            return False
        self.seen += os.read(self.master, 65536)
        return True

    def until(self, text: bytes | tuple[bytes, ...], since: int = 0) -> None:
        """Read what the app draws until `text` appears, behind the first `since` bytes.

        text: one of several, if there are several.
        """
        texts = (text,) if isinstance(text, bytes) else text
        deadline = time.monotonic() + PATIENCE
        while not any(each in self.seen[since:] for each in texts):
            assert time.monotonic() < deadline, self.seen[-2000:]
            self.read(0.1)

    def drain(self) -> int:
        """Read to the end of the app; its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.seen[-2000:]
            self.read()
        while self.read():
            pass
        return self.process.returncode

    def wait_until_stopped(self) -> None:
        def state() -> bool:
            self.read()
            return os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOHANG) is not None

        wait_until(state, "the process is stopped")

    def wait_until_raw(self) -> None:
        """Until the line hands on each byte as it comes."""

        def is_raw() -> bool:
            self.read()
            return not termios.tcgetattr(self.slave)[3] & (termios.ICANON | termios.ECHO)

        wait_until(is_raw, "the line is raw")

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for end in (self.master, self.slave):
            try:
                os.close(end)
            except OSError:  # the test has closed it
                continue

    def modes_left_on(self) -> set[bytes]:
        """Modes of the terminal that were switched on, or switched off, and not back again."""
        state = dict(MODES.findall(self.seen))
        return {mode for mode in state if (state[mode] == b"h") != (mode in ON_AT_FIRST)}


def assert_saved(folder: Path) -> None:
    models = list(folder.iterdir())
    assert [model.suffix for model in models] == [".safetensors"]
    load(models[0])


def assert_restored(terminal: Terminal) -> None:
    """The bytes that were written, and the settings of the line."""
    assert b"\x1b[?1049h" not in terminal.seen or b"\x1b[?1049l" in terminal.seen
    assert terminal.modes_left_on() == set()
    assert terminal.seen.count(b"\x1b[<u") >= terminal.seen.count(b"\x1b[>25u")  # kitty's keys
    assert termios.tcgetattr(terminal.slave) == terminal.before
