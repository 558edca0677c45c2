"""The cells of a chart: characters with a role in place of a color, and what is written on them."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

ROLES = (
    "text", "axis", "label", "mark", "cursor", "earlier",
    "curve-1", "curve-2", "curve-3", "curve-4",
)  # fmt: skip
"""What a cell may be: its place here is its color for plotext, its name a component class."""
TEXT, AXIS, LABEL, MARK, CURSOR, EARLIER, *CURVES = range(len(ROLES))

MARK_LINE, MARK_FOOT = "┊", "┴"
ARROWS = "↑↓"
ARROW_GAP = 4
"""The least number of columns between two arrows of one curve."""
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
        for index, character in enumerate(text, column):
            if 0 <= index < self.width:
                self.cells[row][index] = character, role

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


def write_arrows(arrows: Sequence[tuple[float, bool]], role: int, grid: Grid) -> None:
    """Show at the upper or lower edge, in a curve's color, where it lies beyond that.

    arrows: x, and whether it is above. An arrow moves a little where another one stands, or where
    a blank is near; several of one curve within few columns are one.
    """
    columns = grid.columns
    if columns is None:
        return
    last: dict[bool, int] = {}
    for x, above in arrows:
        column = columns.of(x)
        if above in last and column - last[above] < ARROW_GAP:
            continue
        last[above] = column
        row = grid.cells[0 if above else grid.height - 3]
        near = [column + by for by in (0, 1, -1, 2, -2, 3, -3)]
        free = [index for index in near if columns.start <= index < columns.width]
        free = [index for index in free if row[index][0] not in ARROWS]
        kept = [index for index in free if row[index][0] == " " or row[index][1] == role]
        for index in [*kept, *free][:1]:
            row[index] = ARROWS[not above], role
