"""A saved network with what is known about it, and how its file is read, whatever the format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.nn.network import Network
from engine.read_file import read_file

LARGEST_FILE = 512 * 2**20
"""What a model file may hold, in bytes."""


@dataclass(frozen=True, slots=True)
class Model:
    """A network and what is known of how it came about."""

    network: Network
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    """Free facts: the data set's name, epochs, accuracies, the program's version."""

    def __repr__(self) -> str:
        epoch = self.notes.get("epoch")
        return f"Model({self.network!r}{f', epoch {epoch}' if isinstance(epoch, int) else ''})"


def read_bytes(path: Path, largest: int | None = None) -> bytes:
    """The whole content of a file of at most `largest` bytes; `LARGEST_FILE` unless told.

    Raises:
        FormatError: it is no ordinary file, cannot be read, or is too large.
    """
    return read_file(path, LARGEST_FILE if largest is None else largest)
