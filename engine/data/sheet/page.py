"""The pages of a sheet as pictures to print."""

from pathlib import Path

import numpy as np

from engine.data import pictures
from engine.data.sheet.code import encode, name_bytes
from engine.data.sheet.layout import (
    CELL,
    FEWEST,
    GAP,
    MARGIN,
    MARK,
    MOST,
    MOST_EACH,
    SQUARE,
    Layout,
)
from engine.errors import UsageError
from engine.nn.arrays import Bytes

DPI = 300
"""Pixels an inch of a page."""
FRAME, LINE = 200, 0.3
"""The gray of a cell's frame, and its width in millimeters."""
TEXT, SMALL, LEAST = 4.2, 2.6, 1.4
"""The height of names, of what else is written, and of a long name at least, in millimeters."""

ADVICE = "Draw one in each box. All four corner marks belong in the picture."


def new_layout(names: tuple[str, ...], each: int, paper: str) -> Layout:
    """The layout of a sheet for these classes.

    Raises:
        UsageError: there are too few or too many classes or cells, or a name is none or repeated.
    """
    if not FEWEST <= len(names) <= MOST:
        raise UsageError(f"A sheet has {FEWEST} to {MOST} classes, not {len(names)}.")
    if not 1 <= each <= MOST_EACH:
        raise UsageError(f"A class has 1 to {MOST_EACH} cells, not {each:,}.")
    for name in names:
        if not name or not name.isprintable() or name != name.strip():
            raise UsageError(f"{name!r} is no name of a class; it has to be text on one line.")
        if names.count(name) > 1:
            raise UsageError(f"Two classes are called {name!r}.")
    return Layout(paper, len(names), each, len(name_bytes(names)))


def draw_page(layout: Layout, page: int, names: tuple[str, ...], font: Path | None = None) -> Bytes:
    """A page, from 0, as gray levels: (rows, columns) at 300 pixels an inch.

    A name that cannot be written is told as its number: see `unwritten`.
    """
    width, height = layout.size
    sheet = np.full((_pixels(height), _pixels(width)), 255, np.uint8)
    for x, y in layout.marks:
        for level, side in ((0, MARK), (255, MARK * 5 / 7), (0, MARK * 3 / 7)):
            _fill(sheet, x - side / 2, y - side / 2, side, side, level)
    squares = encode(layout, page, names)
    for left, top in layout.code_corners:
        for row, column in np.argwhere(squares):
            _fill(sheet, left + column * SQUARE, top + row * SQUARE, SQUARE, SQUARE, 0)
    for cell in layout.cells(page):
        _fill(sheet, cell.left, cell.top, CELL, CELL, FRAME)
        _fill(sheet, cell.left + LINE, cell.top + LINE, CELL - 2 * LINE, CELL - 2 * LINE, 255)
    numbered = unwritten(layout, names, font)
    for label, _, top in layout.rows(page):
        name, face = names[label], font
        if name in numbered:
            name, face = f"class {label + 1}", None
        _write(sheet, name, MARGIN, top + (CELL - TEXT) / 2, TEXT, _room(layout), face)
    pages = f"Page {page + 1} of {layout.pages}. " if layout.pages > 1 else ""
    _write(sheet, pages + ADVICE, MARGIN + MARK + GAP, MARGIN - 2 * SMALL, SMALL, width, None)
    return sheet


def unwritten(layout: Layout, names: tuple[str, ...], font: Path | None = None) -> tuple[str, ...]:
    """The names that are too long, or for which the font has no letters: Pillow's own has ASCII."""
    return tuple(name for name in names if not _can_write(layout, name, font))


def _can_write(layout: Layout, name: str, font: Path | None) -> bool:
    least, width = _pixels(LEAST), _pixels(_room(layout))
    return pictures.can_write(name, font) and pictures.width_of(name, least, font) <= width


def _room(layout: Layout) -> float:
    """The width of the names."""
    return layout.left - MARGIN - GAP


def _write(
    sheet: Bytes, text: str, left: float, top: float, height: float, width: float, font: Path | None
) -> None:
    """Write a line of text; one that is too wide becomes smaller."""
    ink = pictures.written(text, _pixels(height), _pixels(width), font)
    row, column = _pixels(top) + (_pixels(height) - len(ink)) // 2, _pixels(left)
    sheet[row : row + len(ink), column : column + ink.shape[1]] = 255 - ink


def _fill(sheet: Bytes, left: float, top: float, width: float, height: float, level: int) -> None:
    sheet[_pixels(top) : _pixels(top + height), _pixels(left) : _pixels(left + width)] = level


def _pixels(length: float) -> int:
    return round(length * DPI / 25.4)
