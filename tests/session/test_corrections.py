"""A drawing is corrected in a session: it is read right, recorded, saved, and taken back whole."""

import threading
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest

from engine.models.files import load
from engine.training.changes import CORRECTION
from numrec_tui.history.history import History
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.report import NetworkView
from numrec_tui.session.session import Session
from numrec_tui.storage.checkpoints import newest_in
from tests import scripted
from tests.session.watching import Watcher

SETTINGS = {"hidden": (16,), "epochs": 8, "batch_size": 4, "augment": "off"}


def drawing():
    """A picture that none of the digits is like: a thick cross."""
    picture = np.zeros((28, 28), np.uint8)
    picture[12:16, 5:23] = picture[5:23, 12:16] = 255
    return picture


def network(session):
    views: SimpleQueue[NetworkView] = SimpleQueue()
    session.look(views.put)
    return views.get(timeout=30).network


def read_as(session):
    return int(network(session).predict(drawing().ravel()).argmax())


def trained(session, watcher):
    session.start()
    return watcher.until(lambda report: report.state == "finished")


def another_class(session):
    return (read_as(session) + 1) % 10


def corrected(session, watcher, label):
    session.correct(drawing(), label)
    return watcher.until(
        lambda report: report.corrected is not None and report.corrected.label == label
    )


def test_a_corrected_drawing_is_read_right_and_what_else_changed_is_told(opened):
    session, watcher = opened(**SETTINGS)
    trained(session, watcher)
    was, label = read_as(session), another_class(session)
    report = corrected(session, watcher, label)
    assert read_as(session) == label
    done = report.corrected
    assert (done.read_as, done.label) == (was, label)
    assert done.before < done.after
    assert done.images == len(report.validation)
    assert set(done.won).isdisjoint(done.lost)
    assert "U takes it back" in report.message
    assert not report.correcting


def test_a_correction_taken_back_leaves_the_very_same_bits_and_goes_on_as_if_it_never_was(opened):
    session, watcher = opened(**SETTINGS)
    trained(session, watcher)
    before, state = network(session).theta.copy(), optimizer_state(session)
    corrected(session, watcher, another_class(session))
    assert not np.array_equal(network(session).theta, before)
    session.take_back_correction()
    report = watcher.until(lambda report: "Taken back" in (report.message or ""))
    assert np.array_equal(network(session).theta, before)
    assert np.array_equal(optimizer_state(session), state)
    assert report.corrected is None
    assert not any(change.name == CORRECTION for change in report.changes)


def optimizer_state(session):
    return session._trainer.run.optimizer_state.copy()


def test_corrections_are_taken_back_one_after_the_other(opened):
    session, watcher = opened(**SETTINGS)
    trained(session, watcher)
    before, first = network(session).theta.copy(), another_class(session)
    corrected(session, watcher, first)
    between = network(session).theta.copy()
    corrected(session, watcher, (first + 1) % 10)
    session.take_back_correction()
    assert np.array_equal(network(session).theta, between)
    session.take_back_correction()
    assert np.array_equal(network(session).theta, before)
    session.take_back_correction()
    watcher.until(lambda report: report.message == "No correction was made in this run.")


def test_a_run_that_learns_is_paused_by_a_correction_which_holds_until_it_learns_on(opened):
    session, watcher = opened(**{**SETTINGS, "epochs": 100_000, "learning_rate": 0.02})
    session.start()
    watcher.until(lambda report: report.epoch >= 8)
    report = corrected(session, watcher, another_class(session))
    assert report.state == "paused"
    session.step()
    watcher.until(lambda later: later.position > report.position)
    session.take_back_correction()
    watcher.until(lambda later: "has learned since" in (later.message or ""))


def test_a_correction_that_is_canceled_changes_nothing(opened, monkeypatch):
    session, watcher = opened(**SETTINGS)
    trained(session, watcher)
    before, label = network(session).theta.copy(), another_class(session)
    is_in_it, goes_on = threading.Event(), threading.Event()
    from numrec_tui.session import corrector

    really = corrector.correct

    def wait_first(*given):
        is_in_it.set()
        assert goes_on.wait(30)
        return really(*given)

    monkeypatch.setattr(corrector, "correct", wait_first)
    session.correct(drawing(), label)
    assert is_in_it.wait(30)
    assert watcher.until(lambda report: report.correcting)
    session.cancel_correction()
    goes_on.set()
    report = watcher.until(lambda report: "Canceled" in (report.message or ""))
    assert np.array_equal(network(session).theta, before)
    assert report.corrected is None
    assert not report.correcting


@pytest.mark.parametrize("settings", [{}, {"epochs": 1, "learning_rate": 1e-6}])
def test_a_network_that_only_guesses_is_not_corrected(opened, settings):
    session, watcher = opened(**{**SETTINGS, **settings})
    if settings:
        trained(session, watcher)
    session.correct(drawing(), 3)
    report = watcher.until(lambda report: report.message is not None)
    assert report.message.startswith("The network has not learned enough to be corrected yet")


def test_history_model_and_checkpoint_know_that_a_run_was_corrected(tmp_path: Path) -> None:
    database = tmp_path / "history.sqlite3"
    config = SessionConfig(
        scripted.drawn_set(), scripted.settings(**SETTINGS), tmp_path / "models",
        checkpoints=tmp_path / "checkpoints", history=History(database),
    )  # fmt: skip
    session = Session(config)
    watcher = Watcher(session)
    trained(session, watcher)
    was, label = read_as(session), another_class(session)
    report = corrected(session, watcher, label)
    theta = network(session).theta.copy()
    session.close()
    noted = (report.epoch, CORRECTION, str(was), str(label))
    [run] = History(database).runs()
    changes = History(database).changes(run.id)
    assert [(c.epoch, c.name, c.before, c.after) for c in changes] == [noted]
    [file] = (tmp_path / "models").glob("*.safetensors")
    model = load(file)
    assert np.array_equal(model.network.theta, theta)
    assert model.notes["corrections"] == 1
    [folder] = (path for path in (tmp_path / "checkpoints").iterdir() if path.is_dir())
    found = newest_in(folder)
    assert found is not None
    kept = found.checkpoint.restore()
    assert np.array_equal(kept.network.theta, theta)
    assert [change.name for change in kept.changes] == [CORRECTION]


def test_a_correction_that_was_taken_back_is_in_no_record(tmp_path: Path) -> None:
    database = tmp_path / "history.sqlite3"
    config = SessionConfig(
        scripted.drawn_set(), scripted.settings(**SETTINGS), tmp_path / "models",
        checkpoints=tmp_path / "checkpoints", history=History(database),
    )  # fmt: skip
    session = Session(config)
    watcher = Watcher(session)
    trained(session, watcher)
    before = network(session).theta.copy()
    corrected(session, watcher, another_class(session))
    session.take_back_correction()
    watcher.until(lambda report: "Taken back" in (report.message or ""))
    session.close()
    [run] = History(database).runs()
    assert History(database).changes(run.id) == ()
    [file] = (tmp_path / "models").glob("*.safetensors")
    assert np.array_equal(load(file).network.theta, before)
    assert "corrections" not in load(file).notes
    [folder] = (path for path in (tmp_path / "checkpoints").iterdir() if path.is_dir())
    found = newest_in(folder)
    assert found is not None
    assert np.array_equal(found.checkpoint.restore().network.theta, before)


def test_a_resumed_run_keeps_its_correction_and_learns_on_from_it(tmp_path: Path) -> None:
    settings = scripted.settings(**{**SETTINGS, "epochs": 100_000, "learning_rate": 0.02})
    config = SessionConfig(
        scripted.drawn_set(), settings, tmp_path / "models", checkpoints=tmp_path / "checkpoints"
    )
    session = Session(config)
    watcher = Watcher(session)
    session.start()
    watcher.until(lambda report: report.epoch >= 8)
    corrected(session, watcher, another_class(session))
    session.close()
    again = Session(config)
    second = Watcher(again)
    second.until(lambda report: report.can_go_on)
    again.go_on()
    again.pause()
    report = second.until(lambda report: report.state == "paused")
    assert [change.name for change in report.changes] == [CORRECTION]
    assert report.corrected is None  # it cannot be taken back any more
    again.close()
