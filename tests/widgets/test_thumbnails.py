"""Thumbnails keep the shape and the brightness of digits."""

import numpy as np
import pytest

from numrec_tui.widgets import thumbnails


def test_thumbnails_keep_the_shape_and_never_grow():
    images = np.full((2, 28, 14), 100, np.uint8)
    assert thumbnails.thumbnails(images, 10).shape == (2, 10, 5)
    assert np.unique(thumbnails.thumbnails(images, 10)).tolist() == [100]
    assert thumbnails.thumbnails(images, 40) is images


def test_the_margin_that_all_pictures_share_is_cut_off():
    images = np.zeros((3, 28, 28), np.uint8)
    images[:, 4:24, 6:20] = 200
    assert images[0][thumbnails.ink_box(images)].shape == (20, 20)
    assert images[0][thumbnails.ink_box(np.zeros_like(images))].shape == (28, 28)


@pytest.mark.parametrize("side", range(3, 28))
def test_a_thumbnail_of_one_brightness_has_that_brightness_exactly(side):
    images = np.full((1, 28, 28), 255, np.uint8)
    assert np.unique(thumbnails.thumbnails(images, side)).tolist() == [255]
