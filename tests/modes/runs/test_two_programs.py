"""Two programs on one home: the second sees everything, and leaves alone what the first trains."""

import pytest

from numrec_tui.history.history import History
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from tests import scripted
from tests.modes.runs.test_runs_screen import WIDE, ids
from tests.screens.settled import settled
from tests.screens.settled import until as seen


@pytest.mark.long
async def test_a_run_that_another_program_trains_is_listed_and_not_forgotten(
    opened, home, tmp_path
):
    data, settings = scripted.drawn_set(), scripted.settings(**scripted.ENDLESS)
    other = Session(SessionConfig(
        data, settings, tmp_path / "models",
        checkpoints=home / "checkpoints", history=History(home / "history.db"),
    ))  # fmt: skip
    other.start()
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await pilot.press("5")
        await seen(pilot, lambda: other.recorder.id is not None)
        await seen(pilot, lambda: History(home / "history.db").runs()[0].checkpoints)
        lab.app.screen._store.read()
        await seen(pilot, lambda: ids(lab.app.screen) == [1])
        await seen(pilot, lambda: lab.app.screen._store.runs[0].checkpoints)
        await pilot.press("x", "x")
        await settled(pilot)
        assert any("by another numrec-tui" in note.message for note in lab.app._notifications)
        assert ids(lab.app.screen) == [1]
    other.close()
    assert [run.id for run in History(home / "history.db").runs()] == [1]
