"""The session: requests in, reports out, and a run that is never lost."""

import threading
from collections.abc import Iterator
from queue import SimpleQueue

import pytest

from engine.models.safetensors_file import load
from engine.training.events import Event
from engine.training.hyperparameters import settings_from
from engine.training.loop import train
from engine.training.next_batch import next_batch
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.report import Report, RunView, WayBack
from numrec_tui.session.session import Session
from tests import scripted
from tests.session.watching import Watcher


def test_a_new_session_is_ready_and_reads_the_first_digit(opened):
    _, watcher = opened()
    report = watcher.until(lambda report: True)
    assert report.state == "ready"
    assert report.reading.index == 0
    assert sum(report.reading.probabilities) == pytest.approx(1, abs=1e-5)


def test_start_trains_and_pause_stops_between_two_batches(opened):
    session, watcher = opened(**scripted.ENDLESS)
    session.start()
    watcher.until(lambda report: report.train != ())
    session.pause()
    paused = watcher.until(lambda report: report.state == "paused")
    session.watch(1)
    later = watcher.until(lambda report: report.reading.index == 1)
    assert later.position == paused.position


def test_one_step_is_one_batch(opened):
    session, watcher = opened()
    session.step()
    report = watcher.until(lambda report: report.state == "paused")
    assert (report.epoch, report.batch) == (0, 1)
    assert len(report.train) == 1


def test_a_copy_of_the_run_stands_still_and_tells_what_the_next_batch_is(opened):
    session, watcher = opened(optimizer="adam")
    session.step()
    watcher.until(lambda report: report.batch == 1)
    copies: SimpleQueue[RunView] = SimpleQueue()
    session.look_at_run(copies.put)
    session.step()
    session.look_at_run(copies.put)
    before, after = copies.get(timeout=30), copies.get(timeout=30)
    assert (before.number, before.run.step, after.run.step) == (1, 1, 2)
    assert next_batch(before.run, before.split).step == after.run.step
    assert (before.run.network.theta != after.run.network.theta).any()
    assert (before.run.optimizer_state != after.run.optimizer_state).any()
    assert before.split is after.split


def test_steps_go_through_an_epochs_end(opened):
    session, watcher = opened()
    for _ in range(5):  # 54 images in batches of 16 are 4 batches
        session.step()
    report = watcher.until(lambda report: report.epoch == 1 and report.batch == 1)
    assert len(report.validated) == 1


def test_a_new_run_can_be_compared_with_the_one_before(opened):
    session, watcher = opened(scripted.epochs(3))
    session.start()
    watcher.until(lambda report: bool(report.validated))
    session.pause()
    learned = watcher.until(lambda report: report.state == "paused")
    session.renew()
    renewed = watcher.until(lambda report: report.run == 2)
    assert [earlier.run for earlier in renewed.earlier] == [1]
    assert renewed.earlier[0].validated == learned.validated
    assert renewed.validated == ()


def test_closing_twice_is_harmless(opened):
    session, _ = opened()
    session.close()
    session.close()


def test_a_listener_that_fails_is_left_alone_and_the_run_goes_on(folder):
    session = scripted.session(folder, **scripted.ENDLESS)
    failed = threading.Event()

    def fail(report: Report) -> None:
        if report.train:
            failed.set()
            raise RuntimeError("the screen is gone")

    session.listen(fail)
    session.start()
    assert failed.wait(30)
    session.close()
    [saved] = folder.iterdir()
    load(saved)


def test_a_fault_in_the_training_loop_is_shown_and_the_run_saved(folder):
    def faulty(run, split) -> Iterator[Event]:
        for number, event in enumerate(train(run, split)):
            if number == 3:
                raise MemoryError("no room")
            yield event

    settings = settings_from({"hidden": (8,), "batch_size": 16})
    session = Session(SessionConfig(scripted.drawn_set(), settings, folder, faulty))
    watcher = Watcher(session)
    session.start()
    report = watcher.until(lambda report: report.state == "failed")
    assert report.message == "Training failed: no room"
    assert session.close() is not None


def test_a_finished_run_is_scored_on_the_test_digits_and_saved(opened, folder):
    session, watcher = opened(epochs=2)
    session.start()
    report = watcher.until(lambda report: report.state == "finished")
    assert report.stopped.reason == "epochs"
    assert report.stopped.test.images == 20
    assert len(list(folder.iterdir())) == 1


def test_a_diverged_run_goes_on_from_its_last_healthy_epoch_with_half_the_rate_of_that_time(opened):
    session, watcher = opened(epochs=3, optimizer="sgd", batch_size=60, learning_rate=0.1)
    session.start()
    watcher.until(lambda report: report.state == "finished")
    session.change("epochs", 100)
    session.change("weight_decay", 0.0)
    session.change("learning_rate", 1000.0)
    session.change("weight_decay", 10.0)  # θ ← θ - 1000·10·θ explodes whatever the digits say
    session.start()
    diverged = watcher.until(lambda report: report.state == "diverged")
    assert diverged.stopped.reason == "diverged"
    assert diverged.way_back == WayBack(3, 0.05)
    session.rescue()
    going = watcher.until(lambda report: report.running.learning_rate == 0.05)
    assert going.state == "training"
    assert going.running.weight_decay == going.settings.weight_decay == 0.0
    assert going.settings.learning_rate == 0.05
    assert going.way_back is None
    assert going.message == "Back to the end of epoch 3, learning rate 0.05."
    assert going.position <= diverged.position
    assert all(point.epoch <= going.position for point in going.train)


def test_long_runs_keep_their_curves_short(opened):
    script = scripted.epochs(220)
    session, watcher = opened(script, epochs=500)
    session.start()
    watcher.until(lambda report: report.position > 219.5)
    session.pause()
    report = watcher.until(lambda report: report.state == "paused")
    assert len(report.train) <= 2000
    assert report.train[0].epoch == pytest.approx(0.1)
    assert report.train[-1].epoch > 219
