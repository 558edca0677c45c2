"""A network as an ONNX graph, for Netron and onnxruntime; it takes raw pixels.

    pixels (batch, n_in), 0-255 → Mul 1/255 → Gemm → activation → … → Gemm → Softmax or Sigmoid
    → probabilities (batch, classes)

Parameters are called as in our safetensors files, and the metadata key `numrec` holds the same
facts, so that what was written here can be read again. The package onnx is an extra and is imported
by nobody else.
Source: https://onnx.ai/onnx/repo-docs/IR.html and .../operators/.
"""

import json
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import FormatError, LibraryError
from engine.files import write_atomic
from engine.models import facts
from engine.models.model import Model, read_bytes
from engine.nn.activations import Activation
from engine.nn.arrays import Array
from engine.nn.network import Network

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, TensorProto

OPSET, IR_VERSION = 13, 8
"""Older than what onnx writes by itself, because a runtime refuses what is newer than it."""

PIXEL_SCALE = np.float32(1 / 255)

OPERATORS = {"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh"}
OUTPUTS = {"cross_entropy": "Softmax", "quadratic": "Sigmoid"}


def save(path: Path, model: Model) -> None:
    """Write a model.

    Raises:
        LibraryError: onnx is not installed.
        SaveError: the file cannot be written.
    """
    onnx = library()
    proto = onnx.helper.make_model(
        _graph(model.network),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="numrec-tui",
    )
    metadata = {facts.KEY: facts.write(model)}
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
    model = facts.read(path, text, len(content))
    network = model.network
    tensors = {tensor.name: tensor for tensor in proto.graph.initializer}
    for k, (weights, biases) in enumerate(zip(network.weights, network.biases, strict=True)):
        _fill(path, weights, f"weights.{k}", tensors)
        _fill(path, biases, f"biases.{k}", tensors)
    if list(proto.graph.node) != _nodes(network):  # another program may have changed the graph
        raise FormatError(path, "graph", "the layers that its metadata names", "others")
    return model


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
    nodes.append(make_node(OUTPUTS[network.loss.name], [f"z.{last + 1}"], ["probabilities"]))
    return nodes


def _activation(activation: Activation, z: str, a: str) -> "NodeProto":
    from onnx.helper import make_node

    if activation.name == "leaky_relu":
        return make_node("LeakyRelu", [z], [a], alpha=activation.leak)
    return make_node(OPERATORS[activation.name], [z], [a])


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
