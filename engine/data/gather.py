"""The pictures that a set is packed from: in folders named by class, and on photographed sheets."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from engine.data import idx, pictures
from engine.data.sheet.layout import Layout
from engine.data.sheet.reading import SheetPage, no_sheet, read_sheet
from engine.errors import DataError, FormatError, UsageError
from engine.nn.arrays import Bytes
from engine.plural import counted

OnProgress = Callable[[int, int], None]
"""Hears how many pictures have been read, and how many there are."""

PARTS = ("train", "test", "")
"""What pictures are for; "" is both, and they are divided."""

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".pdf")
"""How the name of a file ends that lies beside the folders of the classes and may be of a sheet."""


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """An image and the class it is of."""

    name: str
    image: Bytes


@dataclass(slots=True)
class Gathered:
    """found: pictures by part. skipped: files that were left out, and why. pages: of sheets."""

    found: dict[str, list[Picture]] = field(default_factory=lambda: {part: [] for part in PARTS})
    skipped: list[str] = field(default_factory=list)
    pages: list[tuple[Path, SheetPage]] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """What is missing on the sheets: drawings, classes, pages."""
        notes = []
        sheets: dict[tuple[Layout, tuple[str, ...]], list[SheetPage]] = {}
        for path, page in self.pages:
            sheets.setdefault((page.layout, page.names), []).append(page)
            if page.empty:
                of = counted(page.empty + len(page.labels), "cell")
                notes.append(f"{path}: {page.empty:,} of {of} {_are(page.empty)} empty.")
        names = {picture.name for part in self.found.values() for picture in part}
        for (layout, classes), pages in sheets.items():
            missing = set(range(layout.pages)) - {page.page for page in pages}
            for number in sorted(missing):
                which = f"Page {number + 1} of {layout.pages}"
                notes.append(f"{which} of the sheet that begins with {classes[0]} is not here.")
            there = {classes[cell.label] for each in pages for cell in layout.cells(each.page)}
            notes += [f"No drawing of {name} was found." for name in sorted(there - names)]
        return notes


@dataclass(frozen=True, slots=True)
class _File:
    """name: the class of the picture; None where it is to be a sheet. named: by the person."""

    path: Path
    name: str | None
    named: bool = False


def gather(
    sources: Sequence[Path], raw: bool, classes: tuple[str, ...], on_progress: OnProgress
) -> Gathered:
    """Read the pictures of folders and sheets; those that cannot be read are left out.

    sources: folders with one for each class, and photographs of sheets. raw: take pictures as they
    are. classes: the names of a sheet's classes, in place of those it tells.

    Raises:
        DataError: a folder is missing or cannot be read, or raw pictures differ in size.
        FormatError: a picture that was named is no sheet.
        UsageError: a sheet is to be taken raw.
    """
    files = [(part, file) for source in sources for part, file in _files(source, raw)]
    gathered, pixels, first = Gathered(), 0, None
    for done, (part, file) in enumerate(files, 1):
        try:
            new = _read(file, raw, classes, gathered)
        except FormatError as error:
            if file.named:
                raise
            gathered.skipped.append(str(error))
        else:
            gathered.found[part] += new
            for picture in new:
                first = first or (file.path, picture.image.shape)
                _check_size(file.path, picture.image.shape, *first)
                pixels += picture.image.size
            _check_pixels(pixels)
        on_progress(done, len(files))
    return gathered


def _files(source: Path, raw: bool) -> Iterator[tuple[str, _File]]:
    """Every file that may be a picture, and the part that it is for."""
    if source.is_file() or (source.suffix.lower() in SUFFIXES and not source.is_dir()):
        if raw:
            raise UsageError(
                f"{source} cannot be taken as it is; the drawings on a sheet are cut out of it."
            )
        yield "", _File(source, None, named=True)
        return
    if not source.is_dir():
        raise DataError(f"There is no folder {source}; name one with a folder for each class.")
    divided = all(any(path.is_dir() for path in _seen(source / part)) for part in PARTS[:2])
    for part in PARTS[:2] if divided else ("",):
        for path in _seen(source / part):
            if path.is_dir():
                yield from ((part, _File(each, path.name)) for each in _seen(path))
    if not raw:
        for part in PARTS if divided else ("",):
            for path in _seen(source / part):
                if path.suffix.lower() in SUFFIXES and path.is_file():
                    yield part, _File(path, None)


def _seen(folder: Path) -> list[Path]:
    """What is in a folder and not hidden, by name; nothing where there is no folder."""
    try:
        inside = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror or error}.") from error
    return [path for path in inside if not path.name.startswith(".")]


def _read(file: _File, raw: bool, classes: tuple[str, ...], gathered: Gathered) -> list[Picture]:
    """The pictures of one file: those of a sheet are several."""
    gray = pictures.read(file.path)
    if file.name is not None:
        return [Picture(file.name, gray if raw else _one_digit(gray, file.path))]
    page = read_sheet(gray, file.path, classes)
    if page is None:
        raise no_sheet(file.path)
    gathered.pages.append((file.path, page))
    return [
        Picture(page.names[label], image)
        for label, image in zip(page.labels, page.images, strict=True)
    ]


def _one_digit(gray: Bytes, path: Path) -> Bytes:
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


def labeled(found: Sequence[Picture], names: tuple[str, ...]) -> tuple[Bytes, Bytes]:
    """Images (n, rows, columns) and labels (n,); without any, (0,) and (0,)."""
    label = {name: number for number, name in enumerate(names)}
    labels = np.array([label[picture.name] for picture in found], np.uint8)
    return np.array([picture.image for picture in found], np.uint8), labels


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
