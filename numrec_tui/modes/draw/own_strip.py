"""The set that is drawn, as a strip: what comes next, the latest drawings, how many there are."""

import numpy as np
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Label

from engine.nn.arrays import Bytes
from numrec_tui.modes.draw.own_drawing import OwnDrawing
from numrec_tui.widgets.digit import DigitPicture
from numrec_tui.widgets.thumbnails import thumbnails

LINES = 2
"""Of text; what is left is for pictures."""

SMALLEST, LARGEST = 8, 16
"""Pixels of a picture's side."""

TALLEST = LINES + LARGEST // 2
"""Rows of all of it, at most."""


WORDS = 76
"""Cells from which on the keys are told in words."""

KEYS = {
    "d": ("keep", "keep"), "U": ("undo", "take_back"), "t": ("this one", "next"),
    "x": ("edit", "look"), "m": ("sets", "sets"),
}  # fmt: skip
"""What can be done with the set, in a word, and the action; a click does it, too."""


def links(with_words: bool) -> str:
    """The keys, as markup."""
    return " ".join(
        f"[@click=screen.{action}][b]{key}[/b]{f' {word}' * with_words}[/]"
        for key, (word, action) in KEYS.items()
    )


class OwnStrip(Vertical):
    """Two lines of text, and between them the latest drawings where there is room."""

    DEFAULT_CSS = """
    OwnStrip { padding: 0 1; }
    OwnStrip Horizontal { height: 1; }
    OwnStrip Label { width: 1fr; height: 1; }
    OwnStrip #links { width: auto; color: $text-muted; link-style: none; }
    OwnStrip #counts { color: $text-muted; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._status, self._counts = Label(id="status"), Label(id="counts")
        self._links = Label(id="links")
        self._pictures = DigitPicture()
        self._drawing: OwnDrawing | None = None

    def compose(self) -> ComposeResult:
        """From the top."""
        with Horizontal():
            yield self._status
            yield self._links
        yield self._pictures
        yield self._counts

    def show(self, drawing: OwnDrawing | None) -> None:
        """Show this set from now on."""
        self._drawing = drawing
        self._show()

    def on_resize(self) -> None:
        """Another number of pictures."""
        self._show()

    def _show(self) -> None:
        drawing = self._drawing
        if drawing is None:
            return
        self._status.update(drawing.status())
        self._counts.update(drawing.counts())
        width, height = self.content_size
        self._links.update(links(with_words=width >= WORDS))
        side = min(2 * (height - LINES), LARGEST)
        self._pictures.display = side >= SMALLEST and len(drawing.own) > 0
        if self._pictures.display:
            self._pictures.show(in_a_row(drawing.own.images, side, width))


def in_a_row(images: Bytes, side: int, width: int, at: int | None = None) -> Bytes:
    """The latest pictures that have room side by side, the newest last; at: one to be framed.

    images (n, rows, columns) -> (side, at most width).
    """
    fit = max((width + 1) // (side + 1), 1)
    end = len(images) if at is None else max(min(at + fit // 2 + 1, len(images)), fit)
    first = max(min(end, len(images)) - fit, 0)
    shown = images[first : first + fit]
    row = np.zeros((side, max(len(shown) * (side + 1) - 1, 1)), np.uint8)
    if not len(shown):
        return row
    for place, small in enumerate(thumbnails(shown, side)):
        left = place * (side + 1)
        row[: small.shape[0], left : left + small.shape[1]] = small
        if at == first + place:
            row[[0, -1], left : left + side] = 200
            row[:, [left, left + side - 1]] = 200
    return row
