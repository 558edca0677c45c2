"""What a chart draws, before anything is drawn: values, stops of a cursor, smooth curves."""

import math

import pytest

from numrec_tui.charts.picture import Curve, Mark, Picture
from numrec_tui.charts.scale import scale_of

NAN, INF = math.nan, math.inf


def run(epochs, label="train", **how):
    """A point an epoch, at the value of its number."""
    x = tuple(float(epoch) for epoch in range(1, epochs + 1))
    return Curve(label, x, x, **how)


# Smoothing


def test_a_smooth_curve_is_an_average_that_is_not_drawn_towards_zero():
    # share 0.5: 4; (0.25 4 + 0.5 2) / 0.75 = 8/3; (0.125 4 + 0.25 2 + 0.5 8) / 0.875 = 40/7.
    curve = Curve("train", (1.0, 2.0, 3.0), (4.0, 2.0, 8.0), smoothing=0.5)
    assert curve.points()[1].tolist() == pytest.approx([4, 8 / 3, 40 / 7])


def test_a_constant_stays_what_it_is():
    curve = Curve("train", tuple(map(float, range(50))), (0.9,) * 50, smoothing=0.95)
    assert curve.points()[1].tolist() == pytest.approx([0.9] * 50)


def test_the_values_that_are_told_are_not_smoothed():
    curve = Curve("train", (1.0, 2.0, 3.0), (4.0, 2.0, 8.0), smoothing=0.5)
    assert curve.latest() == 8
    assert curve.value_at(2.0) == 2


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
def test_a_point_that_is_not_finite_does_not_spoil_those_after_it(bad):
    curve = Curve("train", (1.0, 2.0, 3.0), (4.0, bad, 4.0), smoothing=0.5)
    assert curve.points()[1].tolist() == [4, 4]


# Values


@pytest.mark.parametrize(
    ("x", "value"), [(0.9, NAN), (1.0, 1), (1.9, 1), (2.0, 2), (3.0, 3), (3.9, 3), (4.0, NAN)]
)
def test_a_value_holds_until_the_next_but_not_long_after_the_end(x, value):
    assert run(3).value_at(x) == pytest.approx(value, nan_ok=True)


def test_a_curve_without_points_has_no_value():
    assert math.isnan(run(0).value_at(1.0))
    assert math.isnan(run(0).latest())


# Where a cursor may stand


def test_a_cursor_stands_at_epochs_at_changes_and_at_the_last_point():
    train = Curve("train", (0.5, 1.0, 2.5, 4.7), (1.0,) * 4)
    picture = Picture((train,), (Mark(2.3, "rate 1→2"), Mark(9.0, "never")))
    assert picture.stops() == [0.5, 1, 2, 2.3, 3, 4, 4.7]


def test_in_a_short_run_a_cursor_goes_by_tenths():
    train = Curve("train", (0.1, 0.45), (1.0, 1.0))
    assert Picture((train,)).stops() == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.45])


def test_a_cursor_stays_within_the_last_epochs():
    assert Picture((run(20),), last=10).stops() == [float(epoch) for epoch in range(10, 21)]


def test_without_points_there_is_nowhere_to_stand():
    assert Picture((run(0),)).stops() == []
    assert Picture((Curve("", (NAN, INF), (1.0, 1.0)),)).stops() == []


# The last epochs


def test_the_last_epochs_are_counted_from_the_run_under_way():
    earlier = run(50, "run 1", faint=True)
    assert Picture((run(20), earlier)).span() == (0, 50)
    assert Picture((run(20), earlier), last=10).span() == (10, 20)
    assert Picture((run(0), earlier), last=10).span() == (40, 50)


def test_an_epoch_under_way_is_one_of_the_last():
    assert Picture((Curve("", (1.0, 8.3), (1.0, 1.0)),), last=3).span() == (6, 9)


def test_of_a_run_shorter_than_that_all_is_seen():
    scale = scale_of(Picture((run(2),), last=10, percent=False))
    assert (scale.left, scale.right) == (0, 2)


def test_a_line_from_before_enters_at_the_edge():
    curve = Curve("train", (1.0, 3.0, 6.0), (1.0, 3.0, 6.0))
    scale = scale_of(Picture((curve,), last=4, percent=False))
    x, y = scale.points(curve)
    assert (x.tolist(), y.tolist()) == ([2, 3, 6], [2, 3, 6])


def test_points_from_before_are_left_out():
    curve = run(6, joined=False)
    scale = scale_of(Picture((curve,), last=3, percent=False))
    assert scale.points(curve)[0].tolist() == [3, 4, 5, 6]


def test_late_losses_fill_the_height():
    losses = Curve("", (1.0, 2.0, 9.0, 10.0), (2.3, 1.1, 0.041, 0.046))
    scale = scale_of(Picture((losses,), percent=False, last=1))
    # From 0.041 to 0.046 are 5 units of 0.001.
    assert (scale.low, scale.high) == pytest.approx((0.041, 0.047))


# A logarithmic axis


def test_a_log_axis_has_round_ends_and_drops_what_has_no_logarithm():
    losses = Curve("", (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), (2.3, 0.0, -1.0, NAN, INF, 0.012))
    scale = scale_of(Picture((losses,), percent=False, log=True))
    assert (10**scale.low, 10**scale.high) == pytest.approx((0.01, 3))
    assert scale.points(losses)[1].tolist() == pytest.approx([math.log10(2.3), math.log10(0.012)])


def test_a_log_axis_without_a_positive_number_is_still_an_axis():
    scale = scale_of(Picture((Curve("", (1.0,), (0.0,)),), percent=False, log=True))
    assert scale.low < scale.high


def test_accuracies_have_no_log_axis():
    assert not scale_of(Picture((run(3),), percent=True, log=True)).log


def test_one_tiny_loss_does_not_take_all_of_the_axis():
    scale = scale_of(Picture((Curve("", (1.0, 2.0), (1.0, 1e-150)),), percent=False, log=True))
    assert 10**scale.low == pytest.approx(1e-12)
