"""The chart: what it draws, and that no data and no size can break it."""

import math
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.theme import BUILTIN_THEMES

from numrec_tui.charts.axes import clip
from numrec_tui.charts.chart import Chart
from numrec_tui.charts.grid import AXIS, CURVES, LABEL, TEXT, Grid
from numrec_tui.charts.legend import reading
from numrec_tui.charts.picture import Curve, Mark, Picture
from numrec_tui.charts.plot import Plot
from numrec_tui.charts.svg import to_svg
from tests.screens.charts import ChartApp, accuracies, drawn, names_of_axis

NAN, INF = math.nan, math.inf


# What is drawn


async def test_before_any_data_the_hint_stands_in_the_middle():
    app = ChartApp()
    async with app.run_test(size=(60, 13)):
        assert app.lines[5].strip() == "press space to begin"
        left, right = app.lines[5].split("press space to begin")
        assert abs(len(left) - len(right)) <= 1
        assert "".join(app.lines[:5] + app.lines[6:]).strip() == ""


async def test_data_takes_the_place_of_the_hint():
    app = ChartApp(accuracies())
    async with app.run_test(size=(60, 13)):
        assert "press" not in app.text
        assert app.text.splitlines()[-1].split() == ["epoch", "0", "2", "4", "6", "8", "10"]


def test_curves_are_told_apart_without_color():
    rows, roles = drawn(*accuracies())
    marks = {
        role: {
            c
            for row, kinds in zip(rows, roles, strict=True)
            for c, r in zip(row, kinds, strict=True)
            if r == role
        }
        for role in CURVES
    }
    assert marks[CURVES[1]] - {"↓"} == {"•"}
    assert marks[CURVES[0]] - {"↓"}
    assert all(0x2800 < ord(character) < 0x2900 for character in marks[CURVES[0]] - {"↓"})


async def test_the_legend_names_each_curve_its_sign_and_its_latest_value():
    app = ChartApp(accuracies(), title="accuracy")
    async with app.run_test(size=(60, 12)):
        assert app.legend == "accuracy   ⠒⠒ train 95.0%   • validation 93.0%"


@pytest.mark.parametrize(
    ("width", "legend"),
    [
        (52, "accuracy   ⠒⠒ train 95.0%   • validation 93.0%"),
        (51, "accuracy  ⠒⠒ train 95.0%  • valid 93.0%"),
        (31, "accuracy ⠒⠒ 95.0% • 93.0%"),
        (22, "⠒⠒ 95.0% • 93.0%"),
    ],
)
async def test_the_legend_says_as_much_as_there_is_room_for(width, legend):
    app = ChartApp(accuracies(), title="accuracy")
    async with app.run_test(size=(width, 12)) as pilot:
        await pilot.pause()
        assert app.legend == legend
        assert app.border.startswith(f"╭─ {legend} ─")


async def test_brackets_in_a_label_are_no_markup():
    app = ChartApp([Curve("[red]a[/]", (1.0,), (0.5,))], title="[b]")
    async with app.run_test(size=(60, 12)):
        assert app.legend == "[b]   ⠒⠒ [red]a[/] 50.0%"


async def test_a_curve_without_points_is_in_the_legend_with_a_dash():
    app = ChartApp([accuracies()[0], Curve("validation", (), (), joined=False)])
    async with app.run_test(size=(60, 12)):
        assert app.legend == "⠒⠒ train 95.0%   • validation –"


async def test_the_latest_value_of_a_loss_is_no_percentage():
    app = ChartApp([Curve("train", (1.0, 2.0), (0.5, 0.0312))], percent=False)
    async with app.run_test(size=(60, 12)):
        assert app.legend == "⠒⠒ train 0.0312"


def test_a_point_is_drawn_where_it_belongs():
    # y 0 to 1 and x 0 to 4: (2, 0.5) is the middle of 9 rows and of 53 columns (7 to 59).
    dot = Curve("", (2.0,), (0.5,), joined=False)
    rows, _ = drawn(dot, size=(60, 11), x_max=4, y_limits=(0, 1))
    assert [(y, row.index("•")) for y, row in enumerate(rows) if "•" in row] == [(4, 6 + 27)]


def test_points_that_are_not_finite_are_as_if_they_were_not_there():
    train, validation = accuracies()
    bad_x, bad_y = (0.15, 3.05, NAN, INF, -INF, 5.05), (NAN, INF, 0.5, 0.5, 0.5, -INF)
    pairs = sorted(
        zip(train.x + bad_x, train.y + bad_y, strict=True),
        key=lambda pair: (not pair[0] < INF, pair),
    )
    spoiled = Curve("train", *zip(*pairs, strict=True))
    assert drawn(spoiled, validation) == drawn(train, validation)


def test_an_accuracy_of_one_is_on_the_top_row_and_of_zero_on_the_bottom_row():
    rows, _ = drawn(Curve("", (1.0, 2.0), (0.0, 1.0), joined=False))
    assert "•" in rows[0]
    assert "•" in rows[-3]


# Axes


def test_the_accuracy_axis_begins_at_a_round_number_below_most_of_the_data():
    x = tuple(map(float, range(1, 21)))
    flat = [Curve("", x, (value,) * 20) for value in (0.1, 0.55, 0.85, 0.93, 0.97, 0.985, 0.999)]
    lowest = [names_of_axis(drawn(curve)[0])[-1] for curve in flat]
    assert lowest == ["0%", "50%", "80%", "90%", "95%", "98%", "99%"]


@pytest.mark.parametrize(
    ("height", "names"), [(4, 2), (6, 2), (7, 3), (12, 3), (14, 3), (18, 5), (30, 6)]
)
def test_a_higher_chart_has_more_names_on_its_axis(height, names):
    rows, _ = drawn(*accuracies(), size=(60, height), y_limits=(0, 1))
    assert len(names_of_axis(rows)) == names


def test_a_steep_beginning_does_not_squeeze_the_rest():
    rows, _ = drawn(*accuracies(epochs=40))
    assert names_of_axis(rows)[-1] == "90%"


@pytest.mark.parametrize("by", [5, 1])
@pytest.mark.short("5")
def test_the_accuracy_axis_seldom_jumps_while_a_noisy_run_grows(by):
    x = [step / 10 for step in range(1, 301)]
    noise = np.random.default_rng(1).normal(0, 0.02, 300)
    y = [0.97 - 0.87 * math.exp(-v) + float(n) for v, n in zip(x, noise, strict=True)]
    plot, lowest = Plot(), []
    for length in range(by, 301, by):
        curve = Curve("", tuple(x[:length]), tuple(y[:length]))
        grid = Grid(60, 12)
        plot.draw(Picture((curve,)), grid)
        rows = ["".join(character for character, _ in row) for row in grid.cells]
        lowest.append(names_of_axis(rows)[-1])
    jumps = sum(a != b for a, b in pairwise(lowest))
    assert lowest[-1] == "90%"
    assert jumps <= 6  # a noiseless run takes five steps: 0, 50, 80, 90, 95


def test_a_new_run_gets_its_whole_axis_back():
    plot, grid = Plot(), Grid(60, 12)
    plot.draw(Picture((Curve("", (1.0, 2.0), (0.99, 0.99)),)), grid)
    plot.draw(Picture((Curve("", (1.0, 2.0), (0.1, 0.2)),)), grid)
    rows = ["".join(character for character, _ in row) for row in grid.cells]
    assert names_of_axis(rows)[-1] == "0%"


def test_the_axis_of_a_loss_begins_at_zero():
    rows, _ = drawn(Curve("", (1.0, 2.0, 3.0), (2.3, 1.1, 0.4)), percent=False, size=(60, 16))
    assert names_of_axis(rows) == ["3", "2", "1", "0"]


def test_negative_values_have_their_place_when_they_are_no_shares():
    curve = Curve("", (1.0, 2.0), (-3.0, 4.0), joined=False)
    rows, _ = drawn(curve, percent=False, size=(60, 16))
    assert names_of_axis(rows) == ["4", "2", "0", "-2"]
    assert sum("•" in row for row in rows) == 2


def test_given_limits_hold():
    rows, _ = drawn(*accuracies(), x_max=40, y_limits=(0.6, 1.0))
    assert names_of_axis(rows) == ["100%", "80%", "60%"]
    assert rows[-1].split() == ["epoch", "0", "10", "20", "30", "40"]


@pytest.mark.parametrize("limits", [(1.0, 0.0), (0.5, 0.5), (0.0, INF), (NAN, 1.0)])
def test_limits_that_are_none_are_refused(limits):
    with pytest.raises(ValueError, match="low < high; these are"):
        Chart().show([], y_limits=limits)


def test_a_curve_needs_a_y_for_each_x():
    with pytest.raises(ValueError, match="Curve 'train' has 2 x and 1 y"):
        Curve("train", (1.0, 2.0), (0.5,))


def test_an_x_limit_that_hides_data_does_not_hold():
    rows, _ = drawn(*accuracies(), x_max=4)
    assert rows[-1].split()[-1] == "10"


# Many points


def test_one_outlier_in_ten_thousand_points_is_seen():
    x = tuple(point / 1000 for point in range(10_000))
    y = tuple(0.2 if point == 5000 else 0.95 for point in range(10_000))
    _, roles = drawn(Curve("", x, y), y_limits=(0, 1))
    assert sum(CURVES[0] in row for row in roles) >= 7


def test_a_line_leaves_the_picture_where_it_crosses_the_edge():
    # From (0, -10) to (1, 1): zero is crossed at x = 10/11; 0 - 1 is as far as it goes outside.
    x, y = clip(np.array([0.0, 1.0]), np.array([-10.0, 1.0]), 0.0, 1.0)
    assert x.tolist() == pytest.approx([0, 10 / 11, 1])
    assert y.tolist() == [-1, 0, 1]


# Anything may come

CURIOUS = {
    "nothing": ((), ()),
    "one point": ((1.0,), (0.5,)),
    "one point at zero": ((0.0,), (0.0,)),
    "the same thrice": ((1.0, 1.0, 1.0), (0.3, 0.3, 0.3)),
    "constant": ((0.1, 0.2, 0.3), (0.9, 0.9, 0.9)),
    "only nan": ((1.0, 2.0), (NAN, NAN)),
    "some infinite": ((1.0, 2.0, 3.0), (INF, 0.4, -INF)),
    "beyond shares": ((1.0, 2.0, 3.0), (-5.0, 0.5, 5.0)),
    "huge": ((1.0, 2.0), (1e308, -1e308)),
    "large": ((1e199, 2e199), (1e199, -1e199)),
    "tiny": ((5e-324, 1e-320), (5e-324, 1e-310)),
    "long": (tuple(n / 100 for n in range(10_000)), tuple(math.sin(n) for n in range(10_000))),
}
SIZES = [(1, 1), (1, 40), (2, 3), (14, 4), (15, 3), (15, 4), (28, 6), (148, 38), (198, 48)]


@pytest.mark.parametrize(("what", "size"), list(product(CURIOUS, SIZES)))
@pytest.mark.short("size0", "size3", "size5", "size6")
def test_every_picture_fills_its_grid(what, size):
    curves = [Curve("train", *CURIOUS[what]), Curve("validation", *CURIOUS[what], joined=False)]
    kinds = ({}, {"percent": False}, {"percent": False, "log": True}, {"last": 1})
    for kind in (*kinds, {"percent": False, "log": True, "last": 3}):
        rows, _ = drawn(*curves, size=size, marks=[Mark(1.5, "rate 1→2")], **kind)
        assert [len(row) for row in rows] == [size[0]] * size[1]


floats = st.floats() | st.floats(0, 1) | st.sampled_from([0.0, 1.0, 1e-9, 1e200])


any_picture = given(
    st.lists(st.tuples(floats, floats), max_size=8),
    st.integers(1, 90),
    st.integers(1, 30),
    st.booleans(),
    st.booleans(),
    floats,
    st.booleans(),
    st.sampled_from([None, 3]),
)


@settings(derandomize=True, max_examples=60, deadline=None)
@any_picture
def test_no_numbers_can_break_a_picture(points, width, height, percent, joined, x_max, log, last):
    check_picture(points, width, height, percent, joined, x_max, log, last)


@pytest.mark.long
@settings(derandomize=True, max_examples=300, deadline=None)
@any_picture
def test_no_other_numbers_can(points, width, height, percent, joined, x_max, log, last):
    check_picture(points, width, height, percent, joined, x_max, log, last)


def check_picture(points, width, height, percent, joined, x_max, log, last):
    points.sort(key=lambda point: (math.isnan(point[0]), point[0]))
    x, y = tuple(x for x, _ in points), tuple(y for _, y in points)
    curve = Curve("train", x, y, joined, smoothing=0.8)
    how = {"percent": percent, "x_max": x_max, "log": log, "last": last}
    rows, _ = drawn(curve, size=(width, height), **how)
    assert [len(row) for row in rows] == [width] * height
    picture = Picture((curve,), **how)
    for stop in picture.stops()[:5]:
        assert reading(picture, stop, width)
    assert to_svg([picture], "").endswith("</svg>\n")


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (30, 8), (200, 50)])
@pytest.mark.short("size0")
async def test_the_widget_lives_at_every_size(size):
    app = ChartApp(accuracies(), [Mark(2.0, "rate 1→2")], title="accuracy")
    async with app.run_test(size=size) as pilot:
        for what in CURIOUS.values():
            app.chart.show([Curve("train", *what)])
            app.chart.flush()
            await pilot.pause()
            assert {len(line) for line in app.lines} <= {app.chart.size.width}


# How it looks


async def test_axes_curves_and_the_cursor_are_visible_in_every_theme():
    x = tuple(map(float, range(1, 8)))
    earlier = Curve("run 1", x, (0.85,) * 7, joined=False, dot="+", faint=True)
    app = ChartApp([*accuracies(), earlier], [Mark(5.0, "rate 1→2")])
    async with app.run_test(size=(60, 12)) as pilot:
        app.chart.focus()
        await pilot.press("left", "left")
        for theme in BUILTIN_THEMES:
            app.theme = theme
            await pilot.pause()
            seen = set()
            for y in range(app.chart.size.height):
                for segment in app.chart.render_line(y):
                    seen.update(segment.text)
                    assert visible(segment.style), (theme, segment)
            assert {"│", "─", "╰", "┊", "•", "+", "┃"} <= seen


def visible(style):
    """Whether text is told from its background, in the terminal's colors or in ours."""
    if style.bgcolor.is_default:
        return style.color.is_default or style.color.name not in ("black", "bright_white")
    pairs = zip(style.color.triplet, style.bgcolor.triplet, strict=True)
    return max(abs(front - back) for front, back in pairs) >= 60


async def test_another_theme_recolors_the_chart():
    app = ChartApp(accuracies())
    async with app.run_test(size=(60, 12)) as pilot:
        dark = {segment.style for segment in app.chart.render_line(3)}
        app.theme = "textual-light"
        await pilot.pause()
        assert dark.isdisjoint({segment.style for segment in app.chart.render_line(3)})


def test_the_axes_have_a_round_corner_and_no_frame():
    rows, roles = drawn(*accuracies())
    assert rows[-2][5:7] == "╰┬"
    assert not set("".join(rows)) & set("└┘┐┌")
    assert all(role == AXIS for role in roles[-2][5:])
    assert {role for role in roles[-1] if role != TEXT} == {LABEL}
    assert [roles[0][x] for x in (1, 5)] == [LABEL, AXIS]  # " 100%┤"


def test_snapshot_of_a_run_with_a_changed_rate(snap_compare):
    app = ChartApp(accuracies(20), [Mark(4.2, "learning rate 0.1→0.3")], title="accuracy")
    assert snap_compare(app, terminal_size=(60, 16))
