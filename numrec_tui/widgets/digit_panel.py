"""One validation digit: its picture, what it is, and what the network takes it for."""

from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.widgets import Label

from engine.data.dataset import Digits
from engine.data.normalize import resize
from engine.nn.arrays import Bytes
from numrec_tui.session.report import Prediction
from numrec_tui.text.cut import clip
from numrec_tui.widgets.digit import DigitPicture, ProbabilityBars


class DigitPanel(Container, can_focus=True):
    """The panel; ←→ go through the digits."""

    DEFAULT_CSS = """
    DigitPanel {
        layout: vertical;
        & > #reading { width: 1fr; height: 1; padding: 0 1; }
        & > ProbabilityBars { padding: 0 1; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Digit", key_display="←→", id="digit.previous",
                tooltip="The digit before or after"),
        Binding("right", "move(1)", "Digit", show=False, id="digit.next"),
        Binding("up", "move(-100)", "Hundred", show=False, key_display="↑↓", id="digit.back",
                tooltip="A hundred digits back or on"),
        Binding("down", "move(100)", "Hundred", show=False, id="digit.on"),
    ]  # fmt: skip

    term: ClassVar[str] = "prediction"
    """What it shows, in the words of the glossary."""

    class Moved(Message):
        """Another digit is to be shown: validation digit `index`."""

        def __init__(self, index: int) -> None:
            self.index = index
            super().__init__()

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._digits: Digits | None = None
        self._index = 0
        self._reading: Prediction | None = None
        self._picture = DigitPicture()
        self._words = Label(id="reading")
        self._bars = ProbabilityBars()

    def compose(self) -> ComposeResult:
        """Picture, one line of words, bars."""
        yield self._picture
        yield self._words
        yield self._bars

    def show(self, digits: Digits, reading: Prediction) -> None:
        """Show how a digit is read, unless the person has moved on to another one."""
        if digits is not self._digits:
            self._digits, self._index = digits, reading.index
            self._show_picture()
        if reading.index == self._index and reading != self._reading:
            self._reading = reading
            self._show_reading(reading)

    def action_move(self, by: int) -> None:
        """Go `by` digits further, round the end."""
        self.go_to(self._index + by)

    def go_to(self, index: int) -> None:
        """Show digit `index`, counted round the end."""
        if self._digits is None:
            return
        self._index = index % len(self._digits)
        self._show_picture()
        self.post_message(self.Moved(self._index))

    def on_resize(self) -> None:
        """A lower panel shows the rows with ink on them, a narrower one fewer words."""
        self._show_picture()
        if self._reading is not None:
            self._show_reading(self._reading)

    def _show_picture(self) -> None:
        if self._digits is None:
            return
        self.border_title = f"Image #{self._index}"
        image = shrunk(self._digits.images[self._index])
        self._picture.show(inked_rows(image, 2 * self.content_size.height))

    def _show_reading(self, reading: Prediction) -> None:
        assert self._digits is not None  # noqa: S101 - a reading comes with its digits
        label = int(self._digits.labels[reading.index])
        guess = int(np.argmax(reading.probabilities))
        names = self._digits.class_names
        self._words.update(
            in_words(names[label], names[guess], guess == label, self._words.content_size.width),
            layout=False,
        )
        self._bars.show(reading.probabilities, label, names)


def in_words(name: str, read_as: str, right: bool, width: int) -> Content:
    """What a digit is and what it is taken for, in as many words as there are cells for.

    width: cells; 0 when it is not known yet.
    """
    verdict = "✓" if right else "✗"
    article = "a " if name.isdecimal() else ""
    words = f"{article}[b]$name[/], read as [b]$read_as[/] {verdict}"
    names = cell_len(name) + cell_len(read_as)
    if width and len(article) + names + len(", read as  ✓") > width:
        words = f"[b]$name[/] {verdict}" if right else f"[b]$name[/] → [b]$read_as[/] {verdict}"
        room = width - 2 if right else (width - 5) // 2
        name, read_as = clip(name, room), clip(read_as, room)
    return Content.from_markup(words, name=name, read_as=read_as)


Number = TypeVar("Number", bound=np.generic)

LARGEST = 28
"""Rows and columns of a picture that the panel has room for."""


def shrunk(image: Bytes) -> Bytes:
    """A picture that is too large for the panel, in its proportions, each pixel a mean of many.

    image (rows, columns) -> (at most 28, at most 28).
    """
    if max(image.shape) <= LARGEST:
        return image
    return np.rint(resize(image, LARGEST)).astype(np.uint8)


def inked_rows(image: NDArray[Number], height: int) -> NDArray[Number]:
    """The `height` rows of an image that have the ink in their middle; all, when they fit.

    image (rows, columns) -> (at most height, columns).
    """
    rows = len(image)
    if height >= rows or height <= 0:
        return image
    inked = np.flatnonzero(image.any(axis=1))
    middle = (inked[0] + inked[-1] + 1) / 2 if inked.size else rows / 2
    top = int(np.clip(round(middle - height / 2), 0, rows - height))
    return image[top : top + height]
