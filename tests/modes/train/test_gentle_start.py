"""The first run of a person begins slowly, says so, and names the key that ends that."""

import pytest
from textual.content import Content

from numrec_tui.modes.train.health_line import HealthLine
from numrec_tui.modes.train.progress_line import ProgressLine
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from numrec_tui.widgets.top_bar import TopBar
from tests import scripted
from tests.screens.fixtures import Opened
from tests.screens.settled import settled, until

GENTLE = "Slow at first, to be watched; * is full speed."


@pytest.fixture
def first_visit(tmp_path):
    """The app of a person who has never seen a run."""
    settings = scripted.settings(**scripted.ENDLESS)
    session = Session(
        SessionConfig(scripted.drawn_set(), settings, tmp_path / "models", gentle_start=True)
    )
    yield Opened(session)
    session.close()


def told(screen, kind) -> str:
    line = screen.query_one(kind)
    return Content.from_markup(str(line.content)).plain if line.display else ""


def state(app) -> str:
    return str(app.screen.query_one(TopBar).query_one("#state").content)


async def test_a_first_run_says_that_it_is_slow_and_one_key_gives_full_speed(first_visit):
    lab = first_visit
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        assert "begins slowly" in told(lab.screen, ProgressLine)
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.batch > 0)
        assert told(lab.screen, HealthLine) == GENTLE
        assert "4 batches/s" in told(lab.screen, ProgressLine)
        assert state(lab.app).endswith("training 4/s")
        await pilot.press("asterisk")
        await lab.until(pilot, lambda report: report.epoch > 20)
        assert GENTLE not in told(lab.screen, HealthLine)
        assert "batches/s" not in told(lab.screen, ProgressLine)


@pytest.mark.parametrize("key", "123456")
@pytest.mark.short("3")
async def test_in_every_mode_a_key_makes_it_slower_another_one_faster(opened, key):
    lab = opened(**scripted.ENDLESS)
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press(key)
        await settled(pilot)
        await pilot.press("space", "left_parenthesis", "left_parenthesis")
        await until(pilot, lambda: state(lab.app).endswith("training 50/s"))
        await pilot.press("right_parenthesis")
        await until(pilot, lambda: state(lab.app).endswith("training 100/s"))
        await pilot.press("asterisk")
        await until(pilot, lambda: state(lab.app).endswith("training"))
