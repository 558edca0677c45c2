"""What `--json` prints is JSON for every program: a number that is not finite is null."""

import json
import math
from inspect import signature

import numpy as np
import pytest
from PIL import Image

from engine.models.files import save
from engine.models.model import Model
from engine.nn.activations import relu
from engine.nn.losses import LOSSES
from engine.nn.network import Network
from engine.training.events import EpochDone
from engine.training.hyperparameters import settings_from
from numrec_tui.cli import commands
from numrec_tui.cli.reporters import JsonLines
from numrec_tui.history.history import History
from numrec_tui.storage.paths import history_file
from tests.past_runs import past

WITH_JSON = {"train", "evaluate", "predict", "data list", "data show", "runs list", "runs show",
             "runs export"}  # fmt: skip


def strict(line: str) -> object:
    """What a line says to a reader that knows JSON and nothing else."""

    def refuse(word: str) -> object:
        raise ValueError(f"{word} is no JSON: {line}")

    return json.loads(line, parse_constant=refuse)


@pytest.fixture
def huge(tmp_path):
    """A model whose weights are finite, and whose scores are not."""
    network = Network((784, 4, 10), relu(0.0), LOSSES["cross_entropy"])
    network.theta[:] = 1e38
    network.theta[::2] *= -1
    path = tmp_path / "huge.safetensors"
    save(path, Model(network, settings_from({}).model_dump(mode="json"), {}))
    return path


def test_these_commands_have_json():
    assert {name for name, does in every_command() if "json" in signature(does).parameters} == (
        WITH_JSON
    )


def every_command():
    """The name of each command, and the function that it is."""
    for name in commands.app:
        if not name.startswith("-"):
            app = commands.app[name]
            below = [(f"{name} {each}", app[each]) for each in app if not each.startswith("-")]
            yield from [(each, app.default_command) for each, app in below or [(name, app)]]


def test_a_loss_that_is_not_finite_is_null_while_training(capfd):
    JsonLines()(EpochDone(1, math.nan, 0.1, math.inf, 0.1, 0.5, -math.inf, False), None)
    told = strict(capfd.readouterr().out)
    assert (told["train_loss"], told["validation_loss"], told["images_per_second"]) == (None,) * 3
    assert told["train_accuracy"] == 0.1


def test_scores_and_probabilities_are_strict_json_or_refused(numrec, huge, tmp_path):
    model, picture = tmp_path / "model.safetensors", tmp_path / "one.png"
    stroke = np.zeros((28, 28), np.uint8)
    stroke[5:23, 13:16] = 255
    Image.fromarray(stroke).save(picture)
    data, small = "drawn:300", ("--hidden", 8, "--epochs", 1)
    trained = numrec("train", "--data", data, *small, "--save", model, "--json")
    for line in trained.out.splitlines():
        strict(line)
    for words in (("evaluate", "--data", data), ("predict", picture)):
        assert strict(numrec(words[0], model, *words[1:], "--json").out)
        refused = numrec(words[0], huge, *words[1:], "--json")
        assert (refused.code, refused.out) == (1, "")
        assert "answers with numbers that are not finite." in refused.err


def test_training_from_scores_that_are_not_finite_tells_strict_json(numrec, data, huge):
    answer = numrec("train", "--data", data, "--model", huge, "--epochs", 2, "--json")
    lines = [strict(line) for line in answer.out.splitlines()]
    assert lines[-1]["reason"] == "diverged"


def test_runs_with_numbers_that_are_not_finite_are_told_with_null(numrec):
    scores = EpochDone(1, math.nan, 0.1, math.inf, 0.1, 0.5, 1.0, False)
    History(history_file()).write("one", past(seconds=math.inf, final=math.nan), (scores,), ())
    for words in (("list",), ("show", "last")):
        strict(numrec("runs", *words, "--json").out)
    [run] = strict(numrec("runs", "export", "--json").out)
    assert (run["final"], run["curves"][0]["validation_loss"]) == (None, None)


def test_what_is_told_of_data_is_strict_json(numrec, data):
    assert strict(numrec("data", "list", "--json").out)
    assert strict(numrec("data", "show", data, "--json").out)["train"]
