"""Every way in which the app can be ended, from each state: right code, saved, terminal as before.

Eighteen ways and three states: 54 endings. The long form tries all of them, the others some.
"""

import os
import signal
import sys
from itertools import product
from pathlib import Path
from random import Random

import pytest

from numrec_tui.terminal.signals import HUNG_UP, NAMES
from tests.reliability.budget import count
from tests.screens.pseudo_terminal import LEARNS, Terminal, assert_restored, assert_saved
from tests.waiting import PATIENCE

pytestmark = [
    pytest.mark.reliability,
    pytest.mark.alone,
    pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX terminal"),
]

KEYS = {"q": b"q", "ctrl+q": b"\x11"}
HANG_UPS = {"hung up by a signal": True, "hung up in silence": False}
WAYS = (*KEYS, *HANG_UPS, *(name for name in NAMES if hasattr(signal, name)))

STATES = {
    "nothing learned": (),
    "training": ((b" ", LEARNS),),
    "training, in another mode": ((b" ", LEARNS), (b"4", b"Weights")),
}
"""What is pressed, and what is on the screen then."""

ENDINGS = list(product(WAYS, STATES))
Random(1).shuffle(ENDINGS)  # noqa: S311 - so that some are of every kind


@pytest.mark.parametrize(("way", "state"), ENDINGS[: count("endings")])
def test_whatever_ends_the_app_it_is_saved_and_the_terminal_as_before(
    way: str, state: str, tmp_path: Path, record_property
) -> None:
    folder = tmp_path / "models"
    terminal = Terminal(folder, controls=HANG_UPS.get(way, True))
    try:
        terminal.until(b"ready")
        for key, shown in STATES[state]:
            terminal.press(key)
            terminal.until(shown)
        if way in HANG_UPS:
            os.close(terminal.slave)
            os.close(terminal.master)
            assert terminal.process.wait(PATIENCE) == HUNG_UP
        else:
            end(terminal, way)
            assert terminal.drain() == (0 if way in KEYS else 128 + getattr(signal, way))
            assert_restored(terminal)
        if state != "nothing learned":
            assert_saved(folder)
    finally:
        terminal.close()
    record_property("endings", 1)


def end(terminal: Terminal, way: str) -> None:
    if way in KEYS:
        terminal.press(KEYS[way])
    else:
        terminal.send(way)
