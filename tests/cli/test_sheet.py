"""`data sheet` prints what `data pack` reads."""

import numpy as np
import pytest
from PIL import Image

from engine.data.catalog import load
from engine.data.sheet.page import new_layout
from tests.sheets import drawings, filled


def test_a_printed_sheet_is_read_back(numrec, tmp_path):
    sheet, out = tmp_path / "sheet.png", tmp_path / "set"
    said = numrec("data", "sheet", sheet, "--classes", "heart, star", "--each", 6)
    assert said.code == 0
    assert f"{sheet}: 1 page, 12 boxes for 2 classes." in said.out
    with Image.open(sheet) as picture:
        assert round(picture.info["dpi"][0]) == 300
        blank = np.asarray(picture)
    layout = new_layout(("heart", "star"), 6, "a4")
    drawn = filled(layout, ("heart", "star"), drawings(layout, 2))
    Image.fromarray(np.minimum(blank, np.asarray(drawn))).save(sheet)
    said = numrec("data", "pack", sheet, out)
    assert said.code == 0, said.err
    assert "10 digits to learn from and 2 to be tested on, 2 classes" in said.out
    assert load(out).class_names == ("heart", "star")


def test_a_pdf_has_all_pages_and_pictures_are_numbered(numrec, tmp_path):
    classes = ",".join(map(str, range(20)))
    said = numrec("data", "sheet", tmp_path / "sheet.pdf", "--classes", classes, "--page", "letter")
    assert said.code == 0
    assert "2 pages" in said.out
    content = (tmp_path / "sheet.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert b"/Count 2" in content
    said = numrec("data", "sheet", tmp_path / "sheet.png", "--classes", classes)
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["sheet-1.png", "sheet-2.png"]


def test_the_classes_may_be_those_of_a_set(numrec, data, tmp_path):
    said = numrec("data", "sheet", tmp_path / "sheet.png", "--data", data)
    assert "120 boxes for 10 classes" in said.out


def test_a_name_without_letters_or_room_is_told(numrec, tmp_path):
    long = [f"a class with a long name {number}" for number in range(12)]
    said = numrec("data", "sheet", tmp_path / "s.png", "--classes", ",".join(["♥", *long]))
    assert said.code == 0
    assert "♥ stands on the sheet as class 1" in said.err
    assert "--font FILE names another font" in said.err
    assert "name them again then: data pack --classes" in said.err


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("s.png",), 2, "Name the classes by --classes"),
        (("s.png", "--classes", "a,b", "--data", "bundled"), 2, "Name the classes by --classes"),
        (("s.jpg", "--classes", "a,b"), 2, "written as .pdf or .png, not as 's.jpg'"),
        (("s.png", "--classes", "a"), 2, "2 to 64 classes, not 1"),
        (("s.png", "--classes", "a,,b"), 2, "'' is no name of a class"),
        (("s.png", "--classes", "a,b", "--font", "old.png"), 1, "a TrueType or OpenType font"),
        (("old.png", "--classes", "a,b"), 1, "is there already; --force replaces it."),
        (("none/s.png", "--classes", "a,b"), 1, "Cannot write none/s.png"),
    ],
)
def test_what_prints_no_sheet(numrec, tmp_path, monkeypatch, words, code, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.png").write_text("precious")
    said = numrec("data", "sheet", *words)
    assert (said.code, said.err.count("\n")) == (code, 1)
    assert sentence in said.err
    assert (tmp_path / "old.png").read_text() == "precious"
    assert [path.name for path in tmp_path.glob("s.*")] == []


def test_packing_asks_for_what_and_where(numrec, tmp_path):
    said = numrec("data", "pack", tmp_path)
    assert (said.code, said.out) == (2, "")
    assert "data pack PICTURES... OUT" in said.err
