"""Laying digits out as MNIST's are."""

import numpy as np
import pytest

from engine.data.normalize import FRAME, center, fit


def blot(top: int, left: int, size: int = 20) -> np.ndarray:
    """A picture with 2x2 pixels of ink."""
    ink = np.zeros((1, size, size))
    ink[0, top : top + 2, left : left + 2] = 1
    return ink


@pytest.mark.parametrize(("top", "left"), [(0, 0), (3, 15), (18, 18), (9, 9)])
def test_the_center_of_mass_comes_to_the_middle(top, left):
    frame = center(blot(top, left))[0]
    y, x = (np.average(np.arange(FRAME), weights=frame.sum(axis=axis)) for axis in (1, 0))
    assert abs(y - FRAME / 2) <= 1
    assert abs(x - FRAME / 2) <= 1
    assert frame.sum() == 4


def test_pictures_are_moved_by_whole_pixels_and_keep_their_shape():
    ink = np.random.default_rng(0).random((3, 20, 20))
    ink[:, :5] = 0
    framed = center(ink)
    for before, after in zip(ink, framed, strict=True):
        assert sorted(before[before > 0]) == sorted(after[after > 0])


def test_one_picture_does_not_change_how_another_is_laid():
    ink = np.concatenate([blot(0, 0), blot(10, 3)])
    np.testing.assert_array_equal(center(ink)[1], center(ink[1:])[0])


def test_an_empty_picture_stays_empty():
    assert not center(np.zeros((1, 20, 20))).any()


def test_the_larger_side_decides_the_scale():
    assert fit(np.array([[2.0, 4.0], [10.0, 1.0]])).tolist() == [5.0, 2.0]
