"""The folders that belong to the user: where models go, where downloads are kept."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

from engine.atomic_write import PRIVATE_FOLDER, make_private, private_folder
from engine.errors import UsageError


def home() -> Path:
    """The folder for everything the program keeps; `NUMREC_HOME` names another one.

    Raises:
        UsageError: there is none: no such user, or no home folder at all.
    """
    chosen = _chosen_home()
    if chosen is not None:
        try:
            return Path(chosen).expanduser().absolute()
        except (RuntimeError, OSError) as error:  # no such user; no current folder any more
            raise UsageError(f"NUMREC_HOME names {chosen}, and there is no such place.") from error
    return _of_the_user(user_data_path("numrec-tui"))


def _chosen_home() -> str | None:
    """What `NUMREC_HOME` says; a blank says nothing."""
    chosen = os.environ.get("NUMREC_HOME", "")
    return chosen if chosen.strip() else None


def _of_the_user(folder: Path) -> Path:
    if not folder.is_absolute() or os.environ.get("HOME") == "":
        raise UsageError(
            "There is no home folder here; set NUMREC_HOME to a folder to keep things in."
        )
    return folder


def make_home(folder: Path) -> None:
    """Make the folder for everything the program keeps; private, unless there is more in it.

    All that is in one of an older version, which was open to others, becomes private, too.

    Raises:
        SaveError: it cannot be made.
    """
    with suppress(OSError):
        is_open = bool(folder.stat().st_mode & 0o077)
        if is_open and all(_is_ours(path.name) for path in folder.iterdir()):
            for path in folder.rglob("*"):
                make_private(path, PRIVATE_FOLDER)
            make_private(folder, PRIVATE_FOLDER)
    private_folder(folder, "make the folder", mend=False)


def _is_ours(name: str) -> bool:
    return name.partition("-")[0].partition(".")[0] in OURS


OURS = (
    "models", "checkpoints", "exports", "data", "drawings", "history", "preferences", "settings",
    "running", "sets", "lessons", "aside", "",
)  # fmt: skip
"""What the names of all that the program keeps begin with; temporary files begin with a dot."""


def is_at_home(path: Path) -> bool:
    """Whether a file is among what the program keeps, which nobody else may read."""
    with suppress(OSError, RuntimeError, UsageError):
        return path.resolve().is_relative_to(home().resolve())
    return False


def models_folder() -> Path:
    """Where trained models are saved; it is made at the first save."""
    return home() / "models"


def checkpoints_folder() -> Path:
    """Where runs are kept while they are trained, to go on with later."""
    return home() / "checkpoints"


def sets_folder() -> Path:
    """Where sets of one's own are kept, each in a folder of its own."""
    return home() / "sets"


def exports_folder() -> Path:
    """Where charts, screenshots and tables of runs are written; it is made at the first one."""
    return home() / "exports"


def preferences_file() -> Path:
    """A person's theme and keys."""
    return home() / "preferences.toml"


def history_file() -> Path:
    """Where the runs that were made are recorded."""
    return home() / "history.db"


def running_folder() -> Path:
    """Where a file stands for each app that runs, so that the next one knows who was killed."""
    return home() / "running"


def lessons_folder() -> Path:
    """Where a person's own lessons are looked for, and what was done of lessons is kept."""
    return home() / "lessons"


def aside_folder() -> Path:
    """Where it is written down which run an experiment has set aside."""
    return home() / "aside"


def settings_file() -> Path:
    """Where the settings of the app are written, unless another file is named."""
    return home() / "settings.toml"


def elsewhere() -> Path:
    """A folder that is proposed where the usual one cannot be written to."""
    with suppress(RuntimeError):
        return Path.home() / "numrec-runs"
    return Path(tempfile.gettempdir()) / "numrec-runs"


def data_folder() -> Path:
    """Where downloaded data sets are kept, each in a folder of its own; they can be had again."""
    if _chosen_home() is not None:
        return home() / "data"
    return _of_the_user(user_cache_path("numrec-tui")) / "data"
