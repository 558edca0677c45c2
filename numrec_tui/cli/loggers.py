"""The scores of a run's epochs for other programs: a CSV table, TensorBoard's events."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from engine.atomic_write import write_atomic
from engine.errors import LibraryError, SaveError
from engine.training.events import EpochDone, Event, Progress
from numrec_tui.text.escaping import csv_text

Listener: TypeAlias = Callable[[Event], None]

SCORES = (
    "train_loss", "train_accuracy", "validation_loss", "validation_accuracy",
    "seconds", "images_per_second",
)  # fmt: skip
"""What is logged of an epoch, by its names in `EpochDone`."""

SECOND = ("second_loss", "second_accuracy")
"""What else is logged where a second set is scored."""


class Table:
    """A CSV file with a line for each epoch; it is whole at any time.

    history: the epochs that were done before. second: whether a second set is scored.

    Raises:
        SaveError: the file cannot be written.
    """

    def __init__(self, path: Path, history: Sequence[EpochDone] = (), second: bool = False) -> None:
        self._path = path
        second = second or any(done.second_accuracy is not None for done in history)
        self._names = SCORES + SECOND if second else SCORES
        self._text = csv_text([("epoch", *self._names)])
        for done in history:
            self._add(done)
        self._write()

    def __call__(self, event: Event) -> None:
        """Add a line if an epoch is done."""
        if isinstance(event, EpochDone):
            self._add(event)
            self._write()

    def _add(self, done: EpochDone) -> None:
        values = (done.epoch, *(getattr(done, name) for name in self._names))
        self._text += csv_text([values])

    def _write(self) -> None:
        write_atomic(self._path, self._text.encode())


class Patient:
    """A listener that may fail for a while: that is reported once, and once when it works again."""

    def __init__(self, listener: Listener, tell: Callable[[str], object]) -> None:
        self._listener, self._tell = listener, tell
        self._fails = False

    def __call__(self, event: Event) -> None:
        """Hand on an event."""
        try:
            self._listener(event)
        except (SaveError, OSError) as error:
            if not self._fails:
                self._tell(f"{error} Training goes on, and it is tried again after every epoch.")
            self._fails = True
        else:
            if self._fails and isinstance(event, EpochDone):
                self._tell("The scores can be written again.")
                self._fails = False


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
            scored = SCORES if event.second_accuracy is None else SCORES + SECOND
            for name in scored:
                part, _, what = name.partition("_")
                tag = f"{what}/{part}" if what in ("loss", "accuracy") else name
                writer.add_scalar(tag, getattr(event, name), event.epoch)
            writer.add_scalar("learning_rate", rate, event.epoch)
            writer.flush()

    try:
        yield tell
    finally:
        with suppress(OSError):
            writer.close()
