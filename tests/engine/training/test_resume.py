"""A run that was stopped and taken up again ends with the bits of one never stopped."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from engine.data.dataset import Split
from engine.nn.optimizers import OPTIMIZERS
from engine.training.events import EpochDone, Event, Progress, Started, Stopped
from engine.training.loop import train
from engine.training.run import Run
from tests.engine import tiny

every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS)

PARTS = tiny.split(train=40)  # three batches an epoch, the last a short one


def new(optimizer: str) -> Run:
    """A run in which everything that could be forgotten matters."""
    return tiny.run_on(
        PARTS, optimizer=optimizer, learning_rate=0.01, dropout=0.3, weight_decay=0.001,
        schedule="cosine", seed=4,
    )  # fmt: skip


def without_times(event: EpochDone) -> EpochDone:
    return replace(event, seconds=0, images_per_second=0)


def assert_same(run: Run, never_stopped: Run) -> None:
    assert run.network.theta.tobytes() == never_stopped.network.theta.tobytes()
    assert run.optimizer_state.tobytes() == never_stopped.optimizer_state.tobytes()
    assert (run.epoch, run.batch, run.step) == (3, 0, 9)
    assert list(map(without_times, run.history)) == list(map(without_times, never_stopped.history))
    assert run.stopped == "epochs"


def at_each_event(run: Run, parts: Split) -> Iterator[Event]:
    """Training with a new generator for every single event."""
    while run.stopped is None:
        events = train(run, parts)
        assert isinstance(next(events), Started)
        event = next(events)
        events.close()  # type: ignore[attr-defined]
        yield event


@every_optimizer
def test_stopped_at_any_event_it_ends_with_the_same_bits(optimizer: str) -> None:
    never_stopped = new(optimizer)
    events = len(list(train(never_stopped, PARTS)))
    assert events == 1 + 3 * (3 + 1) + 1
    for taken in range(1, events):
        run = new(optimizer)
        list(islice(train(run, PARTS), taken))
        list(train(run, PARTS))
        assert_same(run, never_stopped)


@every_optimizer
def test_stopped_at_every_event_it_ends_with_the_same_bits(optimizer: str) -> None:
    never_stopped = new(optimizer)
    events = list(train(never_stopped, PARTS))
    run = new(optimizer)
    assert len(list(at_each_event(run, PARTS))) == len(events) - 1
    assert_same(run, never_stopped)


@every_optimizer
def test_interrupted_and_taken_up_it_ends_with_the_same_bits(optimizer: str) -> None:
    never_stopped = new(optimizer)
    list(train(never_stopped, PARTS))
    run = new(optimizer)
    for _ in range(20):
        for event in train(run, PARTS):
            if isinstance(event, Progress):
                run.interrupt = True
        if run.stopped != "interrupted":
            break
    assert_same(run, never_stopped)


def test_an_interrupt_stops_before_another_batch() -> None:
    run = new("sgd")
    events = train(run, PARTS)
    list(islice(events, 3))  # started, two batches
    run.interrupt = True
    assert [type(event) for event in events] == [Stopped]
    assert (run.batch, run.step, run.stopped) == (2, 2, "interrupted")


def test_an_interrupt_after_an_epochs_last_batch_learns_no_more() -> None:
    run = new("sgd")
    events = train(run, PARTS)
    list(islice(events, 4))  # started, three batches
    run.interrupt = True
    rest = list(events)
    assert not any(isinstance(event, Progress) for event in rest)
    assert isinstance(rest[-1], Stopped)
    assert rest[-1].reason == "interrupted"


def test_an_interrupted_run_is_not_scored_on_the_test_images() -> None:
    run = new("sgd")
    events = train(run, PARTS)
    next(events)
    run.interrupt = True
    (stopped,) = events
    assert isinstance(stopped, Stopped)
    assert stopped.test is None


def test_a_finished_run_learns_no_more_when_taken_up() -> None:
    run = new("sgd")
    list(train(run, PARTS))
    theta = run.network.theta.copy()
    assert [type(event) for event in train(run, PARTS)] == [Started, Stopped]
    np.testing.assert_array_equal(run.network.theta, theta)


def test_a_finished_run_goes_on_when_more_epochs_are_given() -> None:
    run = new("sgd")
    list(train(run, PARTS))
    run.change("epochs", 5)
    list(train(run, PARTS))
    assert [event.epoch for event in run.history] == [1, 2, 3, 4, 5]
