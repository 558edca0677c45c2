"""The suffix says the format, and every format keeps the same promises."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.errors import FormatError, LibraryError, SaveError, UsageError
from engine.models import files
from engine.models.model import Model
from engine.nn.activations import leaky_relu
from engine.nn.initializers import he
from engine.nn.losses import LOSSES
from engine.nn.network import Network


def made(loss: str = "cross_entropy") -> Network:
    network = Network((6, 5, 3), leaky_relu(0.01), LOSSES[loss])
    network.initialize(he, np.random.default_rng(1))
    return network


@pytest.mark.parametrize("suffix", [*files.suffixes(), ".TXT", ".Onnx"])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_model_comes_back_from_every_format(tmp_path: Path, suffix: str, loss: str) -> None:
    path, saved = tmp_path / f"model{suffix}", made(loss)
    files.save(path, Model(saved))
    found = files.load(path, loss).network
    assert found.theta.tobytes() == saved.theta.tobytes()
    assert repr(found) == repr(saved)
    assert found.activation.leak == 0.01


def test_each_suffix_gives_its_own_format(tmp_path: Path) -> None:
    starts = {}
    for suffix in files.suffixes():
        files.save(tmp_path / f"model{suffix}", Model(made()))
        starts[suffix] = (tmp_path / f"model{suffix}").read_bytes()[:10]
    assert starts[".txt"] == b"[layers]\n["
    assert starts[".safetensors"][8:] == b'{"'
    assert starts[".onnx"][:2] == b"\x08\x08"  # field 1, the IR version, is 8


@pytest.mark.parametrize(
    ("name", "told"), [("model", "has no ending"), ("model.pkl", "ends in .pkl")]
)
def test_another_suffix_is_told_with_the_three_there_are(
    tmp_path: Path, name: str, told: str
) -> None:
    for does in (lambda path: files.save(path, Model(made())), files.load, files.check):
        with pytest.raises(UsageError) as caught:
            does(tmp_path / name)
        assert str(caught.value).endswith(
            f"{name} {told}; a model file ends in .safetensors, .txt (the seed's text) or .onnx."
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", files.suffixes())
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_are_not_written(
    tmp_path: Path, suffix: str, value: float
) -> None:
    path, network = tmp_path / f"model{suffix}", made()
    files.save(path, Model(network))
    before = path.read_bytes()
    network.theta[7] = value
    with pytest.raises(SaveError, match="no finite numbers"):
        files.save(path, Model(network))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_float64_beyond_float32_is_not_written(tmp_path: Path) -> None:
    network = Network((2, 2), leaky_relu(0.1), LOSSES["quadratic"], np.float64)
    network.theta[0] = 1e39
    with pytest.raises(SaveError, match="no finite numbers"):
        files.save(tmp_path / "model.txt", Model(network))


@pytest.mark.parametrize("suffix", [".safetensors", ".onnx"])
def test_a_loss_that_is_not_that_of_the_file_is_told(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    files.save(path, Model(made("quadratic")))
    with pytest.raises(UsageError, match="was trained with quadratic, not with cross_entropy"):
        files.load(path, "cross_entropy")


def test_a_text_file_has_the_loss_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "model.txt"
    files.save(path, Model(made("quadratic")))
    assert files.load(path).network.loss.name == "cross_entropy"
    assert files.load(path, "quadratic").network.loss.name == "quadratic"


@pytest.mark.parametrize("suffix", files.suffixes())
def test_an_unknown_loss_is_told_with_the_known_ones(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(UsageError, match="no loss 'hinge'; the losses are cross_entropy and quad"):
        files.load(tmp_path / f"model{suffix}", "hinge")


@pytest.mark.parametrize("suffix", files.suffixes())
def test_another_format_under_a_suffix_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    for other in {*files.suffixes()} - {suffix}:
        files.save(tmp_path / f"other{other}", Model(made()))
        path.write_bytes((tmp_path / f"other{other}").read_bytes())
        with pytest.raises(FormatError):
            files.load(path)


def test_what_a_format_cannot_hold_is_known_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.check(tmp_path / "model.txt", "relu")
    files.check(tmp_path / "model.safetensors", "tanh")
    files.check(tmp_path / "model.onnx", "tanh")
    with pytest.raises(SaveError, match="not tanh"):
        files.check(tmp_path / "model.txt", "tanh")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(LibraryError):
        files.check(tmp_path / "model.onnx")


def test_onnx_is_not_imported_until_it_is_needed() -> None:
    program = "import sys, engine.models.files; print('onnx' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
