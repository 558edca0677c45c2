"""The file that one run's model is saved to."""

import os
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path

from engine.atomic_write import make_private, plain_name, private_folder, saving
from engine.data.dataset import DataSet
from engine.errors import SaveError
from engine.models import files
from engine.models.model import Model
from engine.nn.network import Network
from engine.training.changes import corrections
from engine.training.outcome import healthy_model, to_model
from engine.training.run import Run
from numrec_tui import __version__
from numrec_tui.storage.paths import is_at_home, models_folder

PROGRAM = f"numrec-tui {__version__}"
"""The program in a model's metadata."""


class ModelFile:
    """The path of a run's model, and the state of the run that the file holds.

    data: the data set, whose name is written to the file.
    """

    def __init__(self, path: Path, data: DataSet) -> None:
        self.path = path
        self.note: str | None = None
        """A message about the last save, if the run was broken: what was saved instead."""
        self._data = data
        self._saved = NOTHING
        self._looked_at = NOTHING

    @property
    def saved(self) -> bool:
        """Whether the file holds anything of this run."""
        return self._saved != NOTHING

    def find_saved(self, run: Run) -> None:
        """Take the file of a resumed run as up to date, if it exists."""
        if self.path.is_file():
            self._saved = _state(run)

    def forget(self) -> None:
        """Take the file as not written, since its path has changed."""
        self._saved = self._looked_at = NOTHING

    def prepare(self, network: Network | None = None) -> None:
        """Make the folder, and fail now rather than after the training.

        network: the one to come, which not every format can hold.

        Raises:
            SaveError: the folder cannot be made or written to, the path is no ordinary file, or
                the format has no room for its activation or loss.
            UsageError: the name's suffix stands for no format.
            LibraryError: the format needs a library that is not installed.
        """
        folder = self.path.absolute().parent
        with saving(self.path, "save to"):
            self.path.name.encode()  # a record with this path could not be read
            private_folder(folder, "save to", mend=folder == models_folder().absolute())
            if not os.access(folder, os.W_OK):
                raise SaveError(f"Cannot save to {self.path}: the folder may not be written to.")
            if self.path.is_dir():
                raise SaveError(f"Cannot save to {self.path}: it is a folder; name a file in it.")
            if self.path.exists() and not self.path.is_file():
                raise SaveError(f"Cannot save to {self.path}: it is no ordinary file.")
        if network is None:
            files.check(self.path)
        else:
            files.check(self.path, network.activation.name, network.loss.name)

    def save(self, run: Run) -> None:
        """Write the model, unless the run has not changed since the last time.

        Of a broken run the last healthy epoch is written. One that never was healthy is written
        only where there is no file yet, and only if its numbers are finite. `note` says so.

        Raises:
            SaveError: the file could not be written.
        """
        if _state(run) in (self._saved, self._looked_at):
            return
        with saving(self.path, "save to"):
            self._write(run)

    def _write(self, run: Run) -> None:
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
        if is_at_home(self.path):
            make_private(self.path)
        self._saved = _state(run)
        self.note = None if healthy else "No epoch of this run was healthy; it was saved as it is."
        if epoch is not None:
            self.note = f"The run is broken; what was saved is its last healthy epoch, {epoch}."


NOTHING = (0, 0.0, False, 0)
"""The state of a run that has not begun."""


def _state(run: Run) -> tuple[int, float, bool, int]:
    """Changes with every step, with a correction, and when the run breaks.

    A fork may count its steps anew.
    """
    is_broken = run.stopped == "diverged" or run.is_ruined
    return run.step, run.position, is_broken, corrections(run.changes)


def with_program(model: Model) -> Model:
    """The model with the name of this program, unless it has one."""
    return replace(model, notes={"program": PROGRAM, **model.notes})


def file_in(folder: Path, data: DataSet, run: int = 1) -> ModelFile:
    """A new file name for a run that begins now."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    name = plain_name(data.name)
    paths = (folder / f"{name}-{stamp}-{number}.safetensors" for number in count(run))
    # another program's run may have begun in the same second
    return ModelFile(next(path for path in paths if not os.path.lexists(path)), data)
