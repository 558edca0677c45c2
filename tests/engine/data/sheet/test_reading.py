"""A filled sheet, photographed or scanned: every cell in its class."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data.normalize import normalize
from engine.data.sheet.page import draw_page, new_layout
from engine.data.sheet.reading import read_sheet
from engine.errors import FormatError, SheetNamesError
from tests import photos
from tests.sheets import DIGITS, EMPTY, SHOTS, example, gray_levels, photographed

PHOTO = Path("photo.jpg")
WIDTH, HEIGHT = 2480, 3508


def likeness(one, other):
    """The correlation of each image with the one of the other set: (n,)."""
    one, other = (each.reshape(len(each), -1).astype(float) for each in (one, other))
    one, other = (each - each.mean(axis=1, keepdims=True) for each in (one, other))
    norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return (one * other).sum(axis=1) / norms


def check(page, filled):
    """Every cell is in its class, and looks as it was drawn."""
    assert page.names == DIGITS
    assert page.labels.tolist() == filled.labels
    assert page.empty == len(EMPTY)
    alike = likeness(page.images, normalize(filled.images))
    assert alike.min() > 0.5
    assert alike.mean() > 0.9


@pytest.mark.parametrize("name", SHOTS)
@pytest.mark.short("tilted-right")
def test_a_photograph_has_every_cell_in_its_class(name):
    photo = photographed(example().sheet, SHOTS[name], seed=list(SHOTS).index(name))
    check(read_sheet(gray_levels(photo), PHOTO), example())


@pytest.mark.long
@pytest.mark.parametrize("name", SHOTS)
@pytest.mark.parametrize("seed", range(1, 5))
def test_so_has_that_of_another_hand_with_a_pencil(name, seed):
    filled = example(seed, ink=110)
    photo = photographed(filled.sheet, SHOTS[name], seed)
    check(read_sheet(gray_levels(photo), PHOTO), filled)


def test_a_scan_at_150_pixels_an_inch_is_read_upside_down_too():
    scan = example().sheet.reduce(2).rotate(181.5, fillcolor=255)
    check(read_sheet(gray_levels(scan), PHOTO), example())


def test_what_covers_the_upper_squares_leaves_those_below():
    sheet = example().sheet.reduce(2)
    sheet.paste(120, (300, 60, 500, 160))
    check(read_sheet(gray_levels(sheet), PHOTO), example())


def test_a_sheet_that_nobody_drew_on_is_empty():
    layout = new_layout(DIGITS, 12, "a4")
    blank = photographed(Image.fromarray(draw_page(layout, 0, DIGITS)), SHOTS["leaning"])
    page = read_sheet(gray_levels(blank), PHOTO)
    assert (page.empty, len(page.images)) == (120, 0)


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        ((0, 0, 500, 500), "expected four corner marks, found none at the upper left"),
        ((WIDTH - 500, 0, WIDTH, 500), "found none at the upper right"),
        ((0, HEIGHT - 500, 500, HEIGHT), "found none at the lower left"),
        ((WIDTH - 500, HEIGHT - 500, WIDTH, HEIGHT), "found none at the lower right"),
        ((0, 0, WIDTH, 500), "expected four corner marks, found two of them"),
    ],
)
def test_a_mark_that_is_missing_is_named(box, sentence):
    sheet = example().sheet.copy()
    sheet.paste(255, box)
    with pytest.raises(FormatError, match=sentence):
        read_sheet(gray_levels(sheet.reduce(3)), PHOTO)


def test_squares_that_are_damaged_are_refused():
    sheet = example().sheet.reduce(3)
    for top in (0, sheet.height - 120):
        sheet.paste(90, (200, top, 400, top + 120))
    with pytest.raises(FormatError, match=r"photo.jpg: sheet: expected the squares between"):
        read_sheet(gray_levels(sheet), PHOTO)


@pytest.mark.parametrize("number", [3, 13, 15, 19])
def test_the_photograph_of_a_digit_is_no_sheet(number):
    assert read_sheet(gray_levels(photos.paint(photos.PHOTOS[number], number)), PHOTO) is None


def test_names_that_the_sheet_cannot_hold_are_asked_for():
    names = tuple(f"a class with a long name {number}" for number in range(12))
    page = Image.fromarray(draw_page(new_layout(names, 2, "letter"), 0, names)).reduce(3)
    with pytest.raises(SheetNamesError, match="the names of its 12 classes, found none"):
        read_sheet(gray_levels(page), PHOTO)
    assert read_sheet(gray_levels(page), PHOTO, names).names == names
    with pytest.raises(FormatError, match="expected 2 classes, as many as are named, found 12"):
        read_sheet(gray_levels(page), PHOTO, ("a", "b"))
