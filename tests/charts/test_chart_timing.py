"""When the chart draws: at once, after a pause, or not at all."""

from textual.app import App

from numrec_tui.charts.chart import Chart
from numrec_tui.charts.picture import Curve
from tests.screens.charts import ChartApp, accuracies, names_of_axis


def counting(chart):
    """Count the drawings from now on: a list that grows."""
    draw, calls = chart._plot.draw, []
    chart._plot.draw = lambda *args: calls.append(args) or draw(*args)
    return calls


async def test_the_first_data_appears_at_once_and_the_last_after_the_pause(clock):
    app = ChartApp()
    async with app.run_test(size=(60, 12)) as pilot:
        calls = counting(app.chart)
        for epochs in range(1, 9):
            app.chart.show(accuracies(epochs))
            await pilot.pause()
        assert len(calls) == 1
        assert app.lines[-1].split()[-1] == "1"
        assert clock.waits == [0.25]
        clock.turn(0.25)
        await pilot.pause()
        assert len(calls) == 2
        assert app.lines[-1].split()[-1] == "8"


async def test_the_legend_keeps_in_step_with_the_curves(clock):
    app = ChartApp(accuracies(1))
    async with app.run_test(size=(60, 12)) as pilot:
        early = app.legend
        app.chart.show(accuracies(8))
        await pilot.pause()
        assert app.legend == early
        clock.turn(0.25)
        await pilot.pause()
        assert app.legend == "⠒⠒ train 95.0%   • validation 93.0%"


async def test_after_a_quiet_pause_new_data_appears_at_once(clock):
    app = ChartApp(accuracies(1))
    async with app.run_test(size=(60, 12)) as pilot:
        clock.turn(0.25)
        await pilot.pause()
        app.chart.show(accuracies(8))
        await pilot.pause()
        assert app.lines[-1].split()[-1] == "8"


async def test_a_flush_does_not_wait():
    app = ChartApp(accuracies(1))
    async with app.run_test(size=(60, 12)) as pilot:
        app.chart.show(accuracies(8))
        app.chart.flush()
        await pilot.pause()
        assert app.lines[-1].split()[-1] == "8"


async def test_the_axis_depends_on_what_is_shown_not_on_what_was_before(clock):
    x = tuple(map(float, range(1, 11)))
    app = ChartApp([Curve("", x, (0.92,) * 10)])
    async with app.run_test(size=(60, 12)) as pilot:
        assert names_of_axis(app.lines)[-1] == "90%"
        app.chart.show([Curve("", x, (0.82,) * 2 + (0.92,) * 8)])
        clock.turn(0.25)
        await pilot.pause()
        assert names_of_axis(app.lines)[-1] == "80%"


async def test_the_same_data_is_not_drawn_twice(clock):
    app = ChartApp(accuracies())
    async with app.run_test(size=(60, 12)) as pilot:
        clock.turn(0.25)
        await pilot.pause()
        calls = counting(app.chart)
        app.chart.show(accuracies())
        app.chart.refresh()
        await pilot.pause()
        assert calls == []


async def test_another_size_is_drawn_at_once():
    app = ChartApp(accuracies(), title="accuracy")
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.resize_terminal(31, 10)
        await pilot.pause()
        assert [len(line) for line in app.lines] == [29] * 8
        assert app.legend == "accuracy ⠒⠒ 95.0% • 93.0%"


async def test_two_charts_keep_to_their_own_figures_and_axes():
    class Two(App[None]):
        def compose(self):
            yield Chart(id="one")
            yield Chart(id="two")

    x = tuple(map(float, range(1, 11)))
    app = Two()
    async with app.run_test(size=(60, 24)) as pilot:
        one, two = app.query_one("#one", Chart), app.query_one("#two", Chart)
        one.show([Curve("", x, (0.92,) * 10)])
        await pilot.pause()
        two.show([Curve("", x[:8], (0.82,) * 2 + (0.92,) * 6)])
        await pilot.pause()
        lines = [[chart.render_line(y).text for y in range(10)] for chart in (one, two)]
        assert [names_of_axis(rows)[-1] for rows in lines] == ["90%", "80%"]
        assert [rows[-1].split()[-1] for rows in lines] == ["10", "8"]
