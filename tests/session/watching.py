"""A session over drawn digits, and a way to wait for one of its reports."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.training.events import Event
from numrec_tui.session.report import Report
from numrec_tui.session.session import Session
from tests import scripted


class Watcher:
    """Keeps every report and lets a test wait for one."""

    def __init__(self, session: Session) -> None:
        self.reports: list[Report] = []
        self._news = threading.Condition()
        session.listen(self._take)

    def _take(self, report: Report) -> None:
        with self._news:
            self.reports.append(report)
            self._news.notify_all()

    def until(self, condition: Callable[[Report], bool]) -> Report:
        """The first report, old or new, that meets the condition."""
        with self._news:
            found = self._news.wait_for(lambda: any(map(condition, self.reports)), timeout=30)
            assert found, [(report.state, report.position) for report in self.reports[-3:]]
            return next(filter(condition, self.reports))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def opened(folder: Path) -> Iterator[Callable[..., tuple[Session, Watcher]]]:
    sessions = []

    def start(script: list[Event] | None = None, **settings: object) -> tuple[Session, Watcher]:
        session = scripted.session(folder, script or (), **settings)
        sessions.append(session)
        return session, Watcher(session)

    yield start
    for session in sessions:
        session.close()
