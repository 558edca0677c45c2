"""Pictures in folders named by class, `3/any.png`, and photographed sheets, as a data set."""

import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.atomic_write import write_atomic
from engine.data import idx
from engine.data.catalog import CLASS_NAMES, FEWEST_CLASSES, FILES, MOST_CLASSES, PACKED
from engine.data.dataset import DataSet, Digits, Doubt
from engine.data.doubts import doubts
from engine.data.gather import OnProgress, Picture, gather, labeled
from engine.data.repairs import repair_images
from engine.errors import DataError, EngineError, SaveError, UsageError
from engine.nn.arrays import Bytes
from engine.plural import counted

Labeled = tuple[Bytes, Bytes]
"""Images (n, rows, columns) and labels (n,)."""


@dataclass(frozen=True, slots=True)
class Packed:
    """How many images each part has, the classes by label, and why pictures were left out."""

    train: int
    test: int
    classes: tuple[str, ...]
    skipped: tuple[str, ...]
    doubts: tuple[Doubt, ...] = ()
    """What can hardly be right about them."""
    notes: tuple[str, ...] = ()
    """What the sheets lack."""


def pack(
    sources: Path | Sequence[Path],
    out: Path,
    *,
    raw: bool = False,
    repairs: tuple[str, ...] = (),
    classes: tuple[str, ...] = (),
    test_fraction: float = 1 / 6,
    seed: int = 0,
    on_progress: OnProgress = lambda done, total: None,
) -> Packed:
    """Write the pictures of folders, and those on photographed sheets, as a data set.

    sources: each a photograph or scan of a sheet, or a folder. A folder holds photographs of sheets
    and a folder for each class, named as the class; or `train` and `test` with these in each, and
    then the pictures are divided already. out: the folder to make; it appears whole or not at all.
    raw: take pictures as they are, all of one size; else the ink of each is laid out as MNIST's
    digits are. repairs: what mends the pictures, as in `engine.data.repairs`.
    classes: the names of a sheet's classes, in place of those that it tells.
    test_fraction: how much of each class is for the test; the same seed takes the same pictures.

    Raises:
        UsageError: the fraction is none, the seed is negative, or a sheet is to be taken raw.
        DataError: there are fewer than 2 classes or more than 256, a name cannot be shown, no
            picture is left for one of the parts, or raw pictures differ in size.
        FormatError: a picture that is named is no sheet, or cannot be read.
        SaveError: the folder is there and not empty, or cannot be written.
    """
    if not 0 < test_fraction < 1:
        raise UsageError(f"The share of test pictures is between 0 and 1, not {test_fraction}.")
    if seed < 0:
        raise UsageError(f"The seed is a whole number from 0, not {seed}.")
    _check_free(out)
    sources = (sources,) if isinstance(sources, Path) else tuple(sources)
    where = ", ".join(map(str, sources))
    gathered = gather(sources, raw, classes, on_progress)
    found = gathered.found
    _check_any(where, found, gathered.skipped + gathered.notes)
    names = _sorted_names({picture.name for part in found.values() for picture in part})
    _check_classes(where, names)
    generator = np.random.default_rng(seed)
    divided = _divide(labeled(found[""], names), test_fraction, generator)
    train, test = (
        _joined(labeled(found[part], names), some)
        for part, some in zip(("train", "test"), divided, strict=True)
    )
    for part, (_, labels) in zip(("learn from", "be tested on"), (train, test), strict=True):
        if not len(labels):
            raise DataError(f"No picture in {where} is left to {part}; it needs more of them.")
    if repairs:
        images = repair_images(train[0], test[0], repairs)
        train, test = (images[0], train[1]), (images[1], test[1])
    order = generator.permutation(len(train[1]))  # what is not shuffled in training is mixed, too
    _write(out, (train[0][order], train[1][order]), test, names)
    learned, tested = (Digits(*part, len(names), names) for part in (train, test))
    odd = doubts(DataSet(out.name, learned, tested))
    skipped, notes = tuple(gathered.skipped), tuple(gathered.notes)
    return Packed(len(train[1]), len(test[1]), names, skipped, odd, notes)


def _check_free(out: Path) -> None:
    try:
        if (out.exists() or out.is_symlink()) and not (out.is_dir() and not any(out.iterdir())):
            raise SaveError(f"{out} is there already; name a folder that is new or empty.")
        if not out.absolute().parent.is_dir():
            raise SaveError(f"Cannot write {out}: there is no folder {out.absolute().parent}.")
    except OSError as error:
        raise SaveError(f"Cannot write {out}: {error.strerror or error}.") from error


def _sorted_names(names: set[str]) -> tuple[str, ...]:
    """By number where every name is a whole number, else by letters."""
    if all(re.fullmatch(r"[0-9]{1,9}", name) for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def _check_any(where: str, found: dict[str, list[Picture]], skipped: list[str]) -> None:
    if not any(found.values()):
        said = f" The first that was left out: {skipped[0]}" if skipped else ""
        raise DataError(
            f"There is no picture to pack in {where}; pictures belong in one folder for each "
            f"class, such as 3/any.png.{said}"
        )


def _check_classes(where: str, names: tuple[str, ...]) -> None:
    if not FEWEST_CLASSES <= len(names) <= MOST_CLASSES:
        raise DataError(
            f"{where} has pictures of {counted(len(names), 'class', 'classes')}, "
            f"but a set has {FEWEST_CLASSES} to {MOST_CLASSES}; "
            "each class is a folder with its pictures."
        )
    for name in names:
        if not name.isprintable() or name != name.strip():
            raise DataError(f"The folder {name!r} in {where} has no name that can be shown.")


def _divide(
    all_of_it: Labeled, fraction: float, generator: np.random.Generator
) -> tuple[Labeled, Labeled]:
    """Training and test: of each class the fraction, but at least one to each if it has two."""
    images, labels = all_of_it
    for_test = np.zeros(len(labels), np.bool_)
    for label in np.unique(labels):
        rows = generator.permutation(np.flatnonzero(labels == label))
        count = min(max(round(len(rows) * fraction), 1), len(rows) - 1)
        for_test[rows[:count]] = True
    return (images[~for_test], labels[~for_test]), (images[for_test], labels[for_test])


def _joined(one: Labeled, other: Labeled) -> Labeled:
    parts = [part for part in (one, other) if len(part[1])] or [one]
    images, labels = zip(*parts, strict=True)
    return np.concatenate(images), np.concatenate(labels)


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
