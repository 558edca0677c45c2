"""The app offers to go on with the run that was left, and `g` does so."""

from pathlib import Path

from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from tests import scripted
from tests.screens.fixtures import Opened
from tests.session.test_going_on import SETTINGS, no_data


def session(folder: Path) -> Session:
    return Session(SessionConfig(
        scripted.drawn_set(), SETTINGS, folder / "models",
        find=no_data, checkpoints=folder / "checkpoints",
    ))  # fmt: skip


def keys_offered(opened: Opened) -> set[str]:
    return {key for key, active in opened.screen.active_bindings.items() if active.enabled}


async def test_g_goes_on_with_the_run_that_was_left(tmp_path):
    left = session(tmp_path)
    for _ in range(10):
        left.step()
    left.close()

    again = Opened(session(tmp_path))
    async with again.app.run_test() as pilot:
        await again.until(pilot, lambda report: report.can_go_on)
        assert "g" in keys_offered(again)
        await pilot.press("g")
        await again.until(pilot, lambda report: report.epoch > 3)
        assert "g" not in keys_offered(again)
    again.session.close()


async def test_without_one_g_is_not_offered(tmp_path):
    fresh = Opened(session(tmp_path))
    async with fresh.app.run_test() as pilot:
        await fresh.until(pilot, lambda report: report.state == "ready")
        assert "g" not in keys_offered(fresh)
    fresh.session.close()
