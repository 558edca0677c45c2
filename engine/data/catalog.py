"""Where a data set comes from: the bundled one, a drawn one, or a folder with four IDX files."""

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

FEWEST, MOST = 10, 200_000
"""How many digits may be drawn."""


def find(name: str) -> DataSet:
    """The set that goes by a name.

    name: "bundled"; "drawn:60000", "drawn:60000:SEED" or "drawn:60000:SEED:WILDNESS"; or a folder
    with the four IDX files of an MNIST-like set.

    Raises:
        DataError: there is no such set, or its parts do not fit together.
        FormatError: a file is damaged.
    """
    if name == DEFAULT:
        digits = load(bundled_folder())
        return DataSet(name, digits.train, digits.test, drawn=True)
    if name.partition(":")[0] == "drawn":
        return draw_set(_drawing(name), name)
    return load(Path(name))


def draw_set(drawing: Drawing, name: str = "drawn") -> DataSet:
    """Draw the digits of a set; the test digits come from another seed than the training digits."""
    styles = read_styles(bundled_folder() / "styles.json")
    train = draw(styles, drawing.train, 2 * drawing.seed, drawing.wildness)
    test = draw(styles, drawing.test, 2 * drawing.seed + 1, drawing.wildness)
    return DataSet(name, train, test, drawn=True)


def _drawing(name: str) -> Drawing:
    """What a name such as "drawn:60000:7:0.8" asks for."""
    words = name.split(":")[1:]
    try:
        count = int(words[0])
        seed = int(words[1]) if len(words) > 1 else 0
        wildness = float(words[2]) if len(words) > 2 else 1.0
    except (ValueError, IndexError):
        count, seed, wildness = 0, 0, 0.0
    possible = FEWEST <= count <= MOST and 0 <= seed < 2**31 and 0 <= wildness <= 2
    if len(words) > 3 or not possible:
        raise DataError(
            f"{name!r} is no drawn set; write drawn:COUNT:SEED:WILDNESS, the last two if you like: "
            f"COUNT from {FEWEST} to {MOST:,}, SEED below 2,147,483,648, WILDNESS from 0 to 2."
        )
    return Drawing(count, max(count // 6, FEWEST), seed, wildness)


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
