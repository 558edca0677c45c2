"""However the app ends, the run is saved, the terminal works and no process stays."""

import os
import signal
import sys

import pytest

from tests.screens.pseudo_terminal import LEARNS, Terminal, assert_restored, assert_saved
from tests.waiting import PATIENCE

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX terminal"),
]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "models"


@pytest.fixture
def terminal(folder, request):
    opened = Terminal(folder, getattr(request, "param", True))
    opened.until(b"ready")
    os.write(opened.master, b" ")
    opened.until(LEARNS)
    yield opened
    opened.close()


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.short("SIGTERM")
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
@pytest.mark.short("signal")
def test_a_closed_terminal_saves_and_leaves_no_process(terminal, folder):
    os.close(terminal.slave)
    os.close(terminal.master)
    assert terminal.process.wait(PATIENCE) == 129
    assert_saved(folder)
