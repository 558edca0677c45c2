"""A network as an ONNX graph, for Netron and onnxruntime; it takes raw pixels.

    pixels (batch, n_in), 0-255 → Mul 1/255 → Gemm → activation → … → Gemm → Softmax or Sigmoid
    → probabilities (batch, classes)

Parameters are called as in our safetensors files, and the metadata key `numrec` holds the same
facts, so that what was written here can be read again. The package onnx is an extra and is imported
by nobody else.
Source: https://onnx.ai/onnx/repo-docs/IR.html and .../operators/.
"""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from engine.atomic_write import write_atomic
from engine.errors import FormatError, LibraryError, SaveError
from engine.models import facts
from engine.models.formats import model_format
from engine.models.model import Model, read_bytes
from engine.nn.activations import ACTIVATIONS, Activation
from engine.nn.arrays import Array
from engine.nn.losses import LOSSES, OutputBuffers, sigmoids, softmax
from engine.nn.network import Network
from engine.nn.pixels import PIXEL_SCALE

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

OPSET, IR_VERSION = 13, 8
"""Older than what onnx writes by itself, because a runtime refuses what is newer than it."""


OUTPUTS: dict[Callable[[OutputBuffers], None], str] = {softmax: "Softmax", sigmoids: "Sigmoid"}
"""The operator of each output that a loss may have."""


def save(path: Path, model: Model) -> None:
    """Write a model.

    Raises:
        LibraryError: onnx is not installed.
        SaveError: the graph cannot hold the network, or the file cannot be written.
    """
    onnx = library()
    check(path, model.network.activation.name, model.network.loss.name)
    proto = onnx.helper.make_model(
        _graph(model.network),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="numrec-tui",
    )
    metadata = {facts.KEY: facts.to_json(model)}
    if "class_names" in model.notes:
        metadata["class_names"] = json.dumps(model.notes["class_names"])
    onnx.helper.set_model_props(proto, metadata)
    onnx.checker.check_model(proto, full_check=True)
    write_atomic(path, proto.SerializeToString(deterministic=True))


def load(path: Path) -> Model:
    """Read a model that was written here.

    Raises:
        LibraryError: onnx is not installed.
        FormatError: the file is damaged, or was not written by this program.
    """
    library()
    content = read_bytes(path)
    proto = _parsed(path, content)
    text = next((prop.value for prop in proto.metadata_props if prop.key == facts.KEY), "")
    model = facts.from_json(path, text, len(content))
    network = model.network
    tensors = {tensor.name: tensor for tensor in proto.graph.initializer}
    for k, (weights, biases) in enumerate(zip(network.weights, network.biases, strict=True)):
        _fill(path, weights, f"weights.{k}", tensors)
        _fill(path, biases, f"biases.{k}", tensors)
    if list(proto.graph.node) != _nodes(network):  # another program may have changed the graph
        raise FormatError(path, "graph", "the layers that its metadata names", "others")
    return model


def check(path: Path, activation: str | None = None, loss: str | None = None) -> None:
    """Make sure that a network can be written; what is None is not known yet.

    Raises:
        LibraryError: onnx is not installed.
        SaveError: there is no operator for the activation, or for the output of the loss.
    """
    library()
    without = [
        *([activation] if activation is not None and not ACTIVATIONS[activation](0.0).onnx else []),
        *([loss] if loss is not None and LOSSES[loss].output not in OUTPUTS else []),
    ]
    if without:
        raise SaveError(
            f"Cannot write {path}: an ONNX graph has no operator for {without[0]}; "
            "save the model as .safetensors."
        )


def library() -> ModuleType:
    """The package onnx.

    Raises:
        LibraryError: it is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise LibraryError(
            "ONNX files need the package onnx; install it with: pip install 'numrec-tui[onnx]'."
        ) from error
    return onnx


def _graph(network: Network) -> "GraphProto":
    from onnx import TensorProto, helper

    tensors = [_tensor("scale", np.array(PIXEL_SCALE))]
    for k, (weights, biases) in enumerate(zip(network.weights, network.biases, strict=True)):
        tensors += [_tensor(f"weights.{k}", weights), _tensor(f"biases.{k}", biases)]
    n_in, classes = network.sizes[0], network.sizes[-1]
    return helper.make_graph(
        _nodes(network),
        "numrec",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["batch", n_in])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", classes])],
        tensors,
    )


def _nodes(network: Network) -> "list[NodeProto]":
    from onnx.helper import make_node

    nodes, a = [make_node("Mul", ["pixels", "scale"], ["a.0"])], "a.0"
    last = len(network.weights) - 1
    for k in range(last + 1):
        z = f"z.{k + 1}"
        nodes.append(make_node("Gemm", [a, f"weights.{k}", f"biases.{k}"], [z]))
        if k < last:
            a = f"a.{k + 1}"
            nodes.append(_activation(network.activation, z, a))
    nodes.append(make_node(OUTPUTS[network.loss.output], [f"z.{last + 1}"], ["probabilities"]))
    return nodes


def _activation(activation: Activation, z: str, a: str) -> "NodeProto":
    from onnx.helper import make_node

    if activation.takes_leak:
        return make_node(activation.onnx, [z], [a], alpha=activation.leak)
    return make_node(activation.onnx, [z], [a])


def _tensor(name: str, values: Array) -> "TensorProto":
    from onnx import numpy_helper

    return numpy_helper.from_array(values.astype(np.float32), name)


def _parsed(path: Path, content: bytes) -> "ModelProto":
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from onnx import ModelProto

    proto = ModelProto()
    try:
        proto.ParseFromString(content)
    except (DecodeError, ValueError, RuntimeError) as error:
        raise FormatError(path, "content", "a whole ONNX file", "something else") from error
    return proto


def _fill(path: Path, values: Array, name: str, tensors: "dict[str, TensorProto]") -> None:
    """Copy the stored numbers into `values`.

    Only what we write is taken: float32 as raw bytes within the file. onnx's own reader would go
    to any other file that a tensor names.
    """
    from onnx import TensorProto

    tensor = tensors.get(name)
    expected = f"float32 {values.shape}"
    if tensor is None:
        raise FormatError(path, name, expected, "none")
    if (
        tensor.data_type != TensorProto.FLOAT
        or tuple(tensor.dims) != values.shape
        or tensor.data_location != TensorProto.DEFAULT
        or len(tensor.raw_data) != values.size * values.itemsize
    ):
        raise FormatError(path, name, expected, f"shape {tuple(tensor.dims)}, or no raw float32")
    stored = np.frombuffer(tensor.raw_data, "<f4").reshape(values.shape)
    if not np.isfinite(stored).all():
        raise FormatError(path, name, "finite numbers", "NaN or infinity")
    values[:] = stored


model_format("onnx", "a graph that takes raw pixels, for Netron and onnxruntime", save, load, check)
