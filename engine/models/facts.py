"""What a file says of its network in JSON: written and read alike by every format that can hold it.

The object has the keys `format_version`, `sizes`, `activation`, `leak`, `loss`, `hyperparameters`
and `notes`. A format stores its text under the metadata key `KEY`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import FormatError, VersionError, did_you_mean
from engine.models.model import Model
from engine.nn.activations import ACTIVATIONS
from engine.nn.losses import LOSSES
from engine.nn.network import Network, count_parameters
from engine.registry import Entry, Registry

FORMAT_VERSION = 1
KEY, WHAT = "numrec", "a model of numrec-tui"


def to_json(model: Model) -> str:
    """Everything but the parameters, as JSON."""
    network = model.network
    facts = {
        "format_version": FORMAT_VERSION,
        "sizes": network.sizes,
        "activation": network.activation.name,
        "leak": network.activation.leak,
        "loss": network.loss.name,
        "hyperparameters": dict(model.hyperparameters),
        "notes": dict(model.notes),
    }
    return json.dumps(facts)


def from_json(path: Path, text: str, limit: int) -> Model:
    """The model that the JSON `text` describes, its parameters still zeros.

    limit: the bytes that the file holds; sizes whose parameters need more are refused before
    memory is taken for them.

    Raises:
        FormatError: the text is not ours, or describes no network that can be built.
        VersionError: another version of the program wrote it, or one with other plug-ins.
    """
    try:
        facts = json.loads(text)
        version = facts["format_version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise foreign(path) from error
    if version != FORMAT_VERSION:
        found = f"{version!r}; use the numrec-tui that wrote it, or a newer one"
        raise VersionError(path, "format version", str(FORMAT_VERSION), found)
    return Model(_network(path, facts, limit), facts["hyperparameters"], facts["notes"])


def foreign(path: Path) -> FormatError:
    """The error for a file of the right format that another program wrote."""
    return FormatError(path, "metadata", WHAT, "something else")


def _network(path: Path, facts: Mapping[str, Any], limit: int) -> Network:
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
        activation = _installed(path, ACTIVATIONS, facts["activation"])(leak)
        return Network(sizes, activation, _installed(path, LOSSES, facts["loss"]))
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise FormatError(path, "metadata", "a network that can be built", str(error)) from error


def _installed(path: Path, registry: Registry[Entry], name: object) -> Entry:
    """What a file names; it may be of a package that is not here."""
    if not isinstance(name, str):
        raise TypeError(f"{registry.kind} {name!r}")
    if name not in registry:
        found = f"{name!r}, which is not installed{did_you_mean(name, registry)}"
        raise VersionError(path, registry.kind, f"one of {', '.join(registry)}", found)
    return registry[name]
