"""Photographed sheets that were opened in the app: each becomes a set of the person's own."""

import re
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from engine.atomic_write import PRIVATE_FOLDER, make_private, plain_name
from engine.nn.arrays import Bytes
from engine.plural import counted
from numrec_tui.storage.paths import home, make_home


@dataclass(frozen=True, slots=True)
class KeptSheet:
    """Where the drawings of a sheet went, how many there are, and what the sheet lacks."""

    photo: str
    folder: Path
    drawings: int
    classes: int
    notes: tuple[str, ...]

    def __str__(self) -> str:
        made = f"{counted(self.drawings, 'drawing')} of {self.classes} classes"
        said = f"{self.photo}: a sheet with {made}, kept in {self.folder} to learn from."
        return " ".join((said, *self.notes))


def keep(photo: Path, gray: Bytes) -> KeptSheet | None:
    """Make a set of the drawings on a sheet, in a new folder at home; None where it is no sheet.

    gray (rows, columns): what is in the file `photo`.

    Raises:
        FormatError: the sheet cannot be read.
        DataError: too little is drawn on it.
        SaveError: the set cannot be written.
    """
    from engine.data.pack import pack  # Pillow is wanted here alone
    from engine.data.sheet.reading import read_sheet

    if read_sheet(gray, photo) is None:
        return None
    make_home(home())
    folder = _free(home(), photo.stem)
    packed = pack(photo, folder)
    for path in (folder, *folder.iterdir()):
        make_private(path, PRIVATE_FOLDER)
    drawings = packed.train + packed.test
    return KeptSheet(photo.name, folder, drawings, len(packed.classes), packed.notes)


def _free(parent: Path, name: str) -> Path:
    """A folder for drawings that is not there yet."""
    plain = plain_name(re.sub(r"[^\w.-]+", "-", name).strip("-.") or "sheet")
    names = (f"drawings-{plain}{f'-{number}' * (number > 1)}" for number in count(1))
    return next(parent / each for each in names if not (parent / each).exists())
