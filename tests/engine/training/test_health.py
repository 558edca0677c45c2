"""What is healthy at an epoch's end, and which epoch a run can therefore go back to."""

import numpy as np
import pytest

from engine.nn.activations import ACTIVATIONS
from engine.nn.losses import LOSSES
from engine.nn.network import Network
from engine.training.events import EpochDone
from engine.training.health import dead_share, is_healthy, loss_of_guessing, some
from engine.training.loop import train
from engine.training.run import Run
from tests.engine import tiny

PARTS = tiny.split(train=100)
NETWORK = Network((64, 8, 10), ACTIVATIONS["relu"](0), LOSSES["cross_entropy"])


def epoch(loss: float, dead: float | None = 0.0, accuracy: float = 0.9, of: int = 0) -> EpochDone:
    return EpochDone(1, loss, accuracy, loss, accuracy, 1.0, 100.0, False, of, dead)


@pytest.mark.parametrize(
    ("history", "healthy"),
    [
        ([epoch(0.5)], True),
        ([epoch(0.5), epoch(1.0)], True),  # twice the lowest, no more
        ([epoch(0.5), epoch(1.01)], False),
        ([epoch(0.5), epoch(0.9), epoch(1.01)], False),  # the lowest counts, not the last
        ([epoch(0.5, dead=0.2), epoch(0.6, dead=0.29)], True),
        ([epoch(0.5, dead=0.2), epoch(0.6, dead=0.31)], False),
        ([epoch(0.5, dead=0.2), epoch(0.4, dead=0.31)], True),  # the best epoch is this one
        ([epoch(0.5, dead=None), epoch(0.6, dead=0.9)], True),  # nothing is known of the best
        ([epoch(0.5, accuracy=0.92), epoch(0.9, accuracy=0.88)], True),
        ([epoch(0.5, accuracy=0.92), epoch(0.9, accuracy=0.86)], False),
        ([epoch(0.5, accuracy=0.92, of=40), epoch(0.9, accuracy=0.82, of=40)], True),  # by chance
        ([epoch(0.5, accuracy=0.92, of=40), epoch(0.9, accuracy=0.75, of=40)], False),
        ([epoch(0.5, accuracy=1.0, of=1), epoch(0.9, accuracy=0.0, of=1)], True),  # of one: chance
        ([epoch(0.5, accuracy=0.86), epoch(0.4, accuracy=0.80)], True),  # the best is this one
        ([epoch(float("inf"))], False),
        ([epoch(0.5), epoch(float("nan"))], False),
    ],
)
def test_healthy_is_a_loss_of_at_most_twice_the_lowest_and_few_more_dead_units(
    history: list[EpochDone], healthy: bool
) -> None:
    assert is_healthy(history, NETWORK) is healthy


@pytest.mark.parametrize(
    ("first", "healthy"),
    [
        (epoch(2.31, accuracy=0.1), True),  # ln 10: a network that guesses, and may learn yet
        (epoch(4.7, accuracy=0.1), False),  # more than twice that
        (epoch(50.0, accuracy=0.8), True),  # wild weights that read most digits right
        (epoch(2.31, dead=0.9, accuracy=0.1), False),
    ],
)
def test_a_first_epoch_that_guesses_is_healthy_only_if_it_can_learn_yet(
    first: EpochDone, healthy: bool
) -> None:
    assert is_healthy([first], NETWORK) is healthy


def test_a_unit_that_is_never_above_zero_is_dead() -> None:
    network = Network((64, 4, 10), ACTIVATIONS["relu"](0), LOSSES["cross_entropy"])
    network.weights[0][:] = 1
    network.biases[0][:] = (-1e6, 0, 0, 0)
    assert dead_share(network, tiny.digits(30)) == 0.25
    assert dead_share(Network((64, 10), network.activation, network.loss), tiny.digits(3)) is None


def test_behind_saturated_outputs_every_unit_is_dead() -> None:
    network = Network((64, 4, 10), ACTIVATIONS["relu"](0), LOSSES["quadratic"])
    network.weights[0][:] = 1
    assert dead_share(network, tiny.digits(30)) == 0
    network.biases[1][:] = -100  # every output is 0, and its slope, too
    assert dead_share(network, tiny.digits(30)) == 1


def test_units_are_judged_by_digits_from_all_over_the_set() -> None:
    sorted_by_class = tiny.digits(1000).take(np.argsort(np.arange(1000) % 10))
    sample = some(sorted_by_class)
    assert len(sample) <= 256
    assert set(sample.labels) == set(range(10))
    assert len(some(tiny.digits(7))) == 7


def broken_after(epochs: int, more: int, **change: object) -> Run:
    """A run that learned well for some epochs, then badly for more."""
    run = tiny.run_on(PARTS, learning_rate=0.05, epochs=epochs)
    list(train(run, PARTS))
    run.change("epochs", epochs + more)
    for name, value in change.items():
        run.change(name, value)
    list(train(run, PARTS))
    return run


def test_after_many_bad_epochs_the_last_healthy_one_is_still_there() -> None:
    run = broken_after(6, 20, weight_decay=3.0)  # it unlearns, but no number explodes
    assert run.stopped == "epochs"
    assert run.epoch == 26
    assert run.last is not None
    assert 6 <= run.last.epoch < 10
    best = min(done.validation_loss for done in run.history)
    assert run.history[run.last.epoch - 1].validation_loss <= 2 * best
    assert run.is_ruined


def test_a_run_that_learns_is_not_ruined() -> None:
    run = broken_after(4, 2)
    assert run.last is run.newest
    assert not run.is_ruined
    assert not tiny.run_on(PARTS).is_ruined


def test_an_epoch_is_remembered_with_the_settings_that_it_began_with() -> None:
    run = tiny.run_on(PARTS, learning_rate=0.05, epochs=4)
    for event in train(run, PARTS):
        if isinstance(event, EpochDone) and event.epoch == 2:
            run.change("learning_rate", 0.04)
        if run.epoch == 2 and run.batch == 1:
            run.change("momentum", 0.8)
        if isinstance(event, EpochDone) and event.epoch == 3:
            assert run.last is not None
            assert run.last.epoch == 3
            assert run.last.settings.learning_rate == 0.04
            assert run.last.settings.momentum == 0.9
    assert run.last is not None
    assert run.last.settings.momentum == 0.8


@pytest.mark.parametrize("classes", [2, 10, 26])
def test_the_loss_of_guessing_is_that_of_all_classes_alike(classes: int) -> None:
    # -ln(1/k); and (1 - 1/k)² of the right class with (1/k)² of each other: 1 - 1/k
    for loss, expected in (("cross_entropy", np.log(classes)), ("quadratic", 1 - 1 / classes)):
        network = Network((4, classes), ACTIVATIONS["relu"](0.0), LOSSES[loss])
        assert loss_of_guessing(network) == pytest.approx(expected, rel=1e-12)
