"""The `--data` flag: which digits to learn from."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from engine.data.digits import DataSet

DataFlag = Annotated[
    str,
    Parameter(
        help="bundled; drawn:COUNT:SEED:WILDNESS, such as drawn:60000; or a folder with the four "
        "IDX files of an MNIST-like set, plain or .gz [bundled]"
    ),
]


def load_data(name: str) -> "DataSet":
    """Read or draw the set that was asked for.

    Raises:
        DataError, FormatError: it is missing or damaged.
    """
    from engine.data.catalog import find

    return find(name)
