"""The person's run waits while an experiment is under way, and comes back as it was."""

import threading

import numpy as np
import pytest

from numrec_tui.storage.aside_file import AsideFile, SetAside
from tests import scripted
from tests.session.experiment_lab import LESSON, LOADED, Lab, lab
from tests.waiting import wait_until

__all__ = ["lab"]


def test_the_persons_run_waits_and_comes_back_as_it_was(lab):
    lab.session.step()
    lab.session.step()
    lab.session.change("epochs", 44)
    lab.rest()
    before, theta = lab.report, lab.parameters()
    lab.experiment.begin()
    lab.train()
    assert lab.report.data == "other"
    assert lab.experiment.status == "done"
    lab.experiment.leave()
    lab.rest()
    after = lab.report
    assert (after.state, after.position) == ("paused", before.position)
    assert (after.data, after.settings, after.running) == ("mine", before.settings, before.running)
    assert (after.train, after.changes, after.earlier) == (before.train, before.changes, ())
    assert np.array_equal(lab.parameters(), theta)
    lab.session.step()  # and it goes on, with checkpoints of its own
    lab.rest()
    assert lab.report.position > before.position
    assert not (lab.folder / "aside" / "set-aside.json").exists()


def test_settings_of_a_run_that_had_not_begun_come_back_and_can_be_undone(lab):
    lab.session.change("learning_rate", 0.3)
    lab.rest()
    lab.experiment.begin()
    lab.train()
    lab.experiment.leave()
    lab.rest()
    assert (lab.report.state, lab.report.data) == ("ready", "mine")
    assert lab.report.settings.learning_rate == 0.3
    lab.session.undo()
    lab.rest()
    assert lab.report.settings == scripted.settings()


def test_a_run_that_was_over_is_over_again(tmp_path):
    lab = Lab(tmp_path, epochs=1)
    lab.session.start()
    lab.seen.until(lambda report: report.state == "finished")
    lab.rest()
    stopped = lab.report.stopped
    lab.experiment.begin()
    lab.train()
    lab.experiment.leave()
    lab.rest()
    assert (lab.report.state, lab.report.stopped) == ("finished", stopped)
    lab.session.close()


def test_one_stays_with_the_run_of_the_experiment(lab):
    lab.session.step()
    lab.rest()
    lab.experiment.begin()
    lab.train()
    lab.experiment.stay()
    lab.rest()
    assert (lab.report.data, lab.report.state) == ("other", "finished")
    lab.session.change("epochs", 9)
    lab.session.start()
    lab.seen.until(lambda report: report.epoch == 9)
    lab.session.close()
    kept = [folder for folder in (lab.folder / "checkpoints").iterdir() if "other" in folder.name]
    assert len(kept) == 1


def test_an_experiment_that_cannot_begin_changes_nothing(tmp_path):
    lab = Lab(tmp_path, LESSON.model_copy(update={"data": "nowhere"}))
    lab.session.step()
    lab.rest()
    before, theta = lab.report, lab.parameters()
    lab.experiment.begin()
    lab.rest()
    assert lab.experiment.failed
    assert any(report.message == "There is no such set." for report in lab.seen.reports)
    assert (lab.report.data, lab.report.position) == ("mine", before.position)
    assert np.array_equal(lab.parameters(), theta)
    lab.session.close()


def test_after_a_kill_the_run_that_waited_is_found(lab):
    lab.session.step()
    lab.session.change("learning_rate", 0.3)
    lab.rest()
    position = lab.report.position
    lab.experiment.begin()
    lab.follow(lambda: lab.experiment.has_begun)
    other = AsideFile(lab.folder / "aside")
    assert other.left() is None  # it is in use
    text = (lab.folder / "aside" / "set-aside.json").read_bytes()
    lab.experiment.leave()
    lab.rest()
    lab.session.close()
    (lab.folder / "aside" / "set-aside.json").write_bytes(text)  # as a kill leaves it
    left = other.left()
    assert left is not None
    assert (left.source, left.settings.learning_rate) == ("mine", 0.3)
    found = left.found()
    assert found is not None
    assert found.checkpoint.facts.position == pytest.approx(position)
    assert other.left() == left  # until the app stands that has taken it
    other.remove()
    assert other.left() is None


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"settings": {}}', b'{"settings": {"x": 1}, "preset": "", "source": "",'
     b' "score_on": "", "checkpoints": null}', b"\xff" * 99, b"[" * 100_000],
)  # fmt: skip
def test_a_broken_note_is_no_note(tmp_path, content):
    file = tmp_path / "set-aside.json"
    file.write_bytes(content)
    assert AsideFile(tmp_path).left() is None
    assert not file.exists()


def test_two_apps_are_not_in_experiments_at_once(lab, tmp_path):
    other = Lab(tmp_path)
    other.experiment.begin()
    other.rest()
    lab.experiment.begin()
    lab.rest()
    assert lab.experiment.failed
    assert any("Another numrec-tui" in (r.message or "") for r in lab.seen.reports)
    other.experiment.leave()
    other.session.close()


def test_what_is_being_loaded_replaces_no_run_of_an_experiment_nor_the_persons(lab):
    def until_all_is_loaded() -> None:
        LOADED.set()
        loads = lambda: [t for t in threading.enumerate() if t.name == "load-data"]  # noqa: E731
        wait_until(lambda: not loads(), "nothing is loaded any more")
        lab.rest()

    lab.session.step()
    LOADED.clear()
    lab.session.learn_from("third")
    lab.experiment.begin()
    lab.follow(lambda: lab.experiment.has_begun)
    until_all_is_loaded()
    assert lab.report.data == "other"
    LOADED.clear()
    lab.session.learn_from("third")
    lab.experiment.leave()
    lab.seen.until(lambda report: report.position > 0 and report.data == "mine")
    lab.rest()
    until_all_is_loaded()
    assert (lab.report.data, lab.report.state) == ("mine", "paused")


def test_an_experiment_begins_with_drawn_weights_whatever_the_session_has(tmp_path):
    lab = Lab(tmp_path)
    lab.session.step()
    lab.session.learn_from("third", keep_network=True)
    lab.seen.until(lambda report: report.data.endswith("third"))
    lab.rest()
    kept = lab.parameters()
    lab.experiment.begin()
    lab.follow(lambda: lab.experiment.has_begun)
    assert not np.array_equal(lab.parameters(), kept)
    lab.experiment.leave()
    lab.rest()
    lab.session.change("momentum", 0.5)  # which begins the run again
    lab.rest()
    assert np.array_equal(lab.parameters(), kept)
    lab.session.close()


def test_a_run_that_a_killed_app_had_set_aside_is_offered_again(lab, tmp_path):
    folder = tmp_path / "left"
    folder.mkdir()
    (folder / "given-up").touch()
    note = AsideFile(tmp_path / "aside")
    assert note.take()
    note.write(SetAside(scripted.settings(), "default", "mine", "", folder))
    text = (tmp_path / "aside" / "set-aside.json").read_bytes()
    note.remove()
    (tmp_path / "aside" / "set-aside.json").write_bytes(text)  # as a kill leaves it
    lab.experiment.begin()
    lab.follow(lambda: lab.experiment.has_begun)
    assert not (folder / "given-up").exists()
    assert (tmp_path / "aside" / "set-aside.json").read_bytes() != text
