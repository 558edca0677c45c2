"""The scores of a run in files that other programs read, and how little `--quiet` says."""

import builtins
import csv
import json
from pathlib import Path

import pytest

SMALL = ("--hidden", 16, "--batch-size", 16, "--learning-rate", 1e-6, "--epochs", 3)


def test_a_csv_table_has_a_line_an_epoch(numrec, data, tmp_path):
    answer = numrec("train", "--data", data, *SMALL, "--json", "--csv", tmp_path / "scores.csv")
    told = [json.loads(line) for line in answer.out.splitlines()]
    with (tmp_path / "scores.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3]
    epochs = [line for line in told if line["event"] == "epoch"]
    for row, line in zip(rows, epochs, strict=True):
        assert {name: float(value) for name, value in row.items()} == {
            name: line[name] for name in row
        }


def test_tensorboard_reads_a_point_of_every_curve_an_epoch(numrec, data, tmp_path):
    numrec("train", "--data", data, *SMALL, "--tensorboard", tmp_path / "events")
    (file,) = (tmp_path / "events").iterdir()
    points = list(scalars(file))
    assert sorted({tag for tag, _ in points}) == [
        "accuracy/train", "accuracy/validation", "images_per_second", "learning_rate",
        "loss/train", "loss/validation", "seconds",
    ]  # fmt: skip
    assert [step for tag, step in points if tag == "loss/train"] == [1, 2, 3]


def scalars(file: Path):
    """Tag and step of each scalar: records of length, checksum, event, checksum."""
    from tensorboardX.proto.event_pb2 import Event

    content, at = file.read_bytes(), 0
    while at < len(content):
        length = int.from_bytes(content[at : at + 8], "little")
        event = Event.FromString(content[at + 12 : at + 12 + length])
        at += 12 + length + 4
        for value in event.summary.value:
            yield value.tag, event.step


def test_without_the_library_it_is_told_what_to_install(numrec, data, tmp_path, monkeypatch):
    real = builtins.__import__

    def none(name, *rest):
        if name == "tensorboardX":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", none)
    answer = numrec("train", "--data", data, *SMALL, "--tensorboard", tmp_path / "events")
    assert answer.code == 1
    assert "pip install 'numrec-tui[tensorboard]'" in answer.err
    assert "--csv FILE works without" in answer.err


def test_a_table_that_cannot_be_written_is_told_before_anything_is_learned(numrec, data, tmp_path):
    answer = numrec("train", "--data", data, *SMALL, "--csv", tmp_path / "none" / "scores.csv")
    assert answer.code == 1
    assert "Cannot write" in answer.err
    assert answer.out == ""


def test_quiet_says_nothing_but_the_result(numrec, data):
    answer = numrec("train", "--data", data, *SMALL, "--quiet")
    assert answer.err == ""
    result, verdict, saved = answer.out.splitlines()
    assert result.startswith("All epochs done after 3 epochs")
    assert verdict.startswith("That is no better than guessing")
    assert saved.startswith("Saved to ")


@pytest.mark.parametrize("word", ["--json", "--quiet"])
def test_a_mistake_is_told_however_quiet(numrec, word):
    answer = numrec("train", "--data", "nowhere", word)
    assert answer.err.startswith("numrec-tui: There is no folder nowhere")
