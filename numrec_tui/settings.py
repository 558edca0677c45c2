"""The folders that belong to the user: where models go."""

import os
from pathlib import Path

from platformdirs import user_data_path


def home() -> Path:
    """The folder for everything the program keeps; `NUMREC_HOME` names another one."""
    chosen = os.environ.get("NUMREC_HOME")
    return Path(chosen).expanduser() if chosen else user_data_path("numrec-tui")


def models_folder() -> Path:
    """Where trained models are saved; it is made at the first save."""
    return home() / "models"
