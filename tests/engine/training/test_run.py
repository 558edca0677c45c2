"""A run: how it begins, where it can go back to, and what it leaves as a model."""

import numpy as np
import pytest

from engine.nn.optimizers import OPTIMIZERS
from engine.training.events import EpochDone
from engine.training.hyperparameters import Hyperparameters, settings_from
from engine.training.loop import train
from engine.training.outcome import to_model
from engine.training.run import Run, new_run
from tests.engine import tiny

PARTS = tiny.split()


def after_epochs(epochs: int, **values: object) -> Run:
    run = tiny.run_on(PARTS, epochs=epochs, **values)
    list(train(run, PARTS))
    return run


def test_a_new_run_has_the_network_that_was_asked_for() -> None:
    settings = settings_from({
        "hidden": "12,5", "activation": "leaky_relu", "leak": 0.3, "loss": "quadratic",
    })  # fmt: skip
    network = new_run(settings, pixels=64, classes=10).network
    assert network.sizes == (64, 12, 5, 10)
    assert (network.activation.name, network.activation.leak) == ("leaky_relu", 0.3)
    assert network.loss.name == "quadratic"
    assert network.theta.dtype == np.float32


def test_a_new_run_stands_at_the_beginning() -> None:
    run = tiny.run_on(PARTS)
    assert (run.epoch, run.batch, run.step, run.position) == (0, 0, 0, 0)
    assert (run.history, run.changes, run.stopped, run.best) == ([], [], None, None)


def test_a_new_run_can_go_back_to_its_beginning() -> None:
    run = tiny.run_on(PARTS)
    assert run.last is not None
    assert (run.last.epoch, run.last.step) == (0, 0)
    np.testing.assert_array_equal(run.last.theta, run.network.theta)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_optimizers_memory_begins_empty(optimizer: str) -> None:
    run = tiny.run_on(PARTS, optimizer=optimizer)
    assert run.optimizer is OPTIMIZERS[optimizer]
    assert run.optimizer_state.shape == (run.optimizer.vectors, run.network.theta.size)
    assert not run.optimizer_state.any()


@pytest.mark.parametrize("initializer", ["he", "glorot", "uniform"])
def test_the_seed_decides_the_first_weights(initializer: str) -> None:
    first, same, other = (
        tiny.run_on(PARTS, initializer=initializer, seed=seed).network.theta for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


def test_the_position_is_the_epochs_done_as_a_fraction() -> None:
    run = tiny.run_on(PARTS)  # four batches an epoch
    events = train(run, PARTS)
    positions = [run.position for _ in zip(range(7), events, strict=False)]
    # started, three batches, the last of the epoch, its end, a batch
    assert positions == [0, 0.25, 0.5, 0.75, 1, 1, 1.25]


def test_going_back_takes_up_an_epochs_end_again() -> None:
    run = tiny.run_on(PARTS, optimizer="adam", epochs=4)
    snapshot = None
    for event in train(run, PARTS):
        if isinstance(event, EpochDone) and event.epoch == 2:
            snapshot = run.newest
    whole = run.network.theta.tobytes(), run.optimizer_state.tobytes(), run.step
    assert snapshot is not None
    run.go_back(snapshot)
    assert (run.epoch, run.batch, run.step, len(run.history)) == (2, 0, 8, 2)
    list(train(run, PARTS))
    assert (run.network.theta.tobytes(), run.optimizer_state.tobytes(), run.step) == whole
    assert [event.epoch for event in run.history] == [1, 2, 3, 4]


def test_going_back_in_the_middle_of_an_epoch_forgets_its_half() -> None:
    run = tiny.run_on(PARTS, epochs=2)
    events = train(run, PARTS)
    for _ in range(8):  # started, four batches, the epoch's end, two batches
        next(events)
    assert run.batch == 2
    assert run.last is not None
    run.go_back(run.last)
    assert (run.epoch, run.batch, run.step, run.sums.images) == (1, 0, 4, 0)
    list(train(run, PARTS))
    assert run.network.theta.tobytes() == after_epochs(2).network.theta.tobytes()
    assert run.history[-1].train_loss == after_epochs(2).history[-1].train_loss


def test_a_snapshot_is_a_copy_that_training_does_not_touch() -> None:
    run = after_epochs(1)
    assert run.last is not None
    kept, theta = run.last, run.last.theta.copy()
    run.change("epochs", 3)
    list(train(run, PARTS))
    np.testing.assert_array_equal(kept.theta, theta)
    run.go_back(kept)
    run.network.theta += 1
    np.testing.assert_array_equal(kept.theta, theta)


def test_the_layers_still_belong_to_the_vector_after_going_back() -> None:
    run = after_epochs(1)
    assert run.last is not None
    run.go_back(run.last)
    run.network.theta[:] = 7
    assert (run.network.weights[0] == 7).all()


def test_a_run_becomes_a_model_that_knows_where_it_comes_from() -> None:
    run = after_epochs(2)
    model = to_model(run, tiny.data_set())
    assert model.network is run.network
    assert settings_from(model.hyperparameters) == run.hyperparameters
    assert model.notes == {
        "data": "tiny", "epoch": 2, "validation_accuracy": run.history[-1].validation_accuracy,
    }  # fmt: skip


def test_after_patience_the_model_tells_the_accuracy_of_the_parameters_it_has() -> None:
    run = tiny.run_on(PARTS, optimizer="sgd", learning_rate=0.1, epochs=12, patience=2)
    for event in train(run, PARTS):
        if isinstance(event, EpochDone) and event.epoch == 4:
            run.change("weight_decay", 9.0)  # from here on it only unlearns
    assert run.stopped == "patience"
    accuracies = [event.validation_accuracy for event in run.history]
    assert (
        to_model(run, tiny.data_set()).notes["validation_accuracy"]
        == max(accuracies)
        > accuracies[-1]
    )


def test_a_run_that_has_not_learned_has_no_accuracy() -> None:
    run = new_run(Hyperparameters(), 64, 10)
    assert to_model(run, tiny.data_set()).notes["validation_accuracy"] is None
