"""Where the health line stands while it trains, a run that rests reads its curves in words."""

from dataclasses import replace

import numpy as np
import pytest

from engine.data.dataset import Digits
from engine.training.changes import CORRECTION, Change
from engine.training.events import EpochDone
from numrec_tui.charts.chart import Chart
from numrec_tui.insight.health import Health
from numrec_tui.modes.train.health_line import HealthLine, course_of, next_steps
from numrec_tui.storage.paths import preferences_file
from numrec_tui.storage.preferences import read
from tests import scripted
from tests.screens.settled import settled

SIZES = [(60, 20), (80, 24), (120, 34), (200, 50)]
BAD, WELL = (Health((0.3, 0.2), dead, (1e-3, 1e-3)) for dead in (0.8, 0.0))


def words(lab) -> str:
    line = lab.screen.query_one(HealthLine)
    return str(line.content) if line.display else ""


def rested(lab, state="paused", **changed):
    """A report of a run that has learned 500 validation images' worth, and memorizes."""
    digits = Digits(np.zeros((500, 28, 28), np.uint8), (np.arange(500) % 10).astype(np.uint8))
    done = [EpochDone(epoch, 0.01, 1.0, 0.4, 0.86, 1.0, 9.0, False, 500) for epoch in range(1, 6)]
    return replace(
        lab.report,
        **{"state": state, "epoch": 5, "batch": 0, "history": tuple(done), "validation": digits,
           **changed},
    )  # fmt: skip


async def ready(lab, pilot):
    await lab.until(pilot, lambda report: report.state == "ready")


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.short("(60, 20)", "(80, 24)")
@pytest.mark.parametrize("state", ["paused", "finished"])
async def test_at_every_size_the_words_are_whole_and_the_chart_is_seen(
    opened, never_look, size, state
):
    lab = opened([*scripted.epochs(1), scripted.stopped("epochs", 1)])
    async with lab.app.run_test(size=size) as pilot:
        await ready(lab, pilot)
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.state == "finished")
        lab.screen.show(rested(lab, state))
        await settled(pilot)
        line, chart = lab.screen.query_one(HealthLine), lab.screen.query_one(Chart)
        assert "86.0% (82.7-88.8 % of 500): " in words(lab)
        assert "overfitting" in words(lab)
        assert "2, f: 70 mistakes; 3: draw one; 4: look inside" in words(lab)
        seen = " ".join(line.render_line(y).text for y in range(line.size.height))
        assert seen.split() == words(lab).split()
        assert line.region.bottom <= size[1] - 1
        assert chart.size.height >= 4


async def test_the_curves_take_the_place_of_the_numbers_when_it_rests_but_not_of_a_warning(
    opened, never_look
):
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await ready(lab, pilot)
        lab.screen.show(rested(lab, "training"))
        lab.screen.query_one(HealthLine).show(WELL)
        assert words(lab).startswith("gradient")
        lab.screen.show(rested(lab))
        assert words(lab).startswith("train 100.0%")
        lab.screen.query_one(HealthLine).show(replace(BAD))
        lab.screen.show(rested(lab, validated=()))
        assert words(lab) == "⚠ most units are dead: lower the rate"
        lab.screen.show(rested(lab, "finished"))  # nothing can be lowered any more
        assert words(lab).startswith("train 100.0%")
        await pilot.resize_terminal(120, 34)
        lab.screen.show(rested(lab))
        lines = words(lab).splitlines()
        assert [line.split()[0] for line in lines] == ["gradient", "⚠", "train", "2,"]


async def test_within_the_first_epoch_there_is_nothing_to_read(opened, never_look):
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await ready(lab, pilot)
        lab.screen.show(rested(lab, epoch=0, batch=3, history=()))
        assert words(lab) == ""
        lab.screen.query_one(HealthLine).show(WELL)
        assert words(lab).startswith("gradient")


async def test_what_is_next_is_told_in_the_first_session_of_a_home_only(opened, never_look):
    for session in (1, 2):
        lab = opened()
        async with lab.app.run_test(size=(80, 24)) as pilot:
            await ready(lab, pilot)
            lab.screen.show(rested(lab))
            await settled(pilot)
            assert ("2, f: 70 mistakes" in words(lab)) == (session == 1)
            lab.screen.show(rested(lab, run=2))
            assert ("2, f: 70 mistakes" in words(lab)) == (session == 1)
            assert words(lab).startswith("train 100.0%")
    assert read(preferences_file()).hints is False


async def test_who_asks_for_hints_has_them_always(opened, never_look, home):
    preferences_file().write_text('hints = true # please\n[keys]\n"train.step" = "b"\n')
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await ready(lab, pilot)
        lab.screen.show(rested(lab))
        await settled(pilot)
        assert "3: draw one" in words(lab)
    assert preferences_file().read_text().startswith("hints = true # please\n")


async def test_a_file_that_cannot_be_written_ends_nothing(opened, never_look, home):
    preferences_file().write_text("this is no TOML")
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await ready(lab, pilot)
        lab.screen.show(rested(lab))
        await settled(pilot)
        assert "3: draw one" in words(lab)


async def test_a_network_that_was_changed_since_the_epoch_is_told_so(opened, never_look):
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await ready(lab, pilot)
        assert not course_of(rested(lab)).between
        assert course_of(rested(lab, batch=1)).between
        corrected = Change(5.0, CORRECTION, "4", "9")
        assert course_of(rested(lab, changes=(corrected,))).between
        assert not course_of(rested(lab, changes=(replace(corrected, epoch=4.0),))).between
        patience = scripted.stopped("patience", 5)
        assert course_of(rested(lab, "finished", stopped=patience)).between


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (70, "2, f: 70 mistakes; 3: draw one; 4: look inside"),
        (1, "2, f: 1 mistake; 3: draw one; 4: look inside"),
        (0, "3: draw one; 4: look inside"),
        (None, "2, f: its mistakes; 3: draw one; 4: look inside"),
    ],
)
def test_next_steps(wrong, said):
    assert next_steps(wrong) == said


async def test_f1_explains_what_is_said(opened, never_look):
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await ready(lab, pilot)
        lab.screen.show(rested(lab))
        assert "overfitting" in lab.screen.said


async def test_the_mistakes_that_are_counted_are_those_of_the_digits_mode(opened):
    """The number is real: mode 2 shows as many."""
    lab = opened(epochs=3, validation_fraction=0.5)
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await ready(lab, pilot)
        await pilot.press("space")
        report = await lab.until(pilot, lambda report: report.state == "finished")
        wrong = 30 - round(30 * report.validated[-1].accuracy)
        assert next_steps(wrong) in words(lab)
        await pilot.press("2", "f")
        await settled(pilot)
        assert len(lab.app.mode.rows) == wrong > 0
