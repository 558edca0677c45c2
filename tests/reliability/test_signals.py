"""A signal at any moment of the first second, perhaps a second one: right code, whole terminal."""

import random
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.reliability.budget import count
from tests.screens.pseudo_terminal import Terminal, assert_restored

pytestmark = [
    pytest.mark.reliability,
    pytest.mark.alone,
    pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX terminal"),
]

PROGRAM = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it,
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and one of nohup that
print("here", flush=True)
sys.argv[1:] = []
from numrec_tui.__main__ import main
sys.exit(main())
"""

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
LATEST = 1.5
"""Seconds after Python has started, which is no program of ours before."""


@pytest.mark.parametrize("seed", range(count("signals")))
def test_a_signal_in_the_first_second_restores_the_terminal(
    seed: int, tmp_path: Path, record_property
) -> None:
    chance = random.Random(f"signal {seed}")  # noqa: S311
    first, second = chance.choices(NAMES, k=2)
    terminal = Terminal(tmp_path / "models", before=PROGRAM)
    try:
        terminal.until(b"here")
        end = time.monotonic() + chance.uniform(0, LATEST)
        while (left := end - time.monotonic()) > 0:
            terminal.read(min(left, 0.01))
        terminal.send(first)
        sent = {first}
        if chance.random() < 0.3 and terminal.process.poll() is None:
            terminal.read(chance.uniform(0, 0.1))
            terminal.send(second)
            sent.add(second)
        assert terminal.drain() in codes(sent, b"\x1b[?1049h" in terminal.seen)
        assert_restored(terminal)
    finally:
        terminal.close()
    record_property("signals", 1)


def codes(names: set[str], has_begun: bool) -> set[int]:
    """How a shell may know that it was one of these: by the code, or before the program is there.

    has_begun: whether the app was on the screen.
    """
    numbers = [getattr(signal, name) for name in names]
    before = {-number for number in numbers if not has_begun}
    return before | {128 + number for number in numbers}
