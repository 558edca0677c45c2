"""The data sets that a person can choose without typing a name: known ones, and their own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.data.catalog import DEFAULT, is_here
from engine.data.generated import GENERATED
from engine.data.published import PUBLISHED
from engine.plural import counted
from numrec_tui.storage.own_set_files import own_folders
from numrec_tui.storage.paths import data_folder, sets_folder

DRAWN = "drawn:60000"
"""What is drawn when somebody wants many digits."""


@dataclass(frozen=True, slots=True)
class KnownSet:
    """name: as `--data` takes it. about: what it is, in a few words. is_here: it can be read."""

    name: str
    about: str
    is_here: bool = True
    folder: str | None = None
    """Where it is, if it is a person's own."""


def known_sets() -> list[KnownSet]:
    """All of them, a person's own first; looks at folders, but reads no images."""
    return [*own_sets(), *_in_the_catalog()]


def own_sets() -> Iterator[KnownSet]:
    """A person's own, those with the latest drawing first."""
    for folder in own_folders():
        name = folder.name if folder.parent == sets_folder() else str(folder)
        yield KnownSet(name, "drawn by you", folder=str(folder))


def _in_the_catalog() -> Iterator[KnownSet]:
    yield KnownSet(DEFAULT, "12,000 digits drawn by program, which are always here")
    yield KnownSet(DRAWN, "60,000 digits, drawn when they are asked for")
    for generated in GENERATED.values():
        yield KnownSet(generated.name, generated.about)
    downloads: Path = data_folder()
    for published in PUBLISHED.values():
        here = is_here(published, downloads)
        missing = "" if here else ", not downloaded yet"
        yield KnownSet(published.name, f"{counted(published.images[0], 'image')}{missing}", here)
