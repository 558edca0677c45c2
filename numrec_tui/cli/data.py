"""Which digits `--data` asks for."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.data.digits import DataSet


def load_data(name: str) -> "DataSet":
    """Read or draw the set that was asked for; drawing shows its progress on stderr.

    Raises:
        DataError, FormatError: it is missing or damaged.
    """
    if not name.startswith("drawn:"):
        return find_data(name)
    from rich.console import Console
    from rich.progress import Progress

    from engine.data.catalog import find

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Drawing digits", total=None)
        return find(name, lambda done, total: progress.update(task, completed=done, total=total))


def reading_ahead(name: str) -> Callable[[], "DataSet"]:
    """Begin with `load_data` in another thread; what is returned waits for it.

    Digits that are drawn are drawn only then: it takes long, and Ctrl-C has to end it.
    """
    if name.startswith("drawn:"):
        return partial(load_data, name)
    answer: SimpleQueue[DataSet | Exception] = SimpleQueue()

    def read() -> None:
        try:
            answer.put(load_data(name))
        except Exception as error:  # noqa: BLE001 - it is raised where somebody waits
            answer.put(error)

    def wait() -> "DataSet":
        found = answer.get()
        if isinstance(found, Exception):
            raise found
        return found

    Thread(target=read, daemon=True).start()
    return wait


def find_data(name: str) -> "DataSet":
    """The same, without a word on the terminal.

    Raises:
        DataError, FormatError: it is missing or damaged.
    """
    from engine.data.catalog import find, is_folder
    from numrec_tui.settings import data_folder, home

    folder = Path(name)
    if is_folder(name) and folder.resolve().parent == home().resolve():
        from numrec_tui.drawings import is_ours, repair

        if is_ours(folder):
            repair(folder)  # a save may have been ended half way
    return find(name, downloads=data_folder())


def source_of(name: str) -> str:
    """A name that asks for the same data from any folder: a folder's becomes a whole path."""
    from engine.data.catalog import is_folder

    return str(Path(name).absolute()) if is_folder(name) else name
