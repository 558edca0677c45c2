"""Tests that wait for the screen come to an end, however slow the machine and quick the run."""

from time import sleep

from numrec_tui.app import NumrecApp
from numrec_tui.modes.train.screen import TrainScreen
from tests.reliability.monkey import session
from tests.screens import settled

SLOW = 0.15
"""Seconds that a report takes to be shown; a run that trains sends one each tenth of a second."""


async def test_a_run_that_trains_does_not_keep_a_slow_screen_from_being_done(
    home, monkeypatch
) -> None:
    show = TrainScreen.show

    def slowly(screen, report) -> None:
        sleep(SLOW)
        show(screen, report)

    monkeypatch.setattr(TrainScreen, "show", slowly)
    monkeypatch.setattr(settled, "PATIENCE", 5.0)
    with session(home) as opened:
        app = NumrecApp(opened)
        async with app.run_test(size=(80, 24)):
            opened.start()
            for _ in range(5):
                await settled.painted(app)
                sleep(2 * SLOW)  # meanwhile the next reports have come
            assert app.mode.report.state == "training"
