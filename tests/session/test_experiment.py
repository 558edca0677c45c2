"""An experiment on real runs: the person's run waits, checks follow what was done, all is back."""

import dataclasses
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from engine.errors import DataError
from numrec_tui.lessons.lesson import Lesson
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.experiment import Experiment
from numrec_tui.session.session import Session
from numrec_tui.storage.aside_file import AsideFile, SetAside
from tests import scripted
from tests.session.watching import Watcher
from tests.waiting import wait_until

LESSON = Lesson.model_validate(
    {
        "title": "Rates",
        "about": "What a rate does.",
        "data": "other",
        "settings": {"hidden": [8], "batch_size": 16, "schedule": "constant", "epochs": 8},
        "steps": [
            {
                "title": "good",
                "do": "space",
                "run": "good",
                "settings": {"learning_rate": 0.05},
                "checks": [{"figure": "train_accuracy", "at_least": 0.6, "otherwise": "Again."}],
                "seen": "{train_accuracy}",
            },
            {
                "title": "low",
                "do": "turn it down",
                "run": "low",
                "knob": "learning_rate",
                "settings": {"learning_rate": 0.05},
                "question": "Better?",
                "choices": [
                    {"text": "yes", "when": [{"figure": "train_loss", "below": "good"}]},
                    {"text": "no", "when": [{"figure": "train_loss", "above": "good"}]},
                ],
                "checks": [
                    {"setting": "learning_rate", "at_most": 0.001, "otherwise": "Turn it down."},
                    {"figure": "train_loss", "above": "good", "otherwise": "It has learned."},
                ],
                "seen": "{learning_rate:low} and {learning_rate:good}",
            },
        ],
    }
)


LOADED = threading.Event()
"""Cleared while other data are still being loaded."""
LOADED.set()


def find(name: str):
    if name.endswith("third"):
        assert LOADED.wait(30)
    if name == "nowhere":
        raise DataError("There is no such set.")
    return dataclasses.replace(scripted.drawn_set(), name=name)


class Lab:
    """A session with a person's run of its own, and an experiment."""

    def __init__(self, tmp_path, lesson=LESSON, **settings):
        wanted = scripted.settings(**settings)
        self.folder = tmp_path
        self.session = Session(
            SessionConfig(
                find("mine"), wanted, tmp_path / "models", source="mine", find=find,
                checkpoints=tmp_path / "checkpoints", aside=tmp_path / "aside",
            )
        )  # fmt: skip
        self.seen = Watcher(self.session)
        self.rest()
        self.experiment = Experiment(self.session, lesson)

    @property
    def report(self):
        return self.seen.reports[-1]

    def rest(self) -> None:
        wait_until(lambda: not self.session.busy, "the session rests")

    def follow(self, done) -> None:
        """Let the experiment hear what is reported until something is so."""

        def met() -> bool:
            self.experiment.follow(self.report)
            return done()

        wait_until(met, "the experiment gets on")

    def train(self) -> None:
        """Train the step's run to its end."""
        self.follow(lambda: self.experiment.has_begun)
        self.session.start()
        self.follow(lambda: self.experiment.status in ("done", "missed"))

    def parameters(self):
        found = []
        self.session.look(lambda view: found.append(view.network.theta.copy()))
        self.rest()
        return found[0]


@pytest.fixture
def lab(tmp_path) -> Iterator[Lab]:
    opened = Lab(tmp_path)
    yield opened
    opened.session.close()


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


def test_the_wrong_thing_is_told_and_the_right_one_is_seen(lab):
    lab.experiment.begin()
    lab.train()
    lab.experiment.go(1)
    lab.follow(lambda: lab.experiment.has_begun)
    lab.experiment.predict(1)
    lab.train()  # at the rate that it begins with
    assert (lab.experiment.status, lab.experiment.said) == ("missed", "Turn it down.")
    lab.experiment.go(1)
    assert lab.experiment.at == 1  # there is no way on
    lab.session.change("learning_rate", 1e-6)
    lab.session.renew()
    lab.rest()
    lab.train()
    assert lab.experiment.said == "1e-06 and 0.05"
    assert (lab.experiment.right, lab.experiment.score) == (1, (1, 1))
    assert lab.experiment.is_complete


def test_a_prediction_comes_before_the_run(lab):
    lab.experiment.begin()
    lab.train()
    lab.experiment.go(1)
    lab.follow(lambda: lab.experiment.has_begun)
    assert lab.experiment.may_predict
    lab.session.step()
    lab.rest()
    lab.follow(lambda: lab.report.position > 0)
    lab.experiment.predict(0)
    assert lab.experiment.predictions == {}


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


def two_steps(lab: Lab) -> None:
    """Both steps, the second with its knob turned down."""
    lab.experiment.begin()
    lab.train()
    lab.experiment.go(1)
    lab.follow(lambda: lab.experiment.has_begun)
    lab.session.change("learning_rate", 1e-6)
    lab.rest()
    lab.train()
    assert lab.experiment.status == "done"


def test_a_step_that_is_done_stays_as_it_was(lab):
    two_steps(lab)
    said, known = lab.experiment.said, dict(lab.experiment.runs)
    lab.session.change("learning_rate", 0.4)
    lab.session.renew()
    lab.session.step()
    lab.rest()
    lab.experiment.follow(lab.report)
    lab.experiment.go(-1)
    lab.experiment.follow(lab.report)
    lab.experiment.go(1)
    assert (lab.experiment.said, lab.experiment.runs) == (said, known)


def test_a_step_goes_on_while_the_one_before_is_looked_at(lab):
    lab.experiment.begin()
    lab.train()
    first = lab.experiment.runs["good"]
    lab.experiment.go(1)
    lab.follow(lambda: lab.experiment.has_begun)
    lab.session.change("learning_rate", 1e-6)
    lab.rest()
    lab.experiment.go(-1)
    lab.session.start()
    lab.seen.until(
        lambda report: report.state == "finished" and report.running.learning_rate == 1e-6
    )
    lab.experiment.follow(lab.report)
    assert lab.experiment.runs == {"good": first}
    lab.rest()
    lab.experiment.go(1)
    assert lab.experiment.status == "done"


def test_a_step_whose_run_was_replaced_begins_it_again(lab):
    lab.experiment.begin()
    lab.train()
    lab.experiment.go(1)
    lab.follow(lambda: lab.experiment.has_begun)
    lab.experiment.go(-1)
    lab.experiment.again()
    lab.train()
    lab.experiment.go(1)
    assert lab.experiment.status == "to do"
    lab.follow(lambda: lab.experiment.has_begun)
    assert (lab.report.state, lab.report.position) == ("ready", 0)


@pytest.mark.parametrize(("name", "value"), [("epochs", 9), ("momentum", 0.5), ("hidden", (4,))])
def test_what_nobody_was_asked_to_change_is_told(lab, name, value):
    lab.experiment.begin()
    lab.follow(lambda: lab.experiment.has_begun)
    lab.session.change(name, value)
    lab.rest()
    lab.train()
    assert lab.experiment.status == "missed"
    assert name in lab.experiment.said
    assert "backspace begins this step again" in lab.experiment.said
    lab.experiment.again()
    lab.train()
    assert lab.experiment.status == "done"


def test_other_data_are_told(lab):
    lab.experiment.begin()
    lab.follow(lambda: lab.experiment.has_begun)
    lab.session.learn_from("third")
    lab.seen.until(lambda report: report.data.endswith("third"))
    lab.rest()
    lab.train()
    assert "This run had other data" in lab.experiment.said


def test_the_first_prediction_counts(lab):
    lab.experiment.begin()
    lab.train()
    lab.experiment.go(1)
    lab.follow(lambda: lab.experiment.has_begun)
    lab.experiment.predict(0)  # wrong
    lab.session.change("learning_rate", 1e-6)
    lab.rest()
    lab.train()
    assert lab.experiment.score == (0, 1)
    lab.experiment.again()
    lab.follow(lambda: lab.experiment.has_begun)
    assert not lab.experiment.may_predict
    lab.session.change("learning_rate", 1e-6)
    lab.rest()
    lab.train()
    assert lab.experiment.score == (0, 1)


def test_a_step_of_words_alone_is_done_once_it_is_shown(tmp_path):
    words = LESSON.steps[0].model_copy(update={"run": "", "checks": [], "settings": {}})
    lab = Lab(tmp_path, LESSON.model_copy(update={"steps": [LESSON.steps[0], words]}))
    lab.experiment.begin()
    lab.train()
    lab.experiment.go(1)
    assert lab.experiment.is_complete
    assert lab.experiment.done == {0, 1}
    lab.session.close()


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
