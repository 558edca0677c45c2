"""The experiments of Learn on a terminal, by keys: the wrong thing first, then what the step says.

`benchmarks/experiments.py` does each of them with many seeds; `--wrong` there tries every check.
"""

import os
from pathlib import Path

import pytest

from numrec_tui.lessons.shelf import experiments
from numrec_tui.storage.lesson_progress import read_progress
from tests.screens.pseudo_terminal import Terminal
from tests.terminal.screen_text import ScreenText
from tests.waiting import wait_until

PROGRAM = """
import runpy, sys
from engine.data.published import PublishedFile
PublishedFile.is_at = lambda file, path: path.is_file()  # MNIST, however it was packed
sys.argv = ["numrec-tui", "learn", "{}"]
runpy.run_module("numrec_tui", run_name="__main__")
sys.exit(0)
"""

UP, DOWN, RIGHT = b"\x1b[A", b"\x1b[B", b"\x1b[C"
TURNS = {
    "high": UP * 5,
    "used": UP * 6,
    "tenfold": UP * 3,
    "raised": UP * 2,
    "decay": UP * 4,
    "few": DOWN * 5,
}
"""What is pressed in the steps that ask for a knob to be turned, by their run."""

SIZES = {"80x24": (24, 80), "120x34": (34, 120)}
KEYS = [each.key for each in experiments()]
CASES = [f"{key}-{size}" for key in KEYS for size in SIZES]


class Student:
    """Goes through an experiment on a terminal."""

    def __init__(self, home: Path, key: str, size: tuple[int, int]) -> None:
        rows, columns = size
        self.terminal = Terminal(home, before=PROGRAM.format(key), size=size)
        self.screen = ScreenText(self.terminal, columns, rows)

    def until(self, words: str) -> None:
        def there() -> bool:
            self.terminal.read(0.05)
            return words in str(self.screen)

        wait_until(there, f"{words!r} on the screen", lambda: str(self.screen))

    def press(self, keys: bytes) -> None:
        self.terminal.press(keys)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.short("learning-rate-80x24")
def test_an_experiment_is_gone_through(case: str, home: Path) -> None:
    key, _, size = case.rpartition("-")
    if key == "other-hands":
        folder = os.environ.get("NUMREC_MNIST")
        if not folder:
            pytest.skip("NUMREC_MNIST is not set; this experiment is about real digits")
        (home / "data").mkdir()
        (home / "data" / "mnist").symlink_to(Path(folder).resolve())
    [lesson] = [each.lesson for each in experiments() if each.key == key]
    student = Student(home, key, SIZES[size])
    try:
        count = len(lesson.steps)
        for number, step in enumerate(lesson.steps, 1):
            student.until(f"{number}/{count} to do")
            student.until("○ ready")
            if step.choices:
                student.press(b"b")
            if step.knob:  # not turned, the step is not done
                student.press(b" ")
                student.until(f"{number}/{count} missed")
                student.press(TURNS[step.run])
                student.press(b"r")
                student.until("○ ready")
            student.press(b" ")
            student.until(f"{number}/{count} done")
            student.press(RIGHT)
        student.press(b"\x1b")
        student.until("1/9 inputs")  # the worked example
        student.until("○ ready")
        student.press(b"q")
        assert student.terminal.drain() == 0
    finally:
        student.terminal.close()
    done = read_progress(home / "lessons")[key]
    assert (done.steps, done.times) == (count, 1)
    assert done.asked == sum(bool(step.choices) for step in lesson.steps)
