"""What a session begins with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from engine.data import mixture
from engine.data.dataset import DataSet, Split
from engine.models.model import Model
from engine.training.events import Event
from engine.training.hyperparameters import Hyperparameters
from engine.training.loop import train
from engine.training.run import Run
from engine.training.warm_start import Donor
from numrec_tui.history.history import History
from numrec_tui.storage.checkpoints import FoundCheckpoint

TrainingLoop: TypeAlias = Callable[[Run, Split], Iterator[Event]]


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """The data, the first run's hyperparameters, the folder for models; the rest has defaults."""

    data: DataSet
    settings: Hyperparameters
    models: Path
    """The folder where models are saved."""
    loop: TrainingLoop = train
    """The training loop, replaceable for tests."""
    source: str = ""
    """The name that `data` was loaded by; empty for the data's own."""
    find: Callable[[str], DataSet] = mixture.find
    """Loads data by their name: those of an unfinished run, those chosen in the app."""
    checkpoints: Path | None = None
    """The folder for checkpoints; None writes none."""
    model: Model | None = None
    """What new runs begin with, in place of weights drawn from the seed."""
    first_layer: Donor | None = None
    """Whose first layer new runs begin with, where it fits and there is no model."""
    history: History | None = None
    """The database that records the runs; None records none."""
    found: FoundCheckpoint | None = None
    """The run to resume, in place of a new one."""
    gentle_start: bool = False
    """Whether the first run begins slowly, for a person who has never seen one."""
    preset: str = "default"
    """The preset that the settings come from."""
    aside: Path | None = None
    """The folder where it is written down what an experiment sets aside; None writes nothing."""
