"""What can go wrong: each error is one sentence for a person, saying what, where and what to do."""

from collections.abc import Mapping
from pathlib import Path


class EngineError(Exception):
    """The base of every error a person can cause; its text is fit to be shown as it is."""


class DataError(EngineError):
    """A data set cannot be used: missing files, counts or sizes that do not fit."""


class FormatError(EngineError):
    """A file is not what its format asks for."""

    def __init__(self, path: Path | str, where: str, expected: str, found: str) -> None:
        self.path = Path(path)
        self.where = where
        self.expected = expected
        self.found = found
        super().__init__(f"{path}: {where}: expected {expected}, found {found}.")


class VersionError(FormatError):
    """A file is whole, but another version of the program wrote it."""


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


class CheckpointError(EngineError):
    """A run cannot go on from where it was left."""


class LibraryError(EngineError):
    """A library that the program can do without is not installed, and this needs it."""


class HistoryError(EngineError):
    """The record of the runs cannot be used, or was set aside."""
