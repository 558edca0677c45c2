"""The person's own drawings on disk: a data set of four IDX files that grows by one digit a time.

A part is two files, and each is replaced as a whole. Images are written before labels, and labels
are cut before images: whatever ends the program in between leaves at most one image too many,
which has no label, was never told to be saved, and is cut off when the folder is opened next.
"""

import re
import shlex
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.data import idx
from engine.data.catalog import CLASS_NAMES, FILES, LONGEST_CLASS_NAMES, MOST_CLASSES
from engine.errors import DataError, SaveError
from engine.files import write_atomic
from engine.nn.arrays import Bytes
from engine.plural import counted
from engine.read_file import read_file

try:
    import fcntl
except ImportError:  # Windows; there two apps must not save at the same moment
    fcntl = None  # type: ignore[assignment]

TEST_EVERY = 5
"""Every fifth drawing is kept to be tested on; the very first is in both parts."""

ENOUGH = 6
"""Training digits from which on a tenth of them is at least one to validate on."""

_LOCK = "lock"
_in_here = threading.Lock()


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a drawing went, and how many there are now."""

    folder: Path
    name: str
    """What it is."""
    drawings: int
    train: int
    part: str
    """What it will be used for: training, test, or both."""

    def __str__(self) -> str:
        count = counted(self.drawings, "drawing") if self.drawings > 1 else "the first drawing"
        use = f" ({self.part})" if self.part != "training" else ""
        said = f"Saved as {with_article(self.name)}{use}: {count} in {self.folder}"
        if self.train < ENOUGH:
            return f"{said}. A few more, and a network can learn from them."
        return f"{said}. Learn from them: numrec-tui --data {shlex.quote(str(self.folder))}"


@dataclass(frozen=True, slots=True)
class _Part:
    """Training or test digits: images (n, rows, columns), labels (n,)."""

    kind: str
    images: Bytes
    labels: Bytes

    def __len__(self) -> int:
        return len(self.labels)


def with_article(name: str) -> str:
    """A class as a person says it: "a 7", "an 8", "Dress"."""
    if not name.isdecimal():
        return name
    return f"an {name}" if name in ("8", "11", "18") else f"a {name}"


def folder_for(home: Path, data: str, names: Sequence[str]) -> Path:
    """Where drawings go: digits to one folder, those of other classes to one for each set."""
    if tuple(names) == tuple("0123456789"):
        return home / "drawings"
    name = re.sub(r"[^\w.-]+", "-", data).strip("-.") or "other"
    return home / f"drawings-{name}"


def save(folder: Path, picture: Bytes, label: int, names: Sequence[str]) -> Saved:
    """Add a drawing to the set in `folder`, which is made if it is not there.

    picture (rows, columns): white on black, of the same size as the others. label: its class.
    names: what the classes are called.

    Raises:
        SaveError: it could not be written; the drawings of before are unharmed.
        DataError, FormatError: what is in the folder is no set that this drawing fits into.
    """
    with _locked(folder):
        _agree_on_classes(folder, names)
        train, test = (_healed(folder, part) for part in _read_both(folder))
        for part in (train, test):
            if len(part) and part.images.shape[1:] != picture.shape:
                size = " x ".join(map(str, part.images.shape[1:]))
                raise DataError(f"The drawings in {folder} are {size} pixels, this one is not.")
        number = _count(train, test) + 1
        if number == 1:
            train, test = (_with(part, picture, label) for part in (train, test))
            _write(folder, train)
            _write(folder, test)
            kind = "training and test"
        elif number % TEST_EVERY == 0:
            kind, test = test.kind, _with(test, picture, label)
            _write(folder, test)
        else:
            kind, train = train.kind, _with(train, picture, label)
            _write(folder, train)
    return Saved(folder, names[label], number, len(train), kind)


def take_back(folder: Path, picture: Bytes, label: int) -> int:
    """Take the drawing that was saved last out of the set again; returns how many are left.

    Raises:
        SaveError: it could not be written.
        DataError: the last drawing is another one by now.
    """
    with _locked(folder):
        train, test = _read_both(folder)
        number = _count(train, test)
        part = test if number % TEST_EVERY == 0 else train
        same = len(part) and part.labels[-1] == label and np.array_equal(part.images[-1], picture)
        if not same:
            raise DataError(f"Nothing taken back: the last drawing in {folder} is another one.")
        if number == 1:
            _remove(folder)
        elif len(part) > 1:
            _write(folder, _Part(part.kind, part.images[:-1], part.labels[:-1]), shrinks=True)
    return number - 1


def is_ours(folder: Path) -> bool:
    """Whether a folder in the person's home is one that drawings go to."""
    return folder.name == "drawings" or folder.name.startswith("drawings-")


def repair(folder: Path) -> None:
    """Make the set readable again if a save was ended half way; else change nothing.

    Raises:
        SaveError: it could not be written.
        FormatError: a file is damaged.
    """
    if folder.is_dir():
        with _locked(folder):
            for part in _read_both(folder):
                _healed(folder, part)


def _read_both(folder: Path) -> tuple[_Part, _Part]:
    """What was saved; if one part was not written yet, it has the first digit of the other."""
    train, test = _read(folder, "training"), _read(folder, "test")
    if len(train) and not len(test):
        test = _Part("test", train.images[:1], train.labels[:1])
    elif len(test) and not len(train):
        train = _Part("training", test.images[:1], test.labels[:1])
    return train, test


def _read(folder: Path, kind: str) -> _Part:
    """The images that have a label; none where the files are not there yet."""
    images, labels = (_path(folder, kind, what) for what in ("images", "labels"))
    if not images.exists() or not labels.exists():
        return _Part(kind, np.zeros((0, 0, 0), np.uint8), np.zeros(0, np.uint8))
    pictures, classes = idx.read_images(images), idx.read_labels(labels, MOST_CLASSES)
    whole = min(len(pictures), len(classes))
    return _Part(kind, pictures[:whole], classes[:whole])


def _healed(folder: Path, part: _Part) -> _Part:
    """Write a part anew if its files hold something else."""
    if len(part):
        for what, values in (("images", part.images), ("labels", part.labels)):
            path = _path(folder, part.kind, what)
            if not path.exists() or _length(path, values.ndim) != len(values):
                idx.write(path, values)
    return part


def _length(path: Path, rank: int) -> int:
    read = idx.read_images(path) if rank == 3 else idx.read_labels(path, MOST_CLASSES)
    return len(read)


def _with(part: _Part, picture: Bytes, label: int) -> _Part:
    images = part.images if len(part) else np.zeros((0, *picture.shape), np.uint8)
    labels = np.append(part.labels, np.uint8(label))
    return _Part(part.kind, np.concatenate([images, picture[None]]), labels)


def _write(folder: Path, part: _Part, shrinks: bool = False) -> None:
    images = (_path(folder, part.kind, "images"), part.images)
    labels = (_path(folder, part.kind, "labels"), part.labels)
    for path, values in (labels, images) if shrinks else (images, labels):
        idx.write(path, values)


def _remove(folder: Path) -> None:
    try:
        for kind in ("test", "training"):
            for what in ("labels", "images"):
                _path(folder, kind, what).unlink(missing_ok=True)
    except OSError as error:
        raise SaveError(f"Cannot change {folder}: {error.strerror or error}.") from error


def _path(folder: Path, kind: str, what: str) -> Path:
    """The file as the catalog finds it: plain, or gzip where there is only that."""
    plain = folder / FILES[f"{kind} {what}"]
    packed = plain.with_name(f"{plain.name}.gz")
    return packed if packed.is_file() and not plain.is_file() else plain


def _count(train: _Part, test: _Part) -> int:
    """How many drawings there are; the first one is in both parts."""
    return max(len(train) + len(test) - 1, 0)


def _agree_on_classes(folder: Path, names: Sequence[str]) -> None:
    """Name the classes in the folder; a set of a few digits would else have fewer of them."""
    path = folder / CLASS_NAMES
    try:
        if path.exists():
            found = read_file(path, LONGEST_CLASS_NAMES).decode("utf-8-sig")
            if found.splitlines() != list(names):
                raise DataError(f"{path} names other classes than those of this network.")
            return
    except UnicodeDecodeError as error:
        raise DataError(f"{path} cannot be read: {error}.") from error
    write_atomic(path, ("\n".join(names) + "\n").encode())


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Make the folder, and keep other threads and other apps out of it for a moment."""
    with _in_here:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / _LOCK).open("ab")
        except OSError as error:
            raise SaveError(f"Cannot save in {folder}: {error.strerror or error}.") from error
        with lock:
            if fcntl is not None:
                with suppress(OSError):  # a file system without locks
                    fcntl.flock(lock, fcntl.LOCK_EX)
            yield
