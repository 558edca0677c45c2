"""The file that one run's model is saved to."""

import os
from datetime import datetime
from pathlib import Path

from engine.errors import SaveError
from engine.models.safetensors_file import save
from engine.training.run import Run, to_model


class ModelFile:
    """Where a run's model goes, and how much of the run is in it already.

    path: the file. data: the data set's name, which is noted in it.
    """

    def __init__(self, path: Path, data: str) -> None:
        self.path = path
        self._data = data
        self._saved_step = 0

    @property
    def saved(self) -> bool:
        """Whether the file holds anything of this run."""
        return self._saved_step > 0

    def prepare(self) -> None:
        """Make the folder, and fail now rather than after the training.

        Raises:
            SaveError: the folder cannot be made or written to, or the path is no ordinary file.
        """
        folder = self.path.absolute().parent
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

    def save(self, run: Run) -> None:
        """Write the model, unless nothing was learned since the last time.

        Raises:
            SaveError: the file could not be written.
        """
        if run.step != self._saved_step:
            self.prepare()
            save(self.path, to_model(run, self._data))
            self._saved_step = run.step


def file_in(folder: Path, data: str, run: int = 1) -> ModelFile:
    """A file of its own for a run that begins now."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    name = data.replace(":", "-")  # which Windows does not allow
    return ModelFile(folder / f"{name}-{stamp}-{run}.safetensors", data)
