"""A session that forks its run: what differs, what is carried over, what is refused."""

from pathlib import Path
from queue import SimpleQueue

import pytest

from numrec_tui.history.history import History
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.report import NetworkView
from numrec_tui.session.session import Session
from numrec_tui.storage.checkpoints import newest_in
from tests import scripted
from tests.session.test_going_on import SETTINGS
from tests.session.watching import Watcher


def learned(session: Session, watcher: Watcher, steps: int = 6):
    """Some steps of the run: an epoch of four batches, and half of the next one."""
    for _ in range(steps):
        session.step()
    return watcher.until(lambda report: report.epoch * 4 + report.batch == steps)


def test_a_fork_goes_on_from_here_with_what_waited(opened):
    session, watcher = opened()
    before = learned(session, watcher)
    session.change("dropout", 0.2)
    session.fork()
    fork = watcher.until(lambda report: report.run == 2)
    assert (fork.epoch, fork.batch, fork.state) == (1, 2, "paused")
    assert fork.running == before.running.changed(dropout=0.2)
    assert [(done.epoch, done.name, done.before, done.after) for done in fork.changes] == [
        (1.5, "fork of", "run 1", "epoch 1.5"),
        (1.5, "fork: dropout", 0.0, 0.2),
    ]
    assert fork.validated == before.validated
    assert fork.train == before.train
    assert fork.reading.probabilities == before.reading.probabilities
    assert fork.message == "Run 2 is a fork of run 1; from here on its dropout differs."
    session.step()
    assert watcher.until(lambda report: report.run == 2 and report.batch == 3).epoch == 1


def test_the_run_that_was_left_is_compared_with_the_fork(opened):
    session, watcher = opened()
    before = learned(session, watcher)
    session.fork()
    fork = watcher.until(lambda report: report.run == 2)
    assert [earlier.run for earlier in fork.earlier] == [1]
    assert fork.earlier[0].train == before.train


def test_a_fork_with_nothing_waiting_pauses_and_says_what_to_do(opened):
    session, watcher = opened(**scripted.ENDLESS)
    session.start()
    watcher.until(lambda report: report.epoch >= 1)
    session.fork()
    fork = watcher.until(lambda report: report.run == 2)
    assert fork.state == "paused"
    assert [change.name for change in fork.changes] == ["fork of"]
    assert "turn a knob marked ●, then space goes on" in (fork.message or "")
    session.change("learning_rate", 0.5)
    session.start()
    going = watcher.until(lambda report: report.run == 2 and report.epoch > fork.epoch)
    assert going.running.learning_rate == 0.5


def test_a_fork_of_a_run_that_learns_goes_on_learning(opened):
    session, watcher = opened(**scripted.ENDLESS)
    session.start()
    watcher.until(lambda report: report.epoch >= 1)
    session.change("dropout", 0.2)
    session.fork()
    fork = watcher.until(lambda report: report.run == 2)
    assert fork.state == "training"
    watcher.until(lambda report: report.run == 2 and report.epoch > fork.epoch)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("hidden", (4,), "hidden"),
        ("initializer", "glorot", "initializer"),
        ("activation", "tanh", "activation"),
        ("leak", 0.3, "leak"),
        ("loss", "quadratic", "loss"),
        ("validation", "test", "validation"),
        ("validation_fraction", 0.2, "validation fraction"),
        ("seed", 7, "seed"),
    ],
)
def test_what_a_fork_cannot_change_is_refused_in_a_sentence(opened, name, value, said):
    session, watcher = opened()
    learned(session, watcher, 1)
    session.change(name, value)
    session.fork()
    refused = watcher.until(lambda report: report.message is not None)
    assert refused.message == (
        f"{said}: a fork goes on with the same network and training images; "
        "undo this change, or begin a new run with r."
    )
    assert refused.run == 1
    session.step()
    watcher.until(lambda report: report.batch == 2)


def test_where_nothing_is_held_out_the_seed_may_differ(opened):
    session, watcher = opened(validation="test")
    learned(session, watcher, 1)
    session.change("seed", 7)
    session.fork()
    assert watcher.until(lambda report: report.run == 2).running.seed == 7


def test_before_the_first_batch_there_is_nothing_to_fork(opened):
    session, watcher = opened()
    session.fork()
    session.step()
    assert watcher.until(lambda report: report.batch == 1).run == 1


def test_a_diverged_run_can_be_forked_before_the_broken_update(opened):
    script = [*scripted.epochs(2), scripted.progress(3, 1), scripted.stopped("diverged", 2)]
    session, watcher = opened(script)
    session.start()
    watcher.until(lambda report: report.state == "diverged")
    session.fork()
    fork = watcher.until(lambda report: report.run == 2)
    assert (fork.state, fork.epoch, fork.stopped) == ("paused", 2, None)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.sqlite")


@pytest.fixture
def keeping(tmp_path: Path, history: History) -> Session:
    """A session that keeps its runs and records them."""
    return Session(SessionConfig(
        scripted.drawn_set(), SETTINGS, tmp_path / "models",
        checkpoints=tmp_path / "checkpoints", history=history,
    ))  # fmt: skip


def seen(session: Session) -> NetworkView:
    """The network as it is once all that was asked for before is done."""
    views: SimpleQueue[NetworkView] = SimpleQueue()
    session.look(views.put)
    return views.get(timeout=60)


def kept_positions(tmp_path: Path) -> list[float]:
    """How far the runs are that are kept."""
    return sorted(
        newest_in(kept).checkpoint.facts.position  # type: ignore[union-attr]
        for kept in (tmp_path / "checkpoints").iterdir()
    )


def test_the_run_and_its_fork_are_both_saved_kept_and_recorded(keeping, history, tmp_path: Path):
    session, watcher = keeping, Watcher(keeping)
    learned(session, watcher)
    session.change("dropout", 0.5)
    session.fork()
    session.step()
    watcher.until(lambda report: report.run == 2 and report.batch == 3)
    session.close()
    assert len(list((tmp_path / "models").iterdir())) == 2
    assert kept_positions(tmp_path) == [1.5, 1.75]
    first, fork = sorted(history.runs(), key=lambda run: run.id)
    assert (first.epochs, fork.epochs) == (1, 1)
    assert len(history.scores(fork.id)) == 1
    assert [change.name for change in history.changes(fork.id)] == ["fork of", "fork: dropout"]
    assert history.changes(fork.id)[0].before == f"run {first.id}"
    assert history.changes(first.id) == ()


@pytest.mark.parametrize(("name", "value"), [("dropout", 0.5), ("optimizer", "sgd")])
def test_a_fork_that_is_left_at_once_is_saved_and_kept(keeping, tmp_path, name, value):
    """Also where another optimizer begins to count its steps anew."""
    watcher = Watcher(keeping)
    learned(keeping, watcher)
    keeping.change(name, value)
    keeping.fork()
    keeping.close()
    assert len(list((tmp_path / "models").iterdir())) == 2
    assert kept_positions(tmp_path) == [1.5, 1.5]


def test_a_run_can_be_forked_from_an_earlier_checkpoint_with_the_settings_of_now(
    keeping, history, tmp_path: Path
):
    session, watcher = keeping, Watcher(keeping)
    learned(session, watcher, 4)
    early = seen(session).network.theta.copy()
    for _ in range(6):
        session.step()
    session.change("learning_rate", 0.5)
    session.step()
    watcher.until(lambda report: report.epoch * 4 + report.batch == 11)
    session.fork(at=1)
    fork = watcher.until(lambda report: report.run == 2)
    assert (fork.epoch, fork.batch, fork.state) == (1, 0, "paused")
    assert fork.running.learning_rate == 0.5
    assert fork.message is not None
    name, _, said = fork.message.partition(" is ")
    assert name in ("This run", "Run 2")  # as the history has given it its number by now, or not
    assert said == "a fork of run 1 at epoch 1; from here on its learning rate differs."
    assert seen(session).network.theta.tolist() == early.tolist()
    session.step()
    watcher.until(lambda report: report.run == 2 and report.batch == 1)
    session.close()
    first, second = sorted(history.runs(), key=lambda run: run.id)
    rate = SETTINGS.learning_rate
    assert [(c.epoch, c.name, c.before, c.after) for c in history.changes(second.id)] == [
        (1, "fork of", f"run {first.id}", "epoch 1.0"),
        (1, "fork: learning_rate", rate, 0.5),
    ]
    assert [change.name for change in history.changes(first.id)] == ["learning_rate"]
    assert (first.epochs, second.epochs) == (2, 1)


def test_a_fork_from_a_checkpoint_learns_the_same_bits_as_the_run_that_was_there(opened):
    session, watcher = opened()
    learned(session, watcher, 8)
    later = seen(session).network.theta.copy()
    session.fork(at=1)
    watcher.until(lambda report: report.run == 2)
    for _ in range(4):
        session.step()
    watcher.until(lambda report: report.run == 2 and report.epoch * 4 + report.batch == 8)
    assert seen(session).network.theta.tolist() == later.tolist()


def test_a_checkpoint_that_is_not_kept_is_refused_in_a_sentence(opened):
    session, watcher = opened()
    learned(session, watcher, 1)
    session.fork(at=7)
    refused = watcher.until(lambda report: report.message is not None)
    assert refused.message == "The checkpoint at epoch 7 is no longer kept."
    assert refused.run == 1


def test_a_fork_of_a_fork_goes_back_to_before_both_with_the_settings_of_that_time(opened):
    session, watcher = opened()
    learned(session, watcher, 8)
    session.change("optimizer", "adam")
    session.fork()
    watcher.until(lambda report: report.run == 2)
    session.step()
    session.fork(at=1)
    fork = watcher.until(lambda report: report.run == 3)
    assert (fork.epoch, fork.running.optimizer) == (1, "adam")
    assert [change.name for change in fork.changes] == ["fork of", "fork: optimizer"]
    session.step()
    assert watcher.until(lambda report: report.run == 3 and report.batch == 1).message is None
