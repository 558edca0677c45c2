"""The learning rate in force: beside its knob, on the chart, and why turning it does nothing."""

from dataclasses import replace

import pytest
from textual.content import Content
from textual.widgets import Label

from engine.nn.schedules import SCHEDULES
from engine.training.changes import Change
from numrec_tui.charts.chart import Chart
from numrec_tui.charts.export import to_csv
from numrec_tui.modes.train.knob_list import KNOBS, KnobList
from numrec_tui.modes.train.knob_panel import Knobs
from numrec_tui.session.report import Point, Report
from tests import scripted

SIZES = [(60, 20), (80, 24), (120, 34), (200, 50)]
WIDE = (120, 34)
BENDING = [name for name in SCHEDULES if name != "constant"]


class Shown:
    """The screen of a run whose reports are the test's own."""

    def __init__(self, lab, pilot):
        self.lab, self.pilot = lab, pilot

    async def show(self, **changed) -> Report:
        report = replace(self.lab.report, **changed)
        self.lab.screen.show(report)
        self.lab.screen.flush()
        await self.pilot.pause()
        return report

    @property
    def knobs(self) -> list[str]:
        listed = self.lab.screen.query_one(KnobList)
        lines = [listed.render_line(y).text.rstrip() for y in range(listed.size.height)]
        return [" ".join(line.split()) for line in lines]

    @property
    def below_rate(self) -> str:
        """The line below that of the learning rate."""
        row = next(y for y, line in enumerate(self.knobs) if line.startswith("▸learning rate"))
        return self.knobs[row + 1]

    @property
    def help(self) -> str:
        label = self.lab.screen.query_one(Knobs).query_one("#help", Label)
        return Content.from_markup(str(label.content)).plain

    @property
    def charts(self) -> list[Chart]:
        return [chart for chart in self.lab.screen.query(Chart) if chart.display]


@pytest.fixture
def story(opened, never_look):
    async def tell(steps, size=WIDE, **settings):
        lab = opened(scripted.epochs(1), **settings)
        async with lab.app.run_test(size=size) as pilot:
            await lab.until(pilot, lambda report: report.state == "ready")
            await steps(Shown(lab, pilot))

    return tell


COSINE = {"schedule": "cosine", "learning_rate": 0.4, "epochs": 10}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("schedule", BENDING)
@pytest.mark.short("step-(80, 24)", "cosine-(60, 20)")
async def test_the_rate_in_force_stands_below_its_knob(story, size, schedule):
    async def steps(shown):
        report = await shown.show(state="training", epoch=6)
        rate = report.running.rate_at(6.0)
        assert shown.below_rate == f"in force {rate:.3g}"

    await story(steps, size, schedule=schedule, learning_rate=0.4, epochs=10, decay_epochs=2)


async def test_before_the_start_it_is_the_rate_of_the_first_update(story):
    async def steps(shown):
        assert shown.below_rate == "in force 0.016"  # 1/25 of 0.4

    await story(steps, schedule="one_cycle", learning_rate=0.4)


async def test_a_constant_rate_needs_no_second_number(story):
    async def steps(shown):
        await shown.show(state="training", epoch=6)
        assert shown.below_rate.startswith("momentum")

    await story(steps, schedule="constant")


@pytest.mark.parametrize("state", ["finished", "diverged", "failed"])
@pytest.mark.short("diverged")
async def test_when_the_run_is_over_no_rate_is_in_force(story, state):
    async def steps(shown):
        await shown.show(state="training", epoch=9)
        assert shown.below_rate.startswith("in force")
        await shown.show(state=state, epoch=10)
        assert shown.below_rate.startswith("momentum")
        assert "cosine" not in shown.help

    await story(steps, **COSINE)


async def test_a_schedule_that_waits_for_the_next_run_does_not_bend_this_one(story):
    async def steps(shown):
        report = shown.lab.report
        await shown.show(state="training", epoch=6, running=report.running.changed(
            schedule="constant"))  # fmt: skip
        assert shown.below_rate.startswith("momentum")

    await story(steps, **COSINE)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.short("(80, 24)")
async def test_where_the_schedule_has_run_down_the_knob_says_why_turning_it_does_nothing(
    story, size
):
    async def steps(shown):
        await shown.show(state="training", epoch=5)
        assert "size of a step" in shown.help
        await shown.show(state="training", epoch=9)
        # ½(1 + cos 0.9π) = 0.024
        assert shown.help == "cosine leaves 2.4% of it: raise epochs, or fork with constant"
        panel = shown.lab.screen.query_one(Knobs).query_one("#help", Label)
        assert panel.size.height * panel.content_size.width >= len(shown.help)
        await shown.pilot.press("down")
        assert "cosine" not in shown.help  # that of another knob

    await story(steps, size, **COSINE)


@pytest.mark.parametrize(
    ("schedule", "epoch", "why"),
    [
        ("one_cycle", 0.1, "one cycle is warming up: 7.2% of it is in force by now"),
        ("one_cycle", 9, "one cycle leaves 5% of it: raise epochs, or fork with constant"),
        ("step", 8, "step leaves 6.2% of it: fork with schedule constant"),
        ("exponential", 8, "exponential leaves 6.2% of it: fork with schedule constant"),
    ],
)
@pytest.mark.short("one_cycle-0.1")
async def test_each_schedule_has_its_own_reason(story, schedule, epoch, why):
    async def steps(shown):
        whole = int(epoch)
        await shown.show(
            state="training", epoch=whole, batch=round(10 * (epoch - whole)), batches=10
        )
        assert shown.help == why

    await story(steps, schedule=schedule, epochs=10, decay=0.5, decay_epochs=2)


async def test_the_line_in_force_cannot_be_chosen_and_a_click_finds_the_knobs_below_it(story):
    async def steps(shown):
        listed = shown.lab.screen.query_one(KnobList)
        await shown.pilot.press("down")
        assert KNOBS[listed.chosen].name == "momentum"
        row = next(y for y, line in enumerate(shown.knobs) if line.startswith("in force"))
        await shown.pilot.click(KnobList, offset=(3, row))
        assert KNOBS[listed.chosen].name == "momentum"
        await shown.pilot.click(KnobList, offset=(3, row + 2))
        assert KNOBS[listed.chosen].name == "batch_size"

    await story(steps, **COSINE)


TRAIN = tuple(Point(step / 10, 1.0, 0.5) for step in range(1, 41))
ON_ITS_WAY = {
    "state": "training",
    "epoch": 4,
    "train": TRAIN,
    "changes": (Change(2.0, "learning_rate", 0.1, 0.4),),
}


@pytest.mark.parametrize(("size", "titles"), [
    (WIDE, ["accuracy", "learning rate"]), ((80, 24), ["learning rate"]),
    ((60, 20), ["accuracy", "learning rate"]),
], ids=str)  # fmt: skip
@pytest.mark.short("(80, 24)")
async def test_e_draws_the_rate_in_force_and_takes_it_away(story, size, titles):
    async def steps(shown):
        await shown.show(**ON_ITS_WAY)
        await shown.pilot.press("e")
        assert [chart.picture.title for chart in shown.charts] == titles
        await shown.pilot.press("e")
        assert [chart.picture.title for chart in shown.charts] == ["accuracy"]
        await shown.pilot.press("e", "l")
        assert [chart.picture.title for chart in shown.charts] == ["loss"]

    await story(steps, size, **COSINE)


async def test_the_curve_of_the_rate_has_the_schedule_and_the_changes_in_it(story):
    async def steps(shown):
        await shown.show(**ON_ITS_WAY)
        await shown.pilot.press("e")
        [curve] = shown.charts[1].picture.curves
        assert curve.value_at(0.0) == 0.1
        # ½(1 + cos 0.1π) = 0.976, ½(1 + cos 0.2π) = 0.905, ½(1 + cos 0.4π) = 0.655
        assert curve.value_at(1.0) == pytest.approx(0.0976, abs=1e-4)
        assert curve.value_at(2.0) == pytest.approx(0.3618, abs=1e-4)
        assert curve.value_at(4.0) == pytest.approx(0.2618, abs=1e-4)

    await story(steps, **COSINE)


async def test_the_cursor_reads_the_rate_and_the_csv_file_has_it(story):
    async def steps(shown):
        await shown.show(**ON_ITS_WAY)
        await shown.pilot.press("e")
        shown.charts[0].focus()
        await shown.pilot.press("end")
        assert "0.262" in str(shown.charts[1].border_subtitle)
        table = to_csv([chart.picture for chart in shown.charts])
        row = next(
            line for line in table.splitlines() if line.startswith("learning rate,in force,4")
        )
        assert float(row.split(",")[3]) == pytest.approx(0.2618, abs=1e-4)

    await story(steps, **COSINE)


async def test_a_run_without_a_batch_has_no_curve_of_the_rate(story):
    async def steps(shown):
        await shown.pilot.press("e")
        assert all(curve.x == () for chart in shown.charts[1:] for curve in chart.picture.curves)

    await story(steps, **COSINE)
