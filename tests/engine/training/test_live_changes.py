"""Changing settings on the way: what may change acts on the very next batch, and is noted."""

from collections.abc import Iterator

import numpy as np
import pytest

from engine.errors import SettingsError
from engine.nn.arrays import Array
from engine.training.changes import Change
from engine.training.events import EpochDone, Event, Progress, Stopped
from engine.training.hyperparameters import knobs
from engine.training.loop import train
from engine.training.run import Run
from tests.engine import tiny

PARTS = tiny.split(train=64)  # four batches an epoch
RATE = 0.05


class Twins:
    """Two equal runs, two batches old; one of them is about to be changed."""

    def __init__(self, optimizer: str) -> None:
        self.plain, self.changed = (self._run(optimizer) for _ in range(2))

    def _run(self, optimizer: str) -> tuple[Run, Iterator[Event]]:
        run = tiny.run_on(PARTS, optimizer=optimizer, learning_rate=RATE, momentum=0.9)
        events = train(run, PARTS)
        for _ in range(3):
            next(events)
        return run, events

    def steps_after(self, name: str, value: object) -> tuple[Array, Array, Progress]:
        """The next batch's change of the parameters, of both, and what the changed one says."""
        self.changed[0].change(name, value)
        steps = []
        for run, events in (self.plain, self.changed):
            before = run.network.theta.copy()
            event = next(events)
            steps.append(run.network.theta - before)
        assert isinstance(event, Progress)
        return steps[0], steps[1], event


def close(found: Array, expected: Array) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_a_new_learning_rate_acts_on_the_next_batch() -> None:
    plain, changed, event = Twins("sgd").steps_after("learning_rate", 3 * RATE)
    close(changed, 3 * plain)
    assert event.learning_rate == pytest.approx(3 * RATE)


def test_a_new_momentum_acts_on_the_next_batch() -> None:
    twins = Twins("momentum")
    v = twins.plain[0].optimizer_state[0].copy()
    plain, changed, _ = twins.steps_after("momentum", 0.5)
    # v ← μv + lr·g and θ ← θ - v, so a μ that is .4 less leaves out .4·v
    close(changed - plain, 0.4 * v)
    assert np.abs(v).max() > 1e-3


def test_a_new_weight_decay_acts_on_the_next_batch() -> None:
    twins = Twins("sgd")
    theta = twins.plain[0].network.theta.copy()
    plain, changed, _ = twins.steps_after("weight_decay", 0.5)
    # g ← g + λθ and θ ← θ - lr·g
    close(changed - plain, -RATE * 0.5 * theta)
    assert np.abs(theta).max() > 0.1


def test_a_new_target_is_looked_at_when_the_epoch_ends() -> None:
    run = tiny.run_on(PARTS, epochs=10)
    for event in train(run, PARTS):
        if isinstance(event, Progress):
            run.change("target_accuracy", 0.01)
    assert isinstance(event, Stopped)
    assert (event.reason, event.epoch) == ("target", 1)


def test_a_new_number_of_epochs_moves_the_end() -> None:
    run = tiny.run_on(PARTS, epochs=2)
    for event in train(run, PARTS):
        if isinstance(event, EpochDone) and event.epoch == 2:
            run.change("epochs", 4)
    assert isinstance(event, Stopped)
    assert (event.reason, event.epoch) == ("epochs", 4)


def test_a_change_is_noted_with_its_moment_and_both_values() -> None:
    run, events = Twins("sgd").changed
    run.change("learning_rate", "0.2")
    next(events)
    run.change("momentum", 0.5)
    assert run.changes == [
        Change(0.5, "learning_rate", RATE, 0.2),
        Change(0.75, "momentum", 0.9, 0.5),
    ]


def test_a_change_to_the_value_it_has_is_not_noted() -> None:
    run = tiny.run_on(PARTS, learning_rate=RATE)
    run.change("learning_rate", RATE)
    assert run.changes == []


@pytest.mark.parametrize("name", [name for name, knob in knobs().items() if not knob.live])
def test_what_may_not_change_while_it_learns_is_refused(name: str) -> None:
    run = tiny.run_on(PARTS)
    before = run.hyperparameters
    with pytest.raises(SettingsError) as caught:
        run.change(name, getattr(before, name))
    assert caught.value.problems == {name: "cannot change while the network learns"}
    assert run.hyperparameters is before
    assert run.changes == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("learning_rate", -1), ("momentum", 1), ("epochs", "many"), ("learnig_rate", 0.1)],
)
def test_a_wrong_change_is_refused_and_changes_nothing(name: str, value: object) -> None:
    run = tiny.run_on(PARTS)
    before = run.hyperparameters
    with pytest.raises(SettingsError) as caught:
        run.change(name, value)
    assert list(caught.value.problems) == [name]
    assert run.hyperparameters is before
    assert run.changes == []


def test_the_schedule_multiplies_the_rate_batch_by_batch() -> None:
    run = tiny.run_on(PARTS, schedule="exponential", decay=0.5, decay_epochs=1, learning_rate=RATE)
    rates = [event.learning_rate for event in train(run, PARTS) if isinstance(event, Progress)]
    np.testing.assert_allclose(rates, RATE * 0.5 ** (np.arange(12) / 4))


def test_a_new_rate_goes_through_the_schedule_too() -> None:
    run = tiny.run_on(PARTS, schedule="step", decay=0.5, decay_epochs=1, learning_rate=RATE)
    rates = []
    for event in train(run, PARTS):
        if isinstance(event, Progress):
            rates.append(event.learning_rate)
        elif isinstance(event, EpochDone) and event.epoch == 1:
            run.change("learning_rate", 8 * RATE)
    assert rates == pytest.approx([RATE] * 4 + [4 * RATE] * 4 + [2 * RATE] * 4)
