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
    """Read or draw the set that was asked for; drawing shows its progress on stderr.

    Raises:
        DataError, FormatError: it is missing or damaged.
    """
    from engine.data.catalog import find

    if not name.startswith("drawn:"):
        return find(name)
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Drawing digits", total=None)
        return find(name, lambda done, total: progress.update(task, completed=done, total=total))
