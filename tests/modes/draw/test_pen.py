"""The pen: what a stroke leaves on the sheet."""

from itertools import pairwise

import numpy as np
import pytest

from numrec_tui.modes.draw.pen import EDGE, Pen, as_picture, blank, canvas, stroke

THIN = Pen(1.0)
ERASER = Pen(1.0, erases=True)


def drawn(*places, pen=THIN):
    sheet = blank()
    for start, end in pairwise(places):
        stroke(sheet, start, end, pen)
    return sheet


def test_a_dot_is_full_in_its_middle_and_fades_at_its_edge():
    sheet = drawn((10.5, 7.5), (10.5, 7.5), pen=Pen(1.25))
    assert sheet[7, 10] == 1
    # The next pixel's middle is 1 away: (1.25 - 1) / 0.7 + 0.5 = 0.857.
    assert sheet[7, 11] == pytest.approx(0.25 / EDGE + 0.5)
    # Diagonally it is sqrt 2 away: (1.25 - 1.414) / 0.7 + 0.5 = 0.265.
    assert sheet[8, 11] == pytest.approx((1.25 - 2**0.5) / EDGE + 0.5)
    assert sheet[7, 13] == 0


def test_a_dot_between_four_pixels_is_the_same_on_all_sides():
    sheet = drawn((10, 10), (10, 10))
    np.testing.assert_array_equal(sheet[6:14, 6:14], sheet[6:14, 6:14][::-1, ::-1].T)
    assert sheet[9, 9] == sheet[10, 10] > 0


def test_a_fast_move_leaves_no_gap():
    sheet = drawn((2.5, 3.5), (25.5, 20.5))
    for share in np.linspace(0, 1, 100):
        x, y = 2.5 + 23 * share, 3.5 + 17 * share
        assert sheet[int(y), int(x)] > 0.5


def test_a_line_in_pieces_is_the_line_in_one():
    whole = drawn((3.5, 3.5), (23.5, 13.5))
    pieces = drawn((3.5, 3.5), (7.5, 5.5), (13.5, 8.5), (23.5, 13.5))
    np.testing.assert_allclose(whole, pieces, atol=1e-5)


def test_a_wider_pen_covers_all_that_a_thinner_one_does():
    thin, thick = (drawn((5.5, 5.5), (20.5, 9.5), pen=Pen(radius)) for radius in (0.8, 2.0))
    assert (thick >= thin).all()
    assert thick.sum() > 1.5 * thin.sum()


def test_the_eraser_takes_away_what_it_covers_and_nothing_else():
    sheet = drawn((4.5, 10.5), (24.5, 10.5))
    stroke(sheet, (14.5, 10.5), (14.5, 10.5), ERASER)
    assert sheet[10, 14] == 0
    assert sheet[10, 8] == 1


@pytest.mark.parametrize("far", [(-50.0, 10.0), (80.0, 10.0), (10.0, -40.0), (1e9, 1e9)])
def test_a_stroke_that_leaves_the_sheet_is_cut_there(far):
    sheet = drawn((14.5, 10.5), far)
    assert sheet[10, 14] == 1
    assert np.isfinite(sheet).all()


def test_a_stroke_beyond_the_sheet_leaves_nothing():
    assert not drawn((-30, -30), (-9, -5)).any()


def test_a_picture_is_put_on_the_sheet_and_comes_back_the_same():
    picture = np.arange(784).reshape(28, 28).astype(np.uint8)
    np.testing.assert_array_equal(as_picture(canvas(picture)), picture)
