"""The time left is told once the pace is known, and not before."""

from io import StringIO

import pytest
from rich.console import Console
from rich.progress import Progress

from numrec_tui.cli.reporters import TimeLeft
from numrec_tui.modes.train.progress_line import describe
from numrec_tui.session.report import EVIDENCE
from tests import scripted
from tests.session.watching import Watcher

BATCH_SECONDS, EPOCH_SECONDS = 0.125, 1.25
"""What the script says that a batch and an epoch took."""


@pytest.fixture
def opened(tmp_path):
    sessions = []

    def start(script):
        session = scripted.session(tmp_path, script)
        sessions.append(session)
        return session, Watcher(session)

    yield start
    for session in sessions:
        session.close()


def test_after_some_batches_by_hand_no_time_is_told_however_long_they_took(opened):
    session, watcher = opened(scripted.epochs(5))
    for _ in range(25):
        session.step()
    report = watcher.until(lambda report: report.epoch == 2 and report.batch == 3)
    assert report.seconds > EVIDENCE
    assert report.seconds_left is None
    assert "left" not in describe(report, 120)


def test_the_time_left_is_told_from_the_moment_on_that_two_seconds_were_trained(opened):
    session, watcher = opened(scripted.epochs(5))
    session.start()
    told = watcher.until(lambda report: report.seconds_left is not None)
    early = [report for report in watcher.reports if report.seconds < EVIDENCE]
    assert [report.seconds_left for report in early] == [None] * len(early)
    to_do = told.running.epochs - told.position
    assert told.seconds_left == pytest.approx(EPOCH_SECONDS * to_do)


def test_batches_by_hand_do_not_count_for_the_pace_of_those_that_follow(opened):
    session, watcher = opened(scripted.epochs(9))
    for _ in range(25):
        session.step()
    watcher.until(lambda report: report.epoch == 2 and report.batch == 3)
    session.start()
    told = watcher.until(lambda report: report.seconds_left is not None)
    assert told.seconds >= 23 * BATCH_SECONDS + EVIDENCE


def test_the_command_line_too_waits_until_the_pace_is_known():
    now = 0.0
    progress = Progress(console=Console(file=StringIO()), get_time=lambda: now)
    task_id = progress.add_task("training", total=1000)
    told = []
    for done in range(1, 9):
        now = done * 0.5
        progress.update(task_id, completed=done)
        told.append(TimeLeft().render(progress.tasks[0]).plain)
    assert told[:3] == ["", "", ""]
    assert all(":" in words for words in told[3:])
