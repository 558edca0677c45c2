"""What training says of itself: the events, their sums, and that they stay as they were told."""

from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest

from engine.nn.pixels import PIXEL_SCALE
from engine.training.events import EpochDone, Event, Progress, Started, Stopped
from engine.training.loop import epoch_order, train
from engine.training.run import Run
from tests.engine import tiny

PARTS = tiny.split(train=40, test=30)  # batches of 16, 16 and 8


@pytest.fixture
def run() -> Run:
    return tiny.run_on(PARTS, epochs=2, dropout=0.2)


@pytest.fixture
def events(run: Run) -> list[Event]:
    return list(train(run, PARTS))


def test_events_come_in_the_order_of_the_work(events: list[Event]) -> None:
    epoch: list[type] = [Progress, Progress, Progress, EpochDone]
    assert [type(event) for event in events] == [Started, *epoch, *epoch, Stopped]


def test_the_first_event_tells_what_is_trained_on_what(events: list[Event], run: Run) -> None:
    parameters = 64 * 8 + 8 + 8 * 10 + 10
    assert events[0] == Started(run.hyperparameters, parameters, 40, 30)


def test_progress_tells_where_the_run_stands(events: list[Event]) -> None:
    progress = [event for event in events if isinstance(event, Progress)]
    assert [(event.epoch, event.batch) for event in progress] == [
        (1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3),
    ]  # fmt: skip
    assert {event.batches for event in progress} == {3}


def test_an_epochs_training_figures_are_means_over_its_images(events: list[Event]) -> None:
    for done, batches in ((events[4], events[1:4]), (events[8], events[5:8])):
        assert isinstance(done, EpochDone)
        parts = [event for event in batches if isinstance(event, Progress)]
        loss = sum(part.loss * part.images for part in parts) / 40
        assert done.train_loss == pytest.approx(loss, rel=1e-12)
        assert done.train_accuracy == sum(part.correct for part in parts) / 40
        assert done.seconds >= sum(part.seconds for part in parts)  # and the order was drawn
        assert done.images_per_second == pytest.approx(40 / done.seconds)


def test_a_batchs_loss_is_the_mean_before_its_update(rows_read: list[list[int]]) -> None:
    run = tiny.run_on(PARTS)
    training = train(run, PARTS)
    next(training)
    rows = epoch_order(run, 40)[:16]
    outputs = run.network.probabilities(PARTS.train.pixels[rows] * PIXEL_SCALE)
    labels = PARTS.train.labels[rows]
    event = next(training)
    assert isinstance(event, Progress)
    expected = -np.log(outputs[np.arange(16), labels]).mean()
    assert event.loss == pytest.approx(expected, rel=1e-5)
    assert event.correct == int((outputs.argmax(axis=1) == labels).sum())


def test_the_validation_figures_are_those_of_the_epochs_end(run: Run) -> None:
    for event in train(run, PARTS):
        if isinstance(event, EpochDone):
            outputs = run.network.probabilities(PARTS.validation.pixels * PIXEL_SCALE)
            labels = PARTS.validation.labels
            right = outputs[np.arange(30), labels]
            assert event.validation_accuracy == (outputs.argmax(axis=1) == labels).mean()
            assert event.validation_loss == pytest.approx(-np.log(right).mean(), rel=1e-5)


def test_the_history_holds_every_epoch_that_was_told(events: list[Event], run: Run) -> None:
    assert run.history == [event for event in events if isinstance(event, EpochDone)]


def test_the_best_epoch_is_the_first_with_the_highest_accuracy() -> None:
    run = tiny.run_on(PARTS, epochs=15, learning_rate=0.3)
    list(train(run, PARTS))
    best = -1.0
    for event in run.history:
        assert event.is_best == (event.validation_accuracy > best)
        best = max(best, event.validation_accuracy)
    assert run.best is not None
    assert run.best.validation_accuracy == best


def test_the_last_event_tells_the_end(events: list[Event], run: Run) -> None:
    stopped = events[-1]
    assert isinstance(stopped, Stopped)
    assert (stopped.reason, stopped.epoch) == ("epochs", 2)
    assert stopped.validation_accuracy == run.history[-1].validation_accuracy
    assert stopped.seconds == run.seconds >= sum(event.seconds for event in run.history)


def test_a_run_stopped_before_an_epochs_end_has_no_accuracy_to_tell(run: Run) -> None:
    training = train(run, PARTS)
    next(training)
    run.interrupt = True
    (stopped,) = training
    assert isinstance(stopped, Stopped)
    assert (stopped.validation_accuracy, stopped.epoch) == (None, 0)


def test_events_cannot_be_changed(events: list[Event]) -> None:
    for event in events:
        with pytest.raises(FrozenInstanceError):
            setattr(event, fields(event)[0].name, None)


def test_an_event_is_the_same_however_long_training_went_on(run: Run) -> None:
    training = train(run, PARTS)
    told = [next(training) for _ in range(5)]
    copies = list(map(repr, told))
    list(training)
    assert list(map(repr, told)) == copies
