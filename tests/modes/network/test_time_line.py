"""The time line of the Network screen: back to earlier weights, and forks from there."""

import re

import pytest

from numrec_tui.modes.network.time_line import TimeLine
from tests.modes.network.visiting import WIDE, visit


async def test_the_run_can_be_gone_through_in_time(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        first = here.wall._pictures.copy()
        assert "backspace" not in here.screen.active_bindings
        await here.batches(5)
        await here.press(*["less_than_sign"] * 9)
        assert "epoch 0.0 of " in here.line
        assert here.wall._pictures == pytest.approx(first, abs=1e-3)
        await here.press("greater_than_sign")
        assert here.screen._moment is here.screen._view.moments[1]
        await here.press("backspace")
        assert " of " not in here.line
        assert here.screen._network is here.screen._view.network


async def test_a_click_on_the_time_line_goes_to_the_moment_there(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await here.batches(5)
        await pilot.click(TimeLine, offset=(3, 0))
        await here.until(lambda: here.screen._moment is here.screen._view.moments[0])


@pytest.mark.long
async def test_the_time_line_begins_with_the_first_batch_though_another_mode_was_open(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press("1")
        for _ in range(6):
            before = lab.report.position
            await pilot.press("n")
            await lab.until(pilot, lambda report, before=before: report.position > before)
        here = await visit(lab, pilot)
        assert len(here.screen._view.moments) == 7
        assert re.match(r" ?< ◆.*┼.*◆.*┼.*● > epoch 1.5", here.line)
        await here.press(*["less_than_sign"] * 9)
        assert "epoch 0.0 of 1.5" in here.line


async def test_a_run_is_forked_from_the_checkpoint_that_is_shown(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        assert "f" not in here.keys
        await here.batches(6)
        assert "f" in here.keys
        await here.press("less_than_sign")
        assert "f" not in here.keys  # 1.25 is no checkpoint
        await here.press("less_than_sign")
        assert "epoch 1.0 of 1.5 ◆ f forks" in here.line
        await here.press("f")
        await here.until(lambda: here.screen._view.run == 2)
        await here.until(lambda: here.screen.report.run == 2)
        assert here.screen._view.position == 1
        assert here.screen._moment is None
        assert "epoch 1.0" in here.line


async def test_a_new_run_is_filmed_anew(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await here.batches(2)
        await here.press("less_than_sign", "r")
        await here.until(lambda: here.screen._view.run == 2)
        assert here.screen._moment is None
        assert [kept.position for kept in here.screen._view.moments] == [0]


async def test_histograms_tell_of_which_moment_they_are(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await here.press("v", "v")
        assert here.title == "Histograms · epoch 0.0"
        await here.batches(4)
        await here.until(lambda: here.title == "Histograms · epoch 1.0")
        await here.press("less_than_sign")
        await here.until(lambda: here.title == "Histograms · epoch 0.8")
