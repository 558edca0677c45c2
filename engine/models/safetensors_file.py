"""A network in a safetensors file: `weights.0`, `biases.0` …, and how it was made as JSON.

Weights are (n_in, n_out), as `x @ W` wants them. The metadata key `numrec` holds a JSON object:
format version, layer sizes, activation, leak, loss, the hyperparameters and the data set.
Source: https://github.com/huggingface/safetensors, section "Format".
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from engine.errors import FormatError
from engine.files import write_atomic
from engine.nn.activations import ACTIVATIONS
from engine.nn.losses import LOSSES
from engine.nn.network import Network, count_parameters, layer_views

FORMAT_VERSION = 1
LARGEST_FILE = 512 * 2**20
LARGEST_HEADER = 2**20


@dataclass(frozen=True, slots=True)
class Model:
    """A network and what is known of how it came about."""

    network: Network
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    """Free facts: the data set's name, epochs, accuracies, the program's version."""


def save(path: Path, model: Model) -> None:
    """Write a model; the file is replaced whole or not at all.

    Raises:
        SaveError: the file cannot be written.
    """
    network = model.network
    tensors = {}
    for k, (weights, biases) in enumerate(zip(network.weights, network.biases, strict=True)):
        tensors[f"weights.{k}"] = weights.astype(np.float32)
        tensors[f"biases.{k}"] = biases.astype(np.float32)
    facts = {
        "format_version": FORMAT_VERSION,
        "sizes": network.sizes,
        "activation": network.activation.name,
        "leak": network.activation.leak,
        "loss": network.loss.name,
        "hyperparameters": dict(model.hyperparameters),
        "notes": dict(model.notes),
    }
    write_atomic(path, save_tensors(tensors, {"numrec": json.dumps(facts)}))


def load(path: Path) -> Model:
    """Read a model.

    Raises:
        FormatError: the file is damaged, or was not written by this program.
    """
    content = _content(path)
    facts = _facts(path, content)
    try:
        tensors = load_tensors(content)
    except (SafetensorError, KeyError, ValueError) as error:  # the last two: odd types and shapes
        raise FormatError(path, "tensors", "a whole safetensors file", str(error)) from error
    network = _empty_network(path, facts, len(content))
    _fill(path, network, tensors)
    return Model(network, facts["hyperparameters"], facts["notes"])


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise FormatError(path, "file", "a file", "something else" if path.exists() else "none")
        if path.stat().st_size > LARGEST_FILE:
            raise FormatError(path, "size", f"at most {LARGEST_FILE} bytes", "more")
        return path.read_bytes()
    except OSError as error:
        raise FormatError(path, "file", "a readable file", str(error.strerror)) from error


def _facts(path: Path, content: bytes) -> dict[str, Any]:
    """Our metadata: 8 bytes of header length, then the header as JSON, with strings under it."""
    if len(content) < 8:
        raise FormatError(path, "header", "at least 8 bytes", str(len(content)))
    (length,) = struct.unpack("<Q", content[:8])
    if length > min(LARGEST_HEADER, len(content) - 8):
        raise FormatError(path, "header", "a header that fits the file", f"{length} bytes")
    try:
        facts = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["numrec"])
        version = facts["format_version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        found = "something else"
        raise FormatError(path, "metadata", "a model of numrec-tui", found) from error
    if version != FORMAT_VERSION:
        raise FormatError(path, "format version", str(FORMAT_VERSION), repr(version))
    return dict(facts)


def _empty_network(path: Path, facts: Mapping[str, Any], limit: int) -> Network:
    """The network the metadata speaks of, if its numbers could be in a file of `limit` bytes."""
    try:
        sizes, leak = facts["sizes"], float(facts["leak"])
        if not all(isinstance(size, int) for size in sizes):
            raise TypeError("sizes that are no whole numbers")
        if not 0 <= leak <= 1:
            raise ValueError("a leak outside 0 to 1")
        if not all(isinstance(facts[name], dict) for name in ("hyperparameters", "notes")):
            raise TypeError("hyperparameters or notes that are no object")
        parameters = count_parameters(sizes)
        if min(sizes) < 1 or parameters * np.dtype(np.float32).itemsize > limit:
            raise ValueError("sizes that do not fit the file")
        activation = ACTIVATIONS[facts["activation"]](leak)
        return Network(sizes, activation, LOSSES[facts["loss"]])
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise FormatError(path, "metadata", "a network that can be built", str(error)) from error


def _fill(path: Path, network: Network, tensors: Mapping[str, Any]) -> None:
    weights, biases = layer_views(network.theta, network.sizes)
    expected = {f"weights.{k}": view for k, view in enumerate(weights)}
    expected |= {f"biases.{k}": view for k, view in enumerate(biases)}
    for name, view in expected.items():
        tensor = tensors.get(name)
        if tensor is None or tensor.shape != view.shape or tensor.dtype != np.float32:
            found = "none" if tensor is None else f"{tensor.dtype} {tensor.shape}"
            raise FormatError(path, name, f"float32 {view.shape}", found)
        if not np.isfinite(tensor).all():
            raise FormatError(path, name, "finite numbers", "NaN or infinity")
        view[:] = tensor
