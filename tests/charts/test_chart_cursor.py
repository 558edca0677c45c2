"""The chart's cursor: it goes from epoch to epoch and tells what every curve is worth there."""

import pytest
from textual.content import Content

from numrec_tui.charts.picture import Curve, Mark
from tests.charts.test_chart_timing import counting
from tests.screens.charts import ChartApp, accuracies


def told(app):
    """What stands in the lower border."""
    return Content.from_markup(app.chart.border_subtitle or "").plain


def column(app):
    """Where the cursor stands; None if it does not."""
    places = {line.index("┃") for line in app.lines if "┃" in line}
    assert len(places) <= 1
    return next(iter(places), None)


async def opened(app, pilot):
    app.chart.focus()
    await pilot.pause()
    assert told(app) == ""
    assert column(app) is None


async def test_left_begins_at_the_newest_epoch_and_goes_back():
    app = ChartApp(accuracies())
    async with app.run_test(size=(70, 12)) as pilot:
        await opened(app, pilot)
        await pilot.press("left")
        assert told(app) == "epoch 10   ⠒⠒ train 95.0%   • validation 93.0%"
        at_the_end = column(app)
        assert at_the_end == app.chart.size.width - 1
        # After one epoch: 0.95 - 0.85 exp(-2) = 0.835.
        await pilot.press(*["left"] * 9)
        assert told(app) == "epoch 1   ⠒⠒ train 83.5%   • validation 81.5%"
        assert column(app) < at_the_end


async def test_right_begins_at_the_first_point_and_goes_on():
    app = ChartApp(accuracies())
    async with app.run_test(size=(70, 12)) as pilot:
        await opened(app, pilot)
        await pilot.press("right")
        assert told(app).startswith("epoch 0.1   ⠒⠒ train 25.4%   • validation –")
        await pilot.press("right", "right")
        assert told(app).startswith("epoch 2 ")


async def test_home_end_and_whole_pages():
    app = ChartApp(accuracies(epochs=40))
    async with app.run_test(size=(70, 12)) as pilot:
        await opened(app, pilot)
        await pilot.press("end", "pageup")
        assert told(app).startswith("epoch 30 ")
        await pilot.press("pagedown", "pagedown")
        assert told(app).startswith("epoch 40 ")
        await pilot.press("home")
        assert told(app).startswith("epoch 0.1 ")


async def test_escape_takes_the_cursor_away():
    app = ChartApp(accuracies(), note="smoothed")
    async with app.run_test(size=(70, 12)) as pilot:
        app.chart.focus()
        assert "escape" not in app.screen.active_bindings
        await pilot.press("left")
        assert "escape" in app.screen.active_bindings
        assert told(app).startswith("epoch 10")
        await pilot.press("escape")
        assert told(app) == "smoothed"
        assert column(app) is None


async def test_a_click_puts_the_cursor_at_the_nearest_epoch():
    app = ChartApp(accuracies())
    async with app.run_test(size=(70, 12)) as pilot:
        # Columns 6 to 67 hold epochs 0 to 10, 6.1 columns each; 26 / 6.1 = 4.3.
        await pilot.click("Chart", offset=(1 + 6 + 26, 4))
        assert told(app).startswith("epoch 4 ")
        assert column(app) == 6 + 24


async def test_a_click_beside_the_curves_does_nothing():
    app = ChartApp(accuracies())
    async with app.run_test(size=(70, 12)) as pilot:
        await pilot.click("Chart", offset=(2, 4))
        assert column(app) is None


async def test_a_change_made_there_is_told_and_a_stop_of_its_own():
    app = ChartApp(accuracies(), [Mark(4.3, "learning rate 0.1→0.3")])
    async with app.run_test(size=(90, 12)) as pilot:
        app.chart.focus()
        await pilot.press("home", *["right"] * 5)  # 0.1, 1, 2, 3, 4, 4.3
        assert told(app).startswith("epoch 4.3 ")
        assert told(app).endswith("learning rate 0.1→0.3")
        await pilot.press("left")
        assert "learning rate" not in told(app)


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (70, "epoch 5  ⠒⠒ train 95.0%  • valid 93.0%  learning rate 0.1→0.3"),
        (56, "epoch 5 ⠒⠒ 95.0% • 93.0%  learning rate 0.1→0.3"),
        (40, "epoch 5 ⠒⠒ 95.0% • 93.0%  0.1→0.3"),
        (32, "epoch 5 ⠒⠒ 95.0% • 93.0%"),
    ],
)
async def test_values_are_told_as_far_as_there_is_room(width, line):
    app = ChartApp(accuracies(epochs=5), [Mark(5.0, "learning rate 0.1→0.3")])
    async with app.run_test(size=(width, 12)) as pilot:
        app.chart.focus()
        await pilot.press("end")
        assert told(app) == line


async def test_a_run_that_had_ended_by_then_has_no_value():
    earlier = Curve("run 1", (1.0, 2.0), (0.4, 0.5), joined=False, dot="+", faint=True)
    app = ChartApp([*accuracies(epochs=5), earlier])
    async with app.run_test(size=(80, 12)) as pilot:
        app.chart.focus()
        await pilot.press("home", "right", "right")
        assert told(app).endswith("+ run 1 50.0%")
        await pilot.press("end")
        assert "run 1" not in told(app)


async def test_left_begins_where_the_run_is_not_where_a_longer_one_ended():
    earlier = Curve("run 1", (1.0, 20.0), (0.4, 0.5), joined=False, dot="+", faint=True)
    app = ChartApp([*accuracies(epochs=5), earlier])
    async with app.run_test(size=(80, 12)) as pilot:
        app.chart.focus()
        await pilot.press("left")
        assert told(app).startswith("epoch 5 ")
        await pilot.press("end")
        assert told(app).startswith("epoch 20 ")


async def test_the_cursor_stays_while_the_run_goes_on():
    app = ChartApp(accuracies(epochs=5))
    async with app.run_test(size=(70, 12)) as pilot:
        app.chart.focus()
        await pilot.press("left")
        app.chart.show(accuracies(epochs=10))
        app.chart.flush()
        await pilot.pause()
        assert told(app).startswith("epoch 5 ")
        assert column(app) == 6 + 31


async def test_moving_the_cursor_draws_no_curve_anew():
    app = ChartApp(accuracies())
    async with app.run_test(size=(70, 12)) as pilot:
        app.chart.focus()
        await pilot.pause()
        calls = counting(app.chart)
        await pilot.press("left", "left", "home", "escape")
        assert calls == []


async def test_the_cursor_hides_no_curve():
    app = ChartApp(accuracies())
    async with app.run_test(size=(70, 12)) as pilot:
        await opened(app, pilot)
        before = app.lines
        await pilot.press("left", "left")
        for was, now in zip(before, app.lines, strict=True):
            for old, new in zip(was, now, strict=True):
                assert new == old or (new == "┃" and old == " ") or new == "┸"


async def test_without_curves_there_is_no_cursor():
    app = ChartApp()
    async with app.run_test(size=(70, 12)) as pilot:
        app.chart.focus()
        await pilot.press("left", "right", "home", "end", "pageup")
        await pilot.click("Chart", offset=(30, 5))
        assert app.chart.cursor is None
