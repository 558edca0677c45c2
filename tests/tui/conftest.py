"""An app over drawn digits, and a way to wait until it shows what a test is about."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from textual.pilot import Pilot

from engine.training.events import Event
from numrec_tui.app import NumrecApp
from numrec_tui.report import Report
from numrec_tui.screens.looking import LookingScreen
from numrec_tui.screens.train import TrainScreen
from numrec_tui.session import Session
from tests import scripted


class Opened:
    """An app and its session, as a test sees them."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.app = NumrecApp(session)

    @property
    def screen(self) -> TrainScreen:
        screen = self.app.mode
        assert isinstance(screen, TrainScreen)
        return screen

    @property
    def report(self) -> Report | None:
        return self.screen.report if self.app.mode else None

    async def until(self, pilot: Pilot[None], condition: Callable[[Report], bool]) -> Report:
        """Wait until the screen shows a report that meets the condition."""
        for _ in range(1000):
            await pilot.pause(0.01)
            if self.report is not None and condition(self.report):
                await pilot.pause()
                return self.report
        shown = self.report and (self.report.state, self.report.position, self.report.message)
        raise AssertionError(f"never seen; the screen shows {shown}")


@pytest.fixture(autouse=True)
def never_wait_for_an_idle_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that trains is never idle; Textual's pilot would wait a second for it each time."""

    async def wait(*_seconds: float) -> None:
        for _ in range(10):  # turns of the event loop are what counts, also on a busy machine
            await asyncio.sleep(0.003)

    monkeypatch.setattr("textual.app.wait_for_idle", wait)
    monkeypatch.setattr("textual.pilot.wait_for_idle", wait)


@pytest.fixture
def never_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at the network come when they come; who compares pictures has none."""
    monkeypatch.setattr(LookingScreen, "look_when_due", lambda _screen, again=False: None)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    """Make an app: opened(script, learning_rate=…); without a script it really trains."""
    sessions: list[Session] = []

    def make(script: Sequence[Event] = (), **settings: object) -> Opened:
        session = scripted.session(tmp_path / "models", script, **settings)
        sessions.append(session)
        return Opened(session)

    yield make
    for session in sessions:
        session.close()
