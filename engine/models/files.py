"""Model files of every format; the suffix of a file's name says which.

A format is added by a module that registers it (`engine.models.formats`); ours are imported here.
"""

from pathlib import Path

import numpy as np

from engine.errors import SaveError, UsageError
from engine.models.formats import FORMATS, Format, named, suffixes
from engine.models.model import Model
from engine.nn.losses import LOSSES

# Each registers itself; they are listed in this order.
# isort: off
import engine.models.safetensors_file
import engine.models.seed_text
import engine.models.onnx_file  # noqa: F401
# isort: on

__all__ = ["check", "format_of", "load", "save", "suffixes"]


def save(path: Path, model: Model) -> None:
    """Write a model; the file is replaced whole or not at all.

    Raises:
        UsageError: the suffix is none of ours.
        LibraryError: the format needs a library that is not installed.
        SaveError: the format cannot hold the model, its parameters are not finite, or the file
            cannot be written.
    """
    to = format_of(path)
    to.check(path, None, None)
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
        stored = model.network.theta.astype(np.float32)
    if not np.isfinite(stored).all():
        raise SaveError(
            f"Cannot write {path}: some of the network's parameters are no finite numbers; "
            "train it again with a smaller learning rate."
        )
    to.save(path, model)


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
    found = format_of(path)
    if not found.knows_loss:
        return found.load(path, loss or "cross_entropy")
    model = found.load(path)
    known = model.network.loss.name
    if loss not in (None, known):
        raise UsageError(f"{path} was trained with {known}, not with {loss}.")
    return model


def check(path: Path, activation: str | None = None, loss: str | None = None) -> None:
    """Make sure that a model can be written in the format of this file.

    activation, loss: the network's, if they are known already.

    Raises:
        UsageError: the suffix is none of ours.
        LibraryError: the format needs a library that is not installed.
        SaveError: the format has no room for the activation or the loss.
    """
    format_of(path).check(path, activation, loss)


def format_of(path: Path) -> Format:
    """The format that a file's name stands for.

    Raises:
        UsageError: none that there is.
    """
    found = path.suffix.lower()
    if found.removeprefix(".") not in FORMATS:
        ends = f"ends in {path.suffix}" if found else "has no ending"
        raise UsageError(f"The name of {path} {ends}; a model file ends in {named()}.")
    return FORMATS[found.removeprefix(".")]
