"""Small sets and odd ones on the command line: doubts, what mends them, intervals."""

import json
from pathlib import Path

import pytest

from engine.models.files import load
from tests.negatives import write_negatives

QUICK = ("--hidden", 8, "--epochs", 2)


@pytest.fixture
def negative(tmp_path: Path) -> Path:
    """A set of black ink on white paper."""
    return write_negatives(tmp_path / "negative")


def told(answer) -> list[dict]:
    return [json.loads(line) for line in answer.out.splitlines()]


@pytest.mark.parametrize("command", ["show", "train", "evaluate"])
def test_what_can_hardly_be_right_is_named_with_the_flag_that_mends_it(
    numrec, negative, tmp_path, command
):
    model = tmp_path / "model.safetensors"
    words = {
        "show": ("data", "show", negative),
        "train": ("train", "--data", negative, *QUICK, "--save", model),
        "evaluate": ("evaluate", model, "--data", negative),
    }[command]
    if command == "evaluate":
        numrec("train", "--data", negative, *QUICK, "--save", model)
    answer = numrec(*words)
    assert answer.code == 0
    assert answer.err.count("The paper is white and the ink black") == 1
    assert "--invert mends it." in answer.err
    mended = numrec(*words, "--invert")
    assert mended.code == 0
    assert "The paper" not in mended.err


def test_a_run_on_mended_images_goes_on_with_them(numrec, negative, tmp_path):
    model = tmp_path / "m.safetensors"
    numrec("train", "--data", negative, "--invert", "--save", model, *QUICK)
    run = json.loads(numrec("runs", "list", "--json").out)
    assert run["data"] == "negative+invert"
    folder = next((tmp_path / "checkpoints").iterdir())
    answer = numrec("train", "--resume", folder, "--epochs", 3, "--json")
    assert answer.code == 0, answer.err
    assert [line["epoch"] for line in told(answer) if line["event"] == "epoch"] == [3]
    assert load(model).notes["data"] == "negative+invert"


def test_a_run_that_goes_on_keeps_its_images(numrec):
    answer = numrec("train", "--resume", "last", "--invert")
    assert answer.code == 2
    assert "keeps its data" in answer.err


def test_the_doubts_are_in_the_json_of_a_set(numrec, negative):
    answer = json.loads(numrec("data", "show", negative, "--json").out)
    assert [doubt["mend"] for doubt in answer["doubts"]] == ["invert"]


def test_few_images_are_told_with_interval_and_count(numrec, tmp_path):
    model = tmp_path / "m.safetensors"
    answer = numrec("train", "--data", "drawn:100", *QUICK, "--save", model)
    assert " of 10)" in answer.err
    assert " of 16) of the test digits read right" in answer.out
    lines = told(numrec("train", "--data", "drawn:100", *QUICK, "--json"))
    low, high = lines[1]["validation_interval"]
    assert low < lines[1]["validation_accuracy"] < high or lines[1]["validation_accuracy"] in (0, 1)
    assert len(lines[-1]["test_interval"]) == 2
    assert " of 16)" in numrec("evaluate", model, "--data", "drawn:100").out
    assert "interval" in json.loads(numrec("evaluate", model, "--data", "drawn:100", "--json").out)


def test_the_settings_recorded_are_those_that_fit_the_set(numrec):
    answer = numrec("train", "--data", "drawn:60", "--hidden", 8, "--epochs", 1, "--json")
    settings = told(answer)[0]["hyperparameters"]
    assert (settings["batch_size"], settings["validation_fraction"]) == (2, 0.17)
    people = numrec("train", "--data", "drawn:60", "--hidden", 8, "--epochs", 1)
    assert "Fitted to a set of 60 images: batch size 2, validation fraction 0.17." in people.err
    run = json.loads(numrec("runs", "list", "--json").out.splitlines()[0])
    assert run["settings"]["batch_size"] == 2
    chosen = numrec("train", "--data", "drawn:60", *QUICK, "--batch-size", 64, "--json")
    assert told(chosen)[0]["hyperparameters"]["batch_size"] == 64


def test_a_handful_of_images_is_validated_by_the_test_images_and_that_is_said(numrec):
    answer = numrec("train", "--data", "drawn:10", *QUICK)
    assert answer.code == 0
    assert "too few to hold any out, so the test images validate; from 40 on" in " ".join(
        answer.err.split()
    )


def test_who_insists_on_holding_out_is_told_what_to_do(numrec):
    words = ("--validation", "held-out", "--validation-fraction", 0.01)
    answer = numrec("train", "--data", "drawn:10", *QUICK, *words)
    assert answer.code == 1
    assert "--validation test" in answer.err
