"""The Train mode's chart by its keys: what of a run is drawn, how, and beside which other runs."""

from dataclasses import replace

import numpy as np
import pytest
from textual.content import Content

from engine.training.changes import Change
from numrec_tui.charts.chart import Chart
from numrec_tui.charts.picture import Picture
from numrec_tui.modes.run_chart import RunChart
from numrec_tui.session.report import PastCurves, Point
from tests import scripted
from tests.screens.settled import hand_clock, rested

WIDE = (120, 34)


def points(epochs, per_epoch=1, reached=0.9):
    """Points that come ever nearer to an accuracy, with a little noise for lines of many."""
    steps = range(1, epochs * per_epoch + 1)
    return tuple(
        Point(
            step / per_epoch,
            2.0 ** -(step / per_epoch),
            reached - 2.0 ** -(step / per_epoch) + 0.02 * (per_epoch > 1) * (-1) ** step,
        )
        for step in steps
    )


class Shown:
    """The chart of a screen that shows a report of the test's own."""

    def __init__(self, lab, pilot):
        self.lab, self.pilot = lab, pilot
        self.chart = lab.screen.query_one(RunChart)
        self.first, self.second = lab.screen.query(Chart)

    async def show(self, **changed):
        self.lab.screen.show(replace(self.lab.report, **changed))
        self.lab.screen.flush()
        await self.pilot.pause()

    @property
    def seen(self):
        return [chart.picture for chart in (self.first, self.second) if chart.display]

    @property
    def picture(self) -> Picture:
        [picture] = self.seen
        return picture

    @property
    def note(self):
        return Content.from_markup(self.first.border_subtitle or "").plain

    @property
    def text(self):
        return "\n".join(self.first.render_line(y).text for y in range(self.first.size.height))


@pytest.fixture
def story(opened):
    """Open the app at a size, with a run of twelve epochs on the chart, and tell a story of it."""

    async def tell(steps, size=WIDE, **changed):
        lab = opened(scripted.epochs(1))
        async with lab.app.run_test(size=size) as pilot:
            await lab.until(pilot, lambda report: report.state == "ready")
            shown = Shown(lab, pilot)
            run = {"train": points(12, 10), "validated": points(12), "run": 3, "epoch": 12}
            await shown.show(**{**run, **changed})
            await steps(shown, pilot)

    return tell


EARLIER = (
    PastCurves(2, points(15, 10), points(15)),
    PastCurves(1, points(5, 10), points(5, reached=0.8)),
)


# Accuracy, loss, both


async def test_l_shows_accuracy_then_loss_then_both(story):
    async def steps(shown, pilot):
        seen = []
        for _ in range(4):
            seen.append([picture.title for picture in shown.seen])
            await pilot.press("l")
        assert seen == [["accuracy"], ["loss"], ["accuracy", "loss"], ["accuracy"]]

    await story(steps)


async def test_two_charts_stand_one_above_the_other(story):
    async def steps(shown, pilot):
        await pilot.press("l", "l")
        assert shown.first.region.bottom == shown.second.region.y
        assert shown.second.region.height >= 12

    await story(steps)


async def test_in_a_low_and_wide_window_they_stand_side_by_side(story):
    async def steps(shown, pilot):
        await pilot.press("l", "l")
        assert shown.first.region.right == shown.second.region.x

    await story(steps, size=(200, 14))


async def test_where_there_is_no_room_for_both_only_one_is_offered(story):
    async def steps(shown, pilot):
        await pilot.press("l", "l")
        assert shown.picture.title == "accuracy"

    await story(steps, size=(80, 24))


async def test_the_screen_shrinks_and_one_of_two_charts_stays(story):
    async def steps(shown, pilot):
        await pilot.press("l", "l")
        shown.second.focus()
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert shown.picture.title == "accuracy"
        assert shown.lab.screen.focused is shown.first
        await pilot.press("l")
        assert shown.picture.title == "loss"

    await story(steps)


@pytest.mark.long
async def test_zoomed_both_have_room_in_a_small_window(story):
    async def steps(shown, pilot):
        shown.first.focus()
        await pilot.press("z")
        await pilot.pause()
        await pilot.press("l", "l")
        assert [picture.title for picture in shown.seen] == ["accuracy", "loss"]

    await story(steps, size=(80, 24))


async def test_two_charts_take_no_more_of_the_time_than_one(story):
    async def steps(shown, pilot):
        assert shown.first.share == 1
        await pilot.press("l", "l")
        assert shown.first.share + shown.second.share == 1

    await story(steps)


async def test_a_chart_with_half_the_time_rests_twice_as_long(story):
    async def steps(shown, pilot):
        await pilot.press("l", "l")
        await rested(pilot)
        for chart in (shown.first, shown.second):
            chart.flush()
        await pilot.pause()
        assert hand_clock().waits == [0.5, 0.5]

    await story(steps)


# Smoothing, log axis, last epochs


async def test_k_smooths_the_training_curve_lightly_strongly_and_not_at_all(story):
    async def steps(shown, pilot):
        jumps, notes = [], []
        for _ in range(4):
            train, validation = shown.picture.curves
            jumps.append(abs(np.diff(train.points()[1][-20:])).max())
            notes.append(shown.note)
            assert validation.smoothing == 0
            await pilot.press("k")
        assert notes == ["", "smoothed", "very smooth", ""]
        assert jumps[0] > 4 * jumps[1] > 8 * jumps[2]
        assert jumps[3] == jumps[0]

    await story(steps)


async def test_the_legend_tells_the_latest_value_as_it_is_not_smoothed(story):
    async def steps(shown, pilot):
        before = shown.first.border_title
        await pilot.press("k", "k")
        assert shown.first.border_title == before

    await story(steps)


async def test_y_gives_the_loss_a_log_axis_and_is_offered_only_there(story):
    async def steps(shown, pilot):
        assert "y" not in shown.lab.screen.active_bindings
        await pilot.press("y")
        await pilot.press("l")
        assert not shown.picture.log
        assert "y" in shown.lab.screen.active_bindings
        await pilot.press("y")
        assert shown.picture.log
        assert shown.note == "log"
        assert {"0.01", "0.1", "1"} <= set(shown.text.replace("┤", " ").split())

    await story(steps)


async def test_a_loss_of_zero_or_no_number_does_no_harm_to_a_log_axis(story):
    async def steps(shown, pilot):
        await pilot.press("l", "y")
        nan, inf = float("nan"), float("inf")
        for bad in ((0.0,), (nan, inf, -1.0, 0.0), (0.5, 0.0, nan)):
            curve = tuple(Point(float(n), loss, 0.5) for n, loss in enumerate(bad, 1))
            await shown.show(train=curve, validated=curve)
            assert "╰" in shown.text

    await story(steps)


async def test_x_shows_the_last_ten_epochs_the_last_three_and_all(story):
    async def steps(shown, pilot):
        ends, notes = [], []
        for _ in range(4):
            numbers = shown.text.splitlines()[-1].replace("epoch", "").split()
            ends.append((numbers[0], numbers[-1]))
            notes.append(shown.note)
            await pilot.press("x")
        assert ends == [("0", "20"), ("2", "12"), ("9", "12"), ("0", "20")]
        assert notes == ["", "last 10", "last 3", ""]

    await story(steps)


# Other runs


async def test_the_runs_before_are_drawn_faintly_and_named(story):
    async def steps(shown, pilot):
        assert [curve.label for curve in shown.picture.curves] == [
            "train",
            "validation",
            "run 2",
            "run 1",
        ]
        assert [curve.faint for curve in shown.picture.curves] == [False, False, True, True]
        assert shown.note == "+ run 2 90.0%  × run 1 76.9%"
        # Told apart without color: each has a point of its own.
        assert {"+", "×", "•"} <= set(shown.text)

    await story(steps, earlier=EARLIER)


async def test_o_hides_the_runs_before_and_shows_them_again(story):
    async def steps(shown, pilot):
        await pilot.press("o")
        assert len(shown.picture.curves) == 2
        assert shown.note == "runs hidden"
        await pilot.press("o")
        assert len(shown.picture.curves) == 4

    await story(steps, earlier=EARLIER)


async def test_without_a_run_before_o_is_not_offered(story):
    async def steps(shown, pilot):
        assert "o" not in shown.lab.screen.active_bindings
        await shown.show(earlier=EARLIER)
        assert "o" in shown.lab.screen.active_bindings

    await story(steps)


async def test_a_run_that_was_left_before_its_first_epoch_is_no_curve(story):
    async def steps(shown, pilot):
        assert [curve.label for curve in shown.picture.curves] == ["train", "validation"]

    await story(steps, earlier=(PastCurves(1, points(1, 10)[:5], ()),))


async def test_a_new_run_stands_beside_the_one_before_it(opened):
    lab = opened(scripted.epochs(3))
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press("space")
        await lab.until(pilot, lambda report: len(report.validated) >= 2)
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.state == "paused")
        await pilot.press("r")
        await lab.until(pilot, lambda report: report.run == 2)
        chart = lab.screen.query_one(Chart)
        assert [curve.label for curve in chart.picture.curves][2:] == ["run 1"]


# The cursor


async def test_both_charts_have_one_cursor(story):
    async def steps(shown, pilot):
        await pilot.press("l", "l")
        shown.second.focus()
        await pilot.press("left", "left")
        assert shown.first.cursor == shown.second.cursor == 11
        assert shown.note.startswith("epoch 11")
        await pilot.press("escape")
        assert shown.first.cursor is shown.second.cursor is None

    await story(steps)


async def test_the_cursor_reads_the_other_runs_and_the_change_made_there(story):
    async def steps(shown, pilot):
        shown.first.focus()
        await pilot.press("home", *["right"] * 3)
        assert "epoch 3 " in shown.note
        assert "run 1 67.5%" in shown.note
        assert shown.note.endswith("learning rate 0.1→0.3")

    changes = (Change(3.0, "learning_rate", 0.1, 0.3),)
    await story(steps, size=(200, 50), earlier=EARLIER, changes=changes)


async def test_a_new_run_has_no_cursor(story):
    async def steps(shown, pilot):
        shown.first.focus()
        await pilot.press("left")
        await shown.show(run=4, train=points(1, 10), validated=())
        assert shown.first.cursor is None

    await story(steps)


async def test_the_arrows_turn_knobs_unless_the_chart_has_the_focus(story):
    async def steps(shown, pilot):
        await pilot.press("left")
        assert shown.first.cursor is None

    await story(steps)


# Help and palette


async def test_every_key_of_the_chart_is_in_the_help_and_in_the_palette(story):
    async def steps(shown, pilot):
        await pilot.press("l")
        shown.first.focus()
        await pilot.press("left")
        active = shown.lab.screen.active_bindings
        for key in ("l", "k", "y", "x", "o", "w", "left", "home", "pageup", "escape"):
            assert active[key].binding.id
            assert active[key].binding.tooltip
        titles = {c.title for c in shown.lab.app.get_system_commands(shown.lab.app.screen)}
        wanted = {"Loss", "Smooth", "Log axis", "Last epochs", "Earlier runs", "Export chart"}
        assert wanted | {"Read values", "Ends", "Ten epochs", "No cursor"} <= titles

    await story(steps, earlier=EARLIER)


# Epochs, updates, seconds along the chart


async def test_X_counts_epochs_then_updates_then_seconds(story):
    timed = tuple(replace(point, seconds=2.0 * point.epoch) for point in points(12, 10))
    slow = tuple(replace(point, seconds=5.0 * point.epoch) for point in points(4, 10))
    earlier = (PastCurves(2, slow, points(4), batches=3),)
    change = Change(6.0, "learning_rate", 0.1, 0.2)

    async def steps(shown, pilot):
        seen = []
        for _ in range(4):
            picture = shown.picture
            train, validation, before = (curve.x[-1] for curve in picture.curves)
            seen.append((picture.x_label, train, validation, before, picture.marks[0].x))
            await pilot.press("X")
        assert seen[:3] == [
            ("epoch", 12, 12, 4, 6), ("update", 120, 120, 12, 60), ("second", 24, 24, 20, 12),
        ]  # fmt: skip
        assert seen[3] == seen[0]

    await story(steps, train=timed, batches=10, earlier=earlier, changes=(change,))


@pytest.mark.long
async def test_the_cursor_goes_from_point_to_point_where_no_epochs_are_counted(story):
    async def steps(shown, pilot):
        await pilot.press("X")
        shown.first.focus()
        await pilot.press("left")
        assert shown.first.cursor == 120
        await pilot.press("left")
        assert shown.first.cursor == 119

    await story(steps, batches=10)
