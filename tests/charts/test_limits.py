"""Where the y axis ends: it holds the curves being compared; arrows tell of what lies outside."""

import math

import numpy as np
import pytest

from numrec_tui.charts.grid import ARROWS, CURVES, EARLIER
from numrec_tui.charts.limits import (
    accuracy_floor,
    log_limits,
    loss_limits,
    near_limits,
    outside,
)
from numrec_tui.charts.picture import Curve, Picture
from numrec_tui.charts.scale import scale_of
from tests.screens.charts import accuracies, drawn, names_of_axis

NAN, INF = math.nan, math.inf
FALLING = tuple(2.3 * 0.7**epoch for epoch in range(20))
DIVERGED = (*FALLING[:6], 2.1, 50.0, 1e9, 3e24)


def run(y, label="", **how):
    """A curve with a point an epoch."""
    return Curve(label, tuple(map(float, range(1, len(y) + 1))), tuple(y), **how)


def arrows(rows, roles):
    """Each arrow that was drawn: its row, the arrow, its role."""
    return [
        (y, character, roles[y][x])
        for y, row in enumerate(rows)
        for x, character in enumerate(row)
        if character in ARROWS
    ]


# Loss


def test_one_diverged_run_does_not_flatten_the_others():
    scale = scale_of(Picture((run(FALLING), run(DIVERGED)), percent=False))
    assert (scale.low, scale.high) == (0, 3)


def test_a_diverged_run_alone_shows_how_it_was_before():
    scale = scale_of(Picture((run([*FALLING[:6], *[1e24] * 30]),), percent=False))
    assert scale.high <= 3


def test_a_run_that_diverged_from_its_first_batch_on_is_seen_as_it_is():
    low, high = loss_limits([np.array([3e3, 1e9, 1e24])], [])
    assert (low, high) == (0, 3e3)


def test_a_run_that_only_guesses_is_compared_not_left_out():
    assert loss_limits([np.full(20, 2.3), np.full(20, 0.004)], [])[1] == 3


def test_the_crash_of_a_loss_to_guessing_is_held_and_a_steep_opening_is_not():
    falling = np.array([2.3] + [0.2] * 19)
    assert loss_limits([falling], [])[1] == pytest.approx(0.2)
    crashed = falling.copy()
    crashed[15:] = 2.3
    assert loss_limits([crashed], [])[1] == 3


def test_of_an_earlier_run_the_best_loss_is_held():
    own, earlier = np.full(20, 0.1), np.linspace(2.0, 0.45, 20)
    assert loss_limits([own], [earlier])[1] == pytest.approx(0.5)
    assert loss_limits([own], [np.full(9, 1e24)])[1] == pytest.approx(0.1)


def test_while_the_new_run_has_no_point_the_earlier_ones_have_the_axis():
    assert loss_limits([np.empty(0)], [np.array([2.0, 0.4])]) == (0, 2)


def test_a_log_axis_leaves_a_divergence_out_too():
    low, high = log_limits([np.log10(FALLING), np.log10(DIVERGED)], [])
    assert high <= math.log10(500)
    assert low >= math.log10(0.002)


def test_the_last_epochs_hold_all_but_a_divergence():
    assert near_limits([np.array([0.041, 0.046, 1e24])], []) == pytest.approx((0.041, 0.047))


@pytest.mark.parametrize("bad", [NAN, INF, -INF])
@pytest.mark.parametrize("kind", [{"percent": False}, {"percent": False, "log": True}, {}])
def test_values_that_are_not_finite_change_no_axis(bad, kind):
    y = (0.5, 0.6, 0.7, 0.8)
    spoiled = Curve("", (1.0, 2.0, 2.5, 3.0, 4.0), (0.5, 0.6, bad, 0.7, 0.8))
    assert scale_of(Picture((spoiled,), **kind)) == scale_of(Picture((run(y),), **kind))


# Accuracy


def test_the_crash_of_an_accuracy_is_on_its_axis():
    rising = 0.97 - 0.8 * 0.5 ** np.arange(20)
    crashed = np.concatenate([rising, np.full(2, 0.12)])
    assert accuracy_floor([rising], [], zoomed=False) == 0.8
    assert accuracy_floor([crashed], [], zoomed=False) == 0


def test_a_crash_soon_after_the_start_is_held_though_openings_are_not():
    y = np.full(100, 0.97)
    y[:4] = 0.3, 0.8, 0.96, 0.12
    assert accuracy_floor([y], [], zoomed=False) == 0
    y[3] = 0.96
    assert accuracy_floor([y], [], zoomed=False) == 0.95


def test_every_run_that_is_marked_is_on_the_axis():
    good, slow = np.full(50, 0.97), np.full(5, 0.62)
    assert accuracy_floor([good] * 6, [], zoomed=False) == 0.95
    assert accuracy_floor([*[good] * 6, slow], [], zoomed=False) == 0.5
    assert scale_of(Picture(tuple(run(y) for y in [*[good] * 6, slow]))).low == 0.5


def test_an_earlier_run_that_failed_does_not_flatten_the_new_one():
    new, failed = np.full(20, 0.96), np.array([0.5, 0.91, 0.1, 0.1])
    assert accuracy_floor([new], [failed], zoomed=False) == 0.9


def test_a_crash_within_the_last_epochs_is_seen():
    y = (*[0.97] * 19, 0.12)
    assert scale_of(Picture((run(y),), last=3)).low == 0


# Arrows


def test_an_arrow_stands_where_a_curve_leaves_and_where_its_opening_ends():
    x = np.arange(7.0)
    y = np.array([-3.0, -1.0, 0.5, 2.0, 3.0, 0.5, -1.0])
    assert outside(x, y, 0.0, 1.0) == [(1.0, False), (3.0, True), (6.0, False)]
    assert outside(x, np.full(7, 9.0), 0.0, 1.0) == [(6.0, True)]
    assert outside(x, np.linspace(0, 1, 7), 0.0, 1.0) == []
    assert outside(np.empty(0), np.empty(0), 0.0, 1.0) == []


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("joined", [False, True])
def test_a_divergence_has_an_arrow_at_the_upper_edge_in_its_own_color(log, joined):
    curves = [run(FALLING), run(DIVERGED, joined=joined)]
    seen = arrows(*drawn(*curves, percent=False, log=log))
    assert [arrow for arrow in seen if arrow[1] == "↑"] == [(0, "↑", CURVES[1])]


def test_what_lies_below_has_an_arrow_at_the_lower_edge_in_its_own_color():
    earlier = run([0.91, 0.91, 0.1], joined=False, dot="+", faint=True)
    rows, roles = drawn(*accuracies(epochs=40), earlier, size=(60, 12))
    assert names_of_axis(rows)[-1] == "90%"
    seen = arrows(rows, roles)
    assert {y for y, _, _ in seen} == {12 - 3}
    assert {arrow for _, arrow, _ in seen} == {"↓"}
    assert {role for _, _, role in seen} == {CURVES[0], CURVES[1], EARLIER}


def test_curves_that_leave_at_one_place_have_an_arrow_each():
    curves = [run((*FALLING[:8], 1e9)) for _ in range(4)]
    seen = arrows(*drawn(*curves, percent=False))
    assert {role for _, arrow, role in seen if arrow == "↑"} == set(CURVES)


def test_a_curve_that_crosses_the_edge_at_every_point_has_few_arrows():
    noisy = Curve("", tuple(n / 100 for n in range(1000)), tuple(n % 2 for n in range(1000)))
    seen = arrows(*drawn(noisy, y_limits=(0.4, 0.6)))
    assert 10 < len(seen) <= 2 * 54 / 4 + 2


def test_without_anything_outside_there_is_no_arrow():
    assert arrows(*drawn(*accuracies(), y_limits=(0, 1))) == []
