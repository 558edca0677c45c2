"""Drawings of the classes of a loaded set: where they go, and what is said about it.

They are a set of one's own as any other: see `own_set_files`.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.atomic_write import plain_name
from engine.errors import DataError
from engine.nn.arrays import Bytes
from engine.plural import counted
from numrec_tui.storage.own_set import OwnSet
from numrec_tui.storage.own_set_files import DRAWINGS, change

ENOUGH = 6
"""Training digits from which on a tenth of them is at least one to validate on."""


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a drawing went, and how many there are now."""

    folder: Path
    name: str
    """What it is."""
    drawings: int
    enough: bool
    """Whether a network can learn from them."""
    held_out: bool
    """Whether it is kept to be tested on."""

    def __str__(self) -> str:
        count = counted(self.drawings, "drawing") if self.drawings > 1 else "the first drawing"
        use = " (test)" if self.held_out else ""
        said = f"Saved as {with_article(self.name)}{use}: {count} in {self.folder}"
        if not self.enough:
            return f"{said}. A few more, and a network can learn from them."
        return f"{said}. Learn from them: numrec-tui --data {shlex.quote(str(self.folder))}"


def with_article(name: str) -> str:
    """A class as a person says it: "a 7", "an 8", "Dress"."""
    if not name.isdecimal():
        return name
    return f"an {name}" if name in ("8", "11", "18") else f"a {name}"


def folder_for(home: Path, data: str, names: Sequence[str]) -> Path:
    """Where drawings go: digits to one folder, those of other classes to one for each set."""
    if tuple(names) == tuple("0123456789"):
        return home / DRAWINGS
    name = re.sub(r"[^\w.-]+", "-", data).strip("-.") or "other"
    return home / f"{DRAWINGS}-{plain_name(name)}"


def save(folder: Path, picture: Bytes, label: int, names: Sequence[str]) -> Saved:
    """Add a drawing to the set in `folder`, which is made if it is not there.

    picture (rows, columns): white on black, of the same size as the others. label: its class.
    names: what the classes are called.

    Raises:
        SaveError: it could not be written; the drawings of before are unharmed.
        DataError, FormatError: what is in the folder is no set that this drawing fits into.
    """

    def add(own: OwnSet) -> OwnSet:
        if own.classes != tuple(names):
            raise DataError(f"{folder} has other classes than this network.")
        return own.add(picture, label)

    _, own = change(folder, add, classes=tuple(names))
    held_out = bool(own.held_out[-1])
    enough = own.lacks is None and np.count_nonzero(~own.held_out) >= ENOUGH
    return Saved(folder, names[label], len(own), bool(enough), held_out)


def take_back(folder: Path, picture: Bytes, label: int) -> int:
    """Take the drawing that was saved last out of the set again; returns how many are left.

    Raises:
        SaveError: it could not be written.
        DataError: the last drawing is another one by now.
    """

    def delete(own: OwnSet) -> OwnSet:
        same = len(own) and own.labels[-1] == label and np.array_equal(own.images[-1], picture)
        if not same:
            raise DataError(f"Nothing taken back: the last drawing in {folder} is another one.")
        return own.delete(len(own) - 1)

    _, own = change(folder, delete)
    return len(own)
