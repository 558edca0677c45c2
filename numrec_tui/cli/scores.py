"""The scores of a run's epochs for other programs: a CSV table, TensorBoard's events."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from engine.errors import LibraryError, SaveError
from engine.files import write_atomic
from engine.training.events import EpochDone, Event, Progress

Listener: TypeAlias = Callable[[Event], None]

SCORES = (
    "train_loss", "train_accuracy", "validation_loss", "validation_accuracy",
    "seconds", "images_per_second",
)  # fmt: skip
"""What is told of an epoch, by its names in `EpochDone`."""


class Table:
    """A CSV file with a line for each epoch; it is whole at any time.

    history: the epochs that were done before.

    Raises:
        SaveError: the file cannot be written.
    """

    def __init__(self, path: Path, history: Sequence[EpochDone] = ()) -> None:
        self._path = path
        self._text = ",".join(("epoch", *SCORES)) + "\n"
        for done in history:
            self._add(done)
        self._write()

    def __call__(self, event: Event) -> None:
        """Add a line if an epoch is done."""
        if isinstance(event, EpochDone):
            self._add(event)
            self._write()

    def _add(self, done: EpochDone) -> None:
        values = (done.epoch, *(getattr(done, name) for name in SCORES))
        self._text += ",".join(map(repr, values)) + "\n"

    def _write(self) -> None:
        write_atomic(self._path, self._text.encode())


@contextmanager
def tensorboard(folder: Path) -> Iterator[Listener]:
    """Write event files into a folder: a point of every curve for each epoch.

    Raises:
        LibraryError: the library for it is not installed.
        SaveError: the folder cannot be written to.
    """
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise LibraryError(
            "--tensorboard needs a library: pip install 'numrec-tui[tensorboard]'. "
            "--csv FILE works without."
        ) from error
    try:
        writer = SummaryWriter(str(folder))
    except OSError as error:
        raise SaveError(f"Cannot write to the folder {folder}: {error.strerror}.") from error
    rate = 0.0

    def tell(event: Event) -> None:
        nonlocal rate
        if isinstance(event, Progress):
            rate = event.learning_rate
        if isinstance(event, EpochDone):
            for name in SCORES:
                part, _, what = name.partition("_")
                tag = f"{what}/{part}" if what in ("loss", "accuracy") else name
                writer.add_scalar(tag, getattr(event, name), event.epoch)
            writer.add_scalar("learning_rate", rate, event.epoch)
            writer.flush()

    try:
        yield tell
    finally:
        writer.close()
