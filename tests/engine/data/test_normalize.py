"""Laying digits out as MNIST's are."""

import numpy as np
import pytest

from engine.data.dataset import DataSet
from engine.data.normalize import FIT, FRAME, normalize
from engine.nn.arrays import Bytes


def bar(rows: int, columns: int, top: int = 0, left: int = 0, size: int = 60) -> Bytes:
    """A picture with one solid rectangle of ink."""
    picture: Bytes = np.zeros((1, size, size), np.uint8)
    picture[0, top : top + rows, left : left + columns] = 200
    return picture


def box(frame: Bytes) -> tuple[int, int]:
    """How high and how wide the ink is."""
    rows, columns = (np.flatnonzero(frame.any(axis=axis)) for axis in (1, 0))
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


@pytest.mark.mnist
def test_an_image_of_mnist_stays_as_it_is_to_the_last_pixel(mnist: DataSet):
    images = mnist.train.images[:5000]
    same = (normalize(images) == images).all(axis=(1, 2))
    assert same.mean() > 0.999  # a handful is 19 pixels high, not 20


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [(20, 8, (20, 8)), (40, 20, (20, 10)), (10, 50, (4, 20)), (5, 5, (20, 20)), (60, 1, (20, 1))],
)
def test_the_longer_side_becomes_20_and_the_shape_is_kept(rows, columns, expected):
    assert box(normalize(bar(rows, columns))[0]) == expected


@pytest.mark.parametrize(("top", "left"), [(0, 0), (3, 35), (40, 20), (9, 9)])
def test_where_the_digit_stood_does_not_matter(top, left):
    expected = normalize(bar(20, 15))
    np.testing.assert_array_equal(normalize(bar(20, 15, top, left)), expected)


def test_the_center_of_mass_comes_to_pixel_14():
    # 20 rows of 1 pixel and 2 rows of 9 more at the bottom: far from the middle of the box
    frame = normalize(bar(20, 1) + bar(2, 9, 18, 1))[0]
    assert box(frame) == (20, 10)
    for axis in (0, 1):
        mean = np.average(np.arange(FRAME), weights=frame.sum(axis=axis))
        assert mean == pytest.approx(14, abs=0.5)


def test_ink_at_one_edge_is_not_pushed_out_of_the_frame():
    picture = bar(20, 20) // 200 + 199 * (bar(1, 20) > 0)  # nearly all of the mass in the top row
    frame = normalize(picture.astype(np.uint8))[0]
    assert box(frame) == (FIT, FIT)


def test_shrinking_averages():
    rows = np.arange(40)[:, None] // 20 * np.full((1, 40), 100) + 50  # 50 above, 150 below
    frame = normalize(rows[None].astype(np.uint8))[0]
    values, counts = np.unique(frame[frame > 0], return_counts=True)
    assert {50, 150} <= set(values.tolist())
    assert counts[(values == 50) | (values == 150)].sum() >= 360  # all but the row between


def test_thin_lines_do_not_fade_away():
    diagonal = np.eye(400, dtype=np.uint8)[None] * 255
    assert normalize(diagonal).max() == 255
    far_apart = np.zeros((1, 2000, 2000), np.uint8)
    far_apart[0, 0, 0] = far_apart[0, -1, -1] = 1
    assert box(normalize(far_apart)[0]) == (20, 20)


def test_growing_neither_adds_nor_loses_brightness():
    assert set(normalize(bar(7, 7)).ravel()) == {0, 200}


def test_one_picture_does_not_change_how_another_is_laid():
    pictures = np.concatenate([bar(3, 9), bar(10, 3)])
    np.testing.assert_array_equal(normalize(pictures)[1], normalize(pictures[1:])[0])


def test_an_empty_picture_stays_empty():
    assert not normalize(np.zeros((1, 20, 20), np.uint8)).any()
