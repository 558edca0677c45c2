"""`numrec-tui train` gives advice on stderr: what is off in small runs, each once."""

import json

import numpy as np
import pytest

from engine.data import idx
from engine.data.catalog import FILES
from tests import scripted

SMALL = ("--hidden", 32, "--batch-size", 16, "--schedule", "constant")


def written(folder, train, test):
    folder.mkdir()
    for part, digits in (("training", train), ("test", test)):
        idx.write(folder / FILES[f"{part} images"], digits[0])
        idx.write(folder / FILES[f"{part} labels"], digits[1])
    return folder


@pytest.fixture
def plain(tmp_path):
    """Digits that are easy to tell apart, 300 to learn from, 100 to test."""
    draw = np.random.default_rng(4)
    parts = []
    for count in (300, 100):  # no two images are equal
        digits = scripted.drawn_digits(count)
        grain = draw.integers(0, 20, digits.images.shape, np.uint8)
        parts.append((np.maximum(digits.images, grain), digits.labels))
    return written(tmp_path / "plain", *parts)


@pytest.fixture
def noise(tmp_path):
    """Pictures of noise, with labels that have nothing to do with them."""
    draw = np.random.default_rng(3)
    parts = [
        (draw.integers(0, 256, (count, 28, 28), np.uint8), draw.permutation(np.arange(count) % 10))
        for count in (300, 200)
    ]
    return written(
        tmp_path / "noise", *((images, labels.astype(np.uint8)) for images, labels in parts)
    )


def advice_in(text: str) -> list[str]:
    told = " ".join(text.split())  # lines are wrapped
    return [part.split(". ")[0].rstrip(".") for part in told.split("Advice: ")[1:]]


def test_a_rate_of_next_to_nothing_is_told_once(numrec, plain):
    answer = numrec("train", "--data", plain, *SMALL, "--epochs", 6, "--learning-rate", 1e-9)
    assert advice_in(answer.err) == ["it hardly moves: raise the rate"]
    assert "That is no better than guessing" in answer.out
    assert "Advice" not in answer.out


def test_labels_that_are_noise_are_told(numrec, noise):
    still = ("--augment", "off", "--learning-rate", 0.002)  # else no image comes twice
    answer = numrec("train", "--data", noise, *SMALL, "--epochs", 12, *still)
    assert "learned by heart, else guessing: are the labels right?" in advice_in(answer.err)
    assert "That is no better than guessing" in answer.out


def test_sigmoids_in_many_layers_are_told(numrec, plain):
    deep = ("--hidden", "32,32,32,32", "--activation", "sigmoid", "--batch-size", 16)
    answer = numrec("train", "--data", plain, *deep, "--epochs", 5)
    assert advice_in(answer.err) == ["little reaches layer 1: take fewer layers, or relu"]
    assert "That is no better than guessing" in answer.out


def test_a_rate_far_too_large_is_told_before_the_numbers_break(numrec, plain):
    hot = ("--activation", "relu", "--learning-rate", 5, "--epochs", 6)
    answer = numrec("train", "--data", plain, *SMALL, *hot)
    assert "most units are dead: lower the rate" in advice_in(answer.err)


def test_an_end_without_numbers_names_the_rate(numrec, plain):
    hot = ("--learning-rate", 1000, "--hidden", "32,32", "--batch-size", 16, "--epochs", 6)
    answer = numrec("train", "--data", plain, *hot)
    assert answer.code == 1
    assert "try a smaller --learning-rate" in " ".join(answer.err.split())


@pytest.mark.parametrize("settings", [
    (), ("--optimizer", "adam", "--learning-rate", 0.001), ("--schedule", "one_cycle"),
])  # fmt: skip
@pytest.mark.short("settings0")
def test_a_run_that_learns_gets_no_advice(numrec, plain, settings):
    answer = numrec("train", "--data", plain, *settings, "--epochs", 8)
    assert advice_in(answer.err) == []
    assert "guessing" not in answer.out


def test_quiet_is_without_advice_but_says_what_came_of_it(numrec, plain):
    tiny = ("--epochs", 2, "--learning-rate", 1e-9, "--quiet")
    answer = numrec("train", "--data", plain, *SMALL, *tiny)
    assert answer.err == ""
    assert "That is no better than guessing" in answer.out


def test_programs_are_told_in_lines_of_their_own(numrec, plain):
    tiny = ("--epochs", 3, "--learning-rate", 1e-9, "--json")
    answer = numrec("train", "--data", plain, *SMALL, *tiny)
    lines = [json.loads(line) for line in answer.out.splitlines()]
    advice = [line for line in lines if line["event"] == "advice"]
    assert advice == [{"event": "advice", "epoch": 1, "advice": "it hardly moves: raise the rate"}]
    assert lines[-1]["better_than_guessing"] is False


def test_looking_changes_nothing_that_is_learned(numrec, plain, tmp_path, monkeypatch):
    def weights(name):
        file = tmp_path / name
        numrec("train", "--data", plain, *SMALL, "--epochs", 3, "--save", file)
        return file.read_bytes()[-4096:]

    looked_at = weights("looked.safetensors")
    monkeypatch.setattr("numrec_tui.cli.adviser.Adviser.take_in", lambda _self, _event: ())
    assert weights("alone.safetensors") == looked_at
