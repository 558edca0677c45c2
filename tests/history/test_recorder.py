"""What records a run in the history while it learns."""

import json
import sqlite3

import numpy as np
import pytest

from engine.training.events import Progress, Started, Stopped
from engine.training.hyperparameters import settings_from
from engine.training.metrics import Evaluation
from engine.training.run import new_run
from numrec_tui.history.history import History
from numrec_tui.history.recorder import Recorder
from tests.past_runs import done, past


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "home" / "history.db")


def learning(**settings):
    return new_run(settings_from({"hidden": (8,), **settings}), 784, 10)


def progress(run, epoch=1):
    run.step += 1
    return Progress(epoch, 1, 10, 100, 0.5, 50, 0.1, 0.01)


def end_epoch(run, accuracy=0.9):
    run.epoch += 1
    run.step += 1
    run.seconds += 1.5
    run.history.append(done(run.epoch, accuracy))
    return run.history[-1]


def stop(run, reason="epochs"):
    run.stopped = reason
    score = Evaluation(20, 19, 0.1, np.eye(10, dtype=np.int64)) if reason == "epochs" else None
    return Stopped(reason, run.epoch, run.seconds, run.validation_accuracy, score)


STARTED = Started(settings_from({}), 6370, 54, 6)


def test_a_run_is_recorded_from_its_first_batch_to_its_end(history, tmp_path):
    run, recorder = learning(seed=3), Recorder(history, gap=0.01)
    recorder.begin(run, "mnist", tmp_path / "m.safetensors")
    for event in (STARTED, progress(run), end_epoch(run, 0.9), end_epoch(run, 0.97)):
        recorder.take_in(run, event, tmp_path / "kept")
    run.change("learning_rate", 0.5)
    recorder.take_in(run, end_epoch(run, 0.95))
    recorder.take_in(run, stop(run))
    recorder.close(run)
    [kept] = history.runs()
    assert recorder.problem is None
    assert recorder.id == kept.id
    assert (kept.data, kept.network, kept.seed, kept.epochs) == ("mnist", "784-8-10", 3, 3)
    assert (kept.best, kept.final, kept.test, kept.reason) == (0.97, 0.95, 0.95, "epochs")
    assert kept.model == str(tmp_path / "m.safetensors")
    assert kept.checkpoints == str(tmp_path / "kept")
    assert settings_from(json.loads(kept.settings)) == run.hyperparameters
    assert [change.after for change in history.changes(kept.id)] == [0.5]
    assert [one.validation_accuracy for one in history.scores(kept.id)] == [0.9, 0.97, 0.95]


def test_a_run_that_never_learned_anything_is_not_recorded(history, tmp_path):
    run, recorder = learning(), Recorder(history)
    recorder.begin(run, "mnist", tmp_path / "m.safetensors")
    recorder.take_in(run, STARTED)
    recorder.close(run)
    assert history.runs() == []


def test_a_run_that_was_left_has_no_reason_and_goes_on_in_its_row(history, tmp_path):
    run, model, folder = learning(), tmp_path / "m.safetensors", tmp_path / "kept"
    recorder = Recorder(history, gap=0.01)
    recorder.begin(run, "mnist", model)
    recorder.take_in(run, end_epoch(run, 0.9), folder)
    recorder.close(run)
    assert history.runs()[0].reason is None

    other = Recorder(history, gap=0.01)
    other.begin(run, "mnist", tmp_path / "another name.safetensors", folder)
    other.take_in(run, end_epoch(run, 0.95))
    other.take_in(run, stop(run))
    other.close(run)
    [kept] = history.runs()
    assert (kept.reason, kept.epochs) == ("epochs", 2)
    assert [one.epoch for one in history.scores(kept.id)] == [1, 2]


def test_a_new_run_with_the_same_model_file_is_another_run(history, tmp_path):
    for _ in range(2):
        run, recorder = learning(), Recorder(history, gap=0.01)
        recorder.begin(run, "mnist", tmp_path / "m.safetensors")
        recorder.take_in(run, end_epoch(run))
        recorder.close(run)
    assert len(history.runs()) == 2


def test_a_run_that_goes_on_but_is_not_in_the_history_comes_with_all_its_epochs(history, tmp_path):
    run = learning()
    end_epoch(run, 0.5)
    end_epoch(run, 0.6)
    recorder = Recorder(history, gap=0.01)
    recorder.begin(run, "mnist", tmp_path / "m.safetensors", tmp_path / "kept")
    recorder.take_in(run, end_epoch(run, 0.7))
    recorder.close(run)
    [kept] = history.runs()
    assert [one.validation_accuracy for one in history.scores(kept.id)] == [0.5, 0.6, 0.7]


def test_after_a_divergence_that_was_rescued_the_run_is_not_over(history, tmp_path):
    run, recorder = learning(), Recorder(history, gap=0.01)
    recorder.begin(run, "mnist", tmp_path / "m.safetensors")
    recorder.take_in(run, end_epoch(run))
    recorder.take_in(run, stop(run, "diverged"))
    run.stopped = None
    recorder.take_in(run, progress(run))
    recorder.close(run)
    assert history.runs()[0].reason is None


def test_one_run_after_the_other_each_in_its_row(history, tmp_path):
    recorder = Recorder(history, gap=0.01)
    for name in ("a", "b"):
        run = learning()
        recorder.begin(run, name, tmp_path / name)
        recorder.take_in(run, end_epoch(run))
    recorder.close(run)
    assert sorted(kept.data for kept in history.runs()) == ["a", "b"]


def test_without_a_history_nothing_happens(tmp_path):
    run, recorder = learning(), Recorder(None)
    recorder.begin(run, "mnist", tmp_path / "m.safetensors")
    recorder.take_in(run, end_epoch(run))
    recorder.close(run)
    assert recorder.problem is None


def test_what_cannot_be_recorded_is_told_and_harms_nothing(tmp_path):
    (tmp_path / "file").write_text("in the way")
    run, recorder = learning(), Recorder(History(tmp_path / "file" / "history.db"), gap=0.01)
    recorder.begin(run, "mnist", tmp_path / "m.safetensors")
    recorder.take_in(run, end_epoch(run))
    recorder.close(run)
    assert "Cannot keep" in recorder.problem


def test_a_damaged_history_is_told_once_and_the_run_is_in_the_new_one(history, tmp_path):
    history.path.parent.mkdir()
    history.path.write_bytes(b"no database at all" * 100)
    run, recorder = learning(), Recorder(history, gap=0.01)
    recorder.begin(run, "mnist", tmp_path / "m.safetensors")
    recorder.take_in(run, end_epoch(run))
    recorder.close(run)
    assert "was damaged" in recorder.problem
    assert len(history.runs()) == 1


def test_while_somebody_else_writes_training_does_not_wait(history, tmp_path):
    history.write("a", past(), [], [])
    blocking = sqlite3.connect(history.path, isolation_level=None)
    blocking.execute("BEGIN IMMEDIATE")
    run, recorder = learning(), Recorder(history, gap=0.0)
    recorder.begin(run, "mnist", tmp_path / "m.safetensors")
    for _ in range(1000):
        recorder.take_in(run, end_epoch(run))  # returns at once, or the test's time is up
    blocking.execute("COMMIT")
    blocking.close()
    recorder.close(run)
    assert history.runs()[0].epochs == 1000
    assert len(history.scores(history.runs()[0].id)) == 1000
