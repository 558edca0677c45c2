"""Which digits `--data` asks for."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.data.dataset import DataSet, Doubt


def load_data(name: str) -> "DataSet":
    """Read or draw the set that was asked for; drawing shows its progress on stderr.

    What can hardly be right about it is reported there, too.

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


def named(data: Sequence[str], invert: bool = False, scale: bool = False) -> str:
    """The sets that `--data` was given for, as one list, with the repairs that flags ask for.

    Raises:
        DataError: a weight is wrong, or a name is missing.
    """
    from engine.data.mixture import with_repairs

    return with_repairs(",".join(data), ["scale"] * scale + ["invert"] * invert)


def load_beside(data: "DataSet", score_on: str) -> "DataSet":
    """The data, with the test images of the set of that name scored beside the validation.

    Raises:
        DataError, FormatError: it is missing or damaged, or its classes do not fit.
    """
    from engine.data.mixture import scored_beside

    return scored_beside(data, _load(score_on), source_of(score_on))


def _load(name: str) -> "DataSet":
    if not is_drawn(name):
        return find_data(name)
    from rich.progress import Progress

    from numrec_tui.cli.output import console

    drawn = console()
    with Progress(console=drawn, transient=True, disable=not drawn.is_terminal) as progress:
        task = progress.add_task("Drawing digits", total=None)
        return find_data(
            name, lambda done, total: progress.update(task, completed=done, total=total)
        )


def is_drawn(name: str) -> bool:
    """Whether a set, or one of several, is drawn when it is asked for."""
    from engine.data.mixture import sources

    return any(each.name.startswith("drawn:") for each in sources(name))


def reading_ahead(name: str) -> Callable[[], "DataSet"]:
    """Begin to read in another thread; what is returned waits for it, and tells no doubts.

    Digits that are drawn are drawn only then: it takes long, and Ctrl-C has to end it.
    """
    if is_drawn(name):
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


def find_data(
    name: str, on_progress: Callable[[int, int], None] = lambda done, total: None
) -> "DataSet":
    """The same, without a word on the terminal.

    on_progress: called while digits are drawn.

    Raises:
        DataError, FormatError: it is missing or damaged.
    """
    from engine.data import catalog
    from engine.data.mixture import find
    from numrec_tui.storage.own_set_files import as_folders
    from numrec_tui.storage.paths import data_folder

    def find_one(name: str) -> "DataSet":
        own = _own_folder(name)
        if own is None:
            return catalog.find(name, on_progress, downloads=data_folder())
        from numrec_tui.storage.own_set_files import prepared

        with prepared(own):
            return catalog.find(name, on_progress, downloads=data_folder())

    return find(as_folders(name), find_one=find_one)


def _own_folder(name: str) -> Path | None:
    """The folder that a name means, if it is one of a set of one's own."""
    from engine.data.catalog import is_folder
    from engine.data.repairs import parted
    from numrec_tui.storage.paths import home

    folder = Path(parted(name)[0])
    if not is_folder(name) or not folder.resolve().is_relative_to(home().resolve()):
        return None
    from numrec_tui.storage.own_set_files import is_own

    return folder if is_own(folder) and folder.is_dir() else None


def source_of(name: str) -> str:
    """A name that asks for the same data from any folder: a folder's becomes a whole path.

    So does the name of a set of one's own.
    """
    from numrec_tui.storage.own_set_files import whole

    return whole(name)
