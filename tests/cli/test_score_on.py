"""`train --score-on`: a second set beside the validation, on every line and in every file."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from engine.data import idx
from engine.data.catalog import FILES
from tests.cli.test_scores import scalars

SMALL = ("--hidden", 16, "--batch-size", 16, "--learning-rate", 1e-6, "--epochs", 2)


@pytest.fixture
def other(data: Path) -> Path:
    """The same digits in another folder."""
    return Path(shutil.copytree(data, data.parent / "other"))


def told(answer) -> list[dict[str, object]]:
    assert answer.code == 0, answer.err
    return [json.loads(line) for line in answer.out.splitlines()]


def left(data: Path) -> Path:
    """The folder of the run that was left."""
    [folder] = (data.parent / "checkpoints").iterdir()
    return folder


def epochs(answer) -> list[dict[str, object]]:
    return [line for line in told(answer) if line["event"] == "epoch"]


def test_programs_get_its_scores_and_its_name(numrec, data, other, tmp_path) -> None:
    files = ("--csv", tmp_path / "scores.csv", "--tensorboard", tmp_path / "events")
    answer = numrec("train", "--data", data, "--score-on", other, *SMALL, "--json", *files)
    assert told(answer)[0]["second"] == "other"
    scores = [line["second_accuracy"] for line in epochs(answer)]
    assert scores[-1] == told(answer)[-1]["test_accuracy"]  # the same digits, scored at the end
    with (tmp_path / "scores.csv").open(newline="") as file:
        assert [float(row["second_accuracy"]) for row in csv.DictReader(file)] == scores
    (events,) = (tmp_path / "events").iterdir()
    assert [step for tag, step in scalars(events) if tag == "accuracy/second"] == [1, 2]


def test_people_read_it_on_the_line_of_each_epoch(numrec, data, other) -> None:
    answer = numrec("train", "--data", data, "--score-on", other, *SMALL)
    assert "10 to validate on, 20 of other beside;" in " ".join(answer.err.split())
    lines = [line for line in answer.err.splitlines() if line.startswith("epoch")]
    assert all("   other " in line for line in lines)
    assert len(lines) == 2


def test_without_it_nothing_speaks_of_a_second_set(numrec, data, tmp_path) -> None:
    answer = numrec("train", "--data", data, *SMALL, "--json", "--csv", tmp_path / "scores.csv")
    assert not any("second_" in name or name == "second" for line in told(answer) for name in line)
    assert "second_" not in (tmp_path / "scores.csv").read_text()


def test_a_recipe_names_it_and_the_flag_beats_it(numrec, data, other, tmp_path) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(f'data = "{data}"\nscore-on = "{other}"\nepochs = 1\n')
    assert told(numrec("train", "--config", recipe, "--json"))[0]["second"] == "other"
    flag = ("--score-on", "drawn:30")
    assert "drawn" in str(told(numrec("train", "--config", recipe, *flag, "--json"))[0]["second"])
    recipe.write_text("score-on = 3\n")
    answer = numrec("train", "--config", recipe)
    assert (answer.code, answer.err.count("\n")) == (1, 1)
    assert "score-on is no name of a set" in answer.err


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("no-such-set", "There is no folder"),
        ("other", "cannot be scored beside digits, which has no class '0', '1', '2' and 7 more."),
    ],
)
def test_a_set_that_cannot_be_scored_is_one_sentence_before_anything_is_learned(
    numrec, data, other, name: str, sentence: str, monkeypatch
) -> None:
    monkeypatch.chdir(data.parent)
    for part in ("training", "test"):  # what is learned from has three classes, with names
        for file in data.glob(f"{FILES[f'{part} labels']}*"):
            idx.write(file, idx.read_labels(file, 10) % 3)
    (data / "classes.txt").write_text("a\nb\nc\n")
    answer = numrec("train", "--data", data, "--score-on", name, *SMALL)
    assert (answer.code, answer.out) == (1, "")
    assert sentence in answer.err
    assert answer.err.count("\n") == 1


def test_a_run_that_goes_on_keeps_it_and_tells_when_it_has_gone(numrec, data, other) -> None:
    numrec("train", "--data", data, "--score-on", other, *SMALL)
    more = ("train", "--resume", left(data), "--json", "--epochs")
    goes_on = numrec(*more, 3)
    assert told(goes_on)[0]["second"] == "other"
    assert len(epochs(goes_on)) == 1
    assert "second_accuracy" in epochs(goes_on)[0]
    shutil.rmtree(other)
    without = numrec(*more, 4)
    assert "other is no longer scored beside the validation: There is no folder" in without.err
    assert "second" not in told(without)[0]
    assert "second_accuracy" not in epochs(without)[0]
    another = numrec(*more, 5, "--score-on", data)
    assert told(another)[0]["second"] == "digits"


def test_a_set_that_has_changed_since_is_scored_and_told(numrec, data, other) -> None:
    numrec("train", "--data", data, "--score-on", other, *SMALL)
    file = other / FILES["test images"]
    idx.write(file, 255 - idx.read_images(file))
    answer = numrec("train", "--resume", left(data), "--json", "--epochs", 3)
    assert "other, which is scored beside the validation, has changed since" in answer.err
    assert told(answer)[0]["second"] == "other"
