"""What is kept of a run's weights: from its first batch on, bounded, and never beyond numbers."""

import numpy as np
import pytest

from engine.training.hyperparameters import settings_from
from engine.training.run import Run, new_run
from numrec_tui.insight import weight_history
from numrec_tui.insight.weight_history import CHECKPOINT_BYTES, MOMENT_BYTES, WeightHistory
from tests.session.test_forking import seen
from tests.session.watching import Watcher, folder, opened  # noqa: F401 - fixtures


def run_of(*hidden: int, **settings: object) -> Run:
    return new_run(settings_from({"hidden": hidden, **settings}), 64, 10)


def pass_on(run: Run, epochs: int = 1) -> None:
    """As if the run had learned so many epochs more."""
    run.epoch += epochs
    run.newest = run.snapshot(validation_accuracy=0.5)


def positions(history: WeightHistory, run: Run) -> list[float]:
    return [moment.position for moment in history.moments(run)]


def bytes_of_moments(history: WeightHistory) -> int:
    return sum(moment.theta.nbytes for moment in history._moments.entries)


def test_a_history_that_is_full_drops_every_second_moment_and_keeps_the_first(monkeypatch):
    monkeypatch.setattr(weight_history, "MOST_MOMENTS", 4)
    monkeypatch.setattr(weight_history, "MOST_CHECKPOINTS", 0)
    history, run = WeightHistory(), run_of(4)
    for epoch in range(5):
        run.epoch = epoch
        history.take_in(run)
    assert positions(history, run) == [0, 2, 4]


def test_a_long_run_of_a_large_network_stays_within_its_memory():
    history, run = WeightHistory(), run_of(2000, 400, optimizer="adam")
    held = []
    for _ in range(100):
        history.take_in(run)
        held.append(bytes_of_moments(history))
        whole = [s.theta.nbytes + s.optimizer_state.nbytes for s in history._checkpoints.entries]
        assert sum(whole) <= CHECKPOINT_BYTES
        pass_on(run)
    assert max(held) <= MOMENT_BYTES
    assert len(history._moments.entries) > 5
    assert positions(history, run)[0] == 0


def test_of_a_network_too_large_for_many_moments_the_first_and_a_late_one_are_kept(monkeypatch):
    monkeypatch.setattr(weight_history, "MOMENT_BYTES", 10)
    history, run = WeightHistory(), run_of(4)
    for _ in range(40):
        history.take_in(run)
        run.epoch += 1
    assert len(history._moments.entries) == 2
    assert positions(history, run)[0] == 0
    assert positions(history, run)[-1] > 20


def test_a_long_run_is_copied_ever_more_seldom(monkeypatch):
    copies = []
    usual = weight_history.moment_of
    monkeypatch.setattr(weight_history, "moment_of", lambda *args: copies.append(1) or usual(*args))
    history, run = WeightHistory(), run_of(4)
    for _ in range(6000):
        history.take_in(run)
        run.epoch += 1
    assert len(copies) < 60 + 31 * 7  # 60 doubled 7 times are more than 6000


def test_a_moment_gives_the_network_back_to_a_thousandth():
    history, run = WeightHistory(), run_of(4)
    before = run.network.theta.copy()
    history.take_in(run)
    run.network.theta[:] = 7
    [moment, *_] = history._moments.entries
    again = moment.network(run.network).theta
    assert again == pytest.approx(before, abs=1e-3 * float(np.abs(before).max()))


@pytest.mark.parametrize("size", [1e6, 1e30, 3e38, 1e-30])
def test_weights_of_any_size_come_back_as_numbers(size):
    history, run = WeightHistory(), run_of(4)
    run.network.theta *= np.float32(size) / np.abs(run.network.theta).max()
    run.newest, before = None, run.network.theta.copy()
    history.take_in(run)
    [moment] = history._moments.entries
    again = moment.network(run.network)
    assert np.isfinite(again.theta).all()
    assert again.weights[0] / size == pytest.approx(run.network.weights[0] / size, abs=1e-3)
    assert (before == run.network.theta).all()


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_network_that_is_no_longer_made_of_numbers_is_not_kept(broken):
    history, run = WeightHistory(), run_of(4)
    history.take_in(run)
    run.batch, run.batches = 1, 2
    run.network.theta[3] = broken
    history.take_in(run)
    assert positions(history, run) == [0]


def test_a_run_that_went_back_has_no_moments_of_what_it_forgot():
    history, run = WeightHistory(), run_of(4)
    for _ in range(4):
        history.take_in(run)
        pass_on(run)
    run.epoch, run.newest = 2, None
    history.take_in(run)
    pass_on(run)
    assert positions(history, run) == [0, 1, 2, 3]
    assert history._moments.positions == [0, 1, 2]


def test_the_ends_of_epochs_are_checkpoints_and_other_moments_are_not():
    history, run = WeightHistory(), run_of(4)
    history.take_in(run)
    run.batch, run.batches = 1, 2
    history.take_in(run)
    run.batch = 0
    pass_on(run)
    history.take_in(run)
    marks = [(moment.position, moment.is_checkpoint) for moment in history.moments(run)]
    assert marks == [(0, True), (0.5, False), (1, True)]
    assert sorted(history.checkpoints(run)) == [0, 1]


def test_a_run_is_recorded_from_its_first_batch_though_nobody_looks(opened):  # noqa: F811
    session, watcher = opened()
    first = seen(session).network.theta.copy()
    for _ in range(6):
        session.step()
    watcher.until(lambda report: report.epoch * 4 + report.batch == 6)
    view = seen(session)
    assert [moment.position for moment in view.moments] == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5]
    assert view.moments[0].network(view.network).theta.tolist() == first.tolist()


def test_a_fork_has_the_history_of_its_origin_up_to_where_it_was_forked(opened):  # noqa: F811
    session, watcher = opened()
    for _ in range(6):
        session.step()
    watcher.until(lambda report: report.epoch * 4 + report.batch == 6)
    session.fork(at=1)
    watcher.until(lambda report: report.run == 2)
    assert [moment.position for moment in seen(session).moments] == [0, 0.25, 0.5, 0.75, 1]


def test_a_new_run_is_recorded_anew(opened):  # noqa: F811
    session, watcher = opened()
    session.step()
    session.renew()
    watcher.until(lambda report: report.run == 2)
    assert [moment.position for moment in seen(session).moments] == [0]
