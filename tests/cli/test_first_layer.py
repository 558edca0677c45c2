"""`train --warm-start`: a first layer from a model, in the run's record; and what a set lacks."""

import json

import numpy as np
import pytest

from engine.data import idx
from engine.data.catalog import CLASS_NAMES, FILES
from engine.models.files import load

QUICK = ("--hidden", 8, "--epochs", 1)


@pytest.fixture
def donor(numrec, data, tmp_path):
    path = tmp_path / "donor.safetensors"
    assert numrec("train", "--data", data, *QUICK, "--seed", 5, "--save", path).code == 0
    return path


def test_a_run_begins_with_the_first_layer_and_its_record_says_so(numrec, data, donor, tmp_path):
    model = tmp_path / "mine.safetensors"
    still = ("--epochs", 1, "--learning-rate", 1e-30, "--batch-size", 1000)
    answer = numrec(
        "train", "--data", data, "--hidden", 8, *still, "--warm-start", donor, "--save", model
    )
    assert answer.code == 0, answer.err
    assert "First layer from donor.safetensors, the others drawn." in answer.err
    mine, given = load(model), load(donor)
    assert np.array_equal(mine.network.weights[0], given.network.weights[0])
    assert not np.array_equal(mine.network.weights[1], given.network.weights[1])
    assert mine.notes["first_layer"] == "donor.safetensors"
    shown = json.loads(numrec("runs", "show", "last", "--json").out)
    [change] = shown["changes"]
    assert (change["name"], change["after"]) == ("first layer", "donor.safetensors")


def test_a_first_layer_of_another_width_is_refused(numrec, data, donor, tmp_path):
    model = tmp_path / "mine.safetensors"
    answer = numrec("train", "--data", data, "--hidden", 9, "--warm-start", donor, "--save", model)
    assert answer.code != 0
    assert "784-9-10" in answer.err
    assert "784-8-10" in answer.err
    assert not model.exists()


@pytest.mark.parametrize("words", [("--model", "m.safetensors"), ("--resume", "last")])
def test_it_is_one_of_the_ways_to_begin(numrec, data, donor, words):
    answer = numrec("train", "--data", data, "--warm-start", donor, *words)
    assert answer.code == 2
    assert "--warm-start" in answer.err


@pytest.fixture
def lopsided(tmp_path):
    """Twenty of each symbol, but three hearts."""
    draw, folder = np.random.default_rng(0), tmp_path / "lopsided"
    folder.mkdir()
    for part, counts in (("training", (20, 3, 20)), ("test", (5, 5, 5))):
        labels = np.repeat(np.arange(3, dtype=np.uint8), counts)
        images = draw.integers(0, 40, (len(labels), 8, 8), np.uint8)
        images[np.arange(len(labels)), labels] = 255
        idx.write(folder / FILES[f"{part} images"], images)
        idx.write(folder / FILES[f"{part} labels"], labels)
    (folder / CLASS_NAMES).write_text("anchor\nheart\nwave\n")
    return folder


def test_train_names_the_class_that_lacks_images_in_the_end(numrec, lopsided):
    answer = numrec("train", "--data", lopsided, *QUICK, "--validation", "test")
    assert answer.code == 0, answer.err
    said = "heart has 3 images to learn from, half of the classes 20 or more: add some of heart"
    assert f"Advice: {said}." in " ".join(answer.err.split())
    lines = numrec("train", "--data", lopsided, *QUICK, "--validation", "test", "--json").out
    events = [json.loads(line) for line in lines.splitlines()]
    assert [each["event"] for each in events][-2:] == ["advice", "stopped"]
    assert events[-2]["advice"] == said
