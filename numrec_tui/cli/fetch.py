"""Downloading a published set on the command line: a progress bar, and the offer to do so."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.data.published import Published


def fetch(published: "Published") -> Path:
    """Download a set into the user's data folder, with a bar on stderr; returns where it is.

    Raises:
        DataError: no mirror has it. SaveError: the folder cannot be written.
        UsageError: `NUMREC_MIRRORS` holds no addresses.
    """
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from numrec_tui.cli.output import console
    from numrec_tui.storage.published_sets import bring

    drawn = console()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=drawn, transient=True, disable=not drawn.is_terminal
    ) as progress:
        task = progress.add_task(published.title, total=published.size)
        with hearing_ctrl_c() as heard:
            return bring(
                published,
                lambda done, total, name: progress.update(task, completed=done, total=total),
                heard,
            )


@contextmanager
def hearing_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Make sure that Ctrl-C ends the block, wherever in a library it arrives.

    Gives what tells whether it was pressed: an interrupt can get lost, or come out as another
    error, where a library cleans up after itself.
    """
    times = 0

    def hear(_number: int, _frame: FrameType | None) -> None:
        nonlocal times
        times += 1
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # the system's rule
        yield lambda: False
        return
    before = signal.signal(signal.SIGINT, hear)
    try:
        yield lambda: times > 0
    except EngineError:
        if times:
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)


def offer(name: str) -> None:
    """Ask whether to download a published set that is not here; needs a terminal.

    After a no nothing has changed: reading the set says what is missing.

    Raises:
        DataError, SaveError: it cannot be downloaded.
    """
    from numrec_tui.storage.published_sets import missing

    for each in missing(name):
        _offer(each)


def _offer(published: "Published") -> None:
    sys.stderr.write(f"{published.name} is not here yet. Download {published.megabytes}? [Y/n] ")
    sys.stderr.flush()
    answer = ""
    try:
        answer = sys.stdin.readline()
    finally:
        if not answer:  # Ctrl-C and Ctrl-D leave the cursor behind the question
            sys.stderr.write("\n")
    if answer.strip().lower() in ("y", "yes") or answer == "\n":
        fetch(published)
