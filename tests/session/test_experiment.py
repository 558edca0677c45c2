"""An experiment on real runs: its checks follow what was done, its words stay true."""

import pytest

from tests.session.experiment_lab import LESSON, Lab, lab

__all__ = ["lab"]


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
