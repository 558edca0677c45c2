"""IDX files: what is written is read again, plain and gzip, and is known by its bytes."""

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.data import idx
from engine.errors import SaveError

sides = st.integers(1, 9)
some_images = arrays.arrays(np.uint8, st.tuples(sides, sides, sides))
some_labels = arrays.arrays(np.uint8, st.integers(1, 50), elements=st.integers(0, 9))
names = st.sampled_from(["plain", "packed.gz"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("idx")


@settings(max_examples=50)
@given(images=some_images, name=names)
def test_images_come_back_as_they_were_written(folder: Path, images: np.ndarray, name: str) -> None:
    idx.write(folder / name, images)
    found = idx.read_images(folder / name)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, images)


@settings(max_examples=50)
@given(labels=some_labels, name=names)
def test_labels_come_back_as_they_were_written(folder: Path, labels: np.ndarray, name: str) -> None:
    idx.write(folder / name, labels)
    np.testing.assert_array_equal(idx.read_labels(folder / name, 10), labels)


def test_the_bytes_are_those_of_the_format(tmp_path: Path) -> None:
    idx.write(tmp_path / "images", np.array([[[1, 2, 3], [4, 5, 255]]], np.uint8))
    assert (tmp_path / "images").read_bytes() == bytes(
        [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255]
    )
    idx.write(tmp_path / "labels", np.array([7, 0], np.uint8))
    assert (tmp_path / "labels").read_bytes() == bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 0])


def test_sizes_above_255_are_big_endian(tmp_path: Path) -> None:
    labels = np.arange(70_000) % 10
    idx.write(tmp_path / "labels", labels.astype(np.uint8))
    assert (tmp_path / "labels").read_bytes()[4:8] == bytes([0, 1, 0x11, 0x70])
    np.testing.assert_array_equal(idx.read_labels(tmp_path / "labels", 10), labels)


def test_a_name_that_ends_in_gz_makes_a_gzip_file_of_the_same_bytes(tmp_path: Path) -> None:
    labels = np.array([1, 2, 3], np.uint8)
    idx.write(tmp_path / "labels", labels)
    idx.write(tmp_path / "labels.gz", labels)
    packed = (tmp_path / "labels.gz").read_bytes()
    assert gzip.decompress(packed) == (tmp_path / "labels").read_bytes()


def test_gzip_is_known_by_its_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    labels = np.array([1, 2, 3], np.uint8)
    idx.write(tmp_path / "labels", labels)
    idx.write(tmp_path / "labels.gz", labels)
    (tmp_path / "labels").rename(tmp_path / "x")
    (tmp_path / "labels.gz").rename(tmp_path / "labels")  # packed, and called plain
    (tmp_path / "x").rename(tmp_path / "labels.gz")  # plain, and called packed
    np.testing.assert_array_equal(idx.read_labels(tmp_path / "labels", 10), labels)
    np.testing.assert_array_equal(idx.read_labels(tmp_path / "labels.gz", 10), labels)


def test_the_same_values_give_the_same_bytes_under_any_name_at_any_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = np.random.default_rng(1).integers(0, 256, (5, 4, 4), np.uint8)
    idx.write(tmp_path / "one.gz", images)
    monkeypatch.setattr("time.time", lambda: 2e9)
    idx.write(tmp_path / "another.gz", images)
    assert (tmp_path / "one.gz").read_bytes() == (tmp_path / "another.gz").read_bytes()


def test_a_view_is_written_as_it_is_seen(tmp_path: Path) -> None:
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    for view in (images[:, ::-1], images.transpose(0, 2, 1), images[1:]):
        idx.write(tmp_path / "images", view)
        np.testing.assert_array_equal(idx.read_images(tmp_path / "images"), view)


def test_writing_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(SaveError):
        idx.write(tmp_path / "nowhere" / "labels", np.zeros(1, np.uint8))
