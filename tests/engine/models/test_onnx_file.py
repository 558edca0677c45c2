"""ONNX: the graph answers as the network does, from raw pixels, and comes back bit by bit."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from engine.data.catalog import find
from engine.errors import FormatError, LibraryError
from engine.models import facts
from engine.models.model import Model
from engine.models.onnx_file import load, save
from engine.nn.activations import ACTIVATIONS
from engine.nn.arrays import Array
from engine.nn.initializers import glorot
from engine.nn.losses import LOSSES
from engine.nn.network import Network
from engine.training.hyperparameters import settings_from
from engine.training.loop import train
from engine.training.outcome import to_model
from engine.training.run import new_run
from tests.engine.mutations import refusals

Change = Callable[[Any], object]


def made(
    sizes: tuple[int, ...] = (6, 5, 3), activation: str = "leaky_relu", loss: str = "cross_entropy"
) -> Network:
    network = Network(sizes, ACTIVATIONS[activation](0.2), LOSSES[loss])
    network.initialize(glorot, np.random.default_rng(1))
    network.theta += np.float32(0.01)  # biases too
    return network


def answers(path: Path, pixels: Array) -> Array:
    """What onnxruntime makes of pixels (n, n_in), 0-255."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found: Array = session.run(["probabilities"], {"pixels": pixels.astype(np.float32)})[0]
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "model.onnx"


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.short("cross_entropy-relu")
def test_onnxruntime_reads_a_thousand_digits_alike(path: Path, activation: str, loss: str) -> None:
    digits = find("bundled")
    settings = {"hidden": (64, 32), "activation": activation, "loss": loss, "epochs": 2}
    run = new_run(settings_from({"optimizer": "adam", "learning_rate": 0.005} | settings), 784, 10)
    for _ in train(run, digits.split("held-out", 0.1, 1)):
        pass
    pixels, network = digits.test.pixels[:1000], run.network
    save(path, to_model(run, digits))
    expected = network.probabilities(pixels * np.float32(1 / 255))
    found = answers(path, pixels)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(found.argmax(1), expected.argmax(1))
    assert (expected.argmax(1) == digits.test.labels[:1000]).mean() > 0.5  # it can read


def test_a_batch_may_be_of_any_size(path: Path) -> None:
    save(path, Model(made()))
    for rows in (1, 2, 33):
        assert answers(path, np.zeros((rows, 6))).shape == (rows, 3)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("sizes", [(6, 3), (6, 5, 3), (6, 5, 4, 7, 3), (1, 1, 1)])
def test_a_model_comes_back_bit_by_bit(
    path: Path, sizes: tuple[int, ...], activation: str, loss: str
) -> None:
    saved = Model(made(sizes, activation, loss), {"epochs": 3}, {"data": "zürich"})
    save(path, saved)
    found = load(path)
    assert found.network.theta.tobytes() == saved.network.theta.tobytes()
    assert repr(found.network) == repr(saved.network)
    assert found.network.activation.leak == saved.network.activation.leak
    assert (found.hyperparameters, found.notes) == (saved.hyperparameters, saved.notes)


def test_older_runtimes_can_read_the_file(path: Path) -> None:
    save(path, Model(made()))
    proto = onnx.load(path)
    assert proto.ir_version == 8
    assert [(opset.domain, opset.version) for opset in proto.opset_import] == [("", 13)]


def test_class_names_are_there_for_others(path: Path) -> None:
    names = ["bag", "boot", "coat"]
    save(path, Model(made(), notes={"class_names": names}))
    metadata = {prop.key: prop.value for prop in onnx.load(path).metadata_props}
    assert json.loads(metadata["class_names"]) == names


def test_the_same_model_gives_the_same_bytes(path: Path) -> None:
    save(path, Model(made()))
    first = path.read_bytes()
    save(path, Model(made()))
    assert path.read_bytes() == first


def test_a_model_of_another_program_is_refused(path: Path) -> None:
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in "xy")
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "other", [x], [y])
    onnx.save(helper.make_model(graph), path)
    with pytest.raises(FormatError, match="expected a model of numrec-tui, found something else"):
        load(path)


def spoilt(path: Path, change: Change) -> FormatError:
    """The error of reading a sound file after a change to it."""
    save(path, Model(made()))
    proto = onnx.load(path)
    change(proto)
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(FormatError) as caught:
        load(path)
    assert caught.value.path == path
    return caught.value


def tensor(proto: Any, name: str) -> Any:
    return next(tensor for tensor in proto.graph.initializer if tensor.name == name)


def test_a_graph_changed_by_another_program_is_refused(path: Path) -> None:
    def another_activation(proto: Any) -> None:
        proto.graph.node[2].op_type = "Relu"

    assert spoilt(path, another_activation).where == "graph"
    assert spoilt(path, lambda proto: proto.graph.node.pop()).where == "graph"


def test_tensors_that_are_not_ours_are_named(path: Path) -> None:
    changes: list[Change] = [
        lambda proto: tensor(proto, "weights.1").dims.reverse(),
        lambda proto: setattr(tensor(proto, "weights.1"), "data_type", TensorProto.INT32),
        lambda proto: setattr(tensor(proto, "weights.1"), "raw_data", b"123"),
        lambda proto: setattr(tensor(proto, "weights.1"), "name", "other"),
        lambda proto: setattr(
            tensor(proto, "weights.1"), "raw_data", np.full(15, np.nan, np.float32).tobytes()
        ),
    ]
    for change in changes:
        assert spoilt(path, change).where == "weights.1"


@pytest.mark.parametrize("also_here", [False, True])
def test_numbers_in_another_file_are_not_fetched(path: Path, also_here: bool) -> None:
    (path.parent / "secret").write_bytes(bytes(60))

    def elsewhere(proto: Any) -> None:
        changed = tensor(proto, "weights.1")
        if not also_here:
            changed.ClearField("raw_data")
        changed.data_location = TensorProto.EXTERNAL
        changed.external_data.add(key="location", value="secret")

    save(path, Model(made()))
    proto = onnx.load(path)
    elsewhere(proto)
    path.write_bytes(proto.SerializeToString())
    with pytest.raises(FormatError, match=r"weights\.1"):
        load(path)


def test_absurd_sizes_are_refused(path: Path) -> None:
    def grow(proto: Any) -> None:
        prop = next(prop for prop in proto.metadata_props if prop.key == facts.KEY)
        prop.value = json.dumps(json.loads(prop.value) | {"sizes": [2**40, 2**20]})

    assert spoilt(path, grow).where == "metadata"


def test_a_file_above_the_limit_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(path, Model(made()))
    monkeypatch.setattr("engine.models.model.LARGEST_FILE", 100)
    with pytest.raises(FormatError, match="size"):
        load(path)


def test_fifteen_hundred_mutations_give_nothing_worse_than_a_format_error(tmp_path: Path) -> None:
    sound = tmp_path / "sound.onnx"
    save(sound, Model(made()))
    content, draw = sound.read_bytes(), np.random.default_rng(7)

    def mutated(number: int) -> bytes:
        changed = bytearray(content)
        for at in draw.integers(0, len(content), draw.integers(1, 6)):
            changed[at] = draw.integers(256)
        return bytes(changed[: draw.integers(len(content))] if number % 4 == 0 else changed)

    def check(model: Model) -> None:
        assert np.isfinite(model.network.theta).all()

    found = refusals(tmp_path, map(mutated, range(1500)), load, check, ".onnx")
    assert found > 500  # the mutations do harm


@pytest.mark.parametrize("does", [lambda path: save(path, Model(made())), load])
def test_without_the_library_it_is_told_how_to_get_it(
    path: Path, monkeypatch: pytest.MonkeyPatch, does: Change
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(LibraryError) as caught:
        does(path)
    assert str(caught.value) == (
        "ONNX files need the package onnx; install it with: pip install 'numrec-tui[onnx]'."
    )
    assert not path.exists()
