"""One validation digit: its picture, what it is, and what the network takes it for."""

from typing import ClassVar

import numpy as np
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import Label

from engine.data.digits import Digits
from engine.nn.arrays import Bytes
from numrec_tui.report import Reading
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

    class Moved(Message):
        """Another digit is to be shown: validation digit `index`."""

        def __init__(self, index: int) -> None:
            self.index = index
            super().__init__()

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._digits: Digits | None = None
        self._index = 0
        self._reading: Reading | None = None
        self._picture = DigitPicture()
        self._words = Label(id="reading")
        self._bars = ProbabilityBars()

    def compose(self) -> ComposeResult:
        """Picture, one line of words, bars."""
        yield self._picture
        yield self._words
        yield self._bars

    def show(self, digits: Digits, reading: Reading) -> None:
        """Show how a digit is read, unless the person has moved on to another one."""
        if digits is not self._digits:
            self._digits, self._index = digits, reading.index
            self._show_picture()
        if reading.index == self._index and reading != self._reading:
            self._reading = reading
            self._show_reading(reading)

    def action_move(self, by: int) -> None:
        """Go `by` digits further, round the end."""
        if self._digits is None:
            return
        self._index = (self._index + by) % len(self._digits)
        self._show_picture()
        self.post_message(self.Moved(self._index))

    def on_resize(self) -> None:
        """A lower panel shows the rows with ink on them."""
        self._show_picture()

    def _show_picture(self) -> None:
        if self._digits is None:
            return
        self.border_title = f"Digit {self._index}"
        image = self._digits.images[self._index]
        self._picture.show(inked_rows(image, 2 * self.content_size.height))

    def _show_reading(self, reading: Reading) -> None:
        assert self._digits is not None  # noqa: S101 - a reading comes with its digits
        label = int(self._digits.labels[reading.index])
        guess = int(np.argmax(reading.probabilities))
        verdict = "✓" if guess == label else "✗"
        words = f"a [b]{label}[/], read as [b]{guess}[/] {verdict}"
        self._words.update(words, layout=False)
        self._bars.show(reading.probabilities, label)


def inked_rows(image: Bytes, height: int) -> Bytes:
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
