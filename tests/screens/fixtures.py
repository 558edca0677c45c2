"""An app over drawn digits, and a way to wait until it shows what a test is about."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from textual._context import active_app
from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot
from textual.widgets import Input

from engine.training.events import Event
from numrec_tui.app import NumrecApp
from numrec_tui.modes.train.health_watch import HealthWatch
from numrec_tui.modes.train.screen import TrainScreen
from numrec_tui.session.report import Report
from numrec_tui.session.session import Session
from tests import fixed, scripted
from tests.screens import settled, style_cache
from tests.screens.hand_clock import HandClock


class Opened:
    """An app and its session, as a test sees them. mode: the one it opens in; Train if none."""

    def __init__(self, session: Session, mode: str = "") -> None:
        self.session = session
        self.app = NumrecApp(session, mode=mode)

    @property
    def screen(self) -> TrainScreen:
        screen = self.app.mode
        assert isinstance(screen, TrainScreen)
        return screen

    @property
    def report(self) -> Report | None:
        return self.app.mode.report if self.app.mode else None

    async def until(self, pilot: Pilot[None], condition: Callable[[Report], bool]) -> Report:
        """Wait until the screen shows a report that meets the condition."""

        def met() -> Report | None:
            report = self.report
            return report if report is not None and condition(report) else None

        def shown() -> str:
            report = self.report
            return f"Shown: {report and (report.state, report.position, report.message)}"

        return await settled.until(pilot, met, shown)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    """Time stands still on every screen until a test turns the clock, or waits for something."""
    hand = HandClock()
    monkeypatch.setattr("numrec_tui.clock.current", hand)
    return hand


@pytest.fixture(autouse=True)
def wait_for_what_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual's pilot waits for an idle process, which one that trains never is, and goes on."""

    async def wait(*_seconds: float) -> None:
        await settled.painted(active_app.get())

    async def wait_for_screen(pilot: Pilot[object], timeout: float = 0) -> bool:
        del timeout
        await settled.painted(pilot.app)
        return True

    async def pause(pilot: Pilot[object], delay: float | None = None) -> None:
        assert delay is None, "wait for something by its name: see tests/screens/settled.py"
        await settled.painted(pilot.app)

    monkeypatch.setattr("textual.app.wait_for_idle", wait)
    monkeypatch.setattr("textual.pilot.wait_for_idle", wait)
    monkeypatch.setattr(Pilot, "_wait_for_screen", wait_for_screen)
    monkeypatch.setattr(Pilot, "pause", pause)


@pytest.fixture(autouse=True)
def nothing_comes_or_goes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cursors do not blink, and what the app says stays until the test is over."""
    monkeypatch.setattr(Input, "cursor_blink", False)
    monkeypatch.setattr(App, "NOTIFICATION_TIMEOUT", 3600)


@pytest.fixture(autouse=True)
def style_sheets_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each app has the same ones."""
    monkeypatch.setattr(Stylesheet, "_parse_rules", style_cache.read)


@pytest.fixture
def never_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks at the network come when they come; who compares pictures has none."""
    monkeypatch.setattr(HealthWatch, "look_when_due", lambda _watch, again=False: None)


@pytest.fixture
def first_mode() -> str:
    """The mode that an app opens in; the tests of a mode name theirs, which saves opening Train."""
    return ""


@pytest.fixture
def opened(tmp_path: Path, first_mode: str) -> Iterator[Callable[..., Opened]]:
    """Make an app: opened(script, learning_rate=…); without a script it really trains."""
    yield from _opening(scripted.session, tmp_path / "models", first_mode)


@pytest.fixture
def opened_fixed(
    tmp_path: Path, first_mode: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Opened]]:
    """As `opened`, for pictures: all they show is the same on every processor."""
    monkeypatch.setattr(
        "numrec_tui.modes.network.facts.gradient_distributions", fixed.gradient_distributions
    )
    for where in ("screen", "why"):
        monkeypatch.setattr(f"numrec_tui.modes.draw.{where}.probabilities", fixed.probabilities)
    yield from _opening(fixed.session, tmp_path / "models", first_mode)


def _opening(
    begin: Callable[..., Session], models: Path, first_mode: str
) -> Iterator[Callable[..., Opened]]:
    sessions: list[Session] = []

    def make(script: Sequence[Event] = (), **settings: object) -> Opened:
        session = begin(models, script, **settings)
        sessions.append(session)
        return Opened(session, first_mode)

    yield make
    for session in sessions:
        session.close()
