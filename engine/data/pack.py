"""A folder of pictures named by class, `3/any.png`, turned into a data set of four IDX files."""

import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.data import idx, pictures
from engine.data.catalog import CLASS_NAMES, FEWEST_CLASSES, FILES, MOST_CLASSES, PACKED
from engine.data.digits import DataSet, Digits, Doubt
from engine.data.doubts import doubts
from engine.data.repairs import repair_images
from engine.errors import DataError, EngineError, FormatError, SaveError, UsageError
from engine.files import write_atomic
from engine.nn.arrays import Bytes
from engine.plural import counted

Told = Callable[[int, int], None]
"""Hears how many pictures have been read, and how many there are."""
Labeled = tuple[Bytes, Bytes]
"""Images (n, rows, columns) and labels (n,)."""

_PARTS = ("train", "test")


@dataclass(frozen=True, slots=True)
class Packed:
    """How many images each part has, the classes by label, and why pictures were left out."""

    train: int
    test: int
    classes: tuple[str, ...]
    skipped: tuple[str, ...]
    doubts: tuple[Doubt, ...] = ()
    """What can hardly be right about them."""


@dataclass(frozen=True, slots=True)
class _Picture:
    """An image and the class it is of."""

    name: str
    image: Bytes


def pack(
    folder: Path,
    out: Path,
    *,
    raw: bool = False,
    repairs: tuple[str, ...] = (),
    test_fraction: float = 1 / 6,
    seed: int = 0,
    told: Told = lambda done, total: None,
) -> Packed:
    """Write the pictures of a folder as a data set.

    folder: holds a folder for each class, named as the class; or `train` and `test` with such
    folders in each, and then the pictures are divided already. out: the folder to make; it appears
    whole or not at all. raw: take pictures as they are, all of one size; else the ink of each is
    laid out as MNIST's digits are.
    repairs: what mends the pictures, as in `engine.data.repairs`.
    test_fraction: how much of each class is for the test; the same seed takes the same pictures.

    Raises:
        UsageError: the fraction is none, or the seed is negative.
        DataError: there are fewer than 2 classes or more than 256, a name cannot be shown, no
            picture is left for one of the parts, or raw pictures differ in size.
        SaveError: the folder is there and not empty, or cannot be written.
    """
    if not 0 < test_fraction < 1:
        raise UsageError(f"The share of test pictures is between 0 and 1, not {test_fraction}.")
    if seed < 0:
        raise UsageError(f"The seed is a whole number from 0, not {seed}.")
    _check_free(out)
    divided = _is_divided(folder)
    sources = (
        {name: _listed(folder / name) for name in _PARTS} if divided else {"": _listed(folder)}
    )
    found, skipped = _read_all(sources, raw, told)
    _check_any(folder, found, skipped)
    names = _sorted_names({picture.name for part in found.values() for picture in part})
    _check_classes(folder, names)
    generator = np.random.default_rng(seed)
    if divided:
        train, test = (_labeled(found[part], names) for part in _PARTS)
    else:
        train, test = _divide(_labeled(found[""], names), test_fraction, generator)
    for part, (_, labels) in zip(("learn from", "be tested on"), (train, test), strict=True):
        if not len(labels):
            raise DataError(f"No picture in {folder} is left to {part}; it needs more of them.")
    if repairs:
        images = repair_images(train[0], test[0], repairs)
        train, test = (images[0], train[1]), (images[1], test[1])
    order = generator.permutation(len(train[1]))  # what is not shuffled in training is mixed, too
    _write(out, (train[0][order], train[1][order]), test, names)
    learned, tested = (Digits(*part, len(names), names) for part in (train, test))
    odd = doubts(DataSet(out.name, learned, tested))
    return Packed(len(train[1]), len(test[1]), names, tuple(skipped), odd)


def _check_free(out: Path) -> None:
    try:
        if (out.exists() or out.is_symlink()) and not (out.is_dir() and not any(out.iterdir())):
            raise SaveError(f"{out} is there already; name a folder that is new or empty.")
        if not out.absolute().parent.is_dir():
            raise SaveError(f"Cannot write {out}: there is no folder {out.absolute().parent}.")
    except OSError as error:
        raise SaveError(f"Cannot write {out}: {error.strerror or error}.") from error


def _is_divided(folder: Path) -> bool:
    """Whether the pictures lie in `train/3/` and `test/3/` in place of `3/`."""
    return all(any(path.is_dir() for path in _seen(folder / part)) for part in _PARTS)


def _seen(folder: Path) -> list[Path]:
    """What is in a folder and not hidden, by name; nothing where there is no folder."""
    try:
        inside = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror or error}.") from error
    return [path for path in inside if not path.name.startswith(".")]


def _listed(folder: Path) -> list[Path]:
    """Every file that may be a picture, class by class."""
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}; name one with a folder for each class.")
    return [path for each in _seen(folder) if each.is_dir() for path in _seen(each)]


def _read_all(
    sources: dict[str, list[Path]], raw: bool, told: Told
) -> tuple[dict[str, list[_Picture]], list[str]]:
    """Read the pictures of each part; those that cannot be read are left out with a sentence."""
    found: dict[str, list[_Picture]] = {part: [] for part in sources}
    skipped: list[str] = []
    total, done, pixels, first = sum(map(len, sources.values())), 0, 0, None
    for part, paths in sources.items():
        for path in paths:
            try:
                picture = _Picture(path.parent.name, _image(path, raw))
            except FormatError as error:
                skipped.append(str(error))
            else:
                found[part].append(picture)
                first = first or (path, picture.image.shape)
                _check_size(path, picture.image.shape, *first)
                pixels += picture.image.size
                _check_pixels(pixels)
            done += 1
            told(done, total)
    return found, skipped


def _image(path: Path, raw: bool) -> Bytes:
    """The image of one file: (28, 28), or of its own size when raw."""
    gray = pictures.read(path)
    if raw:
        return gray
    image = pictures.one_digit(gray)
    if not image.any():
        raise FormatError(path, "picture", "a digit", "no ink")
    return image


def _check_size(path: Path, shape: tuple[int, ...], first: Path, wanted: tuple[int, ...]) -> None:
    if shape != wanted:
        sizes = [" x ".join(map(str, each)) for each in (shape, wanted)]
        raise DataError(
            f"{path} has {sizes[0]} pixels, {first} has {sizes[1]}; pictures taken as they are "
            "must be of one size."
        )


def _check_pixels(pixels: int) -> None:
    """Stop before the memory is full, and before a file is written that nothing would read."""
    if pixels > idx.LARGEST_FILE - 16:  # its header has 16 bytes
        raise DataError(f"The pictures have more than {idx.LARGEST_FILE:,} pixels together.")


def _sorted_names(names: set[str]) -> tuple[str, ...]:
    """By number where every name is a whole number, else by letters."""
    if all(re.fullmatch(r"[0-9]{1,9}", name) for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def _check_any(folder: Path, found: dict[str, list[_Picture]], skipped: list[str]) -> None:
    if not any(found.values()):
        said = f" The first that was left out: {skipped[0]}" if skipped else ""
        raise DataError(
            f"There is no picture to pack in {folder}; pictures belong in one folder for each "
            f"class, such as 3/any.png.{said}"
        )


def _check_classes(folder: Path, names: tuple[str, ...]) -> None:
    if not FEWEST_CLASSES <= len(names) <= MOST_CLASSES:
        raise DataError(
            f"{folder} has pictures of {counted(len(names), 'class', 'classes')}, "
            f"but a set has {FEWEST_CLASSES} to {MOST_CLASSES}; "
            "each class is a folder with its pictures."
        )
    for name in names:
        if not name.isprintable() or name != name.strip():
            raise DataError(f"The folder {name!r} in {folder} has no name that can be shown.")


def _labeled(found: list[_Picture], names: tuple[str, ...]) -> Labeled:
    label = {name: number for number, name in enumerate(names)}
    labels = np.array([label[picture.name] for picture in found], np.uint8)
    return np.array([picture.image for picture in found], np.uint8), labels


def _divide(
    all_of_it: Labeled, fraction: float, generator: np.random.Generator
) -> tuple[Labeled, Labeled]:
    """Training and test: of each class the fraction, but at least one to each if it has two."""
    images, labels = all_of_it
    for_test = np.zeros(len(labels), np.bool_)
    for label in range(int(labels.max()) + 1):
        rows = generator.permutation(np.flatnonzero(labels == label))
        count = min(max(round(len(rows) * fraction), 1), len(rows) - 1)
        for_test[rows[:count]] = True
    return (images[~for_test], labels[~for_test]), (images[for_test], labels[for_test])


def _write(out: Path, train: Labeled, test: Labeled, names: tuple[str, ...]) -> None:
    """Write all files into a folder beside `out`, which then takes its name."""
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.absolute().parent))
    except OSError as error:
        raise SaveError(f"Cannot write {out}: {error.strerror or error}.") from error
    try:
        for file, values in zip(FILES.values(), (*train, *test), strict=True):
            idx.write(beside / f"{file}.gz", values)
        if names != tuple(map(str, range(len(names)))):
            write_atomic(beside / CLASS_NAMES, "".join(f"{name}\n" for name in names).encode())
        write_atomic(beside / PACKED, b"Packed from pictures: augment auto is on for this set.\n")
        beside.chmod(0o755)  # mkdtemp lets nobody else in
        if out.exists():
            out.rmdir()  # it is empty, and not every system renames onto it
        beside.rename(out)
    except (OSError, UnicodeError) as error:
        raise SaveError(f"Cannot write {out}: {error}.") from error
    except EngineError as error:
        raise SaveError(f"Cannot write {out}: {error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
