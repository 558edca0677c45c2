"""Where a data set comes from: the bundled one, a drawn one, or a folder with four IDX files."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.data import idx
from engine.data.bundled import bundled_folder
from engine.data.digits import DataSet, Digits
from engine.data.drawn import draw, read_styles
from engine.errors import DataError

CLASSES = 10

DEFAULT = "bundled"
"""What is learned from when nothing else is chosen."""

FILES = {
    "training images": "train-images-idx3-ubyte",
    "training labels": "train-labels-idx1-ubyte",
    "test images": "t10k-images-idx3-ubyte",
    "test labels": "t10k-labels-idx1-ubyte",
}
"""What each file holds, and its name without `.gz`."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A set that is drawn on demand: how many digits, from which seed, how wild."""

    train: int
    test: int
    seed: int = 0
    wildness: float = 1.0


BUNDLED = Drawing(train=12_000, test=2_000, seed=0, wildness=0.9)
"""What the bundled digits are, drawn once and for all."""

Told = Callable[[int, int], None]
"""Hears how many digits are drawn, and how many there will be."""

FEWEST, MOST = 10, 1_000_000
"""How many digits may be drawn."""


def find(name: str, told: Told = lambda done, total: None) -> DataSet:
    """The set that goes by a name.

    name: "bundled"; "drawn:60000", "drawn:60000:SEED" or "drawn:60000:SEED:WILDNESS"; or a folder
    with the four IDX files of an MNIST-like set. told: hears how far the drawing is.

    Raises:
        DataError: there is no such set, or its parts do not fit together.
        FormatError: a file is damaged.
    """
    if not name:
        raise DataError(f"No data set is named; --data takes {DEFAULT}, drawn:60000 or a folder.")
    if name == DEFAULT:
        digits = load(bundled_folder())
        return DataSet(name, digits.train, digits.test, drawn=True)
    if name.partition(":")[0] == "drawn":
        return draw_set(_drawing(name), name, told)
    return load(Path(name))


def draw_set(
    drawing: Drawing, name: str = "drawn", told: Told = lambda done, total: None
) -> DataSet:
    """Draw the digits of a set; the test digits come from another seed than the training digits."""
    styles = read_styles(bundled_folder() / "styles.json")
    done = 0

    def count(drawn: int) -> None:
        nonlocal done
        done += drawn
        told(done, drawing.train + drawing.test)

    train = draw(styles, drawing.train, 2 * drawing.seed, drawing.wildness, count)
    test = draw(styles, drawing.test, 2 * drawing.seed + 1, drawing.wildness, count)
    return DataSet(name, train, test, drawn=True)


def _drawing(name: str) -> Drawing:
    """What a name such as "drawn:60000:7:0.8" asks for."""
    words = re.fullmatch(r"drawn:(\d{1,9})(?::(\d{1,10})(?::(\d(?:\.\d*)?))?)?", name, re.ASCII)
    count, seed, wildness = words.groups() if words else ("0", "0", "0")
    drawing = Drawing(
        int(count), max(int(count) // 6, FEWEST), int(seed or 0), float(wildness or 1.0)
    )
    if not (FEWEST <= drawing.train <= MOST and drawing.seed < 2**31 and drawing.wildness <= 2):
        raise DataError(
            f"{name!r} is no drawn set; write drawn:COUNT:SEED:WILDNESS, the last two if you like: "
            f"COUNT from {FEWEST} to {MOST:,}, SEED below 2,147,483,648, WILDNESS from 0 to 2. "
            "(A folder of that name is ./drawn.)"
        )
    return drawing


def load(folder: Path) -> DataSet:
    """Read a data set: four IDX files, each plain or gzip.

    Raises:
        DataError: the folder or one of its files is missing, or the parts do not fit together.
        FormatError: a file is damaged.
    """
    paths = {part: _find(folder, part) for part in FILES}
    train = Digits(
        idx.read_images(paths["training images"]),
        idx.read_labels(paths["training labels"], CLASSES),
        CLASSES,
    )
    test = Digits(
        idx.read_images(paths["test images"]),
        idx.read_labels(paths["test labels"], CLASSES),
        CLASSES,
    )
    return DataSet(folder.resolve().name, train, test)


def _find(folder: Path, part: str) -> Path:
    if not folder.is_dir():
        raise DataError(
            f"There is no folder {folder}; --data takes a folder with the four IDX files, "
            f"{DEFAULT}, or drawn:60000."
        )
    name = FILES[part]
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataError(f"The {part} are missing from {folder}: there is no {name} nor {name}.gz.")
