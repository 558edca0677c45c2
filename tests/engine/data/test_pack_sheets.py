"""Photographed sheets become a data set, beside folders of pictures and alone."""

import numpy as np
import pytest
from PIL import Image

from engine.data.catalog import load
from engine.data.pack import pack
from engine.data.sheet.page import draw_page, new_layout
from engine.errors import DataError, FormatError, UsageError
from tests.engine.data.test_pack import fill
from tests.sheets import drawings, filled

NAMES = ("heart", "star", "ring")
LAYOUT = new_layout(NAMES, 96, "a4")  # 8 rows a class, 17 a page


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The two pages of a sheet, as scans."""
    folder = tmp_path_factory.mktemp("pages")
    images = drawings(LAYOUT, 1)
    for page in range(LAYOUT.pages):
        filled(LAYOUT, NAMES, images, page, skip=((0, 0),)).reduce(3).save(folder / f"{page}.png")
    return folder


def test_the_pages_of_a_sheet_are_joined(pages, tmp_path):
    packed = pack([pages / "0.png", pages / "1.png"], tmp_path / "set")
    assert packed.classes == ("heart", "ring", "star")
    assert packed.train + packed.test == 3 * 96 - 1
    assert packed.notes == (f"{pages / '0.png'}: 1 of 204 cells is empty.",)
    found = load(tmp_path / "set")
    assert np.bincount(found.test.labels).tolist() == [16, 16, 16]
    assert np.bincount(found.train.labels).tolist() == [79, 80, 80]


def test_a_folder_may_hold_sheets_beside_pictures_by_class(pages, tmp_path):
    folder = fill(tmp_path / "mixed", {"star": 6, "moon": 6})
    (folder / "page.png").write_bytes((pages / "1.png").read_bytes())
    (folder / "sheet.pdf").write_bytes(b"%PDF-1.4 and more")
    (folder / "notes.txt").write_text("nobody reads this")
    Image.new("L", (400, 500), 255).save(folder / "white.jpg")
    packed = pack(folder, tmp_path / "set")
    assert packed.classes == ("moon", "ring", "star")
    assert packed.train + packed.test == 12 + 84
    assert [sentence.partition(": ")[0] for sentence in packed.skipped] == [
        str(folder / "sheet.pdf"), str(folder / "white.jpg"),
    ]  # fmt: skip
    assert "found a PDF; save each of its pages as a picture." in packed.skipped[0]
    assert "expected a sheet with four corner marks, found none" in packed.skipped[1]
    assert packed.notes == ("Page 1 of 2 of the sheet that begins with heart is not here.",)


def test_sheets_of_a_divided_folder_stay_on_their_side(pages, tmp_path):
    folder = tmp_path / "divided"
    fill(folder / "train", {"star": 2, "ring": 2})
    fill(folder / "test", {"star": 1, "ring": 1})
    (folder / "test" / "page.png").write_bytes((pages / "1.png").read_bytes())
    packed = pack(folder, tmp_path / "set")
    assert (packed.train, packed.test) == (4, 86)


@pytest.mark.parametrize(
    ("name", "options", "error", "sentence"),
    [
        ("white.png", {}, FormatError, "expected a sheet with four corner marks, found none"),
        ("none.png", {}, FormatError, "expected a file, found none"),
        ("0.png", {"raw": True}, UsageError, "cannot be taken as it is"),
        ("0.png", {"classes": ("a", "b")}, FormatError, "expected 2 classes"),
    ],
)
def test_a_picture_that_is_named_and_makes_no_set(pages, tmp_path, name, options, error, sentence):
    Image.new("L", (400, 500), 255).save(pages / "white.png")
    with pytest.raises(error, match=sentence):
        pack(pages / name, tmp_path / "set", **options)
    assert not (tmp_path / "set").exists()


def test_an_empty_sheet_is_no_set(tmp_path):
    blank = tmp_path / "blank.png"
    Image.fromarray(draw_page(LAYOUT, 0, NAMES)).reduce(3).save(blank)
    with pytest.raises(DataError, match=r"blank.png: 204 of 204 cells are empty\."):
        pack(blank, tmp_path / "set")
