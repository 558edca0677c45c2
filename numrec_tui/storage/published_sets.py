"""Published sets that are not on this computer yet, and how they come into the data folder."""

from collections.abc import Callable
from pathlib import Path

from engine.data.catalog import is_here
from engine.data.download import OnProgress, addresses, download
from engine.data.mixture import sources
from engine.data.published import PUBLISHED, Published
from engine.data.repairs import parted
from numrec_tui.storage.paths import data_folder


def missing(names: str) -> list[Published]:
    """Of the sets that a list names those that have to be downloaded first, each once.

    Raises:
        DataError: a weight is wrong, or a name is missing.
    """
    asked = dict.fromkeys(parted(each.name)[0] for each in sources(names))
    found = (PUBLISHED.get(name) for name in asked)
    return [each for each in found if each is not None and not is_here(each, data_folder())]


def bring(
    published: Published,
    on_progress: OnProgress = lambda done, total, name: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """Download a set into the user's data folder; returns where it is.

    Raises:
        DataError: no mirror has it, or `cancelled` said so. SaveError: the folder cannot be
            written. UsageError: `NUMREC_MIRRORS` holds no addresses.
    """
    own, folder = addresses(published), data_folder() / published.name
    download(published, folder, on_progress, mirrors=own, cancelled=cancelled)
    return folder
