"""`numrec-tui learn` without a terminal: the class sheet, and a teacher's own lesson checked."""

import json

import pytest

from numrec_tui.storage.lesson_progress import NAME, Done, read_progress, remember
from tests.lessons.test_lesson import LESSON

HALF = Done("Momentum", 2, 3, 1, 1, "2026-11-29T10:00:00+00:00")
WHOLE = Done("Overfitting", 4, 4, 2, 2, "2026-11-29T11:00:00+00:00", 1)


@pytest.fixture
def lessons(home):
    return home / "lessons"


def test_the_class_sheet_says_which_were_done_and_how(numrec, lessons):
    remember(lessons, "momentum", HALF)
    remember(lessons, "overfitting", WHOLE)
    answer = numrec("learn", "--report")
    assert answer.code == 0
    assert (
        "Momentum             2 of 3 steps, 2026-11-29 10:00, 1 of 1 predicted rightly"
        in answer.out
    )
    assert "Overfitting          done 2026-11-29 11:00, 2 of 2 predicted rightly" in answer.out
    assert "Batch size           not begun" in answer.out
    assert answer.out.endswith("1 of 10 done\n")
    rows = [json.loads(line) for line in numrec("learn", "--report", "--json").out.splitlines()]
    assert len(rows) == 10
    assert {"lesson": "momentum", "steps": 2, "right": 1}.items() <= rows[2].items()


def test_what_was_done_better_before_stays(lessons):
    remember(lessons, "overfitting", WHOLE)
    again = Done("Overfitting", 1, 4, 0, 1, "2026-11-30T11:00:00+00:00")
    remember(lessons, "overfitting", again)
    kept = read_progress(lessons)["overfitting"]
    assert (kept.steps, kept.right, kept.asked, kept.times) == (4, 2, 2, 1)
    assert kept.when == again.when


@pytest.mark.parametrize("content", [b"", b"[", b"[1]", b'{"momentum": 3}', b"\xff", b"[" * 99_999])
def test_a_broken_file_of_progress_is_none(numrec, lessons, content):
    lessons.mkdir()
    (lessons / NAME).write_bytes(content)
    assert numrec("learn", "--report").out.endswith("0 of 10 done\n")
    remember(lessons, "momentum", HALF)
    assert read_progress(lessons) == {"momentum": HALF}


def test_a_lesson_is_checked(numrec, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(LESSON)
    answer = numrec("learn", "check", path)
    assert answer.code == 0
    assert "mine.toml: Too high, 2 steps" in answer.out
    assert "  2 two, begins the run high, 2 choices, 1 check" in answer.out
    path.write_text(LESSON.replace("at_least = 0.5", "at_leasd = 0.5"))
    answer = numrec("learn", "check", path)
    assert answer.code == 1
    assert f"{path}, line 11: there is nothing called at_leasd" in answer.err
    assert numrec("learn", "check", tmp_path / "none.toml").code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing"], "There is no lesson 'nothing'; there are learning-rate"),
        (["momentun"], "did you mean 'momentum'"),
        (["--json"], "--json goes with --report"),
        (["momentum", "--report"], "--report prints all lessons"),
    ],
)
def test_what_cannot_be_is_told(numrec, words, said):
    answer = numrec("learn", *words)
    assert answer.code != 0
    assert said in answer.err
