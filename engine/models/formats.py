"""What a model format is, and all of them by name; each registers itself in its own module."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.models.model import Model
from engine.registry import Registry

Check = Callable[[Path, str | None, str | None], None]
"""(path, activation, loss), which are None as long as they are not known."""


def holds_all(path: Path, activation: str | None, loss: str | None) -> None:
    """The check of a format that holds every network."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of model file, which the suffix of its name stands for.

    save(path, model): writes the file whole or not at all.
    load(path): reads it; load(path, loss) where the file does not know what it was trained with.
    check(path, activation, loss): raises SaveError for what it cannot hold, LibraryError.
    """

    name: str
    """The suffix without its dot."""
    about: str
    """What it is for, in a few words."""
    save: Callable[[Path, Model], None]
    load: Callable[..., Model]
    check: Check = holds_all
    knows_loss: bool = True
    title: str = ""
    """What it is called beside its suffix, if that says little."""

    @property
    def suffix(self) -> str:
        """How a file's name ends."""
        return f".{self.name}"


FORMATS: Registry[Format] = Registry("model format")
"""Every format by the suffix of its files, without the dot."""


def model_format(
    name: str,
    about: str,
    save: Callable[[Path, Model], None],
    load: Callable[..., Model],
    check: Check = holds_all,
    *,
    knows_loss: bool = True,
    title: str = "",
) -> Format:
    """Register a format and return it; the arguments are those of `Format`."""
    return FORMATS.add(name, Format(name, about, save, load, check, knows_loss, title))


def suffixes() -> tuple[str, ...]:
    """Of every format, with the dot."""
    return tuple(known.suffix for known in FORMATS.values())


def named() -> str:
    """The suffixes as the end of a sentence: ".safetensors, .txt (the seed's text) or .onnx"."""
    *most, last = (
        known.suffix + (f" ({known.title})" if known.title else "") for known in FORMATS.values()
    )
    return f"{', '.join(most)} or {last}"
