"""A fork: a second run from where the first one stands, with other settings from there on."""

from itertools import islice

import numpy as np
import pytest

from engine.errors import SettingsError
from engine.nn.optimizers import OPTIMIZERS
from engine.training.changes import Change
from engine.training.loop import train
from engine.training.run import Run
from tests.engine import tiny
from tests.engine.training.test_resume import assert_same, without_times

PARTS = tiny.split(train=40)  # three batches an epoch, the last a short one
IMAGES = len(PARTS.train)


def new(optimizer: str = "sgd", **values: object) -> Run:
    """A run in which everything that could be forgotten matters."""
    return tiny.run_on(PARTS, **{
        "optimizer": optimizer, "learning_rate": 0.01, "dropout": 0.3, "weight_decay": 0.001,
        "schedule": "cosine", "seed": 4, **values,
    })  # fmt: skip


def after(events: int, optimizer: str = "sgd", **values: object) -> Run:
    run = new(optimizer, **values)
    list(islice(train(run, PARTS), events))
    return run


IN_THE_MIDDLE, LAST_BATCH_DONE, AT_THE_END = 1 + 4 + 2, 1 + 4 + 3, 1 + 4 + 4


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("events", [IN_THE_MIDDLE, LAST_BATCH_DONE, AT_THE_END])
def test_a_fork_with_nothing_changed_learns_the_same_bits(optimizer: str, events: int) -> None:
    run = after(events, optimizer)
    fork = run.fork(run.hyperparameters, IMAGES)
    list(train(fork, PARTS))
    list(train(run, PARTS))
    assert_same(fork, run)
    assert fork.changes == []


def test_what_a_fork_learns_does_not_touch_the_run_it_was_made_from() -> None:
    run = after(IN_THE_MIDDLE, "adam")
    theta, state = run.network.theta.tobytes(), run.optimizer_state.tobytes()
    fork = run.fork(run.hyperparameters, IMAGES)
    list(train(fork, PARTS))
    assert (run.network.theta.tobytes(), run.optimizer_state.tobytes()) == (theta, state)
    assert (run.epoch, run.batch, run.step, run.sums.images) == (1, 2, 5, 32)
    assert len(run.history) == 1


def test_what_differs_is_noted_where_the_fork_was_made_and_only_that() -> None:
    run = after(AT_THE_END)
    run.change("learning_rate", 0.02)
    fork = run.fork(run.hyperparameters.changed(dropout=0.0, epochs=5), IMAGES)
    assert fork.changes == [
        Change(2.0, "learning_rate", 0.01, 0.02),
        Change(2.0, "fork: dropout", 0.3, 0.0),
        Change(2.0, "fork: epochs", 3, 5),
    ]
    assert [change.name for change in run.changes] == ["learning_rate"]
    assert list(map(without_times, fork.history)) == list(map(without_times, run.history))


def test_a_fork_with_a_changed_setting_learns_something_else() -> None:
    run = after(IN_THE_MIDDLE)
    fork = run.fork(run.hyperparameters.changed(dropout=0.0), IMAGES)
    list(train(fork, PARTS))
    list(train(run, PARTS))
    assert (fork.network.theta != run.network.theta).any()


def test_another_optimizer_begins_with_an_empty_memory_and_counts_from_its_first_step() -> None:
    run = after(AT_THE_END, "momentum", schedule="constant")
    fork = run.fork(run.hyperparameters.changed(optimizer="adam"), IMAGES)
    assert fork.optimizer_state.shape == (2, run.network.theta.size)
    assert not fork.optimizer_state.any()
    before = fork.network.theta.copy()
    list(islice(train(fork, PARTS), 2))
    # Adam's first step is the rate, whatever the gradient; with its memory taken for an old one
    # it would be 0.1 / √0.001, three times as long.
    assert np.abs(fork.network.theta - before).max() == pytest.approx(0.01, rel=0.01)


def test_a_fork_with_another_optimizer_can_go_back_to_an_epochs_end() -> None:
    run = after(IN_THE_MIDDLE, "sgd")
    fork = run.fork(run.hyperparameters.changed(optimizer="adam"), IMAGES)
    assert fork.last is not None
    fork.go_back(fork.last)
    assert fork.network.theta.tobytes() == fork.last.theta.tobytes()
    list(train(fork, PARTS))
    assert fork.epoch == 3


@pytest.mark.parametrize(("size", "batch", "batches"), [(8, 4, 5), (32, 1, 2), (100, 0, 1)])
def test_batches_of_another_size_go_on_where_whole_ones_have_been_learned(
    size: int, batch: int, batches: int
) -> None:
    run = after(IN_THE_MIDDLE)  # 32 of the 40 images
    fork = run.fork(run.hyperparameters.changed(batch_size=size), IMAGES)
    assert (fork.epoch, fork.batch, fork.batches) == (1, batch, batches)
    list(train(fork, PARTS))
    assert fork.epoch == 3


@pytest.mark.parametrize("size", [8, 32, 100])
def test_an_epoch_whose_last_batch_is_done_is_done_for_batches_of_any_size(size: int) -> None:
    run = after(LAST_BATCH_DONE)
    fork = run.fork(run.hyperparameters.changed(batch_size=size), IMAGES)
    assert fork.batch == fork.batches
    list(train(fork, PARTS))
    assert fork.history[1].train_loss == pytest.approx(run.sums.loss / 40)


def test_another_architecture_is_refused() -> None:
    run = after(IN_THE_MIDDLE)
    with pytest.raises(SettingsError, match="hidden: the model has"):
        run.fork(run.hyperparameters.changed(hidden=(9,)), IMAGES)


def test_a_finished_run_can_be_forked_to_go_on_longer() -> None:
    run = new()
    list(train(run, PARTS))
    fork = run.fork(run.hyperparameters.changed(epochs=5), IMAGES)
    list(train(fork, PARTS))
    assert [done.epoch for done in fork.history] == [1, 2, 3, 4, 5]
    assert run.epoch == 3


@pytest.mark.parametrize("sizes", [(32, 8), (100, 8), (8, 100, 16), (32, 8, 32, 8)])
def test_forks_of_forks_never_stand_behind_the_end_of_their_epoch(sizes: tuple[int, ...]) -> None:
    run = after(IN_THE_MIDDLE)
    for size in sizes:
        run = run.fork(run.hyperparameters.changed(batch_size=size), IMAGES)
        assert 0 <= run.batch <= run.batches
        assert run.changes[-1].epoch == run.position
        list(islice(train(run, PARTS), 2))
    list(train(run, PARTS))
    assert run.epoch == 3


def test_a_fork_of_a_run_that_lost_its_patience_goes_on_from_its_best_epoch() -> None:
    run = new(epochs=50, patience=2, learning_rate=0.3)
    list(train(run, PARTS))
    assert run.stopped == "patience"
    assert run.best is not None
    assert run.best.epoch < run.epoch
    fork = run.fork(run.hyperparameters.changed(learning_rate=0.01), IMAGES)
    assert fork.epoch == len(fork.history) == run.best.epoch
    assert fork.network.theta.tobytes() == run.best.theta.tobytes()
    assert fork.validation_accuracy == run.best.validation_accuracy
    list(train(fork, PARTS))
    assert fork.epoch >= run.best.epoch + 2
