"""The session: notes in, reports out, and a run that is never lost."""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.errors import SaveError
from engine.models.safetensors_file import load
from engine.training.events import Event
from engine.training.hyperparameters import settings_from
from engine.training.loop import train
from numrec_tui.report import Report, WayBack
from numrec_tui.session import Session
from tests import scripted


class Watcher:
    """Keeps every report and lets a test wait for one."""

    def __init__(self, session: Session) -> None:
        self.reports: list[Report] = []
        self._news = threading.Condition()
        session.listen(self._take)

    def _take(self, report: Report) -> None:
        with self._news:
            self.reports.append(report)
            self._news.notify_all()

    def until(self, condition: Callable[[Report], bool]) -> Report:
        """The first report, old or new, that meets the condition."""
        with self._news:
            found = self._news.wait_for(lambda: any(map(condition, self.reports)), timeout=30)
            assert found, [(report.state, report.position) for report in self.reports[-3:]]
            return next(filter(condition, self.reports))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def opened(folder: Path) -> Iterator[Callable[..., tuple[Session, Watcher]]]:
    sessions = []

    def start(script: list[Event] | None = None, **settings: object) -> tuple[Session, Watcher]:
        session = scripted.session(folder, script or (), **settings)
        sessions.append(session)
        return session, Watcher(session)

    yield start
    for session in sessions:
        session.close()


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


def test_steps_go_through_an_epochs_end(opened):
    session, watcher = opened()
    for _ in range(5):  # 54 images in batches of 16 are 4 batches
        session.step()
    report = watcher.until(lambda report: report.epoch == 1 and report.batch == 1)
    assert len(report.validated) == 1


def test_before_the_first_batch_every_setting_takes_effect_at_once(opened):
    session, watcher = opened()
    session.change("hidden", (4, 3))
    report = watcher.until(lambda report: report.running.hidden == (4, 3))
    assert report.settings == report.running
    assert report.parameters == 784 * 4 + 4 + 4 * 3 + 3 + 3 * 10 + 10
    assert report.run == 1


def test_a_live_setting_changes_the_run_and_leaves_a_mark(opened):
    session, watcher = opened()
    session.step()
    session.change("learning_rate", 0.2)
    report = watcher.until(lambda report: report.changes != ())
    assert report.running.learning_rate == 0.2
    assert (report.changes[0].before, report.changes[0].after) == (0.05, 0.2)


def test_another_setting_waits_for_the_next_run(opened):
    session, watcher = opened()
    session.step()
    session.change("hidden", (4,))
    waiting = watcher.until(lambda report: report.settings.hidden == (4,))
    assert waiting.running.hidden == (8,)
    session.renew()
    renewed = watcher.until(lambda report: report.run == 2)
    assert renewed.running.hidden == (4,)
    assert renewed.state == "ready"


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


def test_a_new_run_saves_the_old_one(opened, folder):
    session, watcher = opened()
    session.step()
    session.renew()
    watcher.until(lambda report: report.run == 2)
    assert len(list(folder.glob("*.safetensors"))) == 1


def test_a_setting_that_cannot_be_used_is_told_and_changes_nothing(opened):
    session, watcher = opened()
    session.change("validation_fraction", 0.001)  # of 60 digits: none would be held out
    report = watcher.until(lambda report: report.message is not None)
    assert "choose another fraction" in report.message
    session.start()
    assert watcher.until(lambda report: report.state == "training").run == 1


def test_saving_writes_a_model_that_reads_the_same(opened):
    session, watcher = opened()
    session.step()
    session.save()
    report = watcher.until(lambda report: "Saved" in (report.message or ""))
    model = load(Path(report.message.removeprefix("Saved to ")))
    picture = report.validation.pixels[:1] / 255
    assert model.network.probabilities(picture)[0] == pytest.approx(report.reading.probabilities)


def test_there_is_nothing_to_save_before_the_first_batch(opened, folder):
    session, watcher = opened()
    session.save()
    watcher.until(lambda report: "nothing to save" in (report.message or ""))
    assert not folder.exists()


def test_a_save_that_fails_is_told_and_training_can_go_on(opened, folder):
    folder.write_text("a file where the folder should be")
    session, watcher = opened()
    session.step()
    session.save()
    watcher.until(lambda report: (report.message or "").startswith("Not saved"))
    session.start()
    watcher.until(lambda report: report.state == "training")
    folder.unlink()  # so that the run can be saved in the end


def test_a_failed_save_is_never_told_as_a_success(opened, folder):
    session, watcher = opened()
    session.step()
    session.save()
    watcher.until(lambda report: (report.message or "").startswith("Saved"))
    watcher.reports.clear()
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("a file where the folder should be")
    session.step()
    session.save()
    report = watcher.until(lambda report: report.message is not None)
    assert report.message.startswith("Not saved")
    folder.unlink()


def test_a_run_that_cannot_be_saved_is_given_up_only_on_demand(opened, folder):
    folder.write_text("a file where the folder should be")
    session, watcher = opened()
    session.step()
    session.renew()
    report = watcher.until(lambda report: report.message is not None)
    assert report.message.endswith("Press again to give this run up.")
    assert report.run == 1
    session.renew()
    watcher.until(lambda report: report.run == 2)


def test_closing_tells_when_the_run_could_not_be_saved(folder):
    folder.write_text("a file where the folder should be")
    session = scripted.session(folder)
    session.step()
    with pytest.raises(SaveError):
        session.close()


def test_each_of_many_quick_turns_counts(opened):
    session, watcher = opened()
    session.step()
    for _ in range(6):
        session.turn("learning_rate", up=True)
    report = watcher.until(lambda report: len(report.changes) == 6)
    assert report.running.learning_rate == 5.0  # 0.1 0.2 0.5 1 2 5


def test_a_live_change_right_after_the_start_reaches_the_run(opened):
    session, watcher = opened(**scripted.ENDLESS)
    session.start()
    session.change("learning_rate", 0.5)
    report = watcher.until(lambda report: report.settings.learning_rate == 0.5)
    assert report.running.learning_rate == 0.5


def test_a_network_that_is_too_large_is_refused_and_the_run_stays(opened):
    session, watcher = opened()
    session.change("hidden", (65536, 65536))
    report = watcher.until(lambda report: report.message is not None)
    assert "at most 100,000,000" in report.message
    assert report.settings.hidden == (8,)
    session.step()
    watcher.until(lambda report: report.batch == 1)


def test_closing_while_training_saves_the_run(opened, folder):
    session, watcher = opened(**scripted.ENDLESS)
    session.start()
    watcher.until(lambda report: report.train != ())
    said = session.close()
    [saved] = folder.iterdir()
    assert said == f"Saved to {saved}"
    load(saved)


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
    session = Session(scripted.drawn_set(), settings, folder, faulty)
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


def test_raising_the_epochs_lets_a_finished_run_go_on(opened):
    session, watcher = opened(epochs=2)
    session.start()
    watcher.until(lambda report: report.state == "finished")
    session.change("epochs", 3)
    session.start()
    report = watcher.until(lambda report: report.state == "finished" and report.epoch == 3)
    assert len(report.validated) == 3


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


def kill_a_process() -> None:
    children = [c for c in multiprocessing.active_children() if "numrec" in c.name]
    children[-1].kill()


@pytest.mark.alone
def test_a_lost_process_pauses_the_run_saved_and_fewer_go_on(opened):
    session, watcher = opened(processes=2, **scripted.ENDLESS)
    session.start()
    watcher.until(lambda report: report.epoch >= 1)
    kill_a_process()
    lost = watcher.until(lambda report: report.message is not None)
    assert lost.state == "paused"
    assert "A process of the team was ended by signal 9" in lost.message
    assert "Saved; space goes on with one process." in lost.message
    assert lost.settings.processes == lost.running.processes == 1
    session.start()
    watcher.until(lambda report: report.epoch > lost.epoch)


@pytest.mark.alone
def test_a_session_that_closes_leaves_no_process(opened):
    session, watcher = opened(processes=2, **scripted.ENDLESS)
    session.start()
    watcher.until(lambda report: report.epoch >= 1)
    session.close()
    assert not [c for c in multiprocessing.active_children() if "numrec" in c.name]


@pytest.mark.alone
def test_a_new_run_ends_the_processes_of_the_old_one(opened):
    session, watcher = opened(processes=2, **scripted.ENDLESS)
    session.step()
    watcher.until(lambda report: report.batch == 1)
    session.renew()
    watcher.until(lambda report: report.run == 2)
    assert not [c for c in multiprocessing.active_children() if "numrec" in c.name]


@pytest.mark.alone
def test_auto_tells_what_it_chose(opened):
    session, watcher = opened(processes="auto", **scripted.ENDLESS)
    session.start()
    told = watcher.until(lambda report: report.message is not None)
    assert told.message.startswith("Learned by")
    assert "images/s" in told.message


def test_undo_takes_back_one_change_after_the_other(opened):
    session, watcher = opened()
    session.change("learning_rate", 0.2)
    session.change("momentum", 0.5)
    session.undo()
    session.undo()
    session.undo()
    last = watcher.until(lambda report: report.message is not None)
    assert last.message == "There is no change to take back."
    told = [(report.settings.learning_rate, report.settings.momentum) for report in watcher.reports]
    assert told[-5:] == [(0.2, 0.9), (0.2, 0.5), (0.2, 0.9), (0.05, 0.9), (0.05, 0.9)]


def test_undo_of_a_live_change_acts_at_once_and_leaves_a_mark(opened):
    session, watcher = opened()
    session.step()
    session.change("learning_rate", 0.2)
    session.undo()
    report = watcher.until(lambda report: len(report.changes) == 2)
    assert report.running.learning_rate == report.settings.learning_rate == 0.05
    assert (report.changes[1].before, report.changes[1].after) == (0.2, 0.05)


def test_a_preset_is_known_by_its_name_and_can_be_taken_back(opened):
    session, watcher = opened()
    session.use_preset("seed")
    taken = watcher.until(lambda report: report.preset == "seed")
    assert taken.settings.batch_size == 512
    session.undo()
    session.undo()
    last = watcher.until(lambda report: report.message is not None)
    assert (last.preset, last.settings.batch_size) == ("default", 16)


def test_undo_gives_the_run_the_rate_it_had_not_the_one_that_waits(opened):
    session, watcher = opened()
    session.step()
    session.change("learning_rate", 0.2)
    session.use_preset("seed")  # its 0.1 waits for the next run
    session.change("learning_rate", 0.3)
    session.undo()
    report = watcher.until(lambda report: len(report.changes) == 3)
    assert (report.running.learning_rate, report.settings.learning_rate) == (0.2, 0.1)
