"""The cells of a chart: characters with a role in place of a color, and what is written on them."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import groupby, product

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from numrec_tui.widgets.picture import Mark

ROLES = (
    "text", "axis", "label", "mark", "cursor", "earlier",
    "curve-1", "curve-2", "curve-3", "curve-4",
)  # fmt: skip
"""What a cell may be: its place here is its color for plotext, its name a component class."""
TEXT, AXIS, LABEL, MARK, CURSOR, EARLIER, *CURVES = range(len(ROLES))

MARK_LINE, MARK_FOOT = "┊", "┴"
CURSOR_LINE, CURSOR_FOOT = "┃", "┸"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where curves are: from column `start` to the last of `width`, for x from left to right."""

    start: int
    width: int
    left: float
    right: float

    def of(self, x: float) -> int:
        """The column that an x belongs to."""
        share = (x - self.left) / (self.right - self.left)
        return self.start + int(share * (self.width - self.start - 1) + 0.5)

    def x_at(self, column: int) -> float:
        """The x in the middle of a column."""
        share = (column - self.start) / max(self.width - self.start - 1, 1)
        return self.left + share * (self.right - self.left)


class Grid:
    """Cells, each a character and a role; the last two rows are the x axis and its numbers."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.cells = [[(" ", TEXT)] * width for _ in range(height)]
        self.columns: Columns | None = None
        """Where curves were drawn, if any were."""

    def write(self, row: int, column: int, text: str, role: int) -> None:
        """Put `text` into a row; what lies outside is lost."""
        for place, character in enumerate(text, column):
            if 0 <= place < self.width:
                self.cells[row][place] = character, role

    def is_blank(self, row: int, start: int, end: int) -> bool:
        """Whether all cells from `start` up to `end` exist and are blank."""
        inside = start >= 0 and end <= self.width
        return inside and all(character == " " for character, _ in self.cells[row][start:end])

    def stand(self, column: int, line: str, role: int, but: Container[int] = ()) -> None:
        """A vertical line behind all that is there, blanks within names included.

        but: rows that it is not drawn in.
        """
        for number, row in enumerate(self.cells[:-2]):
            if row[column] == (" ", TEXT) and number not in but:
                row[column] = line, role

    def with_cursor(self, x: float) -> "Grid":
        """The same with a cursor at `x`, if that is to be seen."""
        columns = self.columns
        if columns is None or not columns.left <= x <= columns.right:
            return self
        copy = Grid(self.width, self.height)
        copy.cells, copy.columns = [list(row) for row in self.cells], columns
        column = columns.of(x)
        for row in copy.cells[:-2]:
            if row[column][0] == MARK_LINE:
                row[column] = " ", TEXT
        copy.stand(column, CURSOR_LINE, CURSOR)
        copy.write(copy.height - 2, column, CURSOR_FOOT, CURSOR)
        return copy

    def strips(self, styles: Sequence[Style]) -> list[Strip]:
        """One strip a row; neighbors of one role share a segment."""
        strips = []
        for row in self.cells:
            runs = groupby(row, key=lambda cell: cell[1])
            segments = [Segment("".join(c for c, _ in run), styles[role]) for role, run in runs]
            strips.append(Strip(segments, self.width))
        return strips


def write_marks(marks: Sequence[Mark], grid: Grid) -> None:
    """Draw and name the marks, the newest first, as long as there is room.

    A name, or at least its last word, stands beside its line where nothing else is but lines. A
    mark that can be named no more has only a foot on the axis, so that the others stay readable.
    """
    columns = grid.columns
    if columns is None:
        return
    newest: dict[int, str] = {}
    for mark in reversed(marks):
        if columns.left <= mark.x <= columns.right:
            newest.setdefault(columns.of(mark.x), mark.text)
    names: dict[int, _Name] = {}
    for column, text in newest.items():
        name = _write_name(text, column, newest, grid)
        if name is not None:
            names[column] = name
    for column in newest:
        if column in names:
            across = [name.row for name in names.values() if name.start <= column < name.end]
            grid.stand(column, MARK_LINE, MARK, across)
        grid.write(grid.height - 2, column, MARK_FOOT, AXIS if column in names else MARK)


@dataclass(frozen=True, slots=True)
class _Name:
    """Where a name stands, with a blank on either side."""

    row: int
    start: int
    end: int


def _write_name(text: str, column: int, lines: Container[int], grid: Grid) -> _Name | None:
    """Name a line at its right, or else at its left, across other lines if need be.

    It does not stand beside another line: none is in the next cells, where it could seem to be
    the one that is named.
    """
    for name in (text, text.rpartition(" ")[2]):
        room = len(name) + 2  # a blank on either side
        left = column - room
        starts = [] if column + 1 in lines else [column + 1]
        if not any(place in lines for place in (left - 1, left, column - 1)):
            starts.append(left)
        for row, start in product(range(grid.height - 3, -1, -1), starts):
            if grid.is_blank(row, min(start, column), max(start + room, column + 1)):
                grid.write(row, start + 1, name, MARK)
                grid.write(row, column, MARK_LINE, MARK)
                return _Name(row, start, start + room)
    return None
