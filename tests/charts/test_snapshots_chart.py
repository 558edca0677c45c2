"""Pictures of the chart alone, with all that it can show at once."""

from numrec_tui.charts.picture import Curve, Mark
from tests.screens.charts import ChartApp
from tests.screens.settled import rested


def falling(label, epochs, speed, **how):
    """A loss that falls by the same factor every epoch."""
    x = tuple(map(float, range(1, epochs + 1)))
    return Curve(label, x, tuple(2 * speed**v for v in x), **how)


def test_snapshot_of_runs_side_by_side_on_a_log_axis_with_a_cursor(snap_compare):
    curves = [
        falling("train", 20, 0.7),
        falling("validation", 20, 0.75, joined=False),
        falling("run 2", 16, 0.9, joined=False, dot="+", faint=True),
        falling("run 1", 24, 0.82, joined=False, dot="×", faint=True),
    ]
    marks = [Mark(4.2, "learning rate 0.1→0.3"), Mark(9.0, "momentum 0.9→0.8")]
    app = ChartApp(curves, marks, title="loss", percent=False, log=True)

    async def read_the_values(pilot):
        app.chart.focus()
        await pilot.press("home", *["right"] * 9)
        await rested(pilot)

    assert snap_compare(app, terminal_size=(90, 24), run_before=read_the_values)
