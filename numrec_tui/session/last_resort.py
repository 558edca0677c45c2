"""Writes a run that has to end and cannot be saved in its folder to another one."""

import os
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.atomic_write import make_private
from engine.data.dataset import DataSet
from engine.models import files
from engine.training.checkpoint import Origin, freeze
from engine.training.outcome import healthy_model, to_model
from engine.training.run import Run

CHECKPOINT, MODEL = "000001.safetensors", "model.safetensors"
"""The names of the files; `--resume` with the folder finds the first."""


@dataclass(frozen=True, slots=True)
class PutElsewhere:
    """The folder that a run was written to, and which of its files are there."""

    folder: Path
    has_run: bool
    has_model: bool

    def __str__(self) -> str:
        if not self.has_run:
            return f"The model is {self.folder / MODEL} instead."
        resume = f"--resume {shlex.quote(str(self.folder))}"
        return f"The run is in {self.folder} instead; numrec-tui {resume} goes on with it."


def candidates() -> Iterator[Path]:
    """Folders that are writable on nearly every system, the best first."""
    yield Path(tempfile.gettempdir())
    with suppress(RuntimeError):  # there is none
        yield Path.home()
    yield from (Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108 - the last that may be writable
    with suppress(OSError):
        yield Path.cwd()


def put_elsewhere(run: Run, origin: Origin, data: DataSet, model: Path) -> PutElsewhere | None:
    """Write a run and its model to a new folder with a short name; None if there is no room.

    model: where the model should have gone.
    """
    for candidate in candidates():
        with suppress(Exception):  # whatever it is, the next folder may do
            folder = Path(tempfile.mkdtemp(prefix="numrec-", dir=candidate))
            has_run = has_model = False
            with suppress(Exception):
                freeze(run, origin, str(model)).write(folder / CHECKPOINT)
                has_run = True
            with suppress(Exception):
                found = healthy_model(run, data)
                files.save(folder / MODEL, found[0] if found else to_model(run, data))
                make_private(folder / MODEL)
                has_model = True
            if has_run or has_model:
                return PutElsewhere(folder, has_run, has_model)
            os.rmdir(folder)  # noqa: PTH106
    return None
