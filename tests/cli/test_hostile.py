"""Every command over a home in which everything is hostile: nothing of it is obeyed."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.models.files import load, save
from numrec_tui.cli import commands
from tests import hostile, scripted
from tests.cli.conftest import Answer


@pytest.fixture
def place(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hostile home, which is the working folder, too."""
    hostile.home(home)
    monkeypatch.chdir(home)
    return home


@pytest.fixture
def heard(numrec):
    """Call the command line; what comes out is harmless, whatever it is."""

    def call(*words: object) -> Answer:
        answer = numrec(*words)
        assert "Traceback" not in answer.err
        assert hostile.is_harmless(answer.out), repr(answer.out)
        assert hostile.is_harmless(answer.err), repr(answer.err)
        return answer

    return call


COVERED = {
    "train", "evaluate", "predict", "convert", "data list", "data get", "data show", "data pack",
    "data sheet", "learn check",
    "runs list", "runs show", "runs export", "completion", "bench",
}  # fmt: skip


def test_every_command_is_among_those_that_are_tried():
    found = set()
    for name in commands.app:
        if name.startswith("-"):
            continue
        below = [each for each in commands.app[name] if not each.startswith("-")]
        found |= {f"{name} {each}" for each in below} or {name}
    assert found == COVERED


@pytest.mark.parametrize("name", [hostile.FILE, hostile.NO_TEXT], ids=["text", "no text"])
def test_training_scoring_reading_and_converting(heard, place, name):
    data = hostile.data_set(place, name)
    model, seed, table, board = (
        place / f"{hostile.FILE}{ending}" for ending in (".safetensors", ".txt", ".csv", "b")
    )
    train = ("train", "--data", data, "--hidden", 8, "--epochs", 2, "--processes", 1)
    told = heard(*train, "--save", model, "--csv", table, "--tensorboard", board)
    assert told.code == 0
    assert hostile.is_harmless(table.read_text())
    told = heard(*train, "--save", model, "--json")
    assert told.code == 0, told.err
    assert json.loads(told.out.splitlines()[-1])["model"]
    heard("train", "--resume", "last")

    network = load(model)
    network.notes["class_names"] = [name] * 10
    save(model, network)
    Image.fromarray(scripted.drawn_digits(4).images[3]).save(picture := place / f"{name}.png")
    for more in ((), ("--json",)):
        assert heard("evaluate", model, "--data", data, *more).code == 0
        assert heard("predict", model, picture, *more).code == 0
        assert heard("data", "show", data, *more).code == 0
    assert heard("convert", model, seed).code == 0
    for words in (("list",), ("list", "--json"), ("show", "last"), ("show", "last", "--json")):
        assert heard("runs", *words).code == 0


def test_runs_and_tables_of_them(heard, numrec, place):
    for words in (("list",), ("list", "--json"), ("show", 1), ("show", 1, "--json")):
        assert heard("runs", *words).code == 0
    table = numrec("runs", "export", "--csv").out
    assert table.replace("\n", "").isprintable()  # a note of two lines is one cell
    rows = list(csv.DictReader(io.StringIO(table)))
    assert len(rows) == 2
    for row in rows:
        assert not any(cell.startswith(("=", "@", "\t", "\r")) for cell in row.values())
        assert row["note"].startswith("'")
    told = json.loads(heard("runs", "export", "--json").out)
    assert told[0]["name"] == hostile.NAME  # stored as it came
    heard("runs", "export", place / f"{hostile.FILE}.csv")


def test_sets_and_pictures(heard, place):
    pictures = place / hostile.FILE
    for label in range(2):
        (pictures / f"{label}[red]").mkdir(parents=True)
        for number in range(8):
            image = scripted.drawn_digits(10).images[label]
            Image.fromarray(np.roll(image, number, 1)).save(
                pictures / f"{label}[red]" / f"{number}{hostile.FILE}.png"
            )
    broken = pictures / "0[red]" / f"{hostile.FILE}.png"
    broken.write_bytes(b"no picture")
    heard("data", "pack", pictures, place / f"{hostile.FILE}2")
    names = f"{hostile.MARKUP.replace(',', '')},b"
    heard("data", "sheet", place / f"{hostile.FILE}.png", "--classes", names)
    heard("data", "list")
    heard("data", "list", "--json")


def test_what_is_mistyped_or_cannot_be_read(heard, place):
    config = place / f"{hostile.FILE}.toml"
    config.write_text('"\\u001b]0;x\\u0007" = 1\n')
    for words in (
        (hostile.NAME,), ("--data", hostile.NAME), ("train", "--data", hostile.NAME),
        ("train", "--preset", hostile.NAME), ("train", "--config", config),
        ("train", "--optimizer", hostile.NAME), ("train", "--resume", hostile.NAME),
        ("train", "--epochs", hostile.NAME), (f"--{hostile.NAME}",), ("data", "get", hostile.NAME),
        ("evaluate", hostile.NAME), ("predict", hostile.NAME), ("runs", "show", hostile.NAME),
        ("convert", hostile.NAME, f"{hostile.NAME}.onnx"), ("completion", hostile.NAME),
        ("bench", "--data", hostile.NAME), ("data", "show", hostile.NAME), ("train", "--help"),
        ("data", "pack", hostile.NAME, hostile.NAME), ("learn", "--data", hostile.NAME),
        ("data", "sheet", f"{hostile.NAME}.png", "--data", hostile.NAME),
        ("data", "sheet", f"{hostile.NAME}.png", "--classes", f"{hostile.NAME},b"),
        ("data", "sheet", "s.png", "--classes", "a,b", "--font", hostile.NAME),
    ):  # fmt: skip
        heard(*words)
    assert heard("completion", "bash").code == 0


@pytest.mark.parametrize("text", ["-1.5", "+3", "1e-9", "-0", "-inf", "plain", "", "two\nlines"])
def test_cells_that_are_no_formulas_stay_as_they_are(text):
    from numrec_tui.text.escaping import csv_text

    assert list(csv.reader(io.StringIO(csv_text([["a", text]])))) == [["a", text]]


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(1)", "\t=1", "\r=1", " =1", "＝1"])
def test_a_cell_that_would_be_calculated_begins_with_an_apostrophe(text):
    from numrec_tui.text.escaping import csv_text

    [[cell]] = csv.reader(io.StringIO(csv_text([[text]])))
    assert cell.startswith("'")
