"""A network in a safetensors file: `weights.0`, `biases.0` …, and how it was made as JSON.

Weights are (n_in, n_out), as `x @ W` wants them. The metadata key `numrec` holds the facts.
Source: https://github.com/huggingface/safetensors, section "Format".
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save as save_tensors

from engine.atomic_write import write_atomic
from engine.errors import FormatError
from engine.models import facts
from engine.models.formats import model_format
from engine.models.model import Model, read_bytes
from engine.models.tensors import read_metadata, read_tensors
from engine.nn.network import Network, layer_views


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
    write_atomic(path, save_tensors(tensors, {facts.KEY: facts.to_json(model)}))


def load(path: Path) -> Model:
    """Read a model.

    Raises:
        FormatError: the file is damaged, or was not written by this program.
    """
    content = read_bytes(path)
    metadata = read_metadata(path, content, facts.KEY, facts.WHAT)
    model = facts.from_json(path, metadata[facts.KEY], len(content))
    _fill(path, model.network, read_tensors(path, content))
    return model


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


model_format("safetensors", "everything that is known of a model", save, load)
