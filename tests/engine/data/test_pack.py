"""A folder of pictures becomes a data set, whole or not at all."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.data import idx
from engine.data.catalog import load
from engine.data.pack import pack
from engine.errors import DataError, SaveError, UsageError
from tests import scripted


def fill(folder: Path, names: dict[str, int]) -> Path:
    """A folder for each name with so many pictures of rings and bars."""
    images = scripted.drawn_digits(60).images
    at = 0
    for name, count in names.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            Image.fromarray(images[at]).save(folder / name / f"{number}.png")
            at += 1
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "set"


def test_a_folder_a_digit_becomes_a_set_that_can_be_loaded(tmp_path, out):
    folder = fill(tmp_path / "pictures", {str(digit): 6 for digit in range(10)})
    packed = pack(folder, out)
    assert (packed.train, packed.test, packed.skipped) == (50, 10, ())
    digits = load(out)
    assert digits.class_names == packed.classes == tuple("0123456789")
    assert sorted(digits.test.labels.tolist()) == list(range(10))  # one of each class
    assert not (out / "classes.txt").exists()


def test_names_become_classes_in_the_order_of_letters(tmp_path, out):
    folder = fill(tmp_path / "pictures", {"dog": 2, "cat": 2})
    assert pack(folder, out).classes == ("cat", "dog")
    assert (out / "classes.txt").read_text() == "cat\ndog\n"
    assert load(out).class_names == ("cat", "dog")


def test_numbers_are_sorted_as_numbers_and_named_where_they_do_not_begin_at_0(tmp_path, out):
    folder = fill(tmp_path / "pictures", {"10": 2, "9": 2, "2": 2})
    assert pack(folder, out).classes == ("2", "9", "10")
    assert load(out).class_names == ("2", "9", "10")


def test_every_picture_keeps_its_label(tmp_path, out):
    folder = tmp_path / "pictures"
    for name, level in (("dark", 100), ("light", 200)):
        (folder / name).mkdir(parents=True)
        for number in range(5):
            Image.new("L", (8, 6), level).save(folder / name / f"{number}.bmp")
    pack(folder, out, raw=True)
    digits = load(out)
    for part in (digits.train, digits.test):
        assert part.images.shape[1:] == (6, 8)
        assert ((part.images[:, 0, 0] == 200) == part.labels).all()


def test_the_same_seed_takes_the_same_test_pictures(tmp_path, out):
    folder = fill(tmp_path / "pictures", {"0": 12, "1": 12})
    pack(folder, out, seed=3)
    pack(folder, tmp_path / "same", seed=3)
    pack(folder, tmp_path / "other", seed=4)
    tests = [load(path).test.images for path in (out, tmp_path / "same", tmp_path / "other")]
    assert np.array_equal(tests[0], tests[1])
    assert not np.array_equal(tests[0], tests[2])


def test_a_folder_that_is_divided_already_stays_divided(tmp_path, out):
    fill(tmp_path / "pictures" / "train", {"0": 3, "1": 4})
    fill(tmp_path / "pictures" / "test", {"0": 2, "1": 1})
    packed = pack(tmp_path / "pictures", out)
    assert (packed.train, packed.test, packed.classes) == (7, 3, ("0", "1"))


def test_what_cannot_be_read_is_left_out_and_told(tmp_path, out):
    folder = fill(tmp_path / "pictures", {"0": 3, "1": 3})
    (folder / "0" / "notes.txt").write_text("no picture")
    Image.new("L", (50, 50), 255).save(folder / "1" / "empty.png")
    (folder / "1" / ".hidden.png").write_text("nobody looks here")
    steps: list[tuple[int, int]] = []
    packed = pack(folder, out, on_progress=lambda done, total: steps.append((done, total)))
    assert packed.train + packed.test == 6
    assert [sentence.split(": ")[0] for sentence in packed.skipped] == [
        str(folder / "0" / "notes.txt"),
        str(folder / "1" / "empty.png"),
    ]
    assert "found no ink" in packed.skipped[1]
    assert steps[-1] == (8, 8)


def test_a_class_with_one_picture_is_learned_from(tmp_path, out):
    folder = fill(tmp_path / "pictures", {"0": 1, "1": 4})
    pack(folder, out)
    assert 0 in load(out).train.labels


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ({}, r"There is no picture to pack in .*pictures; .* such as 3/any\.png\.$"),
        ({"only": 3}, "pictures of 1 class, but a set has 2 to 256"),
        ({"a": 1, "b": 1}, "No picture in .* is left to be tested on"),
        ({"a\nb": 2, "c": 2}, "no name that can be shown"),
    ],
)
def test_a_folder_that_makes_no_set(tmp_path, out, names, sentence):
    (tmp_path / "pictures").mkdir()
    with pytest.raises(DataError, match=sentence):
        pack(fill(tmp_path / "pictures", names), out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pictures"]


def test_a_folder_that_is_missing(tmp_path, out):
    with pytest.raises(DataError, match="There is no folder"):
        pack(tmp_path / "nowhere", out)


def test_raw_pictures_of_different_sizes_are_named(tmp_path, out):
    folder = fill(tmp_path / "pictures", {"0": 2, "1": 2})
    Image.new("L", (5, 6), 9).save(folder / "1" / "z.png")
    with pytest.raises(DataError, match=r"z.png has 6 x 5 pixels, .* has 28 x 28"):
        pack(folder, out, raw=True)


def test_a_share_that_is_none(tmp_path, out):
    with pytest.raises(UsageError, match=r"between 0 and 1, not 1\.5"):
        pack(tmp_path, out, test_fraction=1.5)


def test_the_first_picture_that_cannot_be_read_is_named_if_none_can(tmp_path, out):
    for name in ("0", "1"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        (tmp_path / "pictures" / name / "notes.txt").write_text("no picture")
    with pytest.raises(DataError, match=r"any\.png\. The first that was left out: .*0.notes\.txt"):
        pack(tmp_path / "pictures", out)


def test_what_is_there_already_is_not_touched(tmp_path, out):
    folder = fill(tmp_path / "pictures", {"0": 2, "1": 2})
    out.mkdir()
    (out / "mine").write_text("precious")
    with pytest.raises(SaveError, match="is there already"):
        pack(folder, out)
    assert [path.name for path in out.iterdir()] == ["mine"]


def test_an_empty_folder_is_filled(tmp_path, out):
    out.mkdir()
    pack(fill(tmp_path / "pictures", {"0": 2, "1": 2}), out)
    assert len(load(out).train) == 2


def test_a_failure_while_writing_leaves_nothing_behind(tmp_path, out, monkeypatch):
    folder = fill(tmp_path / "pictures", {"0": 2, "1": 2})

    def full_disk(path: Path, values: object) -> None:
        if "t10k" in path.name:
            raise SaveError("the disk is full")
        path.write_bytes(b"half")

    monkeypatch.setattr(idx, "write", full_disk)
    with pytest.raises(SaveError, match="the disk is full"):
        pack(folder, out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pictures"]
