"""A lesson's file: what it holds is checked, and what is wrong is told by its line."""

from pathlib import Path

import pytest

from engine.errors import FormatError
from engine.training.hyperparameters import Hyperparameters
from numrec_tui.lessons.conditions import Condition, RunFigures
from numrec_tui.lessons.lesson import LessonError, read_lesson, told
from numrec_tui.lessons.shelf import experiments, find_lesson, shelf

LESSON = """\
title = "Too high"
about = "What a rate does."

[settings]
hidden = [8]

[[steps]]
title = "one"
do = "space trains."
run = "good"
checks = [{ figure = "accuracy", at_least = 0.5, otherwise = "{accuracy} is too little." }]
seen = "{accuracy} at {learning_rate}."

[[steps]]
title = "two"
do = "again"
run = "high"
settings = { learning_rate = 1.0 }
question = "Better?"
choices = [
  { text = "yes", when = [{ figure = "accuracy", above = "good" }] },
  { text = "no", when = [{ figure = "accuracy", at_least = 0 }] },
]
checks = [{ figure = "accuracy", below = "good", by = 0.1 }]
"""

GOOD = RunFigures(Hyperparameters(), {"accuracy": 0.9, "loss": 0.4})
HIGH = RunFigures(Hyperparameters(learning_rate=1.0), {"accuracy": 0.3, "loss": 2.5})
RUNS = {"good": GOOD, "high": HIGH}


@pytest.fixture
def lesson(tmp_path: Path):
    def write(text: str = LESSON) -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return path

    return write


def test_a_lesson_has_steps_with_settings_questions_and_checks(lesson):
    read = read_lesson(lesson())
    first, second = read.steps
    person = Hyperparameters(seed=7, processes=2, learning_rate=0.3)
    settings = read.settings_of(second, person)
    assert (settings.hidden, settings.learning_rate) == ((8,), 1.0)
    assert (settings.seed, settings.processes) == (7, 2)  # these stay the person's
    assert second.right(RUNS, "high") == 1
    assert second.missed(RUNS, "high") is None
    assert first.missed({"good": HIGH}, "good") == first.checks[0]
    assert told(first.seen, RUNS, "good") == "90.0% at 0.05."


@pytest.mark.parametrize(
    ("was", "now", "line", "said"),
    [
        ('title = "Too high"', "title = 3", 1, "title"),
        ('about = "What a rate does."\n', "", 1, "about is missing"),
        ("hidden = [8]", "hidden = [0]", 4, "hidden"),
        ('do = "again"', 'do = "again"\nexec = "rm"', 17, "there is nothing called"),
        ('do = "again"', 'do = "a\\u001b[2Jb"', 16, "cannot be shown"),
        ('run = "high"', 'run = "good"', 17, "there is a run 'good' before"),
        ("learning_rate = 1.0", "learning_rat = 1.0", 18, "learning_rat"),
        ('question = "Better?"\n', "", 14, "a question needs choices"),
        ("at_least = 0.5", "at_least = 0.5, at_most = 1", 11, "one of at_least"),
        ('figure = "accuracy", at_least = 0.5', 'figure = "luck", at_least = 1', 11, "'luck'"),
        ('below = "good", by', 'below = "best", by', 24, "there is no run 'best' by then"),
        ("{accuracy} at", "{luck} at", 12, "there is no figure or setting 'luck'"),
        ("{accuracy} at", "{accuracy:high} at", 12, "there is no run 'high' by then"),
        ('run = "high"\n', "", 17, "settings need a run"),
        ("[settings]", "[settings", 4, "no TOML"),
        ("hidden = [8]", "self = 1", 4, "self: there is no such setting"),
        ("hidden = [8]", "a" + ".a" * 100 + " = 1", 5, "too many dots"),
        ('run = "high"', f'run = "high"\nknob = "{"k" * 99}"', 18, "knob"),
        ("hidden = [8]", f'{"k" * 99} = 1', 4, "at most 40"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_its_line(lesson, was, now, line, said):
    assert was in LESSON
    with pytest.raises(LessonError) as caught:
        read_lesson(lesson(LESSON.replace(was, now, 1)))
    assert said in str(caught.value)
    assert f"line {line}" in str(caught.value)


def test_a_file_that_is_none_is_refused(tmp_path):
    with pytest.raises(FormatError):
        read_lesson(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"title = \xff")
    with pytest.raises(LessonError, match="no UTF-8"):
        read_lesson(tmp_path / "bytes.toml")
    (tmp_path / "large.toml").write_bytes(b"#" * 300_000)
    with pytest.raises(FormatError):
        read_lesson(tmp_path / "large.toml")


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"figure": "accuracy", "at_least": 0.3}, True),
        ({"figure": "accuracy", "at_most": 0.29}, False),
        ({"figure": "accuracy", "run": "good", "at_least": 0.9}, True),
        ({"figure": "accuracy", "below": "good", "by": 0.61}, False),
        ({"figure": "accuracy", "below": "good", "by": 0.5}, True),
        ({"figure": "loss", "above": "good", "by": 2.0}, True),
        ({"figure": "loss", "within": "good", "by": 2.0}, False),
        ({"figure": "loss", "more_than": "accuracy"}, True),
        ({"figure": "dead", "at_least": 0.0}, False),
        ({"figure": "accuracy", "above": "none"}, False),
        ({"setting": "learning_rate", "above": "good"}, True),
        ({"setting": "optimizer", "equals": "momentum"}, True),
        ({"setting": "hidden", "equals": "256"}, True),
    ],
)
def test_conditions_hold_by_what_the_runs_did(condition, holds):
    assert Condition(**condition).holds(RUNS, "high") is holds


def test_the_two_that_are_mixed_up():
    run = RunFigures(Hyperparameters(), {}, {frozenset("49"): 12, frozenset("35"): 4})
    most = Condition(figure="mixed_up 9 4", more_than="mixed_up 3 5")
    assert most.holds({"one": run}, "one")
    assert told("{mixed_up 4 9} times", {"one": run}, "one") == "12 times"


def test_a_run_that_diverged_reads_nothing():
    run = RunFigures(Hyperparameters(), {"accuracy": 0.0, "diverged": 1.0})
    assert told("It reads {accuracy}.", {"one": run}, "one") == "It reads nothing."


def test_figures_that_are_no_numbers_are_words():
    run = RunFigures(Hyperparameters(), {"loss": float("inf"), "train_loss": float("nan")})
    assert told("{loss}, {train_loss}", {"one": run}, "one") == "infinite, no number"


def test_ten_experiments_are_always_here_and_every_run_is_checked():
    assert len(experiments()) == 10
    for shelved in experiments():
        assert shelved.lesson is not None
        for step in shelved.lesson.steps:
            assert step.checks, step.title
            assert step.seen, step.title
            assert all(check.otherwise for check in step.checks), step.title


def test_lessons_of_ones_own_stand_behind_them(lesson, tmp_path):
    lesson()
    (tmp_path / "wrong.toml").write_text("title = ")
    mine, wrong = shelf(tmp_path)[10:]
    assert mine.lesson is not None
    assert wrong.lesson is None
    assert "no TOML" in wrong.problem
    assert find_lesson("mine", tmp_path) == mine
    assert find_lesson("3", tmp_path).key == "momentum"
    assert find_lesson(str(tmp_path / "mine.toml"), tmp_path / "none").lesson == mine.lesson
    with pytest.raises(LessonError, match="did you mean 'momentum'"):
        find_lesson("momentun", tmp_path)
    with pytest.raises(LessonError, match="no TOML"):
        find_lesson("wrong", tmp_path)
    for name in ("overfitting", "3"):  # what is always here keeps its name
        (tmp_path / f"{name}.toml").write_text(LESSON)
    assert find_lesson("overfitting", tmp_path) == experiments()[4]
    assert find_lesson("3", tmp_path).key == "momentum"
    assert find_lesson("own-overfitting", tmp_path).lesson.title == "Too high"
