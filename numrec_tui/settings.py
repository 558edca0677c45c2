"""The folders that belong to the user: where models go, where downloads are kept."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_cache_path, user_data_path

from engine.errors import UsageError


def home() -> Path:
    """The folder for everything the program keeps; `NUMREC_HOME` names another one."""
    chosen = os.environ.get("NUMREC_HOME")
    return Path(chosen).expanduser() if chosen else user_data_path("numrec-tui")


def models_folder() -> Path:
    """Where trained models are saved; it is made at the first save."""
    return home() / "models"


def checkpoints_folder() -> Path:
    """Where runs are kept while they are trained, to go on with later."""
    return home() / "checkpoints"


def exports_folder() -> Path:
    """Where charts are written to; it is made at the first one."""
    return home() / "exports"


def history_file() -> Path:
    """Where the runs that were made are recorded."""
    return home() / "history.db"


def settings_file() -> Path:
    """Where the settings of the app are written, unless another file is named."""
    return home() / "settings.toml"


def data_folder() -> Path:
    """Where downloaded data sets are kept, each in a folder of its own; they can be had again."""
    chosen = os.environ.get("NUMREC_HOME")
    return (home() if chosen else user_cache_path("numrec-tui")) / "data"


def mirrors() -> tuple[str, ...]:
    """Addresses of one's own to download data sets from, in place of the built-in ones.

    `NUMREC_MIRRORS` holds them, separated by commas; each has a folder a set, such as
    `mnist/train-images-idx3-ubyte.gz`.

    Raises:
        UsageError: one is not https; plain http is for this computer alone.
    """
    words = os.environ.get("NUMREC_MIRRORS", "").split(",")
    chosen = tuple(word.strip().rstrip("/") for word in words if word.strip())
    for address in chosen:
        try:
            parts = urlsplit(address)
            host = parts.hostname if parts.port != 0 else None
        except ValueError:
            host = None
        if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL)):
            raise UsageError(f"NUMREC_MIRRORS: {address} is no https:// address.")
    return chosen


LOCAL = ("localhost", "127.0.0.1", "::1")
