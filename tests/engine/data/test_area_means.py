"""Pictures made smaller by means, with the arithmetic written out."""

import numpy as np
import pytest

from engine.data.area_means import area_means, block_means


def test_a_thumbnail_is_made_of_means():
    picture = np.array([[[1, 3, 0, 0], [5, 7, 0, 0], [0, 0, 2, 2], [0, 0, 2, 2]]], np.float32)
    assert area_means(picture, 2, 2).tolist() == [[[4, 0], [0, 2]]]


def test_a_thumbnail_whose_pixels_do_not_fit_shares_them_out():
    picture = np.array([[[3.0, 6.0, 9.0]]], np.float32)
    # a pixel and a half each: (3 + 6/2) / 1.5 and (6/2 + 9) / 1.5
    assert area_means(picture, 1, 2)[0, 0] == pytest.approx([4, 8])


def test_means_of_binary_fractions_are_exact_in_whatever_order_they_are_added_up():
    pictures = np.random.default_rng(0).integers(-128, 128, (5, 28, 28)) / 256
    backward = area_means(pictures[:, ::-1, ::-1].astype(np.float32), 9, 11)
    assert (area_means(pictures.astype(np.float32), 9, 11) == backward[:, ::-1, ::-1]).all()


def test_blocks_that_do_not_fit_are_cut_off_and_a_thread_of_pixels_stays_one():
    picture = np.array([[1, 3, 5, 7, 9], [1, 3, 5, 7, 9]], np.uint8)
    # five columns in at most three: blocks of two, and the fifth column is left over
    assert block_means(picture, 3).tolist() == [[2, 6]]
    assert block_means(picture[:1], 3).tolist() == [[2, 6]]
    assert block_means(picture, 5).tolist() == picture.tolist()
