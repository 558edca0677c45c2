"""What can hardly be right about a set is named; what is right raises no doubt."""

from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from engine.data import idx
from engine.data.catalog import FILES, find
from engine.data.dataset import DataSet, Digits
from engine.data.doubts import count_shared, doubts
from engine.data.repairs import joined, parted, repaired
from engine.errors import DataError
from engine.nn.arrays import Bytes

drawn_once = cache(find)


def good(train: int = 60, test: int = 20) -> DataSet:
    found = replace(drawn_once(f"drawn:{train}"), test=drawn_once(f"drawn:{6 * test}:7").test)
    return deepcopy(found)


def with_labels(labels: Bytes, classes: int) -> DataSet:
    data = good(len(labels))
    return DataSet(
        "odd",
        Digits(data.train.images, labels.astype(np.uint8), classes),
        Digits(data.test.images, data.test.labels % classes, classes),
    )


def with_images(change) -> DataSet:
    data = good()
    train, test = (Digits(change(part.images), part.labels) for part in (data.train, data.test))
    return DataSet("odd", train, test)


def only(data: DataSet):
    [doubt] = doubts(data)
    return doubt


@pytest.mark.parametrize("name", ["bundled", "drawn:10", "drawn:300"])
def test_our_own_digits_raise_no_doubt(name: str) -> None:
    assert doubts(find(name)) == ()


def test_mnist_raises_no_doubt(mnist: DataSet) -> None:
    assert doubts(mnist) == ()


def test_clothes_that_fill_their_picture_raise_no_doubt() -> None:
    def filled(images: Bytes) -> Bytes:
        generator = np.random.default_rng(len(images))
        clothes = np.zeros_like(images)
        clothes[:, 1:27, 4:24] = generator.integers(100, 256, (len(images), 26, 20))
        return clothes

    assert doubts(with_images(filled)) == ()


def test_labels_that_begin_at_one_leave_a_class_empty() -> None:
    doubt = only(with_labels(np.arange(60) % 9 + 1, 10))
    assert doubt.what.startswith("Class 0 has no image")


def test_several_empty_classes_are_named() -> None:
    labels = np.array([1, 3, 4])[np.arange(60) % 3]
    assert "The classes 0, 2 have no image" in only(with_labels(labels, 5)).what


def test_labels_that_begin_with_their_files_header_are_recognized() -> None:
    labels = np.arange(60) % 10
    labels[:8] = [0, 0, 8, 1, 0, 0, 234, 96]  # 60,000 in the last four bytes
    assert "header of the label file" in only(with_labels(labels, 235)).what


def test_far_more_classes_than_have_images() -> None:
    labels = np.arange(60) % 10 * 20
    assert "181 classes, but only 10" in only(with_labels(labels, 181)).what


def test_black_ink_on_white_paper_can_be_inverted() -> None:
    doubt = only(with_images(lambda images: 255 - images))
    assert doubt.mend == "invert"


@pytest.mark.parametrize("levels", [1, 15, 16])
def test_levels_that_end_early_can_be_scaled(levels: int) -> None:
    doubt = only(with_images(lambda images: (images // (256 // (levels + 1))).clip(0, levels)))
    assert f"brightest pixel is {levels}" in doubt.what
    assert doubt.mend == "scale"


def test_white_paper_of_few_levels_can_be_scaled_and_inverted() -> None:
    data = with_images(lambda images: 16 - images // 16)
    assert [doubt.mend for doubt in doubts(data)] == ["scale", "invert"]
    mended = repaired(data, ("scale", "invert"))
    assert doubts(mended) == ()
    assert mended.name == "odd+scale+invert"


@pytest.mark.parametrize("level", [0, 90, 255])
def test_equal_images_are_named(level: int) -> None:
    data = with_images(lambda images: np.full_like(images, level))
    assert doubts(data)[0].what.startswith("All images to learn from are equal")


def test_test_images_that_are_learned_from_are_counted() -> None:
    data = good(train=300, test=40)
    data.test.images[5:10] = data.train.images[100:105]
    assert only(data).what.startswith("5 of the 40 test images are training images too")


def test_images_that_are_alike_only_in_the_middle_are_not_the_same() -> None:
    train = good().train.images
    test = train[:20].copy()
    test[:, 0, 0] = 1
    assert count_shared(train, test) == 0
    assert count_shared(train, train[:20]) == 20


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (7, 5), (40, 31)])
def test_pictures_of_any_size_are_compared(shape: tuple[int, int]) -> None:
    images = np.random.default_rng(1).integers(1, 256, (30, *shape)).astype(np.uint8)
    assert count_shared(images, images[4:9]) == 5


def test_one_drawing_in_both_parts_is_how_drawings_begin() -> None:
    data = good()
    data.test.images[0] = data.train.images[0]
    assert doubts(data) == ()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = with_images(lambda images: 255 - images)
    folder = tmp_path / "mine"
    folder.mkdir()
    parts = (data.train.images, data.train.labels, data.test.images, data.test.labels)
    for name, values in zip(FILES.values(), parts, strict=True):
        idx.write(folder / name, values)
    return folder


def test_a_repair_is_part_of_the_name(folder: Path) -> None:
    assert [doubt.mend for doubt in find(str(folder)).doubts] == ["invert"]
    mended = find(f"{folder}+invert")
    assert mended.doubts == ()
    assert mended.name == "mine+invert"
    assert (mended.train.images == 255 - find(str(folder)).train.images).all()


def test_our_own_sets_can_be_repaired_and_then_raise_doubts() -> None:
    assert [doubt.mend for doubt in find("drawn:60+invert").doubts] == ["invert"]


def test_a_folder_that_is_called_like_a_repair_is_taken_as_it_is(folder: Path) -> None:
    odd = folder.rename(folder.with_name("mine+invert"))
    assert parted(str(odd)) == (str(odd), ())


def test_repairs_stand_in_the_order_in_which_they_are_done() -> None:
    assert joined("./a+invert", ["scale"]) == "./a+scale+invert"
    assert joined("./a", []) == "./a"
    assert parted("+invert") == ("+invert", ())


def test_what_is_no_repair_is_part_of_a_name(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no folder .*mine\+upside-down"):
        find(str(tmp_path / "mine+upside-down"))
