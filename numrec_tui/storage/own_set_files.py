"""Sets of one's own on disk: four IDX files with `classes.txt`, which every program opens.

What is held out is the test part. A fifth IDX file says in which order training and test drawings
came, so that the last one can be taken back; without it the set is the same, in another order.
A part without a drawing has no files.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from engine.atomic_write import plain_name
from engine.data import idx
from engine.data.catalog import (
    CLASS_NAMES,
    FEWEST_CLASSES,
    FILES,
    MOST_CLASSES,
    is_folder,
    read_class_names,
)
from engine.data.mixture import absolute, renamed
from engine.data.normalize import FRAME
from engine.data.repairs import joined, parted
from engine.errors import DataError
from engine.nn.arrays import Bytes
from numrec_tui.storage.own_set import Flags, OwnSet, checked_classes, new_set
from numrec_tui.storage.paths import home, sets_folder
from numrec_tui.storage.several_files import finish, locked, write_together

ORDER = "held-out-idx1-ubyte"
"""In the order of drawing, 1 for each that is held out and 0 for each that is learned from."""

DRAWINGS = "drawings"
"""What the folders are called that drawings of a loaded set's classes go to."""

LONGEST_SET_NAME = 60

_NOT_IN_NAMES = frozenset(",+*~")
"""What `--data` would take for something else."""


def own_folders() -> list[Path]:
    """The folders of all sets of one's own, those with the latest drawing first."""
    found = []
    for folder in (sets_folder(), home()):
        try:
            found += [path for path in folder.iterdir() if is_own(path) and path.is_dir()]
        except OSError:
            continue
    return sorted(found, key=_changed, reverse=True)


def _changed(folder: Path) -> tuple[float, str]:
    try:
        return folder.stat().st_mtime, folder.name
    except OSError:
        return 0.0, folder.name


def is_own(folder: Path) -> bool:
    """Whether this is the folder of a set of one's own."""
    if folder.name.startswith("."):
        return False
    parent = folder.absolute().parent.resolve()
    if parent == home().resolve():
        return folder.name == DRAWINGS or folder.name.startswith(f"{DRAWINGS}-")
    return parent == sets_folder().resolve()


def folder_named(name: str) -> Path:
    """The folder of the set that is called so, whether it is there or not.

    Raises:
        DataError: no set can be called so, as `--data` would take the name for something else.
    """
    name = name.strip()
    if not name or name != plain_name(name) or _NOT_IN_NAMES & set(name):
        raise DataError(f"No set can be called {name!r}: letters, digits, spaces, - and _ can be.")
    if len(name) > LONGEST_SET_NAME:
        raise DataError(f"The name of a set has at most {LONGEST_SET_NAME} signs.")
    if not is_folder(name):
        raise DataError(f"{name} is the name of a set that everybody has; choose another name.")
    return sets_folder() / name


def whole(names: str) -> str:
    """The list of `--data` that asks for the same sets from any folder: each a whole path.

    What a set of one's own is called comes before folders: ./NAME is a folder.
    """
    return absolute(as_folders(names))


def as_folders(names: str) -> str:
    """The list of `--data` with the path of its folder for each set of one's own."""
    return renamed(names, _of_own)


def _of_own(name: str) -> str:
    bare, repairs = parted(name)
    try:
        folder = folder_named(bare) if is_folder(bare) else None
    except DataError:
        return name
    return joined(str(folder), repairs) if folder is not None and folder.is_dir() else name


def as_names(names: str) -> str:
    """The list of `--data` with the name of each set of one's own for the path of its folder."""
    return renamed(names, _name_of_own)


def _name_of_own(name: str) -> str:
    bare, repairs = parted(name)
    folder = Path(bare)
    return joined(folder.name, repairs) if folder.parent == sets_folder() else name


@contextmanager
def prepared(folder: Path) -> Iterator[None]:
    """The files of a set as any program reads them, whole, and as they are for a moment.

    Raises:
        DataError, FormatError: the set is damaged, or there is too little to learn from.
    """
    with locked(folder):
        own = _read(folder)
        if own.lacks is not None:
            raise DataError(f"{folder} cannot be learned from yet: {own.lacks}.")
        _write(folder, own)
        yield


def create(folder: Path, classes: tuple[str, ...]) -> OwnSet:
    """Make a new set without a drawing.

    Raises:
        DataError: there is one of that name, or its classes are wrong.
        SaveError: it cannot be written.
    """
    own = new_set(checked_classes(classes))
    with locked(folder):
        if (folder / CLASS_NAMES).exists():
            raise DataError(f"There is a set called {folder.name} already; choose another name.")
        _write(folder, own)
    return own


def open_set(folder: Path) -> OwnSet:
    """Read a set, after finishing what a program that was ended had still to write.

    Raises:
        DataError, FormatError: its files are missing, damaged, or do not fit together.
        SaveError: the folder cannot be written to.
    """
    with locked(folder):
        return _read(folder)


def change(
    folder: Path,
    edit: Callable[[OwnSet], OwnSet],
    expected: OwnSet | None = None,
    classes: tuple[str, ...] | None = None,
) -> tuple[OwnSet, OwnSet]:
    """Change a set and write it; returns it as it was, and as it is now.

    expected: what it has to be before. classes: those of the set that is made if there is none.

    Raises:
        DataError, FormatError: it cannot be changed so, or another program has changed it.
        SaveError: it could not be written.
    """
    with locked(folder):
        if classes is not None and not (folder / CLASS_NAMES).exists():
            before = new_set(classes)
        else:
            before = _read(folder)
        if expected is not None and expected != before:
            raise DataError(f"Another program has changed {folder.name}; it is shown as it is now.")
        after = edit(before)
        _write(folder, after)
    return before, after


def _read(folder: Path) -> OwnSet:
    finish(folder, {CLASS_NAMES, ORDER, *_every_name()})
    names = read_class_names(folder / CLASS_NAMES)
    train, test = (_read_part(folder, kind, len(names)) for kind in ("training", "test"))
    largest = max(int(labels.max(initial=0)) for _, labels in (train, test))
    classes = names or tuple(map(str, range(max(largest + 1, FEWEST_CLASSES))))
    shapes = {images.shape[1:] for images, labels in (train, test) if len(labels)}
    if len(shapes) > 1:
        raise DataError(f"The training and the test images of {folder} differ in size.")
    held_out = _order(folder, len(train[1]), len(test[1]))
    if held_out is None:
        test = _unseen(*test, train[0])
        held_out = np.repeat([False, True], (len(train[1]), len(test[1])))
    images = np.zeros((len(held_out), *(shapes.pop() if shapes else (FRAME, FRAME))), np.uint8)
    labels = np.zeros(len(held_out), np.uint8)
    for (pictures, numbers), part in ((train, ~held_out), (test, held_out)):
        if len(numbers):
            images[part], labels[part] = pictures, numbers
    return OwnSet(classes, images, labels, held_out)


def _read_part(folder: Path, kind: str, classes: int) -> tuple[Bytes, Bytes]:
    """The images that have a label: older versions wrote images first."""
    images, labels = (_path(folder, f"{kind} {what}") for what in ("images", "labels"))
    if not images.exists() or not labels.exists():
        return np.zeros((0, 0, 0), np.uint8), np.zeros(0, np.uint8)
    pictures = idx.read_images(images)
    numbers = idx.read_labels(labels, classes or MOST_CLASSES)
    whole = min(len(pictures), len(numbers))
    return pictures[:whole], numbers[:whole]


def _order(folder: Path, train: int, test: int) -> Flags | None:
    """Which drawings are held out, in the order of drawing; None if that is not known."""
    path = folder / ORDER
    if not path.exists():
        return None
    held_out = idx.read_labels(path, 2).astype(np.bool_)
    fits = (len(held_out), int(held_out.sum())) == (train + test, test)
    return held_out if fits else None


def _unseen(images: Bytes, labels: Bytes, train: Bytes) -> tuple[Bytes, Bytes]:
    """Test drawings that are in training as well are left there: older versions had the first."""
    seen = {image.tobytes() for image in train}
    kept = np.array([image.tobytes() not in seen for image in images], np.bool_)
    return images[kept], labels[kept]


def _write(folder: Path, own: OwnSet) -> None:
    files: dict[str, bytes | None] = {
        CLASS_NAMES: ("\n".join(own.classes) + "\n").encode(),
        ORDER: idx.content_of(Path(ORDER), own.held_out.astype(np.uint8)),
    }
    for kind, part in (("training", ~own.held_out), ("test", own.held_out)):
        for what, values in (("images", own.images), ("labels", own.labels)):
            path = _path(folder, f"{kind} {what}")
            chosen = values[part]
            files[path.name] = idx.content_of(path, chosen) if len(chosen) else None
    write_together(folder, files)


def _every_name() -> list[str]:
    return [f"{name}{packed}" for name in FILES.values() for packed in ("", ".gz")]


def _path(folder: Path, part: str) -> Path:
    """The file as the catalog finds it: plain, or gzip where there is only that."""
    plain = folder / FILES[part]
    packed = plain.with_name(f"{plain.name}.gz")
    return packed if packed.is_file() and not plain.is_file() else plain
