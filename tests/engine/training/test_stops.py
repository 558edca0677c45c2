"""When training stops, for which reason, and what the run holds then."""

from itertools import islice

import numpy as np
import pytest

from engine.data.dataset import Digits, Split
from engine.nn.arrays import Array
from engine.training.events import EpochDone, Event, Progress, Stopped
from engine.training.loop import train
from engine.training.metrics import interval, reaches
from engine.training.run import Run
from tests.engine import tiny

PARTS = tiny.split(train=60, test=40)


def trained(run: Run, parts: Split = PARTS) -> Stopped:
    """The last event of training to the end."""
    last: Event | None = None
    for event in train(run, parts):
        last = event
    assert isinstance(last, Stopped)
    assert run.stopped == last.reason
    return last


def accuracies(run: Run) -> list[float]:
    return [event.validation_accuracy for event in run.history]


def slow(**values: object) -> Run:
    """A run whose accuracy rises over the epochs, and not at once."""
    return tiny.run_on(PARTS, optimizer="sgd", learning_rate=0.1, epochs=12, **values)


def test_training_stops_after_the_planned_epochs() -> None:
    run = tiny.run_on(PARTS, epochs=4)
    stopped = trained(run)
    assert (stopped.reason, stopped.epoch) == ("epochs", 4)
    assert [event.epoch for event in run.history] == [1, 2, 3, 4]


def test_training_stops_as_soon_as_the_targets_lower_bound_is_reached_exactly() -> None:
    free = slow()
    trained(free)
    epoch = int(np.argmax(np.array(accuracies(free)) > accuracies(free)[0])) + 1
    assert epoch > 1
    reached = accuracies(free)[epoch - 1]
    target = interval(reached, len(PARTS.validation))[0]

    run = slow(target_accuracy=target)
    stopped = trained(run)
    assert (stopped.reason, stopped.epoch) == ("target", epoch)
    assert stopped.validation_accuracy == reached


def test_of_few_images_all_read_right_are_not_enough_for_a_high_target() -> None:
    # 40 of 40 right: the lower bound is 40 / (40 + 1.96²) = 91.2 %
    run = tiny.run_on(PARTS, epochs=30, learning_rate=0.05, target_accuracy=0.92)
    assert trained(run).reason == "epochs"
    assert max(accuracies(run)) == 1
    enough = tiny.run_on(PARTS, epochs=30, learning_rate=0.05, target_accuracy=0.91)
    assert trained(enough).reason == "target"


def test_of_a_thousand_images_the_bare_share_counts() -> None:
    assert reaches(0.96, 1000, 0.96)
    assert not reaches(0.96, 999, 0.96)
    assert reaches(0.96, 0, 0.96)  # an older record does not say how many there were


@pytest.mark.parametrize("images", [5, 40, 999, 1000, 10_000])
def test_a_target_of_one_never_stops(images: int) -> None:
    assert not reaches(1.0, images, 1.0)


def test_an_accuracy_just_below_the_target_is_not_enough() -> None:
    free = slow()
    trained(free)
    run = slow(target_accuracy=np.nextafter(max(accuracies(free)), 1))
    assert max(accuracies(free)) < 1
    assert trained(run).reason == "epochs"


def test_the_target_is_a_matter_of_the_validation_digits_alone() -> None:
    # the validation digits are the training digits, the test digits are wrongly labelled
    digits = tiny.digits(60)
    wrong = Digits(digits.images, (digits.labels + 1) % 10, 10)
    parts = Split("mixed", digits, digits, wrong)
    stopped = trained(tiny.run_on(parts, epochs=50, target_accuracy=0.9), parts)
    assert stopped.reason == "target"
    assert stopped.test is not None
    assert stopped.test.accuracy < 0.1


def spoilt_after(epoch: int, patience: int) -> tuple[Run, dict[int, Array], Stopped]:
    """A run that learns until an epoch and then only unlearns; the parameters of each epoch."""
    run = slow(patience=patience)
    thetas: dict[int, Array] = {}
    for event in train(run, PARTS):
        if isinstance(event, EpochDone):
            thetas[event.epoch] = run.network.theta.copy()
            if event.epoch == epoch:
                run.change("weight_decay", 9.0)
    assert isinstance(event, Stopped)
    return run, thetas, event


def test_training_stops_when_patience_is_at_its_end() -> None:
    run, _, stopped = spoilt_after(epoch=4, patience=3)
    best = int(np.argmax(accuracies(run))) + 1
    assert stopped.reason == "patience"
    assert run.best is not None
    assert run.best.epoch == best
    assert stopped.epoch == best + 3


def test_after_patience_the_best_epochs_parameters_are_back() -> None:
    run, thetas, stopped = spoilt_after(epoch=4, patience=3)
    assert run.best is not None
    np.testing.assert_array_equal(run.network.theta, thetas[run.best.epoch])
    assert (run.network.theta != thetas[stopped.epoch]).any()
    assert np.shares_memory(run.network.theta, run.network.weights[0])


def test_after_patience_the_accuracy_told_is_that_of_the_parameters_kept() -> None:
    run, _, stopped = spoilt_after(epoch=4, patience=3)
    assert accuracies(run)[-1] < max(accuracies(run))
    assert stopped.validation_accuracy == max(accuracies(run))


def test_the_first_of_equally_good_epochs_is_the_best() -> None:
    run = tiny.run_on(PARTS, learning_rate=1e-30, epochs=6, patience=2)
    assert trained(run).reason == "patience"
    assert [event.is_best for event in run.history] == [True, False, False]


def test_without_patience_training_goes_on_without_progress() -> None:
    run = tiny.run_on(PARTS, learning_rate=1e-30, epochs=6, patience=0)
    assert trained(run).reason == "epochs"


@pytest.mark.parametrize("values", [{"epochs": 1}, {"target_accuracy": 0.01}])
def test_the_last_event_scores_the_test_images_as_the_network_is_now(
    values: dict[str, object],
) -> None:
    run = tiny.run_on(PARTS, **values)
    test = trained(run).test
    assert test is not None
    outputs = run.network.probabilities(PARTS.test.pixels / np.float32(255))
    assert test.images == 40
    assert test.correct == int((outputs.argmax(axis=1) == PARTS.test.labels).sum())


def test_nothing_comes_after_the_last_event() -> None:
    events = list(train(tiny.run_on(PARTS), PARTS))
    assert [isinstance(event, Stopped) for event in events].index(True) == len(events) - 1


def test_no_stop_rule_holds_in_the_middle_of_an_epoch() -> None:
    run = tiny.run_on(PARTS, epochs=3)
    events = []
    for event in train(run, PARTS):
        events.append(event)
        if isinstance(event, Progress) and run.step == 5:  # the first batch of epoch 2
            run.change("epochs", 1)
            run.change("target_accuracy", 0.01)
    assert isinstance(events[-1], Stopped)
    assert (events[-1].reason, events[-1].epoch, run.step) == ("target", 2, 8)


def test_taken_up_in_the_middle_of_an_epoch_it_is_finished_before_a_rule_is_looked_at() -> None:
    run = tiny.run_on(PARTS, epochs=3)  # four batches an epoch
    list(islice(train(run, PARTS), 7))
    assert (run.epoch, run.batch) == (1, 1)
    run.change("epochs", 1)
    stopped = trained(run)
    assert (stopped.reason, stopped.epoch, run.step) == ("epochs", 2, 8)
