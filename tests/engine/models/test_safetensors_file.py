"""Model files: what is saved is loaded again bit by bit, and other programs can read it."""

import json
import stat
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

from engine.errors import SaveError
from engine.models.model import Model
from engine.models.safetensors_file import load, save
from engine.nn.activations import ACTIVATIONS, leaky_relu, tanh
from engine.nn.initializers import glorot
from engine.nn.losses import LOSSES, cross_entropy
from engine.nn.network import Network
from engine.training.hyperparameters import Hyperparameters, settings_from


def network(
    sizes: tuple[int, ...] = (6, 5, 3), activation: str = "leaky_relu", loss: str = "cross_entropy"
) -> Network:
    made = Network(sizes, ACTIVATIONS[activation](0.2), LOSSES[loss])
    made.initialize(glorot, np.random.default_rng(1))
    made.theta += np.float32(0.1)  # biases too
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.safetensors"


@pytest.mark.parametrize("sizes", [(6, 3), (6, 5, 3), (6, 5, 4, 7, 3), (1, 1, 1)])
def test_parameters_come_back_bit_by_bit(path: Path, sizes: tuple[int, ...]) -> None:
    saved = network(sizes)
    save(path, Model(saved))
    found = load(path).network
    assert found.sizes == sizes
    assert found.theta.tobytes() == saved.theta.tobytes()


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_loaded_network_answers_as_the_saved_one(path: Path, activation: str, loss: str) -> None:
    saved = network(activation=activation, loss=loss)
    save(path, Model(saved))
    found = load(path).network
    x = np.random.default_rng(2).random((4, 6))
    np.testing.assert_array_equal(found.probabilities(x), saved.probabilities(x))
    assert (found.activation.name, found.loss.name) == (activation, loss)


def test_the_leak_comes_back(path: Path) -> None:
    save(path, Model(Network((2, 2), leaky_relu(0.123), cross_entropy)))
    assert load(path).network.activation.leak == 0.123


def test_settings_and_notes_come_back(path: Path) -> None:
    settings = Hyperparameters(hidden=(5,), learning_rate=0.07).model_dump(mode="json")
    notes = {"data": "zürich", "epoch": 3, "validation_accuracy": 0.91}
    save(path, Model(network(), settings, notes))
    found = load(path)
    assert settings_from(found.hyperparameters) == Hyperparameters(hidden=(5,), learning_rate=0.07)
    assert found.notes == notes


def test_a_model_can_be_trained_on_after_loading(path: Path) -> None:
    save(path, Model(network()))
    found = load(path).network
    found.theta += 1
    np.testing.assert_array_equal(found.weights[0], network().weights[0] + 1)


def test_the_same_model_gives_the_same_bytes(path: Path) -> None:
    save(path, Model(network()))
    first = path.read_bytes()
    save(path, Model(network()))
    assert path.read_bytes() == first


def test_the_plain_package_reads_the_tensors(path: Path) -> None:
    saved = network()
    save(path, Model(saved))
    tensors = load_file(path)
    assert sorted(tensors) == ["biases.0", "biases.1", "weights.0", "weights.1"]
    for k in range(2):
        np.testing.assert_array_equal(tensors[f"weights.{k}"], saved.weights[k])
        np.testing.assert_array_equal(tensors[f"biases.{k}"], saved.biases[k])


def test_the_plain_package_reads_what_the_model_is(path: Path) -> None:
    save(path, Model(network(), {"epochs": 3}, {"data": "tiny"}))
    with safe_open(path, framework="np") as file:
        facts = json.loads(file.metadata()["numrec"])
    assert facts == {
        "format_version": 1,
        "sizes": [6, 5, 3],
        "activation": "leaky_relu",
        "leak": 0.2,
        "loss": "cross_entropy",
        "hyperparameters": {"epochs": 3},
        "notes": {"data": "tiny"},
    }


def test_a_network_in_float64_is_saved_in_float32(path: Path) -> None:
    precise = Network((3, 2), tanh(), cross_entropy, np.float64)
    precise.theta[:] = np.linspace(0, 1, 8)
    save(path, Model(precise))
    np.testing.assert_array_equal(load(path).network.theta, precise.theta.astype(np.float32))


def test_an_old_model_is_replaced(path: Path) -> None:
    save(path, Model(network((6, 9, 3))))
    save(path, Model(network((6, 2, 3))))
    assert load(path).network.sizes == (6, 2, 3)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert stat.S_ISREG(path.stat().st_mode)


def test_saving_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="nowhere"):
        save(tmp_path / "nowhere" / "model.safetensors", Model(network()))
