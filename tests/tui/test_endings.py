"""However the app ends, the run is saved, the terminal works and no process stays."""

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from functools import partial
from pathlib import Path

import pytest

from engine.models.safetensors_file import load
from tests.waiting import PATIENCE

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX terminal"),
]

PROGRAM = """
import sys
from pathlib import Path
from numrec_tui.app import run_app
from tests import scripted
sys.exit(run_app(scripted.session(Path(sys.argv[1]), **scripted.ENDLESS)))
"""


class Terminal:
    """The app on a terminal of its own, of which we are the other end."""

    def __init__(self, folder: Path, controls: bool = True) -> None:
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (24, 80))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.seen = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder)],
            stdin=slave, stdout=slave, stderr=slave,
            preexec_fn=partial(os.login_tty, slave) if controls else os.setsid,
        )  # fmt: skip

    def until(self, text: bytes) -> None:
        """Read what the app draws until `text` appears."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen:
            assert time.monotonic() < deadline, self.seen[-2000:]
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 65536)

    def drain(self) -> int:
        """Read to the end of the app; its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline
            if select.select([self.master], [], [], 0.05)[0]:
                self.seen += os.read(self.master, 65536)
        while select.select([self.master], [], [], 0.05)[0]:
            self.seen += os.read(self.master, 65536)
        return self.process.returncode


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "models"


@pytest.fixture
def terminal(folder, request):
    opened = Terminal(folder, getattr(request, "param", True))
    opened.until(b"ready")
    os.write(opened.master, b" ")
    opened.until(b"left")
    yield opened
    if opened.process.poll() is None:
        opened.process.kill()
        opened.process.wait()


def assert_saved(folder):
    models = list(folder.iterdir())
    assert [model.suffix for model in models] == [".safetensors"]
    load(models[0])


def assert_restored(terminal):
    assert b"\x1b[?1049l" in terminal.seen  # the alternate screen was left
    assert b"\x1b[?25h" in terminal.seen  # and the cursor is back
    assert termios.tcgetattr(terminal.slave) == terminal.before


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_signal_while_training_saves_and_restores_the_terminal(name, code, terminal, folder):
    terminal.process.send_signal(getattr(signal, name))
    assert terminal.drain() == code
    assert_saved(folder)
    assert_restored(terminal)


def test_q_while_training_saves_and_says_where(terminal, folder):
    os.write(terminal.master, b"q")
    assert terminal.drain() == 0
    assert_saved(folder)
    assert_restored(terminal)
    assert b"Saved to" in terminal.seen


@pytest.mark.parametrize("terminal", [True, False], indirect=True, ids=["signal", "silent"])
def test_a_closed_terminal_saves_and_leaves_no_process(terminal, folder):
    os.close(terminal.slave)
    os.close(terminal.master)
    assert terminal.process.wait(PATIENCE) == 129
    assert_saved(folder)
