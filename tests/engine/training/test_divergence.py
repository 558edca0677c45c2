"""A run whose numbers explode: it says so, keeps sound parameters, and can be rescued."""

import warnings

import numpy as np
import pytest

from engine.training.events import Event, Progress, Stopped
from engine.training.loop import train
from engine.training.run import Run
from tests.engine import tiny

PARTS = tiny.split(train=100)


def exploding(**values: object) -> Run:
    """A run whose weights grow ten-thousandfold with each update."""
    settings = {"optimizer": "sgd", "learning_rate": 1000, "weight_decay": 10, "batch_size": 5}
    return tiny.run_on(PARTS, **{**settings, **values, "epochs": 40})


def trained(run: Run) -> list[Event]:
    return list(train(run, PARTS))


every_way = pytest.mark.parametrize(
    "values",
    [
        {},
        {"hidden": (8, 8, 8), "weight_decay": 0},
        {"optimizer": "momentum"},
        {"optimizer": "nesterov"},
        {"optimizer": "adamw"},
        {"loss": "quadratic", "activation": "relu"},
    ],
    ids=str,
)


@every_way
def test_an_explosion_is_told_and_stops_training(values: dict[str, object]) -> None:
    run = exploding(**values)
    stopped = trained(run)[-1]
    assert isinstance(stopped, Stopped)
    assert (stopped.reason, run.stopped, stopped.test) == ("diverged", "diverged", None)


@every_way
def test_parameters_stay_as_they_were_before_the_broken_update(values: dict[str, object]) -> None:
    run = exploding(**values)
    before = run.network.theta.copy()
    for event in train(run, PARTS):
        if isinstance(event, Stopped):
            break
        before = run.network.theta.copy()
    assert np.isfinite(run.network.theta).all()
    np.testing.assert_array_equal(run.network.theta, before)


def test_an_update_that_would_overflow_is_not_made() -> None:
    # without a hidden layer the outputs stay finite until the weights themselves overflow
    run = exploding(hidden=())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert isinstance(trained(run)[-1], Stopped)
    assert run.stopped == "diverged"
    assert np.isfinite(run.network.theta).all()


@pytest.mark.parametrize("hidden", [(8,), ()], ids=["hidden", "none"])
def test_an_explosion_writes_no_warning_on_the_screen(hidden: tuple[int, ...]) -> None:
    run = exploding(hidden=hidden)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        trained(run)
    assert [str(warning.message) for warning in caught] == []


@pytest.mark.parametrize("batch_size", [5, 25, 50, 100])
@pytest.mark.parametrize("hidden", [(8,), (8, 8, 8), ()], ids=["one", "three", "none"])
def test_from_the_last_good_epoch_training_goes_on_with_a_smaller_rate(
    hidden: tuple[int, ...], batch_size: int
) -> None:
    run = exploding(hidden=hidden, batch_size=batch_size)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trained(run)
    assert run.stopped == "diverged"
    assert run.last is not None
    run.go_back(run.last)
    run.change("learning_rate", 0.01)
    run.change("weight_decay", 0)
    run.change("epochs", run.epoch + 1)
    events = trained(run)
    assert sum(isinstance(event, Progress) for event in events) == run.batches
    assert isinstance(events[-1], Stopped)
    assert events[-1].reason == "epochs"
    assert np.isfinite(run.network.theta).all()


def test_a_run_that_explodes_again_after_going_back_can_go_back_again() -> None:
    run = exploding(batch_size=100)  # one update an epoch
    trained(run)
    for _ in range(3):
        assert run.stopped == "diverged"
        assert run.last is not None
        run.go_back(run.last)
        trained(run)
    assert run.last is not None
    run.go_back(run.last)
    run.change("learning_rate", 0.01)
    run.change("weight_decay", 0)
    assert any(isinstance(event, Progress) for event in trained(run))


def test_after_going_back_to_the_start_it_learns_as_if_nothing_had_been() -> None:
    run = exploding()
    trained(run)
    assert run.last is not None
    assert run.last.epoch == 0
    run.go_back(run.last)
    run.change("learning_rate", 0.1)
    run.change("weight_decay", 0)
    trained(run)

    calm = exploding(learning_rate=0.1, weight_decay=0)
    trained(calm)
    assert run.network.theta.tobytes() == calm.network.theta.tobytes()
    assert len(run.history) == len(calm.history)


def test_a_gradient_too_large_to_use_is_told_though_the_loss_is_small() -> None:
    # hidden outputs of about 1e28, which a last layer of zeros turns into ten equal outputs
    run = tiny.run_on(PARTS, hidden=(8, 8, 8))
    run.network.theta[:] = 1e8
    run.network.weights[-1][:] = 0
    before = run.network.theta.copy()
    assert not any(isinstance(event, Progress) for event in trained(run))
    assert run.stopped == "diverged"
    np.testing.assert_array_equal(run.network.theta, before)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_parameters_that_are_already_broken_are_told_at_the_first_batch(value: float) -> None:
    run = tiny.run_on(PARTS)
    run.network.theta[3] = value
    events = trained(run)
    assert not any(isinstance(event, Progress) for event in events)
    assert run.stopped == "diverged"
