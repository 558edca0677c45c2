"""Pictures of the Runs screen at four sizes, as stories."""

import json
import time

import pytest

from engine.training.hyperparameters import settings_from
from numrec_tui.history.history import History
from numrec_tui.modes.runs.run_table import RunTable
from tests import scripted
from tests.modes.runs.test_runs_screen import asked, seen
from tests.past_runs import done, past
from tests.screens.settled import rested, settled

SIZES = pytest.mark.parametrize(
    "size",
    [(60, 20), (80, 24), (120, 34), (200, 50)],
    ids=["60x20", "80x24", "120x34", "200x50"],
)

LAYERS = ((256,), (128, 64), (32,))
NAMES = ("the good one", "", "narrow")


@pytest.fixture
def history(home):
    """A dozen runs that learn more or less well."""
    history = History(home / "history.db")
    for number in range(12):
        hidden, top = LAYERS[number % 3], 0.97 - 0.01 * (number % 5)
        settings = settings_from({"hidden": hidden, "seed": number, "batch_size": 32})
        length = 6 + number % 7
        scores = [done(epoch, top - 0.6 * 0.5**epoch) for epoch in range(1, length + 1)]
        run = past(
            number,
            begun=1e9 + 90_000 * number,
            network="-".join(map(str, (784, *hidden, 10))),
            epochs=length,
            seconds=2.5 * length,
            reason=("epochs", "target", None, "diverged")[number % 4],
            settings=json.dumps(settings.model_dump(mode="json")),
        )
        key = history.write(str(number), run, scores, [])
        history.describe(key, NAMES[number % 3], "with more units next" if number % 3 else "")
    return history


@pytest.fixture
def story(snap_compare, opened_fixed, monkeypatch):
    """Open mode 5, do what the story says, compare the picture."""
    monkeypatch.setenv("TZ", "UTC")
    if hasattr(time, "tzset"):
        time.tzset()

    def compare(size, steps, count):
        lab = opened_fixed(scripted.epochs(1))

        async def tell(pilot):
            await lab.until(pilot, lambda report: report.state == "ready")
            await pilot.press("5")
            await settled(pilot)
            assert len(lab.app.mode.query_one(RunTable).runs) == count
            await steps(lab, pilot)
            await settled(pilot)
            lab.app.clear_notifications()
            await rested(pilot)

        assert snap_compare(lab.app, terminal_size=size, run_before=tell)

    yield compare
    monkeypatch.delenv("TZ")
    if hasattr(time, "tzset"):
        time.tzset()


@SIZES
@pytest.mark.short("80x24")
def test_three_runs_are_compared(story, history, size):
    async def mark(_lab, pilot):
        await pilot.press("m", "down", "m", "down", "down")

    story(size, mark, 12)


def test_no_runs_yet(story):
    async def nothing(_lab, _pilot):
        pass

    story((80, 24), nothing, 0)


def test_a_filter_and_a_question(story, history):
    async def ask(_lab, pilot):
        await asked(pilot, "slash")
        await pilot.press(*"narrow", "enter")
        await seen(pilot, lambda: isinstance(pilot.app.focused, RunTable))
        await pilot.press("x")

    story((80, 24), ask, 12)


async def mark_two(_lab, pilot):
    await pilot.press("m", "down", "m", "down")


@pytest.mark.long
def test_in_sixteen_colors(story, history, monkeypatch):
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "standard")
    story((120, 34), mark_two, 12)


def test_without_color(story, history, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    story((120, 34), mark_two, 12)
