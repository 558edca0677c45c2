"""The arithmetic of a chart's axes: ticks, round limits, as many points as can be seen."""

import numpy as np
import pytest

from numrec_tui.charts.axes import log_ticks, round_above, round_below, thin, ticks


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0, 1, 6, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 1, 5, [0, 0.5, 1]),
        (0.9, 1, 3, [0.9, 0.95, 1]),
        (0.95, 1, 3, [0.95, 1]),
        (0, 20, 5, [0, 5, 10, 15, 20]),
        (0, 7, 5, [0, 2, 4, 6]),
        (0, 6e6, 4, [0, 2e6, 4e6, 6e6]),
        (0.13, 0.97, 3, [0.5]),
    ],
)
def test_ticks_are_few_and_round_and_at_both_ends_if_they_can(low, high, most, expected):
    assert ticks(low, high, most, (1, 2, 5)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("value", "expected"), [(0.7, 0.8), (1, 1), (1.01, 2), (7, 8), (9, 10), (11, 20), (999, 1000)]
)
def test_rounding_above(value, expected):
    assert round_above(value) == pytest.approx(expected)


def test_thinning_keeps_the_lowest_and_the_highest_of_each_column_in_order():
    # Eleven columns from 0 to 10, a whole number in the middle of each.
    x = np.array([0.0, 0.1, 0.2, 0.3, 3.0, 6.8, 7.2])
    y = np.array([5.0, 9.0, 1.0, 4.0, 2.0, 7.0, 6.0])
    kept = thin(x, y, 10.0, 11)
    assert kept[0].tolist() == [0.1, 0.2, 3.0, 6.8, 7.2]
    assert kept[1].tolist() == [9.0, 1.0, 2.0, 7.0, 6.0]


def test_thinning_leaves_two_points_a_column_and_both_extremes():
    x = np.linspace(0, 50, 10_000)
    y = np.random.default_rng(1).normal(size=10_000)
    kept = thin(x, y, 50.0, 70)
    assert len(kept[0]) <= 2 * 70
    assert (kept[1].min(), kept[1].max()) == (y.min(), y.max())
    assert (np.diff(kept[0]) >= 0).all()


@pytest.mark.parametrize(
    ("value", "expected"), [(0.7, 0.6), (1, 1), (1.01, 1), (7, 6), (9, 8), (11, 10), (999, 800)]
)
def test_rounding_below(value, expected):
    assert round_below(value) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0.01, 3, 8, [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2]),
        (0.01, 3, 6, [0.01, 0.03, 0.1, 0.3, 1, 3]),
        (0.01, 3, 3, [0.01, 0.1, 1]),
        (1e-12, 10, 4, [1e-10, 1e-5, 1]),
        (0.3, 0.4, 3, [0.3, 0.35, 0.4]),
        (0.002, 0.03, 2, [0.002, 0.03]),
    ],
)
def test_ticks_of_a_log_axis_are_powers_of_ten_and_what_is_between_where_there_is_room(
    low, high, most, expected
):
    assert log_ticks(low, high, most) == pytest.approx(expected)
