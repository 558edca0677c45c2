"""A gallery of digits that scrolls through all of a set: only the lines in sight are drawn."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from engine.data.dataset import Digits
from engine.nn.arrays import Indices
from numrec_tui import clock
from numrec_tui.insight.predictions import Predictions
from numrec_tui.text.cut import clip
from numrec_tui.widgets.digit import for_pictures, picture_segments
from numrec_tui.widgets.thumbnails import ink_box, shrunk, thumbnails

SIDES = (10, 14, 20, 28)
"""Pixels of a thumbnail's longer side, from small to large."""

SECONDS_BETWEEN_SCROLLS = 0.1
"""A key that is held asks for windows faster than they are drawn; keys would wait for them all."""

SAMPLE = 500
"""Digits that are looked at to find the margin all have."""


class Gallery(ScrollView, can_focus=True):
    """Digits in rows, each with a line: what it is → what it is read as, and how surely.

    A wrong one has ✗ in its line and a frame at both sides; the cursor's one a thick frame.
    """

    DEFAULT_CSS = """
    Gallery {
        width: 1fr; height: 1fr; overflow-x: hidden; overflow-y: scroll;
        scrollbar-size-vertical: 0;
        & > .gallery--right { color: $text-muted; }
        & > .gallery--wrong { color: $text-error; text-style: bold; }
        & > .gallery--cursor { color: $text-primary; }
        & > .gallery--unread { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "gallery--right", "gallery--wrong", "gallery--cursor", "gallery--unread",
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "pick", "Large", id="gallery.pick", tooltip="The digit large, or back"),
        Binding("left", "move(-1)", "Digit", show=False, key_display="←→", id="gallery.left",
                tooltip="The digit before or after"),
        Binding("right", "move(1)", "Digit", show=False, id="gallery.right"),
        Binding("up", "row(-1)", "Row", show=False, key_display="↑↓", id="gallery.up",
                tooltip="The row above or below"),
        Binding("down", "row(1)", "Row", show=False, id="gallery.down"),
        Binding("pageup", "page(-1)", "Page", show=False, id="gallery.pageup",
                tooltip="A page up or down"),
        Binding("pagedown", "page(1)", "Page", show=False, id="gallery.pagedown"),
        Binding("home", "end(0)", "First", show=False, id="gallery.home",
                tooltip="The first digit"),
        Binding("end", "end(-1)", "Last", show=False, id="gallery.end", tooltip="The last digit"),
        Binding("plus,equals_sign", "size(1)", "Size", show=False, key_display="+ -",
                id="gallery.larger", tooltip="Larger or smaller pictures"),
        Binding("minus", "size(-1)", "Size", show=False, id="gallery.smaller"),
    ]  # fmt: skip

    term: ClassVar[str] = "gallery"
    """What it shows, in the words of the glossary."""

    class Moved(Message):
        """The cursor stands on another digit."""

    class Picked(Message):
        """A digit is to be shown large."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._digits: Digits | None = None
        self._predictions: Predictions | None = None
        self._rows: Indices = np.zeros(0, np.intp)
        self._cursor = 0
        self._not_before = 0.0
        self._following: clock.Alarm | None = None
        """Will bring the cursor into sight."""
        self._side: int | None = None
        """The size that was asked for; None is the one that suits the room."""
        self._box = (slice(None), slice(None))
        self._shown_side = SIDES[0]
        self._thumb = SIDES[0]
        self._cell, self._room, self._columns = (SIDES[0] + 2, SIDES[0] // 2 + 1), Size(), 1
        self._styles: dict[str, Style] = {}
        self._drawn: dict[int, list[Strip]] = {}

    @property
    def current(self) -> int | None:
        """The number in its set of the digit under the cursor; None if there is none."""
        return int(self._rows[self._cursor]) if len(self._rows) else None

    def show(
        self, digits: Digits, rows: Indices, predictions: Predictions | None, follow: bool = True
    ) -> None:
        """Show the digits of these rows (m,) from now on.

        follow: the cursor stays on its digit, if that is still there, else at its place.
        """
        before = self.current
        if digits is not self._digits:
            self._box = ink_box(digits.images[:SAMPLE])
            before, self._cursor = None, 0
        self._digits, self._rows, self._predictions = digits, rows, predictions
        if follow and before is not None:
            indices = np.flatnonzero(rows == before)
            self._cursor = int(indices[0]) if len(indices) else self._cursor
        self._cursor = max(min(self._cursor, len(rows) - 1), 0)
        self._lay_out()
        self.post_message(self.Moved())

    def first(self) -> None:
        """Put the cursor on the first digit."""
        self._go(0)

    def on_resize(self) -> None:
        """More room, more digits in a row."""
        self._lay_out()

    def notify_style_update(self) -> None:
        """Another theme: draw anew."""
        super().notify_style_update()
        self._drawn.clear()
        self._styles.clear()

    # ---- where things are

    def _measure(self) -> None:
        """Find how large everything is; asked once a layout, for drawing asks it often."""
        width, height = self.scrollable_content_region.size
        side = self._side or (SIDES[1] if width >= 80 and height >= 26 else SIDES[0])
        rows, columns = (side, side)
        if self._digits is not None:
            rows, columns = self._digits.images[0][self._box].shape
        rows, self._thumb = shrunk(rows, columns, side)
        tall = (rows + 1) // 2
        self._cell = max(self._thumb, SIDES[0]) + 2, tall + 1
        self._room = Size(width, height)
        self._columns = max(width // self._cell[0], 1)
        self._shown_side = side

    def _lay_out(self) -> None:
        """Draw all anew, the cursor in sight."""
        self._drawn.clear()
        self._measure()
        lines = -(-len(self._rows) // self._columns) * self._cell[1]
        self.virtual_size = Size(self._room.width, lines)
        self._bring_into_sight()
        self.refresh()

    @property
    def _wanted(self) -> int:
        """The first line of the nearest window that has the cursor in it."""
        tall, room = self._cell[1], self._room.height
        top = self._cursor // self._columns * tall
        low, high = top + tall - room, top
        return min(max(self.scroll_offset.y, low), high)

    def _bring_into_sight(self) -> None:
        if self._wanted != self.scroll_offset.y:
            self.scroll_to(y=self._wanted, animate=False, immediate=True)

    def _follow_when_due(self) -> None:
        """Scroll to the cursor, now or, together with what follows, a little later."""
        if self._following is not None:
            return
        wait = self._not_before - clock.current.now()
        if self._wanted != self.scroll_offset.y and wait > 0:
            self._following = clock.current.call_later(self, wait, self._follow)
        else:
            self._follow()

    def _follow(self) -> None:
        self._following = None
        if self._wanted != self.scroll_offset.y:
            self._not_before = clock.current.now() + SECONDS_BETWEEN_SCROLLS
            self._bring_into_sight()
        self.post_message(self.Moved())

    # ---- drawing

    def get_line_filters(self) -> Sequence[LineFilter]:
        """As of every widget, but for the one that a picture does not need."""
        return for_pictures(super().get_line_filters())

    def render_line(self, y: int) -> Strip:
        """One line of the gallery; the same strip each time, for Textual keeps much in it.

        A window of rows is kept, no more: Python looks for garbage in all that is kept.
        """
        row, line = divmod(y + self.scroll_offset.y, self._cell[1])
        if self._digits is None or row * self._columns >= len(self._rows):
            empty = self._digits is not None and not len(self._rows) and y == 1
            text = "no such digit" if empty else ""
            return Strip([Segment(text.center(self._room.width), self._style())])
        if row not in self._drawn:
            self._drawn[row] = self._draw(row)
            if len(self._drawn) > self._room.height // self._cell[1] + 2:
                del self._drawn[max(self._drawn, key=lambda drawn: abs(drawn - row))]
        return self._drawn[row][line]

    def _style(self, kind: str = "") -> Style:
        """The style of a component class, or the gallery's own."""
        if kind not in self._styles:
            name = f"gallery--{kind}"
            self._styles[kind] = self.get_component_rich_style(name) if kind else self.rich_style
        return self._styles[kind]

    def _draw(self, row: int) -> list[Strip]:
        """All lines of a row of digits, as long as the gallery is wide."""
        columns = self._columns
        indices = range(row * columns, min((row + 1) * columns, len(self._rows)))
        lines: list[list[Segment]] = [[] for _ in range(self._cell[1])]
        for index, picture in zip(indices, self._pictures(indices), strict=True):
            self._add(lines, index, picture)
        cells = len(indices) * self._cell[0]
        if (rest := self._room.width - cells) > 0:
            blank = Segment(" " * rest, self._style())
            lines = [[*line, blank] for line in lines]
        return [Strip(line, max(cells, self._room.width)) for line in lines]

    def _pictures(self, indices: range) -> list[list[list[Segment]]]:
        """The pictures of the digits at these places."""
        assert self._digits is not None  # noqa: S101 - there are rows, so there are digits
        rows = self._rows[indices.start : indices.stop]
        images = self._digits.images[rows][:, self._box[0], self._box[1]]
        colorless = self.app.no_color and self.app.native_ansi_color
        small = thumbnails(images, self._shown_side)
        return picture_segments(small, self._style() if colorless else None)

    def _add(self, lines: list[list[Segment]], index: int, picture: list[list[Segment]]) -> None:
        """Add one digit to the lines of its row."""
        row, width = int(self._rows[index]), self._cell[0] - 2
        text, kind = self._caption(row, width)
        style = self._style(kind)
        left = right = " "
        frame = style
        if index == self._cursor:
            left, right = "▐", "▌"
            frame = self._style("cursor")
            style += Style(reverse=True, bold=True)
        elif kind == "wrong":
            left, right = "▕", "▏"
        lines[0] += [Segment(left if index == self._cursor else " ", frame),
                     Segment(set_cell_size(text, width), style),
                     Segment(right if index == self._cursor else " ", frame)]  # fmt: skip
        before, after = _pads(width - self._thumb, self._style(), left, right, frame)
        for line, segments in zip(lines[1:], picture, strict=True):
            line.extend((*before, *segments, *after))

    def _caption(self, row: int, width: int) -> tuple[str, str]:
        """`✓4 98%` or `✗4→9 62%` and which of the component classes it has."""
        assert self._digits is not None  # noqa: S101
        names, label = self._digits.class_names, int(self._digits.labels[row])
        if self._predictions is None:
            return names[label].center(width), "unread"
        guess = int(self._predictions.predicted[row])
        confidence = f" {self._predictions.confidence[row]:.0%}"
        if guess == label:
            return f"✓{clip(names[label], width - 6)}{confidence}", "right"
        room = (width - 7) // 2 if width > 12 else (width - 2) // 2
        if cell_len(names[label]) + cell_len(names[guess]) + 7 > width and width <= 12:
            confidence = ""
        return f"✗{clip(names[label], room)}→{clip(names[guess], room)}{confidence}", "wrong"

    # ---- the cursor

    def action_move(self, by: int) -> None:
        """Go `by` digits on."""
        self._go(self._cursor + by)

    def action_row(self, by: int) -> None:
        """Go `by` rows down."""
        to = self._cursor + by * self._columns
        if to >= 0 and to // self._columns <= (len(self._rows) - 1) // self._columns:
            self._go(to)

    def action_page(self, by: int) -> None:
        """Go `by` windows down."""
        rows = max(self._room.height // self._cell[1], 1)
        self._go(self._cursor + by * rows * self._columns)

    def action_end(self, index: int) -> None:
        """Go to the first digit, or the last."""
        self._go(0 if index == 0 else len(self._rows) - 1)

    def action_size(self, by: int) -> None:
        """Larger or smaller pictures."""
        at = SIDES.index(self._shown_side) + by
        self._side = SIDES[min(max(at, 0), len(SIDES) - 1)]
        self._lay_out()

    def action_pick(self) -> None:
        """Show the digit large."""
        if len(self._rows):
            self.post_message(self.Picked())

    def on_click(self, event: events.Click) -> None:
        """A click goes to a digit, one more shows it large."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        column = offset.x // self._cell[0]
        index = (offset.y + self.scroll_offset.y) // self._cell[1] * self._columns + column
        if column >= self._columns or index >= len(self._rows):
            return
        if index == self._cursor:
            self.action_pick()
        self._go(index)

    def _go(self, index: int) -> None:
        index = max(min(index, len(self._rows) - 1), 0)
        if index == self._cursor:
            return
        for changed in (self._cursor, index):
            row = changed // self._columns
            self._drawn.pop(row, None)
            self.refresh_lines(row * self._cell[1], self._cell[1])
        self._cursor = index
        self._follow_when_due()


def _pads(
    blank: int, plain: Style, left: str, right: str, frame: Style
) -> tuple[list[Segment], list[Segment]]:
    """What stands on both sides of a picture; few segments, as each costs time over and over."""
    first, last = " " * (blank // 2), " " * (blank - blank // 2)
    if left == " ":
        return [Segment(left + first, plain)], [Segment(last + right, plain)]
    return [Segment(left, frame), Segment(first, plain)], [
        Segment(last, plain),
        Segment(right, frame),
    ]
