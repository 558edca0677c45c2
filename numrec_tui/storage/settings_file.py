"""A recipe in a TOML file: settings by the names of the command line's flags, and the data."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.atomic_write import private_folder, write_atomic
from engine.errors import DataError, FormatError, SaveError
from engine.read_file import read_file
from engine.training.hyperparameters import Hyperparameters, knobs
from numrec_tui.storage.paths import is_at_home

LARGEST = 2**20
"""What a file may hold, in bytes."""


DATA = "data"
"""What is learned from: a name, or a list of them."""

SCORE_ON = "score_on"
"""What is scored beside the validation: a name."""

FLAGS = (
    "invert", "scale", "preset", "model", "resume", "save", "json", "quiet", "csv",
    "tensorboard", "config",
)  # fmt: skip
"""Of the flags of `train` those that are no settings."""


def read(path: Path) -> dict[str, Any]:
    """The values in a file, by the names of the settings; they are not checked.

    Raises:
        DataError: it cannot be read, is too large or no TOML, names a setting twice, or holds
            what is no setting at all.
    """
    values = _read(path)
    values.pop(DATA, None)
    values.pop(SCORE_ON, None)
    return values


def read_data(path: Path) -> tuple[str, ...] | None:
    """The sets that a file names to learn from; None if it names none.

    Raises:
        DataError: as for `read`, or they are no names.
    """
    found = _read(path).get(DATA)
    if found is None:
        return None
    names = found if isinstance(found, list) else [found]
    if not names or not all(isinstance(name, str) and name for name in names):
        raise DataError(
            f"In the config file {path} data is no name of a set, nor a list of names such as "
            'data = ["mnist*0.1", "./mine"].'
        )
    return tuple(names)


def read_score_on(path: Path) -> str | None:
    """The set that a file names to be scored beside the validation; None if it names none.

    Raises:
        DataError: as for `read`, or it is no name.
    """
    found = _read(path).get(SCORE_ON)
    if found is not None and not (isinstance(found, str) and found):
        raise DataError(
            f'In the config file {path} score-on is no name of a set such as score-on = "mnist".'
        )
    return found


def _read(path: Path) -> dict[str, Any]:
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
    with suppress(SaveError):  # then the writer says what is wrong
        if not path.parent.exists():
            private_folder(path.parent)
    write_atomic(path, tomlkit.dumps(document).lstrip().encode(), private=is_at_home(path))
