"""Where a data set comes from: a folder with the four IDX files of the MNIST family."""

from pathlib import Path

from engine.data import idx
from engine.data.digits import DataSet, Digits
from engine.errors import DataError

CLASSES = 10

FILES = {
    "training images": "train-images-idx3-ubyte",
    "training labels": "train-labels-idx1-ubyte",
    "test images": "t10k-images-idx3-ubyte",
    "test labels": "t10k-labels-idx1-ubyte",
}
"""What each file holds, and its name without `.gz`."""


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
            f"There is no folder {folder}; --data takes a folder with the four IDX files."
        )
    name = FILES[part]
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataError(f"The {part} are missing from {folder}: there is no {name} nor {name}.gz.")
