"""A photograph or scan of a sheet, read: its cells as images, each with its class."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

import numpy as np

from engine.data.area_means import block_means
from engine.data.ink import Levels, ink_of_cell, paper_of, smooth
from engine.data.normalize import FRAME, normalize
from engine.data.sheet.code import Squares, decode_layout, decode_names
from engine.data.sheet.layout import ACROSS, CELL, PAPERS, PITCH, SQUARE, Layout, Points
from engine.data.sheet.marks import (
    Homography,
    find_marks,
    found_instead,
    homography,
    quadrilaterals,
)
from engine.errors import FormatError, SheetNamesError
from engine.nn.arrays import Array, Bytes
from engine.plural import counted

LONGEST = 2600
"""The longer side a photograph is shrunk to."""
SCALE = 8
"""Pixels a millimeter of the page that is made of it."""
INSET = 0.8
"""How far from the outside of its frame a cell is read, in millimeters."""
LEAST_CONTRAST = 0.12
"""How much darker than its paper ink is, at least."""
SMALLEST = 300
"""The longer side of the smallest picture that may be of a sheet."""
SLIDES = (0.0, -0.5, 0.5, -1.0, 1.0)
"""How far squares may lie from where they should, in millimeters: paper bends."""
MOST = 12
"""How often four marks are tried to be the corners."""


@dataclass(frozen=True, slots=True, repr=False)
class SheetPage:
    """What a page says: images (n, 28, 28), as MNIST's are, and labels (n,).

    names: of the classes. page: which one, from 0. empty: how many cells nothing is drawn in.
    """

    layout: Layout
    page: int
    names: tuple[str, ...]
    images: Bytes
    labels: Bytes
    empty: int


def read_sheet(gray: Bytes, path: Path, names: tuple[str, ...] = ()) -> SheetPage | None:
    """The drawings on the photograph or scan of a sheet; None where it is no sheet.

    gray (rows, columns). path: what the picture is called in errors. names: of the classes, in the
    place of those that the sheet tells.

    Raises:
        FormatError: it is a sheet, but a corner mark is missing, its squares cannot be read, or it
            has other classes than were named.
    """
    if max(gray.shape) < SMALLEST:
        return None
    photo: Array = block_means(gray, LONGEST)
    marks = find_marks(photo)
    likely = list(islice(quadrilaterals(marks), MOST))
    for slides in ((0.0,), SLIDES):  # without any first: it is quick, and nearly always enough
        for corners, turn in product(likely, range(4)):
            found = _facts(photo, np.roll(corners, turn, axis=0), slides)
            if found is not None:
                return _page(photo, path, names or _names(path, found), found)
    if likely:
        raise FormatError(
            path, "sheet", "the squares between its corner marks",
            "some that are damaged, covered or blurred",
        )  # fmt: skip
    found_marks = found_instead(marks)
    if found_marks is not None:
        raise FormatError(path, "sheet", "four corner marks", found_marks)
    return None


def no_sheet(path: Path) -> FormatError:
    """The error of a picture that was to be a sheet and is none."""
    return FormatError(path, "picture", "a sheet with four corner marks", "none of them")


@dataclass(frozen=True, slots=True, repr=False)
class _Facts:
    """What the squares of a page tell, and how the page lies in the photograph.

    names: of the classes, none where the sheet does not hold them; None where they are damaged.
    """

    lies: Homography
    layout: Layout
    page: int
    names: tuple[str, ...] | None


def _facts(photo: Array, corners: Points, slides: tuple[float, ...]) -> _Facts | None:
    """What the squares tell if these are the corners, clockwise from the upper left: (4, 2)."""
    found = None
    for paper in PAPERS:
        blank = Layout(paper, 1, 1, 0)
        lies = homography(blank.marks, corners)
        for corner, right, down in product(blank.code_corners, slides, slides):
            at = (corner[0] + right, corner[1] + down)
            told = decode_layout(_squares(photo, lies, at, 1))
            if told is not None:
                layout, page = told
                names = decode_names(_squares(photo, lies, at, layout.code_rows), layout)
                found = _Facts(lies, layout, page, names)
                if names is not None:
                    return found
    return found


def _names(path: Path, facts: _Facts) -> tuple[str, ...]:
    """The names that a sheet tells."""
    if facts.names is None:
        raise SheetNamesError(path, "sheet", "the squares that name its classes", "damage")
    if not facts.names:
        many = counted(facts.layout.classes, "class", "classes")
        raise SheetNamesError(path, "sheet", f"the names of its {many}", "none, they are too long")
    return facts.names


def _page(photo: Array, path: Path, names: tuple[str, ...], facts: _Facts) -> SheetPage:
    layout = facts.layout
    if len(names) != layout.classes:
        many = counted(len(names), "class", "classes")
        raise FormatError(path, "sheet", f"{many}, as many as are named", str(layout.classes))
    images, labels, empty = [], [], 0
    for label, cell in _cells(photo, facts):
        image = normalize(ink_of_cell(cell, LEAST_CONTRAST)[None])[0]
        if image.any():
            images.append(image)
            labels.append(label)
        else:
            empty += 1
    found = np.array(images, np.uint8).reshape(-1, FRAME, FRAME)
    return SheetPage(layout, facts.page, names, found, np.array(labels, np.uint8), empty)


def _cells(photo: Array, facts: _Facts) -> Iterator[tuple[int, Levels]]:
    """The class of each cell, and how much darker than its paper each of its pixels is, 0-1."""
    cells = list(facts.layout.cells(facts.page))
    above = cells[0].top - PITCH / 2
    below, width = cells[-1].top + PITCH * 3 / 2, facts.layout.size[0]
    x = (np.arange(round(width * SCALE)) + 0.5) / SCALE
    y = above + (np.arange(round((below - above) * SCALE)) + 0.5) / SCALE
    flat = smooth(_sample(photo, facts.lies, x[None, :], y[:, None]))
    contrast = 1 - flat / np.maximum(_paper(flat), 1)
    side = round((CELL - 2 * INSET) * SCALE)
    for cell in cells:
        top, left = round((cell.top - above + INSET) * SCALE), round((cell.left + INSET) * SCALE)
        yield cell.label, contrast[top : top + side, left : left + side].astype(np.float32)


def _paper(flat: Levels) -> Levels:
    """How bright the paper is at each pixel; it is found at a quarter of the size, and blunt."""
    rows, columns = (4 * -(-side // 4) for side in flat.shape)
    wide = np.pad(flat, ((0, rows - flat.shape[0]), (0, columns - flat.shape[1])), mode="edge")
    means = wide.reshape(rows // 4, 4, columns // 4, 4).mean(axis=(1, 3), dtype=np.float32)
    paper = paper_of(means, round(PITCH * SCALE / 4))
    return paper.repeat(4, axis=0).repeat(4, axis=1)[: flat.shape[0], : flat.shape[1]]


def _squares(photo: Array, lies: Homography, at: tuple[float, float], rows: int) -> Squares:
    """Rows of squares whose upper left corner is there on the page; black is true.

    Each is the mean of nine points in its middle; black is what is nearer to the darkest than to
    the brightest of the squares around.
    """
    inside = np.array([0.3, 0.5, 0.7])
    x = at[0] + SQUARE * (np.arange(ACROSS)[:, None] + inside).ravel()
    y = at[1] + SQUARE * (np.arange(rows)[:, None] + inside).ravel()
    points = _sample(photo, lies, x[None, :], y[:, None]).reshape(rows, 3, ACROSS, 3)
    levels = points.mean(axis=(1, 3))
    wide = np.pad(levels, ((2, 2), (6, 6)), mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(wide, (5, 13))  # (rows, across, 5, 13)
    return np.asarray(2 * levels < around.min(axis=(2, 3)) + around.max(axis=(2, 3)))


def _sample(photo: Array, lies: Homography, x: Array, y: Array) -> Levels:
    """The photograph at points of the page, in between its pixels, too; its edge goes on outside.

    x (1, columns), y (rows, 1) -> (rows, columns).
    """
    across, down, below = ((row[0] * x + (row[1] * y + row[2])).astype(np.float32) for row in lies)
    across, down = across / below - np.float32(0.5), down / below - np.float32(0.5)
    rows, columns = photo.shape
    down, across = np.clip(down, 0, rows - 1.001), np.clip(across, 0, columns - 1.001)
    top, left = down.astype(np.intp), across.astype(np.intp)
    down, across = down - top.astype(np.float32), across - left.astype(np.float32)
    flat, at = np.ascontiguousarray(photo, np.float32).ravel(), top * columns + left
    upper = flat[at] * (1 - across) + flat[at + 1] * across
    lower = flat[at + columns] * (1 - across) + flat[at + columns + 1] * across
    return np.asarray(upper * (1 - down) + lower * down, np.float32)
