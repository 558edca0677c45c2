"""One step back out of ruin: the last healthy epoch, half its rate, or a rate that learns."""

from pathlib import Path

import numpy as np
import pytest

from engine.data.dataset import DataSet, Digits, Split
from engine.training.changes import Change
from engine.training.checkpoint import Origin, freeze, read
from engine.training.events import EpochDone, Progress
from engine.training.loop import train
from engine.training.rescue import rescue
from engine.training.run import Run
from tests.engine import tiny


def never_all_right() -> Split:
    """Every tenth digit is said to be another one, so that no run ends at its target."""
    data = tiny.data_set(train=200, test=100)
    test = Digits(data.test.images, data.test.labels.copy(), tiny.CLASSES)
    test.labels.flags.writeable = True
    test.labels[3::11] = (test.labels[3::11] + 1) % tiny.CLASSES
    return DataSet("tiny", data.train, test).split("test", 0.1, 0)


PARTS = never_all_right()


def learned(epochs: int = 6, **values: object) -> Run:
    run = tiny.run_on(PARTS, **{"learning_rate": 0.05, "epochs": epochs, **values})
    list(train(run, PARTS))
    assert run.history[-1].validation_accuracy > 0.8
    return run


def broken(run: Run, more: int = 20, batches: int = 0, **change: object) -> Run:
    """The run trained on, with settings that ruin it after some batches more."""
    run.change("epochs", run.epoch + more)
    for event in train(run, PARTS):
        batches -= isinstance(event, Progress)
        if batches <= 0:
            break
    for name, value in change.items():
        run.change(name, value)
    list(train(run, PARTS))
    return run


def mended(run: Run, epochs: int = 5) -> float:
    """The accuracy after one rescue and some epochs."""
    assert rescue(run, PARTS) is not None
    run.change("epochs", run.epoch + epochs)
    list(train(run, PARTS))
    return run.history[-1].validation_accuracy


WAYS = pytest.mark.parametrize(
    "change",
    [
        {"learning_rate": 0.5}, {"learning_rate": 5.0}, {"learning_rate": 50.0},
        {"learning_rate": 500.0}, {"momentum": 0.99}, {"weight_decay": 3.0},
        {"learning_rate": 1000.0, "weight_decay": 10.0},
    ],
    ids=str,
)  # fmt: skip


@WAYS
@pytest.mark.parametrize("batches", [1, 9])
@pytest.mark.short("[1-{'learning_rate': 5.0}]", "[1-{'weight_decay'")
def test_one_rescue_is_enough_however_a_run_was_broken(
    change: dict[str, float], batches: int
) -> None:
    run = learned()
    before = run.history[-1].validation_accuracy
    assert mended(broken(run, batches=batches, **change)) >= before - 0.01


@WAYS
@pytest.mark.short("[{'learning_rate': 0.5}]", "[{'learning_rate': 500.0}]")
def test_it_is_rescued_with_the_settings_of_the_healthy_epoch_and_half_their_rate(
    change: dict[str, float],
) -> None:
    run = learned()
    healthy = run.hyperparameters
    broken(run, batches=1, **change)
    assert run.last is not None
    settings = run.last.settings
    found = rescue(run, PARTS)
    assert found == run.hyperparameters
    if run.epoch == 6:  # that of a gentle break is a later one
        assert settings.learning_rate == 0.05
        assert found == healthy.changed(epochs=26, learning_rate=0.025)


def test_many_bad_epochs_are_forgotten_and_each_setting_that_goes_back_is_noted() -> None:
    run = broken(learned(), learning_rate=0.04, weight_decay=10.0, more=30)
    assert len(run.history) == 36
    rescue(run, PARTS)
    assert run.epoch == len(run.history) == 6
    assert run.changes[-2:] == [
        Change(6.0, "learning_rate", 0.04, 0.025),
        Change(6.0, "weight_decay", 10.0, 0.0),
    ]


def test_pressed_again_at_the_same_place_it_halves_again() -> None:
    run = broken(learned(), learning_rate=500.0)
    rescue(run, PARTS)
    assert run.hyperparameters.learning_rate == 0.025
    rescue(run, PARTS)
    assert (run.epoch, run.hyperparameters.learning_rate) == (6, 0.0125)


def test_a_run_broken_in_its_first_epoch_goes_back_to_the_start_with_half_the_first_rate() -> None:
    run = tiny.run_on(PARTS, learning_rate=0.05, epochs=8, hidden=(32,))
    theta = run.network.theta.copy()
    for event in train(run, PARTS):
        if isinstance(event, Progress) and event.batch == 2:
            run.change("learning_rate", 500.0)
    assert run.stopped == "diverged"
    rescue(run, PARTS)
    assert (run.epoch, run.step, run.hyperparameters.learning_rate) == (0, 0, 0.025)
    np.testing.assert_array_equal(run.network.theta, theta)


@pytest.mark.parametrize(
    "values",
    [
        {"learning_rate": 5.0},
        {"learning_rate": 1000.0, "optimizer": "sgd"},
        {"loss": "quadratic", "learning_rate": 50.0},
        {"loss": "quadratic", "learning_rate": 50.0, "initializer": "uniform"},
        {"activation": "sigmoid", "learning_rate": 200.0, "initializer": "uniform"},
        {"learning_rate": 50.0, "schedule": "one_cycle"},
    ],
    ids=str,
)
@pytest.mark.short("[{'learning_rate': 5.0}]", "'schedule'")
def test_a_run_broken_from_the_start_begins_again_at_a_rate_that_learns(
    values: dict[str, object],
) -> None:
    run = tiny.run_on(PARTS, **{"hidden": (32,), "epochs": 2, **values})
    list(train(run, PARTS))
    assert run.stopped == "diverged" or run.is_ruined
    run.change("epochs", 25)
    first = run.hyperparameters.learning_rate
    assert mended(run, epochs=25) > 0.8
    assert run.hyperparameters.learning_rate <= first / 2
    assert run.history[0].epoch == 1


def test_where_no_rate_learns_from_uniform_weights_they_are_drawn_anew_and_that_is_noted() -> None:
    run = tiny.run_on(
        PARTS, hidden=(200,), loss="quadratic", learning_rate=50.0, initializer="uniform", epochs=2
    )
    list(train(run, PARTS))
    rescue(run, PARTS)
    assert run.hyperparameters.initializer == "he"
    assert Change(0.0, "initializer", "uniform", "he") in run.changes
    suiting = tiny.run_on(PARTS, hidden=(200,), loss="quadratic", initializer="he")
    np.testing.assert_array_equal(run.network.theta, suiting.network.theta)


def test_a_rescue_is_the_same_every_time() -> None:
    one, other = (broken(learned(), learning_rate=500.0) for _ in range(2))
    assert mended(one) == mended(other)
    assert one.network.theta.tobytes() == other.network.theta.tobytes()


# Through a checkpoint.

ORIGIN = Origin("tiny", "tiny", "0" * 64)


def test_a_run_left_ruined_and_taken_up_again_is_rescued_alike(tmp_path: Path) -> None:
    run = broken(learned(), batches=3, learning_rate=0.04, weight_decay=10.0)
    freeze(run, ORIGIN).write(tmp_path / "c.safetensors")
    back = read(tmp_path / "c.safetensors").restore()
    assert back.is_ruined
    assert rescue(back, PARTS) == rescue(run, PARTS)
    assert (back.epoch, back.network.theta.tobytes()) == (run.epoch, run.network.theta.tobytes())


def without_what_is_new(path: Path, last: int) -> None:
    """Make a checkpoint that of an older version: its `last` epoch merely had finite numbers."""
    import json

    from engine.training import checkpoint

    content = path.read_bytes()
    text = checkpoint.read_metadata(path, content, "checkpoint", "")["checkpoint"]
    facts, tensors = json.loads(text), checkpoint.read_tensors(path, content)
    for place in facts["snapshots"]:
        del place["settings"]
    for done in facts["history"]:
        del done["dead"]
    facts["last"] = last
    text = json.dumps(facts)
    digest = checkpoint._digest(text, tensors)
    path.write_bytes(checkpoint.save_tensors(tensors, {"checkpoint": text, "sha256": digest}))


def test_a_checkpoint_of_an_older_version_opens_and_finds_a_healthy_epoch(tmp_path: Path) -> None:
    run = broken(learned(), learning_rate=0.04, weight_decay=10.0)
    path = tmp_path / "c.safetensors"
    freeze(run, ORIGIN).write(path)
    facts = read(path).facts
    assert facts.snapshots[facts.newest].epoch == 26
    without_what_is_new(path, last=facts.newest)
    back = read(path).restore()
    assert back.last is not None
    assert back.last.epoch <= 6  # the best, by accuracy, which older versions kept, too
    assert back.last.settings.learning_rate == 0.05
    assert rescue(back, PARTS) is not None


def test_an_older_checkpoint_without_a_healthy_epoch_begins_again(tmp_path: Path) -> None:
    run = tiny.run_on(PARTS, learning_rate=50.0, epochs=3, hidden=(32,), activation="sigmoid")
    first = run.network.theta.copy()
    for event in train(run, PARTS):
        if isinstance(event, EpochDone):
            run.last = run.newest
    run.best = None
    path = tmp_path / "c.safetensors"
    freeze(run, ORIGIN).write(path)
    without_what_is_new(path, last=0)
    back = read(path).restore()
    assert back.last is not None
    assert back.last.epoch == 0
    np.testing.assert_array_equal(back.last.theta, first)
    assert mended(back, epochs=25) > 0.7
