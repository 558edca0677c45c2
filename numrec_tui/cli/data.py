"""Which digits `--data` asks for."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.data.digits import DataSet, Doubt


def load_data(name: str) -> "DataSet":
    """Read or draw the set that was asked for; drawing shows its progress on stderr.

    What can hardly be right about it is told there, too.

    Raises:
        DataError, FormatError: it is missing or damaged.
    """
    found = _load(name)
    tell_doubts(found.name, found.doubts)
    return found


def tell_doubts(name: str, doubts: "Sequence[Doubt]") -> None:
    """Say on stderr what can hardly be right about a set, and which flag mends it."""
    from numrec_tui.cli.exits import complain

    for doubt in doubts:
        complain(f"{name}: {doubt.what}" + (f" --{doubt.mend} mends it." * bool(doubt.mend)))


def mended(name: str, invert: bool, scale: bool) -> str:
    """The name of a set with the repairs that its flags ask for."""
    from engine.data.repairs import joined

    return joined(name, ["scale"] * scale + ["invert"] * invert)


def _load(name: str) -> "DataSet":
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
    """Begin to read in another thread; what is returned waits for it, and tells no doubts.

    Digits that are drawn are drawn only then: it takes long, and Ctrl-C has to end it.
    """
    if name.startswith("drawn:"):
        return partial(_load, name)
    answer: SimpleQueue[DataSet | Exception] = SimpleQueue()

    def read() -> None:
        try:
            answer.put(_load(name))
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
    from engine.data.repairs import parted
    from numrec_tui.settings import data_folder, home

    folder = Path(parted(name)[0])
    if is_folder(name) and folder.resolve().parent == home().resolve():
        from numrec_tui.drawings import is_ours, repair

        if is_ours(folder):
            repair(folder)  # a save may have been ended half way
    return find(name, downloads=data_folder())


def source_of(name: str) -> str:
    """A name that asks for the same data from any folder: a folder's becomes a whole path."""
    from engine.data.catalog import is_folder

    return str(Path(name).absolute()) if is_folder(name) else name
