"""The file that one run's model is saved to."""

import os
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path

from engine.data.digits import DataSet
from engine.errors import SaveError
from engine.models import files
from engine.models.model import Model
from engine.training.run import Run, healthy_model, to_model
from numrec_tui import __version__

PROGRAM = f"numrec-tui {__version__}"
"""What is noted as a model's program."""


class ModelFile:
    """Where a run's model goes, and how much of the run is in it already.

    path: the file. data: the data set, whose name is noted in it.
    """

    def __init__(self, path: Path, data: DataSet) -> None:
        self.path = path
        self.note: str | None = None
        """What has to be known of the last save: that the run was broken, and what was kept."""
        self._data = data
        self._saved = NOTHING
        self._looked_at = NOTHING

    @property
    def saved(self) -> bool:
        """Whether the file holds anything of this run."""
        return self._saved != NOTHING

    def find_saved(self, run: Run) -> None:
        """A run that goes on may be in its file already, as it is now."""
        if self.path.is_file():
            self._saved = _state(run)

    def prepare(self, activation: str | None = None) -> None:
        """Make the folder, and fail now rather than after the training.

        activation: that of the network to come, which not every format can hold.

        Raises:
            SaveError: the folder cannot be made or written to, the path is no ordinary file, or
                the format has no room for the activation.
            UsageError: the name's suffix stands for no format.
            LibraryError: the format needs a library that is not installed.
        """
        folder = self.path.absolute().parent
        try:
            str(self.path).encode()
        except UnicodeEncodeError as error:  # checkpoints and history could not name it
            raise SaveError(f"Cannot save to {self.path}: this is no name in UTF-8.") from error
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SaveError(f"Cannot save to {self.path}: {error.strerror}.") from error
        if not os.access(folder, os.W_OK):
            raise SaveError(f"Cannot save to {self.path}: the folder may not be written to.")
        if self.path.is_dir():
            raise SaveError(f"Cannot save to {self.path}: it is a folder; name a file in it.")
        if self.path.exists() and not self.path.is_file():
            raise SaveError(f"Cannot save to {self.path}: it is no ordinary file.")
        files.check(self.path, activation)

    def save(self, run: Run) -> None:
        """Write the model, unless nothing was learned since the last time.

        Of a broken run the last healthy epoch is written. One that never was healthy is written
        only where there is no file yet, and only if its numbers are finite. `note` says so.

        Raises:
            SaveError: the file could not be written.
        """
        if _state(run) in (self._saved, self._looked_at):
            return
        healthy = healthy_model(run, self._data)
        is_taken = self.path.exists() and not self.saved
        if healthy is None and (is_taken or run.stopped == "diverged"):
            left = f"; {self.path} is as it was" if is_taken else ""
            self.note = f"No epoch of this run was healthy, so nothing was saved{left}."
            self._looked_at = _state(run)
            return
        model, epoch = healthy or (to_model(run, self._data), None)
        self.prepare()
        files.save(self.path, with_program(model))
        self._saved = _state(run)
        self.note = None if healthy else "No epoch of this run was healthy; it was saved as it is."
        if epoch is not None:
            self.note = f"The run is broken; what was saved is its last healthy epoch, {epoch}."


NOTHING = (0, 0.0, False)
"""The state of a run that has learned nothing."""


def _state(run: Run) -> tuple[int, float, bool]:
    """What changes whenever something is learned, or broken: a fork may count its steps anew."""
    return run.step, run.position, run.stopped == "diverged" or run.is_ruined


def with_program(model: Model) -> Model:
    """The model with the program noted that made it, unless one is noted already."""
    return replace(model, notes={"program": PROGRAM, **model.notes})


def file_in(folder: Path, data: DataSet, run: int = 1) -> ModelFile:
    """A file of its own for a run that begins now."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    name = data.name.replace(":", "-")  # which Windows does not allow
    paths = (folder / f"{name}-{stamp}-{number}.safetensors" for number in count(run))
    # another program's run may have begun in the same second
    return ModelFile(next(path for path in paths if not path.exists()), data)
