"""The names of a chart's marks: in order of their epoch, and never one over another.

In a row they go from left to right, and a later one is never in a higher row than an earlier one.
A name without room is its last word. A mark without room even for that is counted by "+1", "+2", …
behind the name before it; those before the first name at their own place, or else behind it.
"""

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from numrec_tui.charts.grid import AXIS, MARK, MARK_FOOT, MARK_LINE, Grid
from numrec_tui.charts.picture import Mark


@dataclass(frozen=True, slots=True)
class _Name:
    """A name and its place: from `start` up to `end`, with a blank on either side."""

    text: str
    column: int
    row: int
    start: int
    end: int


def write_marks(marks: Sequence[Mark], grid: Grid) -> None:
    """Draw and name the marks where nothing else is but lines.

    A mark without a name has only a foot on the axis, so that the others stay readable.
    """
    columns = grid.columns
    if columns is None:
        return
    texts: dict[int, list[str]] = {}
    for mark in sorted(marks, key=lambda mark: mark.x):
        if columns.left <= mark.x <= columns.right:
            texts.setdefault(columns.of(mark.x), []).append(mark.text)
    names = max((_layout(texts, full, grid) for full in (True, False)), key=len)
    for name in names:
        grid.write(name.row, name.start + 1, name.text, MARK)
        grid.write(name.row, name.column, MARK_LINE, MARK)
    named = {name.column for name in names}
    for column in texts:
        if column in named:
            across = [name.row for name in names if name.start <= column < name.end]
            grid.stand(column, MARK_LINE, MARK, across)
        grid.write(grid.height - 2, column, MARK_FOOT, AXIS if column in named else MARK)


def shortened(text: str, full: bool, others: int) -> str:
    """A name in full or its last word, and how many others it stands for: "0.1→0.3 +2"."""
    words = [text if full else text.rpartition(" ")[2], f"+{others}" if others else ""]
    return " ".join(filter(None, words))


def _layout(texts: Mapping[int, Sequence[str]], full: bool, grid: Grid) -> list[_Name]:
    """Places for as many names as have room, the newest first, from the lowest row up."""
    names: list[_Name] = []
    unnamed = 0
    for column in sorted(texts, reverse=True):
        *older, text = texts[column]
        unnamed += len(older)
        wanted = [shortened(text, whole, unnamed) for whole in (full, False)]
        fits = (_fit(name, column, texts, names[-1:], grid) for name in wanted)
        found = next(filter(None, fits), None)
        if found is None:
            unnamed += 1
        else:
            names.append(found)
            unnamed = 0
    if unnamed:
        _count(unnamed, texts, names, grid)
    return names


def _count(
    unnamed: int, texts: Mapping[int, Sequence[str]], names: list[_Name], grid: Grid
) -> None:
    """Count the marks before the first name: at the first of them, or else behind that name."""
    alone = _fit(f"+{unnamed}", min(texts), texts, names[-1:], grid)
    if alone is not None:
        names.append(alone)
    elif names:
        column = names[-1].column
        after = [at for at in texts if column < at < (names[-2].column if names[1:] else math.inf)]
        others = unnamed + len(texts[column]) - 1 + sum(len(texts[at]) for at in after)
        text = shortened(texts[column][-1], False, others)
        names[-1] = _fit(text, column, texts, names[-2:-1], grid) or names[-1]


def _fit(
    text: str, column: int, lines: Container[int], newer: Sequence[_Name], grid: Grid
) -> _Name | None:
    """Name a line at its right, or else at its left, across other lines if need be.

    It does not stand beside another line: none is in the next cells, where it could seem to be
    the one that is named. It ends before the next newer name, or is above it.
    """
    room = len(text) + 2  # a blank on either side
    left = column - room
    starts = [] if column + 1 in lines else [column + 1]
    if not any(column_of in lines for column_of in (left - 1, left, column - 1)):
        starts.append(left)
    lowest = newer[0].row if newer else grid.height - 3
    for row, start in product(range(lowest, -1, -1), starts):
        end = start + room
        first, last = min(start, column), max(end, column + 1)
        over = any(name.row == row and last > min(name.start, name.column) for name in newer)
        if not over and grid.is_blank(row, first, last):
            return _Name(text, column, row, start, end)
    return None
