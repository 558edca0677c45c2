"""A visit in a real terminal, from the first key to the shell's prompt, twice."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.screens.observed_app import ask
from tests.waiting import wait_until

TMUX = shutil.which("tmux")

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(TMUX is None, reason="needs tmux"),
    pytest.mark.timeout(180),
]

SEVEN = [*["Up"] * 6, *["Left"] * 6, "Enter", *["Right"] * 11, *["End"] * 6, *["Down"] * 9, "Enter"]
"""A bar to the right, a slanting stroke down."""

RATE_RAISED, DROPOUT_FORKED = r" 0\.05→0\.1 ", r" 0→0\.05 "
"""The last words of two marks on the chart; the others stand there only where there is room."""


class Terminal:
    """A shell in tmux, on a server of its own."""

    def __init__(self, folder: Path) -> None:
        self._socket, self.app = folder / "tmux", folder / "app"
        environment = {**os.environ, "NUMREC_HOME": str(folder / "home"),
                       "PYTHONPATH": str(Path(__file__).parents[2])}  # fmt: skip
        for name in ("NO_COLOR", "TEXTUAL_THEME", "ENV", "TMUX", "COLUMNS", "LINES"):
            environment.pop(name, None)
        self._run("-f", os.devnull, "new-session", "-d", "-x", "120", "-y", "34", "sh",
                  environment=environment)  # fmt: skip

    def _run(self, *words: str, environment: dict[str, str] | None = None) -> str:
        command = [str(TMUX), "-S", str(self._socket), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return done.stdout

    def press(self, *keys: str) -> None:
        for key in keys:
            self._run("send-keys", key)

    def type(self, text: str) -> None:
        self._run("send-keys", "-l", text)
        self.press("Enter")

    @property
    def screen(self) -> str:
        """What stands there; a line that went on below, wherever it broke, is one line."""
        return self._run("capture-pane", "-p", "-J")

    def until(self, pattern: str) -> re.Match[str]:
        """Wait until a text stands on the screen."""
        return wait_until(lambda: re.search(pattern, self.screen), pattern, self.tell)

    def tell(self) -> str:
        """What stands there, and what the app is at."""
        return f"{self.screen}\n{ask(self.app)}"

    def close(self) -> None:
        self._run("kill-server")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path)
    try:
        opened.until(r"[#$]")
        yield opened
    finally:
        opened.close()


def open_app(terminal: Terminal) -> None:
    terminal.type(f"{sys.executable} -m tests.screens.observed_app {terminal.app}")
    terminal.until(r"○ ready")


def epoch(terminal: Terminal) -> int:
    return int(terminal.until(r"epoch +(\d+)/")[1])


def wait_for_epoch(terminal: Terminal, wanted: int) -> None:
    wait_until(lambda: epoch(terminal) >= wanted, f"epoch {wanted}", terminal.tell)


def plan_many_epochs(terminal: Terminal) -> None:
    """So that the run is not over before the visit is."""
    terminal.press("End", "PageUp", "PageDown", "Enter")
    terminal.until(r"│30 {20}")  # the field
    terminal.press(*"9000", "Enter")
    terminal.until(r"epochs\* +◂ 9000 ▸")
    terminal.press("PageUp", "PageUp", "Down")
    terminal.until(r"▸learning rate")


def learn_until_the_rate_is_marked(terminal: Terminal) -> None:
    """Train, the first time slowly, then at full speed; raise the rate on the way, pause."""
    terminal.until(r"begins slowly")
    terminal.press("Space")
    terminal.until(r"● training \d+/s")
    terminal.until(r"Slow at first.*\* is full speed")
    terminal.press("*")
    terminal.until(r"● training *\n")
    wait_for_epoch(terminal, 2)
    terminal.press("Right")
    terminal.until(RATE_RAISED)
    wait_for_epoch(terminal, epoch(terminal) + 2)
    terminal.press("Space")
    terminal.until(r"‖ paused")


def draw_a_seven(terminal: Terminal) -> None:
    terminal.press("3")
    terminal.until(r"nothing drawn yet")
    terminal.press(*SEVEN)
    terminal.until(r"a 7, \d+%")


def open_the_fours_read_as_nines(terminal: Terminal) -> None:
    """Among the training digits, of which a few are always so at this stage."""
    terminal.press("2")
    terminal.until(r"read at epoch")
    terminal.press("t", "t")
    terminal.until(r"training · 10,800")
    terminal.press("]", "]", "]", "]", "]", "{")
    terminal.until(r"true 4, read as 9 · \d+ of 10,800")
    terminal.press("Enter")
    terminal.until(r"a 4, read as 9 ✗")


def fork_with_dropout(terminal: Terminal) -> None:
    """The run goes on as another one; both are on the chart."""
    terminal.press("1")
    terminal.until(RATE_RAISED)
    terminal.press("Home", *["Down"] * 5, "Right")
    terminal.until(r"▸dropout\* +◂ 0\.05 ▸")
    terminal.press("f")
    terminal.until(r"run 2 · ‖ paused")
    terminal.press("Space")
    terminal.until(DROPOUT_FORKED)
    terminal.until(r"run 1 dropout 0 \d")
    terminal.press("Space")
    terminal.until(r"‖ paused")


def leave(terminal: Terminal) -> None:
    """Quit; the run is kept, and the shell works as before."""
    terminal.press("q")
    terminal.until(r"Saved to .*\n?.*the next start offers to go on")
    terminal.type('echo "code $?, columns $(stty size)"')
    terminal.until(r"code 0, columns 34 120")


def test_a_short_visit(terminal: Terminal) -> None:
    open_app(terminal)
    terminal.press("Space")
    wait_for_epoch(terminal, 1)
    draw_a_seven(terminal)
    leave(terminal)


@pytest.mark.long
def test_a_visit_and_another_one(terminal: Terminal) -> None:
    open_app(terminal)
    plan_many_epochs(terminal)
    learn_until_the_rate_is_marked(terminal)
    draw_a_seven(terminal)
    open_the_fours_read_as_nines(terminal)
    fork_with_dropout(terminal)
    before = epoch(terminal)
    leave(terminal)
    terminal.type("clear")
    open_app(terminal)
    terminal.until(r"A run was left")
    assert "begins slowly" not in terminal.screen
    terminal.press("g")
    terminal.until(r"● training")
    assert epoch(terminal) >= before
    wait_for_epoch(terminal, before + 1)
    terminal.press("q")
    terminal.until(r"Saved to")
