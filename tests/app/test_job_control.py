"""Stopped, continued, ended at any moment, killed: the terminal works and the code is right."""

import os
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.screens.pseudo_terminal import LEARNS, Terminal, assert_restored, assert_saved
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX terminal"),
]

LOG_KEYS = """
import sys
from textual.driver import Driver
from textual.events import Key
post = Driver.send_message
def send(driver, message):
    if isinstance(message, Key):
        with open(sys.argv[1] + ".keys", "a") as log:
            log.write(message.key)
    post(driver, message)
Driver.send_message = send
"""

KILL = "import os, signal; end = lambda: os.kill(os.getpid(), signal.{0})\n"

MOMENTS = {
    "before the app is made": """
import numrec_tui.app as app
prepare = app.prepare_for_screens
app.prepare_for_screens = lambda: (end(), prepare())
""",
    "before its loop runs": """
from numrec_tui.app import NumrecApp
NumrecApp.hold_garbage = lambda app: end()
""",
    "before the driver is there": """
from numrec_tui.app import NumrecApp
load = NumrecApp.on_load
NumrecApp.on_load = lambda app: (load(app), end())
""",
    "while the driver starts": """
from numrec_tui.terminal.driver import TerminalDriver
take = TerminalDriver._take_over
TerminalDriver._take_over = lambda driver: (take(driver), end())
""",
    "while it closes": """
from numrec_tui.session.session import Session
close = Session.close
Session.close = lambda session: (end(), close(session))[1]
from numrec_tui.app import NumrecApp
NumrecApp.on_ready = lambda app: app.exit()
""",
}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    terminals: list[Terminal] = []

    def make(**how: object) -> Terminal:
        terminals.append(Terminal(tmp_path / "models", **how))  # type: ignore[arg-type]
        return terminals[-1]

    yield make
    for terminal in terminals:
        terminal.close()


def cook(terminal: Terminal) -> None:
    """Do what a shell does whose job was stopped: it takes the line back."""
    termios.tcsetattr(terminal.slave, termios.TCSANOW, terminal.before)


def test_a_stopped_process_goes_on_without_losing_a_key(opened, tmp_path):
    terminal = opened(before=LOG_KEYS)
    terminal.until(b"ready")
    log = tmp_path / "models.keys"
    for _ in range(2):
        terminal.send("SIGSTOP")
        terminal.wait_until_stopped()
        cook(terminal)
        since = len(terminal.seen)
        terminal.send("SIGCONT")
        terminal.wait_until_raw()
        terminal.until(b"\x1b[?1049h", since)
        terminal.until(b"ready", terminal.seen.rindex(b"\x1b[?1049h"))  # all is drawn again
    for key in b"abcdefgijkl" * 4:
        terminal.press(bytes([key]))

    def typed() -> str:
        terminal.read()
        return log.read_text() if log.exists() else ""

    wait_until(lambda: typed() == "abcdefgijkl" * 4, "each key once", typed)
    terminal.press(b"q")
    assert terminal.drain() == 0
    assert_restored(terminal)


def test_a_process_that_is_asked_to_stop_hands_the_terminal_back(opened):
    terminal = opened()
    terminal.until(b"ready")
    terminal.send("SIGTSTP")
    terminal.wait_until_stopped()
    while terminal.read():
        pass
    assert_restored(terminal)
    since = len(terminal.seen)
    terminal.send("SIGCONT")
    terminal.wait_until_raw()
    terminal.until(b"\x1b[?1049h", since)
    terminal.until(b"ready", since)
    terminal.press(b"q")
    assert terminal.drain() == 0
    assert_restored(terminal)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.short("while it closes")
def test_a_signal_at_any_moment_ends_the_app_with_its_code(moment, opened):
    terminal = opened(before=KILL.format("SIGTERM") + MOMENTS[moment])
    assert terminal.drain() == 143
    assert b"Traceback" not in terminal.seen
    assert_restored(terminal)


@pytest.mark.long
def test_ctrl_c_right_after_q_and_once_more_ends_with_130(opened):
    slow = MOMENTS["while it closes"].replace("end()", "(end(), end())")
    terminal = opened(before=KILL.format("SIGINT") + slow)
    assert terminal.drain() == 130
    assert_restored(terminal)


STUCK = """
import time
import numrec_tui.terminal.signals as signals
from numrec_tui.modes.train.screen import TrainScreen
signals.LONGEST_FAREWELL = 0.3
TrainScreen.action_step = lambda screen: time.sleep(1000)
"""


@pytest.mark.long
def test_an_app_that_hangs_is_ended_saved_and_restored(opened, tmp_path):
    terminal = opened(before=STUCK)
    terminal.until(b"ready")
    terminal.press(b" ")
    terminal.until(LEARNS)
    terminal.press(b"n")
    terminal.send("SIGHUP", "SIGTERM")
    assert terminal.drain() == 129  # the first of the two
    assert_saved(tmp_path / "models")
    assert_restored(terminal)


def test_a_terminal_that_takes_nothing_any_more_is_left_all_the_same(opened):
    terminal = opened(before=STUCK)
    terminal.until(b"ready")
    fill(terminal)
    terminal.send("SIGTERM")
    assert terminal.process.wait(20) == 143
    assert termios.tcgetattr(terminal.slave) == terminal.before
    while terminal.read():
        pass
    assert_restored(terminal)


def fill(terminal: Terminal) -> None:
    """Write until a further byte would have to wait for somebody to read."""
    end = os.open(os.ttyname(terminal.slave), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    with suppress(BlockingIOError):
        while True:
            os.write(end, b"." * 1024)
    os.close(end)


@pytest.mark.long
def test_after_a_kill_the_next_start_says_how_to_reset_the_terminal(opened, tmp_path):
    first = opened()
    first.until(b"ready")
    first.send("SIGKILL")
    first.process.wait()
    second = opened()
    second.until(b"killed the last time")
    second.until(b"reset")
    second.until(b"ready")
    second.press(b"q")
    assert second.drain() == 0
    assert list((tmp_path / "running").iterdir()) == []  # nothing to tell next time


REPLIES = (
    b"\xff\xfe\xc3\xe2",
    b"\x1b[M \xf0\xf1",
    b"\x1b]11;rgb:qqqq/qqqq/qqqq\x1b\\",
    b"\x1b]lq q\x07",
    b"\x1bP>|qq q(1)\x1b\\",
    b"\x1b_Gq q\x1b\\",
    b"\x1b[?62;1;6c\x1b[>41;370;0c\x1b[24;80R\x1b[?31u\x1b[?2048;1$y\x1b[48;0;0;0;0t",
    b"\x1b[113;1:3u\x1b[99999999u\x1b[113;1A",
)


@pytest.mark.long
def test_what_a_terminal_sends_that_is_no_key_neither_leaves_the_app_nor_ends_it(opened):
    terminal = opened(before=LOG_KEYS)
    terminal.until(b"ready")
    for reply in REPLIES:
        terminal.press(reply)
    terminal.press(b"\x1b[200~\xffq\x1b[201~")
    terminal.press(b"?")
    terminal.until(b"pause, go on")
    assert (terminal.folder.with_suffix(".keys")).read_text() == "question_mark"
    terminal.press(b"\x1b[27u")
    terminal.press(b"q")
    assert terminal.drain() == 0
    assert_restored(terminal)


def test_a_fault_while_reading_keys_ends_with_1_and_is_told(opened, tmp_path):
    terminal = opened(
        before="""
from numrec_tui.terminal.driver import TerminalDriver
handle = TerminalDriver.process_message
def process(driver, message):
    if getattr(message, "key", "") == "Z":
        raise RuntimeError("no reader any more")
    handle(driver, message)
TerminalDriver.process_message = process
"""
    )
    terminal.until(b"ready")
    terminal.press(b" ")
    terminal.until(LEARNS)
    terminal.press(b"Z")
    assert terminal.drain() == 1
    assert b"no reader any more" in terminal.seen
    assert_saved(tmp_path / "models")
    assert_restored(terminal)


def test_the_size_is_that_of_the_terminal_whatever_the_environment_says(opened):
    terminal = opened(environment={"COLUMNS": "40", "LINES": "10"})
    terminal.until(b"ready")
    terminal.until(b"\x1b[24;")  # the last row
    since = len(terminal.seen)
    termios.tcsetwinsize(terminal.slave, (31, 100))
    terminal.until(b"\x1b[31;", since)
    terminal.press(b"q")
    assert terminal.drain() == 0


@pytest.mark.long
def test_going_on_without_a_stop_does_no_harm(opened):
    terminal = opened()
    terminal.until(b"ready")
    terminal.send("SIGCONT", "SIGCONT")
    terminal.press(b"q")
    assert terminal.drain() == 0
    assert_restored(terminal)
