"""The `--data` flag: which digits to learn from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from engine.errors import UsageError

if TYPE_CHECKING:
    from engine.data.digits import DataSet

DataFlag = Annotated[
    Path | None,
    Parameter(help="a folder with the four IDX files of an MNIST-like set, plain or .gz"),
]


def load_data(folder: Path | None) -> "DataSet":
    """Read the set that was asked for.

    Raises:
        UsageError: none was asked for.
        DataError, FormatError: it is missing or damaged.
    """
    from engine.data.catalog import load

    if folder is None:
        raise UsageError(
            "Which digits? Name a folder with the four MNIST files: --data FOLDER "
            "(train-images-idx3-ubyte.gz and so on)."
        )
    return load(folder)
