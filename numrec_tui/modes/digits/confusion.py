"""The confusion matrix: how often each class is read as each; arrows go through its cells."""

from math import isfinite
from typing import ClassVar

import numpy as np
from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from engine.plural import counted
from numrec_tui.insight.predictions import Counts, precision_and_recall, worst_pairs
from numrec_tui.text.cut import clip, cut
from numrec_tui.widgets.digit import bar

LONGEST_NAME = 11
SUMMARY = 8
"""Columns of the recall at the right."""

WIDEST = 8
"""Columns that a class may have."""

MOST_PAIRS = 12
"""Mistakes that are listed below the matrix."""


class Confusion(ScrollView, can_focus=True):
    """Rows are what the digits are, columns what they are read as; the diagonal is right.

    The last column tells each class's recall, the last row its precision; the heads stay in sight.
    """

    DEFAULT_CSS = """
    Confusion {
        width: 1fr; height: 1fr;
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1;
        & > .confusion--head { color: $text-muted; text-style: bold; }
        & > .confusion--right { color: $text-disabled; }
        & > .confusion--none { color: $text-disabled; }
        & > .confusion--few { color: $foreground; }
        & > .confusion--some { color: $text-warning; }
        & > .confusion--many { color: $text-error; text-style: bold; }
        & > .confusion--share { color: $text-primary; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"confusion--{kind}"
        for kind in ("head", "right", "none", "few", "some", "many", "share")
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "pick", "These digits", id="confusion.pick",
                tooltip="Exactly the digits of this cell, in the gallery"),
        Binding("left", "move(0,-1)", "Cell", show=False, key_display="←→",
                id="confusion.left", tooltip="The cell before or after"),
        Binding("right", "move(0,1)", "Cell", show=False, id="confusion.right"),
        Binding("up", "move(-1,0)", "Cell", show=False, id="confusion.up"),
        Binding("down", "move(1,0)", "Cell", show=False, id="confusion.down"),
        Binding("home", "worst", "Worst", show=False, id="confusion.worst",
                tooltip="The commonest mistake"),
    ]  # fmt: skip

    class Picked(Message):
        """The digits of class `true` read as `guess` are to be shown; None is any class."""

        def __init__(self, true: int | None, guess: int | None) -> None:
            self.true = true
            self.guess = guess
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._matrix: Counts = np.zeros((0, 0), np.int64)
        self._names: tuple[str, ...] = ()
        self._cursor: tuple[int, int] | None = None
        self._moved = False
        """Whether the cursor is where a person put it; else it is on the worst pair."""

    def show(self, matrix: Counts, names: tuple[str, ...]) -> None:
        """Show these counts: matrix (k, k), names (k,)."""
        if not self._moved or names != self._names:
            self._cursor, self._moved = _worst(matrix), False
        self._matrix, self._names = matrix, names
        self._lay_out()
        self._name_the_cell()

    def clear(self) -> None:
        """Forget the counts, which are of other digits than those that are shown now."""
        self._matrix, self._names = np.zeros((0, 0), np.int64), ()
        self.border_title = self.border_subtitle = ""
        self._lay_out()

    def on_resize(self) -> None:
        """The cursor stays in sight, and the frame says what fits."""
        self._lay_out()
        self._name_the_cell()

    def _lay_out(self) -> None:
        width = self._head + len(self._names) * self._column + SUMMARY
        self.virtual_size = Size(width, (len(self._names) + 1) * self._tall + 1)
        self._bring_into_sight()
        self.refresh()

    # ---- where things are

    @property
    def _head(self) -> int:
        longest = max(map(cell_len, self._names), default=1)
        return max(min(longest, LONGEST_NAME) + 2, len(" prec. "))

    @property
    def _column(self) -> int:
        """Cells of a column: enough for the counts and some letters, more if there is room."""
        count = len(str(int(self._matrix.max(initial=0))))
        name = min(max(map(cell_len, self._names), default=1), 5)
        room = self.scrollable_content_region.width - self._head - SUMMARY
        return max(count + 1, name + 1, 4, min(room // max(len(self._names), 1), WIDEST))

    @property
    def _tall(self) -> int:
        """Lines of a class: two if there is room for all."""
        return 2 if self.scrollable_content_region.height >= 2 * len(self._names) + 3 else 1

    # ---- drawing

    def render_line(self, y: int) -> Strip:
        """One line: the names above, a class, or the precisions below."""
        width, left = self.scrollable_content_region.width, self.scroll_offset.x
        if not self._names:
            words = "not read yet" if y == 1 else ""
            return Strip([Segment(words.center(width), self.rich_style)]).crop(0, width)
        row, line = divmod(y - 1 + self.scroll_offset.y, self._tall)
        if y == 0:
            head, cells = self._line_of_names()
        elif row > len(self._names):
            return self._line_of_pair(y - 1 - (len(self._names) + 1) * self._tall)
        elif line:
            return Strip.blank(width, self.rich_style)
        elif row < len(self._names):
            head, cells = self._line_of_class(row)
        else:
            head, cells = self._line_of_precisions()
        strip = Strip(cells).crop(left, left + width - self._head)
        return Strip([head, *strip]).adjust_cell_length(width, self.rich_style)

    def _line_of_names(self) -> tuple[Segment, list[Segment]]:
        style = self._style("head")
        names = "".join(_right(name, self._column) for name in self._names)
        head = set_cell_size(" is╲as", self._head)
        return Segment(head, style), [Segment(names + "  recall", style)]

    def _line_of_class(self, row: int) -> tuple[Segment, list[Segment]]:
        name = set_cell_size(f" {cut(self._names[row], self._head - 1, dots='')}", self._head)
        cells = [self._cell(row, column) for column in range(len(self._names))]
        recall = precision_and_recall(self._matrix)[1][row]
        cells.append(self._summary(recall, SUMMARY, (row, len(self._names))))
        return Segment(name, self._style("head")), cells

    def _line_of_precisions(self) -> tuple[Segment, list[Segment]]:
        precision = precision_and_recall(self._matrix)[0]
        last = len(self._names)
        cells = [
            self._summary(share, self._column, (last, column))
            for column, share in enumerate(precision)
        ]
        return Segment(set_cell_size(" prec.", self._head), self._style("head")), cells

    def _line_of_pair(self, line: int) -> Strip:
        """Below the matrix, where there is room: the commonest mistakes, the worst first."""
        width = self.scrollable_content_region.width
        pairs = worst_pairs(self._matrix, MOST_PAIRS)
        if not 0 <= line - 1 < len(pairs):
            return Strip.blank(width, self.rich_style)
        true, guess, times = pairs[line - 1]
        label, read_as = (clip(self._names[each], LONGEST_NAME) for each in (true, guess))
        words = f" {label} read as {read_as}"
        longest = min(max(map(cell_len, self._names)), LONGEST_NAME) * 2 + len("  read as  ")
        full = max(width - longest - len(" 10,000 times "), 0) // 2
        text = counted(times, "time")
        cells = [
            Segment(words.ljust(longest), self._style("head")),
            Segment(bar(times / pairs[0][2], full), self._style("some")),
            Segment(f" {text}", self._style("few")),
        ]
        return Strip(cells).adjust_cell_length(width, self.rich_style)

    def _cell(self, row: int, column: int) -> Segment:
        count = int(self._matrix[row, column])
        share = count / max(int(self._matrix[row].sum()), 1)
        kind = "many" if share >= 0.02 else "some" if share >= 0.005 else "few"
        if row == column:
            kind = "right"
        elif not count:
            kind = "none"
        text = str(count) if count else "·"
        style = self._style(kind) + Style(reverse=(row, column) == self._cursor)
        return Segment(text.rjust(self._column), style)

    def _summary(self, share: float, width: int, position: tuple[int, int]) -> Segment:
        text = f"{share:.1%}" if width >= 7 else f"{share:.0%}"
        style = self._style("share") + Style(reverse=position == self._cursor)
        return Segment((text if isfinite(share) else "–").rjust(width), style)

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"confusion--{kind}")

    def _name_the_cell(self) -> None:
        """Say in the border what is under the cursor, and what is mistaken most."""
        if self._cursor is None or not self._names:
            return
        row, column = self._cursor
        last = len(self._names)
        if row == last:
            words = f"read as {self._names[column]}, but wrong"
        elif column == last:
            words = f"{self._names[row]}, not read as such"
        else:
            words = _pair(self._names, row, column, int(self._matrix[row, column]))
        room = max(self.size.width - 4, 0) or 200  # until it is laid out
        title = cut(f"{words} · enter shows them", room)
        worst = worst_pairs(self._matrix)
        pairs = " · ".join(_pair(self._names, *pair) for pair in worst)
        subtitle = cut(f"worst: {pairs}" if worst else "no mistake", room)
        self.border_title, self.border_subtitle = Content(title), Content(subtitle)

    @property
    def term(self) -> str:
        """What is under the cursor, in the words of the glossary."""
        row, column = self._cursor or (0, 0)
        last = len(self._names)
        if last and row == last:
            return "precision"
        return "recall" if last and column == last else "confusion matrix"

    # ---- the cursor

    def action_move(self, down: int, across: int) -> None:
        """Go to the next cell; the last row and column are the summaries."""
        if self._cursor is None:
            return
        row, column = self._cursor
        self._go(row + down, column + across)

    def action_worst(self) -> None:
        """Go to the commonest mistake."""
        self._go(*_worst(self._matrix))

    def action_pick(self) -> None:
        """Show the digits of the cell."""
        if self._cursor is None or not self._names:
            return
        row, column = (
            position if position < len(self._names) else None for position in self._cursor
        )
        self.post_message(self.Picked(row, column))

    def on_click(self, event: events.Click) -> None:
        """A click goes to a cell, one more shows its digits."""
        offset = event.get_content_offset(self)
        if offset is None or not self._names or offset.y == 0:
            return
        column = (offset.x - self._head + self.scroll_offset.x) // self._column
        row = (offset.y - 1 + self.scroll_offset.y) // self._tall
        position = (row, min(max(column, 0), len(self._names)))
        if row > len(self._names):
            below = offset.y - 2 - (len(self._names) + 1) * self._tall
            pairs = worst_pairs(self._matrix, MOST_PAIRS)
            if 0 <= below < len(pairs):
                self._go(*pairs[below][:2])
        elif position == self._cursor:
            self.action_pick()
        else:
            self._go(*position)

    def _go(self, row: int, column: int) -> None:
        last = len(self._names)
        row, column = max(min(row, last), 0), max(min(column, last), 0)
        if (row, column) != (last, last):
            self._cursor, self._moved = (row, column), True
            self._bring_into_sight()
            self._name_the_cell()
            self.refresh()

    def _bring_into_sight(self) -> None:
        if self._cursor is None:
            return
        row, column = self._cursor
        room = self.scrollable_content_region.size
        end = SUMMARY if column == len(self._names) else self._column
        left = column * self._column
        x = _within(self.scroll_offset.x, left, left + end, room.width - self._head)
        tall = self._tall
        y = _within(self.scroll_offset.y, row * tall, row * tall + 1, room.height - 1)
        if (x, y) != self.scroll_offset:
            self.scroll_to(x, y, animate=False, immediate=True)


def _within(offset: int, start: int, end: int, room: int) -> int:
    """The offset nearest to this one from which start … end is in sight."""
    return max(min(offset, start), end - room, 0)


def _worst(matrix: Counts) -> tuple[int, int]:
    pairs = worst_pairs(matrix, 1)
    return (pairs[0][0], pairs[0][1]) if pairs else (0, 0)


def _pair(names: tuple[str, ...], true: int, guess: int, times: int) -> str:
    """`4 read as 9: 12 times`."""
    return f"{names[true]} read as {names[guess]}: {times:,}"


def _right(text: str, cells: int) -> str:
    text = cut(text, cells - 1, dots="")
    return " " * (cells - cell_len(text)) + text
