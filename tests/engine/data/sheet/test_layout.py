"""Where everything is on a printed sheet, and the squares that tell it."""

import numpy as np
import pytest

from engine.data.sheet.code import decode_layout, decode_names, encode, name_bytes
from engine.data.sheet.layout import CELL, MARGIN, MARK, PAPERS, Layout
from engine.data.sheet.page import draw_page, new_layout, unwritten
from engine.errors import UsageError

LONG = tuple(f"a class with a long name {number}" for number in range(12))


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize(("classes", "each"), [(2, 1), (10, 12), (26, 20), (64, 40)])
def test_every_class_has_its_cells_between_the_marks_and_apart(paper, classes, each):
    layout = Layout(paper, classes, each, 200)
    counts = np.zeros(classes, int)
    for page in range(layout.pages):
        cells = list(layout.cells(page))
        assert cells
        corners = {(cell.left, cell.top) for cell in cells}
        assert len(corners) == len(cells)
        assert max(top for _, top in corners) + CELL < layout.size[1] - MARGIN - MARK
        assert min(top for _, top in corners) > layout.code_corners[0][1] + MARK
        assert max(left for left, _ in corners) + CELL < layout.size[0] - MARGIN / 2
        counts += np.bincount([cell.label for cell in cells], minlength=classes)
    assert counts.tolist() == [each] * classes


def test_20_cells_a_class_are_two_rows_of_10():
    assert (Layout("a4", 3, 20, 0).columns, Layout("a4", 3, 20, 0).rows_per_class) == (10, 2)


@pytest.mark.parametrize("names", [("a", "b"), ("ß", "♥", "漢字"), tuple(map(str, range(64)))])
def test_the_squares_tell_the_layout_the_page_and_the_names(names):
    layout = new_layout(names, 30, "letter")
    squares = encode(layout, layout.pages - 1, names)
    assert decode_layout(squares) == (layout, layout.pages - 1)
    assert decode_names(squares, layout) == names


def test_names_that_are_too_long_are_not_in_the_squares():
    assert name_bytes(LONG) == b""
    layout = new_layout(LONG, 12, "a4")
    assert decode_names(encode(layout, 0, LONG), layout) == ()


def test_no_square_can_be_wrong_without_being_noticed():
    names = ("heart", "star")
    layout = new_layout(names, 12, "a4")
    squares = encode(layout, 0, names)
    used = 88 + 8 * (layout.name_bytes + 4)
    for at in range(used):
        wrong = squares.copy()
        wrong.flat[at] ^= True
        told = decode_layout(wrong)
        assert told is None or decode_names(wrong, layout) is None


@pytest.mark.parametrize(
    ("names", "each", "sentence"),
    [
        (("a",), 12, "2 to 64 classes, not 1"),
        (("a", "b"), 0, "1 to 240 cells, not 0"),
        (("a", "a"), 12, "Two classes are called 'a'"),
        (("a", ""), 12, "'' is no name of a class"),
        (("a", "b\nc"), 12, "no name of a class"),
    ],
)
def test_what_makes_no_sheet(names, each, sentence):
    with pytest.raises(UsageError, match=sentence):
        new_layout(names, each, "a4")


def test_a_name_stands_before_its_row_or_its_number_does():
    names = ("heart", "♥", "x" * 60)
    layout = new_layout(names, 12, "a4")
    assert unwritten(layout, names) == ("♥", "x" * 60)
    page = draw_page(layout, 0, names)
    assert page.shape == (3508, 2480)  # 210 x 297 mm at 300 pixels an inch
    for _, _, top in layout.rows(0):
        rows = slice(*(round(each / 25.4 * 300) for each in (top, top + CELL)))
        columns = slice(*(round(each / 25.4 * 300) for each in (MARGIN, layout.left - 3)))
        assert (page[rows, columns] < 128).any()
