"""Where a data set comes from: bundled, drawn, published, or a folder with four IDX files."""

import difflib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from engine.data import idx
from engine.data.bundled import bundled_folder
from engine.data.dataset import DataSet, Digits
from engine.data.doubts import doubts
from engine.data.generated import GENERATED
from engine.data.published import PARTS, PUBLISHED, Published
from engine.data.repairs import parted, repaired
from engine.data.synthetic import draw, read_styles
from engine.errors import DataError, FormatError, NotDownloadedError
from engine.plural import counted
from engine.read_file import read_file

DEFAULT = "bundled"
"""What is learned from when nothing else is chosen."""

FILES = dict(
    zip(("training images", "training labels", "test images", "test labels"), PARTS, strict=True)
)
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

CLASS_NAMES = "classes.txt"
"""The file that names the classes of a folder's set."""

PACKED = "packed.txt"
"""The file that marks a set as packed from pictures."""

FEW = 10_000
"""Training images below which a set profits from `augment auto`, whatever it shows."""

FEWEST_CLASSES, MOST_CLASSES = 2, 256
"""How many classes a set may have: a label is one byte."""

LONGEST_CLASS_NAMES = 2**16
"""Bytes of the file that names the classes."""

OnProgress = Callable[[int, int], None]
"""Hears how many digits are drawn, and how many there will be."""

FEWEST, MOST = 10, 1_000_000
"""How many digits may be drawn."""


def find(
    name: str, on_progress: OnProgress = lambda done, total: None, *, downloads: Path | None = None
) -> DataSet:
    """The set that goes by a name.

    name: "bundled"; "drawn:60000", "drawn:60000:SEED" or "drawn:60000:SEED:WILDNESS"; "mnist" or
    another published set; one that another package generates; or a folder with the four IDX files
    of an MNIST-like set. These names come before folders; what has a separator in it, such as
    "./mnist", is always a folder. Each may end in repairs: "./mine+invert". What is no set of our
    own is looked at for doubts.
    on_progress: hears how far the drawing is. downloads: where published sets are kept.

    Raises:
        DataError: there is no such set, it is not downloaded, or its parts do not fit together.
        FormatError: a file is damaged.
    """
    if not name:
        raise DataError(f"No data set is named; there are {_kinds()}.")
    bare, repairs = parted(name)
    found = _find_set(bare, on_progress, downloads)
    if repairs:
        found = repaired(found, repairs)
    return replace(found, doubts=doubts(found)) if repairs or is_folder(bare) else found


def _find_set(name: str, on_progress: OnProgress, downloads: Path | None) -> DataSet:
    if is_folder(name):
        return load(Path(name))
    if name == DEFAULT:
        digits = load(bundled_folder())
        return DataSet(name, digits.train, digits.test, varied=True)
    if name in PUBLISHED:
        return load_published(PUBLISHED[name], downloads)
    if name in GENERATED:
        return GENERATED[name].data_set()
    return draw_set(_drawing(name), name, on_progress)


def _kinds() -> str:
    known = ", ".join((*PUBLISHED, *GENERATED))
    return f"{DEFAULT}, drawn:60000, {known}, or a folder with the four IDX files of a set"


def is_folder(name: str) -> bool:
    """Whether a name means a folder, and not a set that the catalog knows."""
    name, _ = parted(name)
    if "/" in name or os.sep in name:
        return True
    known = name == DEFAULT or name in PUBLISHED or name in GENERATED
    return not known and name.partition(":")[0] != "drawn"


def load_published(published: Published, downloads: Path | None) -> DataSet:
    """Read a published set from its folder in `downloads`, after verifying every byte.

    Raises:
        NotDownloadedError: it was not downloaded, or is not what was published any more.
        DataError: its folder cannot be read.
    """
    if downloads is None or not is_here(published, downloads):
        raise NotDownloadedError(
            f"{published.name} is not on this computer yet; it has to be downloaded first "
            f"({published.megabytes}). A folder of that name is ./{published.name}.",
            published.name,
        )
    folder = downloads / published.name
    try:
        damaged = [file.name for file in published.files if not file.is_at(folder / file.name)]
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror or error}.") from error
    if damaged:
        raise NotDownloadedError(
            f"{damaged[0]} in {folder} is not what was published; download {published.name} again.",
            published.name,
            damaged=True,
        )
    digits = load(folder, published.class_names)
    return DataSet(published.name, digits.train, digits.test)


def is_here(published: Published, downloads: Path) -> bool:
    """Whether every file of a published set is in its folder; says nothing about the bytes."""
    return all((downloads / published.name / file.name).is_file() for file in published.files)


def draw_set(
    drawing: Drawing, name: str = "drawn", on_progress: OnProgress = lambda done, total: None
) -> DataSet:
    """Draw the digits of a set; the test digits come from another seed than the training digits."""
    styles = read_styles(bundled_folder() / "styles.json")
    done = 0

    def count(drawn: int) -> None:
        nonlocal done
        done += drawn
        on_progress(done, drawing.train + drawing.test)

    train = draw(styles, drawing.train, 2 * drawing.seed, drawing.wildness, count)
    test = draw(styles, drawing.test, 2 * drawing.seed + 1, drawing.wildness, count)
    return DataSet(name, train, test, varied=True)


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


def load(folder: Path, class_names: tuple[str, ...] = ()) -> DataSet:
    """Read a data set: four IDX files, each plain or gzip.

    class_names: what the classes are called. Without them the file `classes.txt` says it, one
    name a line; without that file there are as many classes as the largest label asks for.

    Raises:
        DataError: the folder or one of its files is missing, or the parts do not fit together.
        FormatError: a file is damaged.
    """
    paths = {part: _find(folder, part) for part in FILES}
    names = class_names or read_class_names(folder / CLASS_NAMES)
    limit = len(names) or MOST_CLASSES
    images = {part: idx.read_images(paths[f"{part} images"]) for part in ("training", "test")}
    labels = {
        part: idx.read_labels(paths[f"{part} labels"], limit) for part in ("training", "test")
    }
    for part, given in images.items():
        if len(given) != len(labels[part]):
            raise DataError(
                f"{folder} has {counted(len(given), f'{part} image')} but "
                f"{counted(len(labels[part]), f'{part} label')}; "
                "they must come from the same set."
            )
    largest = max(int(each.max(initial=0)) for each in labels.values())
    classes = len(names) or max(largest + 1, FEWEST_CLASSES)
    train, test = (Digits(images[part], labels[part], classes, names) for part in images)
    varied = len(train) < FEW or (folder / PACKED).is_file()
    return DataSet(folder.resolve().name, train, test, varied)


def read_class_names(path: Path) -> tuple[str, ...]:
    """What the classes of a folder are called, one name a line; none when there is no such file.

    Raises:
        FormatError: it is no UTF-8, or one of the names cannot be shown.
    """
    if not path.exists():
        return ()
    try:
        lines = read_file(path, LONGEST_CLASS_NAMES).decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise FormatError(path, f"byte {error.start}", "UTF-8 text", "something else") from error
    if not FEWEST_CLASSES <= len(lines) <= MOST_CLASSES:
        wanted = f"{FEWEST_CLASSES} to {MOST_CLASSES} names, one a line"
        raise FormatError(path, "lines", wanted, str(len(lines)))
    for number, line in enumerate(lines, 1):
        if not line.strip() or not line.isprintable():  # what a terminal would obey is no name
            raise FormatError(path, f"line {number}", "a name that can be shown", repr(line[:40]))
    return tuple(line.strip() for line in lines)


def _find(folder: Path, part: str) -> Path:
    if not folder.is_dir():
        close = difflib.get_close_matches(str(folder), (DEFAULT, *PUBLISHED, *GENERATED), n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise DataError(f"There is no folder {folder}; a data set is {_kinds()}.{hint}")
    name = FILES[part]
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataError(f"The {part} are missing from {folder}: there is no {name} nor {name}.gz.")
