"""A model's file is never replaced by what is not healthy, and no broken one is ever read."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import SaveError
from engine.models import files, onnx_file, safetensors_file
from engine.training import checkpoint
from numrec_tui.storage.paths import checkpoints_folder

SMALL = ("--hidden", 16, "--batch-size", 16, "--optimizer", "sgd")
RUINOUS = ("--learning-rate", 1000, "--weight-decay", 10)  # each update makes weights 10⁴ as large


@pytest.fixture
def good(numrec, data, tmp_path):
    """A model that a run of three epochs left."""
    path = tmp_path / "good.safetensors"
    assert numrec("train", "--data", data, *SMALL, "--epochs", 3, "--save", path).code == 0
    return path


def run_folder() -> Path:
    [folder] = checkpoints_folder().iterdir()
    return folder


@pytest.mark.parametrize("suffix", [".safetensors", ".txt", ".onnx"])
def test_a_run_that_is_broken_from_the_start_leaves_the_file_as_it_was(
    numrec, data, tmp_path, good, suffix
):
    if suffix == ".onnx":
        pytest.importorskip("onnx")
    path = tmp_path / f"kept{suffix}"
    files.save(path, files.load(good))
    before = path.read_bytes()
    answer = numrec("train", "--data", data, *SMALL, *RUINOUS, "--save", path, "--json")
    assert answer.code == 1
    assert path.read_bytes() == before
    assert f"so nothing was saved; {path} is as it was." in answer.err
    stopped = json.loads(answer.out.splitlines()[-1])
    assert (stopped["reason"], stopped["model"]) == ("diverged", None)


@pytest.mark.parametrize("suffix", [".safetensors", ".txt", ".onnx"])
def test_a_run_that_breaks_later_leaves_its_last_healthy_epoch(
    numrec, data, tmp_path, good, suffix
):
    if suffix == ".onnx":
        pytest.importorskip("onnx")
    path = tmp_path / f"later{suffix}"
    answer = numrec(
        "train", "--resume", run_folder(), "--epochs", 40, *RUINOUS, "--save", path, "--json"
    )
    assert answer.code == 1
    assert "what was saved is its last healthy epoch, 3." in answer.err
    assert json.loads(answer.out.splitlines()[-1])["model"] == str(path)
    np.testing.assert_array_equal(files.load(path).network.theta, files.load(good).network.theta)
    if suffix != ".txt":
        assert files.load(path).notes["epoch"] == 3
        assert files.load(path).hyperparameters["learning_rate"] != 1000


# Models with numbers that are not finite.


def broken_model(good: Path, path: Path) -> None:
    """A file that somebody else's writer might leave; ours refuses to."""
    model = files.load(good)
    model.network.weights[0][3, 4] = np.nan
    with pytest.raises(SaveError, match="no finite numbers"):
        files.save(path, model)
    assert not path.exists()
    save = onnx_file.save if path.suffix == ".onnx" else safetensors_file.save
    save(path, model)


@pytest.mark.parametrize("suffix", [".safetensors", ".onnx"])
@pytest.mark.parametrize(
    "words",
    [
        ("predict", "{model}", "{picture}"),
        ("evaluate", "{model}", "--data", "{data}"),
        ("convert", "{model}", "{out}"),
        ("train", "--data", "{data}", "--model", "{model}"),
        ("--data", "{data}", "--model", "{model}"),  # the app
    ],
    ids=lambda words: words[0],
)
@pytest.mark.short("safetensors")
def test_every_command_refuses_a_model_with_numbers_that_are_not_finite(
    numrec, data, tmp_path, good, suffix, words, monkeypatch
):
    if suffix == ".onnx":
        pytest.importorskip("onnx")
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: words[0] == "--data")
    path = tmp_path / f"broken{suffix}"
    broken_model(good, path)
    places = {
        "model": path, "picture": Path(__file__), "data": data, "out": tmp_path / "out.txt",
    }  # fmt: skip
    answer = numrec(*(str(word).format(**places) for word in words))
    assert answer.code == 1
    said = " ".join(answer.err.split())
    assert f"{path}: weights.0: expected finite numbers, found NaN or infinity." in said
    assert not (tmp_path / "out.txt").exists()


def test_a_text_file_with_a_number_beyond_float32_is_refused(numrec, data, tmp_path, good):
    path = tmp_path / "broken.txt"
    files.save(path, files.load(good))
    head, _, rest = path.read_text().partition("[weights]\n[")
    _, _, rest = rest.partition(",")
    path.write_text(f"{head}[weights]\n[1{40 * '0'},{rest}")
    answer = numrec("evaluate", path, "--data", data)
    assert answer.code == 1
    assert "expected finite numbers, found one too large for float32" in answer.err


def test_a_checkpoint_with_numbers_that_are_not_finite_is_refused(numrec, data, good, tmp_path):
    newest = max(run_folder().glob("*.safetensors"))
    path = tmp_path / "broken-checkpoint.safetensors"
    shutil.copy(newest, path)
    content = path.read_bytes()
    facts = checkpoint.read_metadata(path, content, "checkpoint", "")["checkpoint"]
    tensors = checkpoint.read_tensors(path, content)
    tensors["snapshot.0.theta"][5] = np.inf
    digest = checkpoint._digest(facts, tensors)
    path.write_bytes(checkpoint.save_tensors(tensors, {"checkpoint": facts, "sha256": digest}))
    answer = numrec("train", "--resume", path)
    assert answer.code == 1
    said = " ".join(answer.err.split())
    assert f"{path}: snapshot.0.theta: expected finite numbers, found NaN or infinity." in said
    whole = checkpoint.read(newest)
    whole.tensors["snapshot.0.theta"][5] = np.inf
    with pytest.raises(SaveError, match=r"snapshot\.0\.theta holds no finite numbers"):
        whole.write(path)
