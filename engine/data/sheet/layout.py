"""Where everything is on a printed sheet, in millimeters from the upper left corner of the page.

A mark stands in each corner; between the upper two, and once more between the lower two, are the
squares that tell the layout (`engine.data.sheet.code`); in the middle are the cells, each in a
light frame. A row of cells belongs to one class, whose name stands before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Points: TypeAlias = NDArray[np.floating[Any]]
"""Points (n, 2): to the right, downwards."""

PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""The width and height of a page."""

MARGIN = 12.0
"""Paper around all of it, which no printer cuts off and which keeps the marks from a table."""
MARK = 14.0
"""The side of a corner mark: a ring and a core, 1:1:3:1:1 along every line through its center."""
SQUARE = 1.75
"""The side of one of the squares that tell the layout."""
ACROSS = 88
"""Squares in a row, 8 a byte."""
GAP = 3.0
"""Free rows between the squares and the cells."""
PITCH, CELL = 14.0, 12.5
"""From one cell to the next, and the side of a cell with its frame."""
MOST_ACROSS = 12
"""Cells in a row."""

FEWEST, MOST = 2, 64
"""How many classes a sheet may have."""
MOST_EACH = 240
"""How many cells a class may have."""


@dataclass(frozen=True, slots=True)
class Cell:
    """label: its class. left, top: its corner with the frame. number: of its class, from 0."""

    label: int
    number: int
    left: float
    top: float


@dataclass(frozen=True, slots=True)
class Layout:
    """What a sheet's layout follows from.

    paper: a name of PAPERS. classes: how many. each: cells a class. name_bytes: how many bytes of
    names the squares hold, 0 where they hold none.
    """

    paper: str
    classes: int
    each: int
    name_bytes: int

    @property
    def size(self) -> tuple[float, float]:
        """The width and height of a page."""
        return PAPERS[self.paper]

    @property
    def code_rows(self) -> int:
        """Rows of squares: one for the layout, the others for the names and their checksum."""
        return 1 + (ceil(8 * (self.name_bytes + 4) / ACROSS) if self.name_bytes else 0)

    @property
    def has_copy(self) -> bool:
        """Whether all squares fit between the lower marks, too."""
        return self.code_rows * SQUARE <= MARK

    @property
    def rows_per_class(self) -> int:
        """Rows of cells that a class has."""
        return ceil(self.each / MOST_ACROSS)

    @property
    def columns(self) -> int:
        """Cells in a row, as equal as can be."""
        return ceil(self.each / self.rows_per_class)

    @property
    def left(self) -> float:
        """Where the cells begin, to the right of the names."""
        return self.size[0] - MARGIN - PITCH * MOST_ACROSS

    @property
    def top(self) -> float:
        """Where the cells begin."""
        return MARGIN + max(MARK, self.code_rows * SQUARE) + GAP

    @property
    def rows_per_page(self) -> int:
        """Rows of cells that fit on a page."""
        return int((self.size[1] - MARGIN - MARK - GAP - self.top) // PITCH)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return ceil(self.classes * self.rows_per_class / self.rows_per_page)

    @property
    def marks(self) -> Points:
        """The centers of the corner marks, clockwise from the upper left: (4, 2)."""
        width, height = self.size
        near = MARGIN + MARK / 2
        far_x, far_y = width - near, height - near
        return np.array([(near, near), (far_x, near), (far_x, far_y), (near, far_y)])

    @property
    def code_corners(self) -> tuple[tuple[float, float], ...]:
        """The upper left corners of the squares: above the cells, and of their copy below."""
        width, height = self.size
        left = (width - ACROSS * SQUARE) / 2
        below = ((left, height - MARGIN - MARK),) if self.has_copy else ()
        return ((left, MARGIN), *below)

    def rows(self, page: int) -> Iterator[tuple[int, int, float]]:
        """Each row of cells of a page, from 0: its class, the number of its first cell, its top."""
        first = page * self.rows_per_page
        last = min(first + self.rows_per_page, self.classes * self.rows_per_class)
        for at, row in enumerate(range(first, last)):
            label, part = divmod(row, self.rows_per_class)
            yield label, part * self.columns, self.top + at * PITCH

    def cells(self, page: int) -> Iterator[Cell]:
        """The cells of a page, from 0, row by row."""
        for label, number, top in self.rows(page):
            for column in range(min(self.columns, self.each - number)):
                yield Cell(label, number + column, self.left + column * PITCH, top)
