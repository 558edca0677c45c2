"""The program itself on a terminal: own symbols from an empty home, killed half way, gone on."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.models.files import load
from numrec_tui.storage.own_set_files import folder_named, open_set
from tests.screens.pseudo_terminal import Terminal
from tests.waiting import wait_until

PROGRAM = """
import runpy, sys
sys.argv = ["numrec-tui"]
runpy.run_module("numrec_tui", run_name="__main__")
sys.exit(0)
"""

RIGHT, DOWN, LEFT, UP = b"\x1b[C", b"\x1b[B", b"\x1b[D", b"\x1b[A"
SYMBOLS = ((RIGHT, DOWN, RIGHT + DOWN), (LEFT, UP, LEFT + UP))
"""How the pen goes for each class, there and back again: a bar, a stem, stairs."""


@pytest.fixture
def start(home: Path) -> Iterator[object]:
    """Start the program; what is left of it at the end is ended."""
    started: list[Terminal] = []

    def make() -> Terminal:
        started.append(Terminal(home, before=PROGRAM))
        started[-1].until(b"Run/pause")
        started[-1].press(b"3")
        started[-1].until(b"Eraser")
        return started[-1]

    yield make
    for each in started:
        if each.process.poll() is None:
            os.kill(each.process.pid, signal.SIGKILL)
            each.process.wait()


def kept() -> int:
    folder = folder_named("1 q")
    return len(open_set(folder)) if (folder / "classes.txt").exists() else -1


def draw(terminal: Terminal, number: int) -> None:
    """Draw what comes next, and keep it; it is on disk two seconds later."""
    times, label = divmod(number, 3)
    path = SYMBOLS[times % 2][label] * (5 + times)
    terminal.press(b"\r" + path + b"\rd")

    def drawn() -> bool:
        terminal.read(0.02)
        return kept() == number + 1

    wait_until(drawn, f"drawing {number + 1}", lambda: str(terminal.seen[-500:]))


@pytest.mark.alone
@pytest.mark.long
def test_killed_in_the_middle_the_set_is_gone_on_with_and_read(start, home) -> None:
    first = start()
    first.press(b"m")
    first.until(b"what is it called")
    first.press(b"1 q\r")
    first.until(b"What are the classes")
    first.press("2 bar, ☺, ᚠ\r".encode())
    wait_until(lambda: first.read(0.02) or kept() == 0, "an empty set")
    first.until(b"of 20")
    for number in range(8):
        draw(first, number)
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()
    own = open_set(folder_named("1 q"))
    assert (own.classes, len(own)) == (("2 bar", "☺", "ᚠ"), 8)

    second = start()
    second.press(b"m")
    second.until(b"Draw for which set")
    second.press(b"\r")
    second.until(b"of 20")
    for number in range(8, 12):
        draw(second, number)
    learned = (home / "models").glob
    wait_until(lambda: not second.read(0.02) and [*learned("1 q-*.safetensors")], "a model")
    second.press(b"q")
    assert second.drain() == 0
    models = [load(path) for path in (home / "models").glob("1 q-*.safetensors")]
    assert {tuple(model.notes["class_names"]) for model in models} == {own.classes}
    own = open_set(folder_named("1 q"))
    assert (len(own), {*own.labels.tolist()}) == (12, {0, 1, 2})  # what the pad asked for
    assert own.held_out.any()
    assert own.images.any(axis=(1, 2)).all()
