"""What the record of a run says it learned with is what it learned with, whatever was turned."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.models.files import load
from engine.training.changes import began_with
from engine.training.hyperparameters import settings_from
from numrec_tui.cli.commands import run as numrec
from numrec_tui.history.history import History, PastRun
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.report import Report
from numrec_tui.session.session import Session
from numrec_tui.storage.checkpoints import newest_in, unfinished
from tests.engine import tiny
from tests.session.watching import Watcher

SMALL = settings_from(
    {"hidden": (8,), "batch_size": 16, "epochs": 2, "schedule": "constant", "target_accuracy": 1.0,
     "validation": "test", "learning_rate": 0.05, "augment": "off", "optimizer": "sgd"}
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NUMREC_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def opened(home: Path) -> Iterator[Callable[..., tuple[Session, Watcher]]]:
    sessions = []

    def start(**given: object) -> tuple[Session, Watcher]:
        usual = SessionConfig(
            tiny.data_set(), SMALL, home / "models",
            checkpoints=home / "checkpoints", history=History(home / "history.db"),
        )  # fmt: skip
        session = Session(replace(usual, **given))
        sessions.append(session)
        return session, Watcher(session)

    yield start
    for session in sessions:
        session.close()


def records(home: Path) -> list[PastRun]:
    return sorted(History(home / "history.db").runs(), key=lambda run: run.id)


def trained(session: Session, watcher: Watcher, state: str = "finished") -> Report:
    """Train until the run is over."""
    watcher.reports.clear()
    session.start()
    return watcher.until(lambda report: report.state == state)


def renewed(session: Session, watcher: Watcher) -> None:
    """A new run in place of the one before."""
    session.save()  # what was asked for before is done once this is told
    watcher.until(lambda report: bool(report.message and "Saved" in report.message))
    watcher.reports.clear()
    session.renew()
    watcher.until(lambda report: report.state == "ready")


def rates_told(home: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, list[float]]:
    """The rate of every run, the oldest first, from each command that tells it."""
    told: dict[str, list[float]] = {}

    def said(*words: str) -> str:
        capsys.readouterr()
        numrec(["runs", *words])
        return capsys.readouterr().out

    rows = [json.loads(line) for line in said("list", "--json").splitlines()]
    told["list"] = [row["learning_rate"] for row in reversed(rows)]
    shown = [json.loads(said("show", str(row["id"]), "--json")) for row in reversed(rows)]
    told["show"] = [one["settings"]["learning_rate"] for one in shown]
    exported = json.loads(said("export", "--json"))
    told["export"] = [one["settings"]["learning_rate"] for one in reversed(exported)]
    return told


def test_runs_are_recorded_with_the_rates_they_learned_at(opened, home, capsys) -> None:
    session, watcher = opened()
    trained(session, watcher)
    for rate in (0.5, 0.01, 0.2):
        session.change("learning_rate", rate)
        renewed(session, watcher)
        trained(session, watcher)
    session.close()
    rates = [0.05, 0.5, 0.01, 0.2]
    assert rates_told(home, capsys) == {"list": rates, "show": rates, "export": rates}
    files = [load(Path(run.model)).hyperparameters["learning_rate"] for run in records(home)]
    assert files == rates
    kept = [newest_in(Path(run.checkpoints or "")) for run in records(home)]
    assert [one and one.checkpoint.facts.hyperparameters.learning_rate for one in kept] == rates
    assert all(not History(home / "history.db").changes(run.id) for run in records(home))


@pytest.mark.parametrize(
    "turn",
    [
        lambda session: session.change("learning_rate", 0.5),
        lambda session: session.change("momentum", 0.1),
        lambda session: session.change("weight_decay", 0.1),
        lambda session: session.change("epochs", 7),
        lambda session: session.change("target_accuracy", 0.5),
        lambda session: session.turn("learning_rate", True),
        lambda session: session.use_preset("seed"),
        lambda session: session.undo(),
    ],
    ids=["rate", "momentum", "decay", "epochs", "target", "arrow", "preset", "undo"],
)
def test_whatever_is_turned_after_the_end_changes_only_what_is_wanted_next(
    opened, home, turn
) -> None:
    session, watcher = opened()
    session.change("learning_rate", 0.1)  # something to take back
    over = trained(session, watcher)
    turn(session)
    session.save()
    after = watcher.until(lambda report: bool(report.message and "Saved" in report.message))
    session.close()
    [record] = records(home)
    assert (after.running, after.changes) == (over.running, ())
    assert settings_from(json.loads(record.settings)) == over.running
    assert History(home / "history.db").changes(record.id) == ()


def test_knobs_turned_on_a_diverged_run_leave_no_mark_on_it(opened, home) -> None:
    session, watcher = opened(settings=SMALL.changed(learning_rate=1000.0, weight_decay=10.0,
                                                     epochs=500))  # fmt: skip
    trained(session, watcher, "diverged")
    session.change("learning_rate", 0.1)
    session.change("weight_decay", 0.0)
    told = watcher.until(lambda report: report.settings.weight_decay == 0.0)
    assert (told.running.learning_rate, told.changes) == (1000.0, ())
    session.renew()
    watcher.until(lambda report: report.running.learning_rate == 0.1)
    session.close()
    [record] = records(home)
    assert record.learning_rate == 1000.0


def test_a_finished_run_takes_what_was_turned_when_it_goes_on_at_that_epoch(opened, home) -> None:
    session, watcher = opened()
    trained(session, watcher)
    session.change("learning_rate", 0.5)
    session.start()
    told = watcher.until(lambda report: bool(report.message and "is over" in report.message))
    assert (told.state, told.running.learning_rate) == ("finished", 0.05)
    session.change("epochs", 4)
    session.start()
    watcher.until(lambda report: report.state == "finished" and report.epoch == 4)
    session.close()
    [record] = records(home)
    changes = History(home / "history.db").changes(record.id)
    assert [(c.epoch, c.name, c.before, c.after) for c in changes] == [
        (2.0, "learning_rate", 0.05, 0.5),
        (2.0, "epochs", 2, 4),
    ]
    began, ended = json.loads(record.began_with), json.loads(record.settings)
    assert (began["learning_rate"], began["epochs"]) == (0.05, 2)
    assert (ended["learning_rate"], ended["epochs"]) == (0.5, 4)
    assert began_with(ended, changes) == began


def test_a_rate_turned_while_paused_for_the_next_run_is_not_the_last_ones(opened, home) -> None:
    session, watcher = opened()
    session.step()
    watcher.until(lambda report: report.batch == 1)
    session.change("learning_rate", 0.5)
    session.renew()
    session.step()
    watcher.until(lambda report: report.batch == 1 and report.running.learning_rate == 0.5)
    session.close()
    first, second = records(home)
    assert (first.learning_rate, second.learning_rate) == (0.05, 0.5)
    assert History(home / "history.db").changes(first.id) == ()


def test_a_rate_turned_before_quitting_holds_when_the_run_goes_on(opened, home) -> None:
    session, watcher = opened()
    session.step()
    watcher.until(lambda report: report.batch == 1)
    session.change("learning_rate", 0.5)
    session.close()
    assert records(home)[0].learning_rate == 0.05  # all that it has learned with
    session, watcher = opened()
    watcher.until(lambda report: report.can_go_on)
    session.go_on()
    watcher.until(lambda report: report.state == "finished")
    session.close()
    [record] = records(home)
    [change] = History(home / "history.db").changes(record.id)
    assert (record.learning_rate, change.after, change.epoch) == (0.5, 0.5, 0.25)


def test_a_run_ended_on_purpose_is_offered_by_nobody_but_can_be_named(opened, home) -> None:
    session, watcher = opened()
    session.step()
    watcher.until(lambda report: report.batch == 1)
    renewed(session, watcher)
    trained(session, watcher)
    session.close()
    assert unfinished(home / "checkpoints") is None
    left = next(run for run in records(home) if run.reason is None)
    found = newest_in(Path(left.checkpoints or ""))
    session, watcher = opened(found=found)
    watcher.until(lambda report: report.state == "paused")
    session.step()
    watcher.until(lambda report: report.batch == 2)
    session.close()
    assert unfinished(home / "checkpoints") is not None  # gone on with, it is offered again


def test_a_run_has_the_number_of_the_history_wherever_it_is_named(opened, home) -> None:
    for _ in range(2):
        session, watcher = opened()
        trained(session, watcher)
        session.close()
    session, watcher = opened()
    assert watcher.until(lambda report: True).number == 0  # not known before it learns
    session.step()
    watcher.until(lambda report: report.number == 3)
    session.renew()
    after = watcher.until(lambda report: report.earlier != ())
    assert [earlier.run for earlier in after.earlier] == [3]
    session.close()
    assert [run.id for run in records(home)] == [1, 2, 3]
