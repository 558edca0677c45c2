"""A visit on a terminal: three symbols of one's own from an empty home, by keys and by mouse.

`pytest -m long --junitxml FILE` records how many keys and strokes it takes; its short twin is
`test_own_symbols.py`.
"""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.models.files import load
from numrec_tui.storage.own_set import OwnSet
from numrec_tui.storage.own_set_files import folder_named, open_set
from tests import symbols
from tests.screens.pseudo_terminal import Terminal
from tests.terminal.drawing_hands import Drawing, by_keys, by_mouse, drawn_lines
from tests.terminal.screen_text import ScreenText
from tests.terminal.test_own_symbols import PROGRAM
from tests.waiting import wait_until

NAMES = tuple(symbols.SETS["signs"])

EACH, HANDS = 20, 5

KEY = 0.2
"""Seconds that a key takes an average typist (K of the keystroke-level model; Card, Moran and
Newell, "The keystroke-level model", 1980)."""

POINT = 1.1
"""Seconds that it takes to point at something with the mouse (P of that model)."""

STROKE = 1.0
"""Seconds to draw a stroke, once the mouse is where it begins."""

FIVE_MINUTES = 300


class Visitor:
    """Draws for the set "signs" on a terminal, and counts how long a person would take.

    mouse: whether by mouse; else by keys.
    """

    def __init__(self, home: Path, mouse: bool) -> None:
        self.home, self.mouse = home, mouse
        self.keys = self.clicks = self.strokes = 0
        self.drawn: list[Drawing] = []
        self.terminal: Terminal
        self.screen: ScreenText
        self.pad = (0, 0)
        """The cell over the first one of the pad."""
        self._pen, self._sizes = (14, 14), np.random.default_rng(8)

    @property
    def seconds(self) -> float:
        """How long a person would take."""
        by_mouse = POINT * (self.clicks + self.strokes) + STROKE * self.strokes
        return KEY * (self.keys + self.clicks) + by_mouse

    def start(self) -> None:
        self.terminal, self._pen = Terminal(self.home, before=PROGRAM), (14, 14)
        self.screen = ScreenText(self.terminal)
        self.terminal.until(b"Run/pause")
        self.press(b"3")
        self.until_shown("╭─ Pad")
        column, row = self.screen.where("╭─ Pad")
        self.pad = column + 1, row

    def press(self, *keys: bytes) -> None:
        for key in keys:
            self.terminal.press(key)
        self.keys += len(keys)

    def type_in(self, asked: bytes, text: str) -> None:
        self.terminal.until(asked)
        self.press(*(letter.encode() for letter in text), b"\r")

    def click(self, words: str) -> None:
        """Click on words, once they are on the screen."""
        self.until_shown(words)
        at = self.screen.where(words)
        self.terminal.press(b"\x1b[<0;%d;%dM\x1b[<0;%d;%dm" % (*at, *at))
        self.clicks += 1

    def until_shown(self, words: str) -> None:
        def shown() -> bool:
            self.terminal.read(0.02)
            return any(words in line for line in self.screen.lines())

        wait_until(shown, words, lambda: self.screen)

    def draw(self, lines: list[np.ndarray]) -> None:
        """Draw what comes next, and keep it.

        By keys it is waited for after every third only: nobody draws by mouse as quickly as that.
        """
        self.drawn.append(drawing := self.on_the_pad(lines))
        self._pen = drawing.end
        if self.mouse:
            self.terminal.press(b"".join(drawing.sent))
            self.strokes += len(lines)
        else:
            self.press(*drawing.sent)
        self.press(b"d")  # by the other hand, where the mouse draws
        if self.mouse or len(self.drawn) % 3 == 0:
            self.until_kept()

    def on_the_pad(self, lines: list[np.ndarray]) -> Drawing:
        """How the drawing is drawn, by a hand that draws larger or smaller."""
        if self.mouse:
            column, row = self.pad
            return by_mouse(lines, (column, row + 1), self._sizes.uniform(15, 21))
        return by_keys(lines, self._pen, self._sizes.uniform(8, 12))

    def until_kept(self) -> OwnSet:
        def kept() -> OwnSet | None:
            while self.terminal.read(0.02):
                pass
            own = open_set(folder_named("signs"))
            return own if len(own) == len(self.drawn) else None

        return wait_until(kept, f"{len(self.drawn)} drawings", lambda: self.screen)

    def end(self) -> None:
        if self.terminal.process.poll() is None:
            os.kill(self.terminal.process.pid, signal.SIGKILL)
            self.terminal.process.wait()


@pytest.fixture(params=["keys", "mouse"])
def visitor(request: pytest.FixtureRequest, home: Path) -> Iterator[Visitor]:
    each = Visitor(home, mouse=request.param == "mouse")
    yield each
    each.end()


def take_a_thin_pen(visitor: Visitor) -> None:
    """Keys draw small, as that takes fewer of them."""
    if not visitor.mouse:
        visitor.press(b"w", b"w")
        visitor.until_shown("thin pen")


def make_set(visitor: Visitor) -> None:
    """By keys or by mouse; names are typed."""
    if visitor.mouse:
        visitor.click("symbols of your own")
    else:
        visitor.press(b"m")
    visitor.type_in(b"what is it called", "signs")
    visitor.type_in(b"What are the classes", " ".join(NAMES))
    visitor.until_shown("0 of 20")
    take_a_thin_pen(visitor)


def open_it(visitor: Visitor) -> None:
    """After a new start."""
    visitor.press(b"m")
    visitor.terminal.until(b"Draw for which set")
    visitor.press(b"\r")
    visitor.until_shown("of 20")
    take_a_thin_pen(visitor)


def leave(visitor: Visitor) -> None:
    """Leave when all that was drawn has been learned."""
    visitor.until_shown("finished")
    visitor.press(b"q")
    assert visitor.terminal.drain() == 0


def misread(visitor: Visitor) -> list[tuple[str, str]]:
    """Of 60 drawings of other hands those that the saved model takes for something else."""
    newest = max((visitor.home / "models").glob("signs*.safetensors"), key=os.path.getmtime)
    model, wrong = load(newest), []
    for label, lines in drawn_lines(EACH, EACH, seed=900):
        picture = visitor.on_the_pad(lines).picture
        read = int(np.argmax(model.network.predict(picture[None])[0]))
        if read != label:
            wrong.append((NAMES[label], NAMES[read]))
    return wrong


@pytest.mark.alone
@pytest.mark.long
@pytest.mark.parametrize("killed", [False, True], ids=["at once", "killed"])
def test_in_five_minutes_three_symbols_are_drawn_and_unseen_ones_of_other_hands_are_read(
    visitor: Visitor, killed: bool, record_property: Callable[[str, object], None]
) -> None:
    visitor.start()
    make_set(visitor)
    for number, (_, lines) in enumerate(drawn_lines(EACH, HANDS, seed=100)):
        if killed and number == 30:
            visitor.end()
            visitor.start()
            open_it(visitor)
        visitor.draw(lines)
    own = visitor.until_kept()
    leave(visitor)
    assert own.labels.tolist() == [0, 1, 2] * EACH
    same = [
        np.array_equal(image, each.picture)
        for image, each in zip(own.images, visitor.drawn, strict=True)
    ]
    assert all(same), np.flatnonzero(~np.array(same))
    wrong = misread(visitor)
    for name in ("keys", "strokes", "clicks", "seconds"):
        record_property(name, getattr(visitor, name))
    record_property("misread", wrong)
    assert len(wrong) <= 3, wrong  # of 60
    assert visitor.seconds < FIVE_MINUTES
