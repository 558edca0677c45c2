"""Model files of every format; the suffix of a file's name says which.

`.safetensors` holds everything; `.onnx` too, for other programs; `.txt` is the seed's text.
"""

from pathlib import Path

import numpy as np

from engine.errors import SaveError, UsageError
from engine.models import onnx_file, safetensors_file, seed_text
from engine.models.model import Model
from engine.nn.losses import LOSSES

SAFETENSORS, TEXT, ONNX = SUFFIXES = (".safetensors", ".txt", ".onnx")


def save(path: Path, model: Model) -> None:
    """Write a model; the file is replaced whole or not at all.

    Raises:
        UsageError: the suffix is none of ours.
        LibraryError: the format needs a library that is not installed.
        SaveError: the format cannot hold the model, its parameters are not finite, or the file
            cannot be written.
    """
    check(path)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
        stored = model.network.theta.astype(np.float32)
    if not np.isfinite(stored).all():
        raise SaveError(
            f"Cannot write {path}: some of the network's parameters are no finite numbers; "
            "train it again with a smaller learning rate."
        )
    match suffix(path):
        case ".txt":
            seed_text.save(path, model)
        case ".onnx":
            onnx_file.save(path, model)
        case _:
            safetensors_file.save(path, model)


def load(path: Path, loss: str | None = None) -> Model:
    """Read a model.

    loss: what a text file, which does not know it, was trained with; cross_entropy unless given.

    Raises:
        UsageError: the suffix is none of ours, or the loss is unknown or not that of the file.
        LibraryError: the format needs a library that is not installed.
        FormatError: the file is not of its format, or was not written by this program.
    """
    if loss is not None and loss not in LOSSES:
        raise UsageError(f"There is no loss {loss!r}; the losses are {' and '.join(LOSSES)}.")
    match suffix(path):
        case ".txt":
            return seed_text.load(path, loss or "cross_entropy")
        case ".onnx":
            model = onnx_file.load(path)
        case _:
            model = safetensors_file.load(path)
    known = model.network.loss.name
    if loss not in (None, known):
        raise UsageError(f"{path} was trained with {known}, not with {loss}.")
    return model


def check(path: Path, activation: str | None = None) -> None:
    """Make sure that a model can be written in the format of this file.

    activation: the network's, if it is known already.

    Raises:
        UsageError: the suffix is none of ours.
        LibraryError: the format needs a library that is not installed.
        SaveError: the format has no room for the activation.
    """
    kind = suffix(path)
    if kind == ONNX:
        onnx_file.library()
    if kind == TEXT and activation is not None:
        seed_text.check(path, activation)


def suffix(path: Path) -> str:
    """Which of our formats a file's name stands for: one of `SUFFIXES`.

    Raises:
        UsageError: none of them.
    """
    found = path.suffix.lower()
    if found not in SUFFIXES:
        ends = f"ends in {path.suffix}" if found else "has no ending"
        raise UsageError(
            f"The name of {path} {ends}; a model file ends in "
            ".safetensors, .txt (the seed's text) or .onnx."
        )
    return found
