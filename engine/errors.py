"""What can go wrong: each error is one sentence for a person, saying what, where and what to do.

No message mentions flags, commands or keys: who calls the engine may be a program or a notebook.
The command line adds what to type (`numrec_tui.cli.hints`).
"""

import difflib
from collections.abc import Mapping
from pathlib import Path


class EngineError(Exception):
    """The base of every error a person can cause; its text is fit to be shown as it is."""


class DataError(EngineError):
    """A data set cannot be used: missing files, counts or sizes that do not fit."""


class NotDownloadedError(DataError):
    """A published set is not on this computer, or not as it was published.

    name: the set's. damaged: whether it is there, but with other bytes.
    """

    def __init__(self, message: str, name: str, damaged: bool = False) -> None:
        self.name = name
        self.damaged = damaged
        super().__init__(message)


class DownloadError(DataError):
    """A published set cannot be downloaded now."""


class HoldOutError(DataError):
    """A set is too small for what is to be held out of it."""


class InputError(DataError, ValueError):
    """Arrays that a network cannot take: of another size, of another kind, out of range."""


class FormatError(EngineError):
    """A file is not what its format asks for."""

    def __init__(self, path: Path | str, where: str, expected: str, found: str) -> None:
        self.path = Path(path)
        self.where = where
        self.expected = expected
        self.found = found
        super().__init__(f"{path}: {where}: expected {expected}, found {found}.")


class PictureSizeError(FormatError):
    """A picture that is taken untouched has another size than it must have."""


class SheetNamesError(FormatError):
    """The photograph of a sheet does not tell what its classes are called."""


class VersionError(FormatError):
    """A file is whole, but another version of the program wrote it, or one with other plug-ins."""


class SaveError(EngineError):
    """A file could not be written; whatever was there before is unharmed."""


class SettingsError(EngineError):
    """One or more settings are wrong; `problems` names every one of them."""

    def __init__(self, problems: Mapping[str, str], where: str = "") -> None:
        self.problems = dict(problems)
        listed = "; ".join(f"{name}: {problem}" for name, problem in self.problems.items())
        super().__init__(f"{where}: {listed}." if where else f"{listed}.")


class UsageError(EngineError):
    """Something that has to be said was not said."""


class TeamError(EngineError):
    """The processes that learn together cannot be started, or one of them is lost."""


class LostProcessError(TeamError):
    """A process of the team died, froze or failed while the team worked."""


class CheckpointError(EngineError):
    """A run cannot go on from where it was left."""


class LibraryError(EngineError):
    """A library that the program can do without is not installed, and this needs it."""


class HistoryError(EngineError):
    """The record of the runs cannot be used, or was set aside."""


def did_you_mean(name: str, known: Mapping[str, object]) -> str:
    """The end of a sentence that names what was perhaps meant; empty if nothing is like it."""
    close = difflib.get_close_matches(name.replace("-", "_"), known, n=1)
    return f"; did you mean {close[0]!r}" if close else ""
