"""Digits and their parts: what fits together, what is held out, and what a batch is given."""

import numpy as np
import pytest
from numpy.typing import DTypeLike

from engine.data.dataset import BatchReader, DataSet, Digits
from engine.errors import DataError
from tests.engine import tiny


def keys(digits: Digits) -> list[bytes]:
    """Each image as something that can be compared and counted."""
    return [image.tobytes() for image in digits.images]


def blank(count: int, rows: int = 4, columns: int = 4) -> Digits:
    return Digits(np.zeros((count, rows, columns), np.uint8), np.zeros(count, np.uint8))


def test_images_and_labels_must_be_as_many() -> None:
    with pytest.raises(DataError, match="3 images but 2 labels"):
        Digits(np.zeros((3, 4, 4), np.uint8), np.zeros(2, np.uint8))


@pytest.mark.parametrize("shape", [(0, 4, 4), (0, 0, 0), (3, 0, 4), (3, 4, 0)])
def test_a_set_without_a_pixel_is_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(DataError, match="no image"):
        Digits(np.zeros(shape, np.uint8), np.zeros(shape[0], np.uint8))


def test_a_label_that_is_no_class_is_refused() -> None:
    with pytest.raises(DataError, match="label is 3, but the classes go from 0 to 2"):
        Digits(np.zeros((2, 4, 4), np.uint8), np.array([0, 3], np.uint8), 3)


def test_there_is_one_name_for_each_class() -> None:
    with pytest.raises(DataError, match="3 classes but 2 names"):
        Digits(np.zeros((1, 4, 4), np.uint8), np.zeros(1, np.uint8), 3, ("cat", "dog"))


def test_classes_without_a_name_are_called_by_their_number() -> None:
    assert blank(1).class_names == tuple("0123456789")


def test_every_part_of_a_set_knows_the_names() -> None:
    names = ("cat", "dog")
    images, labels = np.zeros((10, 4, 4), np.uint8), np.arange(10, dtype=np.uint8) % 2
    digits = Digits(images, labels, 2, names)
    data = DataSet("pets", digits, digits.take(np.array([1, 2])))
    parts = data.split("held-out", 0.3, 0)
    assert data.class_names == parts.class_names == names
    assert parts.validation.class_names == parts.test.class_names == names


def test_training_and_test_digits_must_be_of_the_same_classes() -> None:
    other = Digits(np.zeros((2, 4, 4), np.uint8), np.zeros(2, np.uint8), 3)
    with pytest.raises(DataError, match="of mine differ in classes"):
        DataSet("mine", blank(3), other)


def test_pixels_are_the_images_row_by_row() -> None:
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    digits = Digits(images, np.array([1, 2], np.uint8))
    assert digits.pixels.tolist() == [list(range(12)), list(range(12, 24))]
    assert np.shares_memory(digits.pixels, images)


def test_digits_are_taken_with_their_labels() -> None:
    digits = tiny.digits(30)
    taken = digits.take(np.array([7, 3, 7]))
    np.testing.assert_array_equal(taken.images, digits.images[[7, 3, 7]])
    assert taken.labels.tolist() == [7, 3, 7]
    assert taken.classes == digits.classes


def test_training_and_test_images_must_be_of_one_size() -> None:
    with pytest.raises(DataError, match="of mine are 4 x 4 pixels, the test images 4 x 5"):
        DataSet("mine", blank(3), blank(2, columns=5))


@pytest.mark.parametrize(
    ("count", "fraction", "held_out"),
    [(60, 0.1, 6), (60, 0.5, 30), (61, 0.1, 6), (3, 0.5, 2)],
)
def test_held_out_is_the_fraction_that_was_asked_for(
    count: int, fraction: float, held_out: int
) -> None:
    parts = tiny.data_set(count).split("held-out", fraction, 0)
    assert (len(parts.train), len(parts.validation)) == (count - held_out, held_out)


def test_held_out_digits_are_not_trained_on_and_none_is_lost() -> None:
    data = tiny.data_set(200)
    assert len(set(keys(data.train))) == 200
    parts = data.split("held-out", 0.2, 5)
    assert not set(keys(parts.train)) & set(keys(parts.validation))
    assert sorted(keys(parts.train) + keys(parts.validation)) == sorted(keys(data.train))


def test_held_out_digits_keep_their_labels() -> None:
    data = tiny.data_set(200)
    label_of = dict(zip(keys(data.train), data.train.labels.tolist(), strict=True))
    parts = data.split("held-out", 0.2, 5)
    for part in (parts.train, parts.validation):
        assert [label_of[key] for key in keys(part)] == part.labels.tolist()


def test_what_is_left_to_train_on_keeps_its_order() -> None:
    data = tiny.data_set(50)
    place = {key: place for place, key in enumerate(keys(data.train))}
    places = [place[key] for key in keys(data.split("held-out", 0.3, 2).train)]
    assert places == sorted(places)


def test_the_seed_decides_what_is_held_out() -> None:
    data = tiny.data_set(200)
    first = keys(data.split("held-out", 0.2, 1).validation)
    assert first == keys(data.split("held-out", 0.2, 1).validation)
    assert first != keys(data.split("held-out", 0.2, 2).validation)


def test_held_out_digits_are_drawn_from_all_over_the_set() -> None:
    data = tiny.data_set(1000)
    place = {key: place for place, key in enumerate(keys(data.train))}
    places = [place[key] for key in keys(data.split("held-out", 0.2, 1).validation)]
    quarters = np.histogram(places, bins=4, range=(0, 1000))[0]
    assert quarters.min() > 30  # of 200; 50 each would be even


@pytest.mark.parametrize("fraction", [0.001, 0.999])
def test_a_fraction_that_leaves_nothing_is_refused(fraction: float) -> None:
    with pytest.raises(DataError, match=f"fraction of {fraction} of 60 digits"):
        tiny.data_set(60).split("held-out", fraction, 0)


@pytest.mark.parametrize("validation", ["held-out", "test"])
def test_the_test_digits_are_kept_whole(validation: str) -> None:
    data = tiny.data_set()
    parts = data.split(validation, 0.1, 0)
    assert parts.test is data.test
    assert parts.name == "tiny"


def test_validation_on_the_test_digits_trains_on_everything() -> None:
    data = tiny.data_set()
    parts = data.split("test", 0.1, 0)
    assert parts.train is data.train
    assert parts.validation is data.test


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_pixel_becomes_its_share_of_255(dtype: DTypeLike) -> None:
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    out = np.empty((1, 256), dtype)
    BatchReader(images.reshape(1, -1), 1).read(np.array([0]), out)
    np.testing.assert_allclose(out[0], np.arange(256) / 255, rtol=1e-6)
    assert out.min() == 0
    assert out.max() == 1  # exactly, and nothing above it
    assert (np.diff(out[0]) > 0).all()


def test_a_batch_holds_the_rows_that_were_asked_for_in_their_order() -> None:
    digits = tiny.digits(20)
    reader = BatchReader(digits.pixels, batch_size=4)
    for rows in ([3, 1, 19, 1], [0, 7]):
        out = np.empty((len(rows), tiny.SIDE**2), np.float32)
        reader.read(np.array(rows), out)
        np.testing.assert_array_equal(np.rint(out * 255), digits.pixels[rows])


def test_reading_leaves_the_images_as_they_were() -> None:
    digits = tiny.digits(20)
    before = digits.images.copy()
    BatchReader(digits.pixels, 4).read(np.arange(4), np.empty((4, tiny.SIDE**2), np.float32))
    np.testing.assert_array_equal(digits.images, before)


@pytest.mark.parametrize("seed", range(8))
def test_of_a_small_set_each_class_is_both_learned_and_validated(seed: int) -> None:
    parts = tiny.data_set(30).split("held-out", 1 / 3, seed)  # three images of each class
    assert sorted(parts.validation.labels.tolist()) == list(range(10))
    assert set(parts.train.labels.tolist()) == set(range(10))


def test_a_class_with_one_image_is_learned() -> None:
    data = tiny.data_set(21)
    data.train.labels[:] = 0
    data.train.labels[7] = 1
    parts = data.split("held-out", 0.9, 0)
    assert 1 in parts.train.labels
