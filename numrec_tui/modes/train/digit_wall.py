"""A wall of small digits, each marked right or wrong; they turn as the network learns."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from engine.data.dataset import Digits
from engine.plural import counted
from numrec_tui.insight.predictions import Predictions
from numrec_tui.widgets.digit import for_pictures, picture_segments
from numrec_tui.widgets.thumbnails import ink_box, thumbnails

SIDE = 8
"""Pixels of a thumbnail's longer side."""

SHARE = 0.55
"""Of the height that it shares with others."""

SAMPLE = 500
"""Digits that are looked at to find the margin all have."""


class DigitWall(Widget):
    """The first digits of a set, each behind a column that tells how it is read.

    A wrong one has ✗ and, where that is one character, what it is taken for; a right one ✓.
    A click chooses one.
    """

    DEFAULT_CSS = """
    DigitWall {
        height: auto;
        & > .wall--right { color: $text-success; }
        & > .wall--wrong { color: $text-error; text-style: bold; background: $error-muted; }
        & > .wall--chosen { color: $text; background: $primary; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"wall--right", "wall--wrong", "wall--chosen"}

    class Picked(Message):
        """Digit `index` is to be shown large."""

        def __init__(self, index: int) -> None:
            self.index = index
            super().__init__()

    def __init__(self) -> None:
        super().__init__()
        self._digits: Digits | None = None
        self._predictions: Predictions | None = None
        self._chosen = 0
        self._pictures: list[list[list[Segment]]] = []
        self._cell = SIDE + 1, SIDE // 2
        self._rows: dict[int, list[Strip]] = {}
        """The lines of each row of digits, as far as they are drawn."""

    @property
    def count(self) -> int:
        """How many digits there is room for."""
        if self._digits is None or not self.display:
            return 0
        return min(self._columns * (self.content_size.height // self._cell[1]), len(self._digits))

    @property
    def _columns(self) -> int:
        return max(self.content_size.width // self._cell[0], 1)

    def show(self, digits: Digits, chosen: int) -> None:
        """Show these digits from now on, one of them chosen."""
        if digits is not self._digits:
            self._digits, self._predictions = digits, None
            self._draw_pictures()
        if chosen != self._chosen:
            before, self._chosen = self._chosen, chosen
            self._redraw({before, chosen})

    def read(self, predictions: Predictions) -> None:
        """Mark the digits by how they are read; what has not turned is not drawn again."""
        before, self._predictions = self._predictions, predictions
        same = before is not None and len(before.predicted) == len(predictions.predicted)
        if before is None or not same:
            self._rows.clear()
            self.refresh()
        else:
            self._redraw(set(np.flatnonzero(before.predicted != predictions.predicted).tolist()))
        right = int(predictions.right.sum())
        title = f"{right:,} of {counted(len(predictions.predicted), 'validation digit')} right"
        if title != self.border_title:  # setting it draws the whole wall anew
            self.border_title = title

    def get_line_filters(self) -> Sequence[LineFilter]:
        """As of every widget, but for the one that a picture does not need."""
        return for_pictures(super().get_line_filters())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Whole rows of digits, in about half of the room that it shares with others."""
        tall, frame = self._cell[1], self.gutter.height  # the container's size is without the frame
        room = round((container.height + frame) * SHARE) - frame
        return max(room // tall, 1) * tall

    def on_resize(self) -> None:
        """Another size has room for others."""
        self._draw_pictures()

    def notify_style_update(self) -> None:
        """Another theme: draw anew."""
        super().notify_style_update()
        self._rows.clear()

    def on_click(self, event: events.Click) -> None:
        """Choose the digit that was clicked."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        column = offset.x // self._cell[0]
        index = offset.y // self._cell[1] * self._columns + column
        if column < self._columns and index < self.count:
            self.post_message(self.Picked(index))

    def render_line(self, y: int) -> Strip:
        """One line of the wall."""
        row, line = divmod(y, self._cell[1])
        if row * self._columns >= len(self._pictures):
            return Strip.blank(self.content_size.width, self.rich_style)
        if row not in self._rows:
            self._rows[row] = self._draw(row)
        return self._rows[row][line]

    def _draw_pictures(self) -> None:
        """Shrink as many digits as there is room for."""
        self._rows.clear()
        self._pictures = []
        if self._digits is not None:
            images = self._digits.images
            down, across = ink_box(images[:SAMPLE])
            _, rows, columns = thumbnails(images[:1, down, across], SIDE).shape
            self._cell = columns + 1, (rows + 1) // 2  # `count` asks for it
            small = thumbnails(images[: self.count][:, down, across], SIDE)
            colorless = self.app.no_color and self.app.native_ansi_color
            self._pictures = picture_segments(small, self.rich_style if colorless else None)
        self.refresh()

    def _redraw(self, digits: set[int]) -> None:
        width, tall = self.content_size.width, self._cell[1]
        for row in {digit // self._columns for digit in digits}:
            self._rows.pop(row, None)
            self.refresh(Region(0, row * tall, width, tall))

    def _draw(self, row: int) -> list[Strip]:
        """All lines of a row of digits."""
        first = row * self._columns
        indices = range(first, min(first + self._columns, len(self._pictures)))
        lines: list[list[Segment]] = [[] for _ in range(self._cell[1])]
        for index in indices:
            marks, style = self._marks(index)
            for line, mark, picture in zip(lines, marks, self._pictures[index], strict=True):
                line += [Segment(mark, style), *picture]
        width, cells = self.content_size.width, len(indices) * self._cell[0]
        return [Strip(line, cells).adjust_cell_length(width, self.rich_style) for line in lines]

    def _marks(self, index: int) -> tuple[str, Style]:
        """What stands before a digit, a character a line, and how."""
        signs, kind = "", ""
        if self._predictions is not None and index < len(self._predictions.predicted):
            kind = "right" if self._predictions.right[index] else "wrong"
            name = self._predictions.digits.class_names[int(self._predictions.predicted[index])]
            read_as = name if kind == "wrong" and cell_len(name) == 1 else ""
            signs = "✓" if kind == "right" else f"✗{read_as}"
        style = self.get_component_rich_style(f"wall--{kind}") if kind else self.rich_style
        if index == self._chosen:
            style = self.get_component_rich_style("wall--chosen")
            signs = signs.ljust(self._cell[1] - 1) + "▸"
        return signs.ljust(self._cell[1])[: self._cell[1]], style
