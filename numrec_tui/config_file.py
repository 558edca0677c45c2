"""Settings in a TOML file, by the names of the command line's flags."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.errors import DataError, FormatError
from engine.files import write_atomic
from engine.read_file import read_file
from engine.training.hyperparameters import Hyperparameters, knobs

LARGEST = 2**20
"""What a file may hold, in bytes."""


FLAGS = (
    "data", "invert", "scale", "preset", "model", "resume", "save", "json", "quiet", "csv",
    "tensorboard", "config",
)  # fmt: skip
"""Of the flags of `train` those that are no settings."""


def read(path: Path) -> dict[str, Any]:
    """The values in a file, by the names of the settings; they are not checked.

    Raises:
        DataError: it cannot be read, is too large or no TOML, names a setting twice, or holds
            what is no setting at all.
    """
    import tomllib

    try:
        values = tomllib.loads(read_file(path, LARGEST).decode("utf-8-sig"))
    except FormatError as error:
        raise DataError(f"Cannot read the config file {error}") from error
    except (ValueError, RecursionError) as error:  # endless digits and brackets, too
        raise DataError(f"The config file {path} is not TOML: {error}.") from error
    named = {name.replace("-", "_"): value for name, value in values.items()}
    for name, value in named.items():
        if name in FLAGS:
            raise DataError(
                f"The config file {path} holds {name}, which is no setting; give it as --{name}."
            )
        if isinstance(value, dict):
            raise DataError(
                f"The config file {path} has a table [{name}]; settings stand in none, "
                "each on a line such as: learning-rate = 0.1"
            )
    if len(named) < len(values) or {"until", "target_accuracy"} <= named.keys():
        raise DataError(f"The config file {path} names a setting twice.")
    if "until" in named:
        named["target_accuracy"] = named.pop("until")
    return named


def write(path: Path, settings: Hyperparameters) -> None:
    """Write every setting with what it does; `read` and `train --config` take it.

    Raises:
        SaveError: it cannot be written.
    """
    import tomlkit  # it takes a moment, and `train` only reads

    document, group = tomlkit.document(), ""
    for knob in knobs().values():
        if knob.group != group:
            group = knob.group
            document.add(tomlkit.nl())
            document.add(tomlkit.comment(group))
        value = getattr(settings, knob.name)
        item = tomlkit.item(list(value) if isinstance(value, tuple) else value)
        document.add(knob.flag.removeprefix("--"), item.comment(knob.help))
    with suppress(OSError):  # then the writer says what is wrong
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, tomlkit.dumps(document).lstrip().encode())
