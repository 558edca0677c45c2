"""A person's preferences: a TOML file with a theme and keys, which the person or the app writes.

theme = "high-contrast"
hints = false

[keys]
"train.step" = "b"
"""

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from engine.atomic_write import write_atomic
from engine.errors import FormatError, SaveError
from engine.read_file import read_file
from numrec_tui.storage.paths import make_home

LARGEST = 2**16
"""What the file may hold, in bytes."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What is preferred, and in sentences what could not be understood."""

    theme: str | None = None
    keys: dict[str, str] = field(default_factory=dict)
    """The key of each binding that has another one than usual, by the binding's id."""
    hints: bool = True
    """Whether it is told what is worth doing next; the app writes false once it was."""
    problems: tuple[str, ...] = ()


def read(path: Path) -> Preferences:
    """The preferences in a file, or none without one; what is wrong becomes a problem."""
    if not os.path.lexists(path):
        return Preferences()
    try:
        values = tomllib.loads(read_file(path, LARGEST).decode("utf-8-sig"))
    except FormatError as error:
        return Preferences(problems=(f"The preferences are left out: {error}",))
    except (ValueError, RecursionError) as error:  # endless digits and brackets, too
        return Preferences(problems=(f"{path} is not TOML, so it was left out: {error}.",))
    problems = [
        f"{path}: there is no preference {name!r}; there are theme, hints and keys."
        for name in values
        if name not in ("theme", "hints", "keys")
    ]
    theme, keys = values.get("theme"), values.get("keys", {})
    if theme is not None and not isinstance(theme, str):
        problems.append(f"{path}: theme has to be a name in quotation marks, not {theme!r}.")
        theme = None
    hints = values.get("hints", True)
    if not isinstance(hints, bool):
        problems.append(f"{path}: hints has to be true or false, not {hints!r}.")
        hints = True
    if not isinstance(keys, dict):
        problems.append(f"{path}: keys has to be a table, [keys].")
        keys = {}
    wrong = {name: key for name, key in keys.items() if not isinstance(key, str) or not key}
    problems += [
        f'{path}: write "{name}.{next(iter(key))}" = …, the name in quotation marks, too.'
        if isinstance(key, dict) and key
        else f"{path}: the key of {name} has to be in quotation marks."
        for name, key in wrong.items()
    ]
    good = {name: key for name, key in keys.items() if name not in wrong}
    return Preferences(theme, good, hints, tuple(problems))


def remember_theme(path: Path, theme: str) -> None:
    """Write the theme into the file, and leave everything else in it as it is.

    Raises:
        SaveError: the file is no TOML, or cannot be written.
    """
    _remember(path, "theme", theme)


def remember_hints(path: Path) -> None:
    """Write that hints were given, unless the file says whether they are wanted.

    Raises:
        SaveError: the file is no TOML, or cannot be written.
    """
    _remember(path, "hints", False, anew=False)


def _remember(path: Path, name: str, value: str | bool, *, anew: bool = True) -> None:
    """Write one preference; anew: also where there is one by that name."""
    import tomlkit  # it keeps a person's comments
    from tomlkit.exceptions import TOMLKitError

    make_home(path.parent)
    try:
        text = read_file(path, LARGEST).decode("utf-8-sig") if os.path.lexists(path) else ""
        document = tomlkit.parse(text)
    except FormatError as error:
        raise SaveError(f"The preference {name} is not kept: {error}") from error
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise SaveError(f"{path} is not TOML, so {name} is not kept there.") from error
    if name in document and not anew:
        return
    document[name] = value
    write_atomic(path, tomlkit.dumps(document).encode(), private=True)
