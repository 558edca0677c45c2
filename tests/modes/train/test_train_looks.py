"""The Train screen looks at the network: its health in a line, a wall of digits, a fork."""

from dataclasses import replace

import numpy as np
import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.widgets import Static

from engine.data.dataset import Digits
from engine.training.metrics import Evaluation
from numrec_tui.charts.chart import Chart
from numrec_tui.insight.health import Health
from numrec_tui.insight.predictions import Predictions
from numrec_tui.lessons.glossary import of_subject
from numrec_tui.modes.messages import SessionReport
from numrec_tui.modes.train.digit_wall import DigitWall
from numrec_tui.modes.train.health_line import HealthLine
from numrec_tui.modes.train.progress_line import ProgressLine
from numrec_tui.widgets.digit_panel import DigitPanel
from tests import scripted
from tests.screens.settled import rested, until

WIDE, LOW, HUGE = (120, 34), (80, 24), (200, 50)
SIZES = [(60, 20), LOW, WIDE, HUGE]
BAD = Health((0.3, 0.2), 0.8, (1e-3, 1e-3))
WELL = Health((0.3, 0.2), 0.0, (1e-3, 1e-3))


def is_ready(report) -> bool:
    return report.state == "ready"


def words(screen) -> str:
    line = screen.query_one(HealthLine)
    return str(line.content) if line.display else ""


async def test_the_health_is_told_once_the_network_learns(opened):
    lab = opened(**scripted.ENDLESS)
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("n")  # a run that goes on would soon be stuck, and told that instead
        await until(pilot, lambda: "update" in words(lab.screen))
        assert words(lab.screen).startswith("gradient ")
        assert "dead" in words(lab.screen)
        # a rate of a millionth moves next to nothing
        assert "it hardly moves: raise the rate" in words(lab.screen)


async def test_after_a_step_the_health_is_that_of_this_batch(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        assert words(lab.screen) == ""
        await pilot.press("n")
        await until(pilot, lambda: "update" in words(lab.screen))


@pytest.mark.long
async def test_without_a_hidden_layer_there_is_a_health_without_dead_units(opened):
    lab = opened(hidden=())
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("n")
        await until(pilot, lambda: "gradient" in words(lab.screen))
        assert "dead" not in words(lab.screen)


def report_of(lab, **changed):
    """A report of a run that is under way, unless it is changed."""
    return replace(lab.report, **{"state": "training", "epoch": 3, **changed})


@pytest.mark.long
async def test_a_report_that_comes_while_the_screen_is_taken_down_does_no_harm(opened, never_look):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        lab.screen.query_one(HealthLine).show(BAD)
        line, report = lab.screen.query_one(HealthLine), report_of(lab)
        await line.remove()
        line.follow(report)
        lab.app.exit()
        lab.app.post_message(SessionReport(replace(report, epoch=4)))
        await pilot.pause()
        assert lab.report.epoch != 4  # the app ends, so nothing is shown any more


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.short("(80, 24)")
async def test_at_every_size_the_line_has_the_numbers_or_what_is_off(opened, never_look, size):
    lab = opened()
    async with lab.app.run_test(size=size) as pilot:
        await lab.until(pilot, is_ready)
        lab.screen.show(report_of(lab))
        lab.screen.query_one(HealthLine).show(WELL)
        await pilot.pause()
        assert "dead 0% · update 1.0e-3" in words(lab.screen)
        assert shown_whole(lab.screen)
        lab.screen.query_one(HealthLine).show(BAD)
        await pilot.pause()
        assert words(lab.screen).endswith("⚠ most units are dead: lower the rate")
        assert shown_whole(lab.screen)
        chart = lab.screen.query_one(Chart)
        assert chart.size.height >= 4


def shown_whole(screen) -> bool:
    """Whether every word of the line is on the screen."""
    line = screen.query_one(HealthLine)
    seen = " ".join(line.render_line(y).text for y in range(line.size.height))
    return seen.split() == words(screen).split()


@pytest.mark.parametrize(
    "over",
    [
        {"state": "ready", "epoch": 0},
        {"state": "paused", "epoch": 0},
        {"state": "finished"},
        {"state": "diverged"},
        {"state": "failed"},
    ],
    ids=str,
)
@pytest.mark.parametrize("size", [WIDE, LOW], ids=str)
@pytest.mark.short("(80, 24)")
async def test_it_is_silent_before_anything_is_trained_and_once_all_is_over(
    opened, never_look, over, size
):
    lab = opened()
    async with lab.app.run_test(size=size) as pilot:
        await lab.until(pilot, is_ready)
        lab.screen.show(report_of(lab))
        lab.screen.query_one(HealthLine).show(BAD)
        assert "dead" in words(lab.screen)
        lab.screen.show(report_of(lab, **over))
        assert words(lab.screen) == ""
        lab.screen.query_one(HealthLine).show(BAD)  # a look that was still under way
        assert words(lab.screen) == ""


async def test_what_was_found_about_one_run_is_not_said_of_the_next(opened, never_look):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        lab.screen.show(report_of(lab))
        lab.screen.query_one(HealthLine).show(BAD)
        lab.screen.show(report_of(lab, run=2))
        assert words(lab.screen) == ""


async def test_the_help_page_explains_every_word_of_the_line(opened, never_look):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("question_mark")
        pages = lab.app.screen.query(Static)
        page = "\n".join(Content.from_markup(str(one.content)).plain for one in pages)
        for entry in of_subject("health"):
            assert f"{entry.name}: {entry.about}" in page


async def test_a_run_that_ends_no_better_than_guessing_says_so(opened, never_look):
    lab = opened([scripted.progress(1, 1), scripted.stopped("epochs", 1)])
    async with lab.app.run_test(size=(60, 20)) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("space")
        report = await lab.until(pilot, lambda report: report.state == "finished")
        line = lab.screen.query_one(ProgressLine)
        assert "guessing" not in str(line.content)  # 19 of 20 right
        counts = np.eye(10, dtype=np.int64) * 2
        luck = replace(report.stopped, test=Evaluation(20, 3, 2.3, counts))  # 3 of 20, ten classes
        lab.screen.show(replace(report, stopped=luck))
        await pilot.pause()
        told = Content.from_markup(str(line.content)).plain
        assert (
            "15.00% (5.2-36.0 % of 20) of the test digits read right, no better than guessing"
            in told
        )


async def test_a_large_window_has_a_wall_of_a_hundred_digits(opened, never_look):
    lab = opened(validation_fraction=0.5)
    async with lab.app.run_test(size=HUGE) as pilot:
        await lab.until(pilot, is_ready)
        wall = lab.screen.query_one(DigitWall)
        assert wall.display
        room = (wall.content_size.width // 9) * (wall.content_size.height // 4)
        assert room >= 100
        assert wall.count == 30  # as many as there are
        assert lab.screen.query_one(Chart).size.height >= 15
        assert lab.screen.query_one(DigitPanel).size.height >= 20


async def test_d_gives_the_walls_room_to_the_chart_and_back(opened):
    lab = opened()
    async with lab.app.run_test(size=HUGE) as pilot:
        await lab.until(pilot, is_ready)
        wall = lab.screen.query_one(DigitWall)
        tall = lab.screen.query_one(Chart).size.height
        await pilot.press("d")
        assert not wall.display
        assert lab.screen.query_one(Chart).size.height > tall
        await pilot.press("d")
        await until(pilot, lambda: wall.display and "validation digits right" in str(
            wall.border_title))  # fmt: skip


@pytest.mark.parametrize("size", [WIDE, LOW, (60, 20)])
@pytest.mark.short("size0")
async def test_a_smaller_window_has_neither_wall_nor_key(opened, size):
    lab = opened()
    async with lab.app.run_test(size=size) as pilot:
        await lab.until(pilot, is_ready)
        assert not lab.screen.query_one(DigitWall).display
        assert "d" not in lab.screen.active_bindings


async def test_the_wall_turns_as_the_network_learns(opened):
    lab = opened(epochs=40, learning_rate=0.2)
    async with lab.app.run_test(size=HUGE) as pilot:
        await lab.until(pilot, is_ready)
        wall = lab.screen.query_one(DigitWall)
        await until(pilot, lambda: "6 validation digits right" in str(wall.border_title))
        first = str(wall.border_title)
        await pilot.press("space")
        report = await lab.until(pilot, lambda report: report.state == "finished")
        await rested(pilot)
        right = round(6 * report.validated[-1].accuracy)
        assert str(wall.border_title) == f"{right} of 6 validation digits right"
        assert str(wall.border_title) != first


async def test_a_click_on_the_wall_shows_the_digit_large(opened):
    lab = opened()
    async with lab.app.run_test(size=HUGE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.click(DigitWall, offset=(1 + 9 * 3 + 4, 2))
        report = await lab.until(pilot, lambda report: report.reading.index == 3)
        assert lab.screen.query_one(DigitPanel).border_title == "Image #3"
        assert report.reading.index == 3


async def test_f_forks_the_run_and_marks_what_differs(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        assert "f" not in lab.screen.active_bindings
        await pilot.press("n")
        await lab.until(pilot, lambda report: report.batch == 1)
        assert "f" in lab.screen.active_bindings
        lab.session.change("dropout", 0.2)
        await lab.until(pilot, lambda report: report.settings.dropout == 0.2)
        await pilot.press("f")
        report = await lab.until(pilot, lambda report: report.run == 2)
        assert report.running.dropout == 0.2
        assert report.batch == 1
        lab.screen.flush()
        await pilot.pause()
        chart = lab.screen.query_one(Chart)
        drawn = "\n".join(chart.render_line(y).text for y in range(chart.size.height))
        assert "fork: dropout 0→0.2" in drawn


class Shown(App[None]):
    CSS = "DigitWall { height: 100%; }"

    def compose(self) -> ComposeResult:
        yield DigitWall()


async def test_a_wrong_digit_is_marked_without_color_and_says_what_it_is_taken_for():
    digits = scripted.drawn_digits(20)
    predicted = digits.labels.astype(np.intp)
    predicted[2] = 7
    app = Shown()
    async with app.run_test(size=(40, 8)) as pilot:
        wall = app.query_one(DigitWall)
        wall.show(digits, 1)
        wall.read(_predictions(digits, predicted))
        await pilot.pause()
        lines = [wall.render_line(y).text for y in range(4)]
        marks = ["".join(line[9 * place] for line in lines) for place in range(3)]
        assert marks == ["✓   ", "✓  ▸", "✗7  "]


def test_snapshot_of_a_wall_with_two_mistakes(snap_compare):
    digits = scripted.drawn_digits(20)
    predicted = digits.labels.astype(np.intp)
    predicted[[2, 13]] = 7

    async def read(pilot):
        wall = pilot.app.query_one(DigitWall)
        wall.show(digits, 1)
        wall.read(_predictions(digits, predicted))
        await pilot.pause()

    assert snap_compare(Shown(), terminal_size=(64, 12), run_before=read)


async def test_only_the_rows_that_have_turned_are_drawn_again():
    digits = scripted.drawn_digits(20)
    predicted = digits.labels.astype(np.intp)
    app = Shown()
    async with app.run_test(size=(40, 8)) as pilot:
        wall = app.query_one(DigitWall)
        wall.show(digits, 0)
        wall.read(_predictions(digits, predicted))
        await pilot.pause()
        before = [wall.render_line(y) for y in (0, 4)]
        turned = predicted.copy()
        turned[5] = 0
        wall.read(_predictions(digits, turned))
        assert wall.render_line(0) is before[0]
        assert wall.render_line(4) is not before[1]
        assert wall.border_title == "19 of 20 validation digits right"


@pytest.mark.parametrize("shape", [(28, 10), (4, 4), (10, 60)])
async def test_digits_of_another_shape_fill_the_wall_too(shape):
    images = np.full((200, *shape), 255, np.uint8)
    digits = Digits(images, np.zeros(200, np.uint8))
    app = Shown()
    async with app.run_test(size=(40, 8)) as pilot:
        wall = app.query_one(DigitWall)
        wall.show(digits, 0)
        wall.read(_predictions(digits, np.zeros(200, np.intp)))
        await pilot.pause()
        marks = sum(wall.render_line(y).text.count("✓") for y in range(8))
        assert marks == wall.count > 0


def _predictions(digits: Digits, predicted) -> Predictions:
    return Predictions(digits, None, 1, 0.0, predicted, np.ones(len(predicted), np.float32))  # type: ignore[arg-type]
