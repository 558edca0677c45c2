"""How a run learns from a set of one's own that grows while it is drawn."""

import math

import numpy as np

from engine.data.dataset import DataSet
from engine.models.model import Model
from engine.nn.outputs import kept_outputs, with_outputs
from engine.training.hyperparameters import Hyperparameters
from engine.training.run import Run
from engine.training.small_sets import SetSize, size_of
from numrec_tui.session.data_report import fitted_again
from numrec_tui.session.pending_settings import PendingSettings
from numrec_tui.session.run_manager import RunManager

UPDATES = 100
"""Updates that each change of the set is followed by, at least."""

FEWEST_EPOCHS = 10

OUTPUTS = 0x0C1A
"""Keeps the draw of new outputs apart from every other draw of the same seed."""

STEADY: dict[str, object] = {"validation": "test", "schedule": "constant", "batch_size": 8}
"""The set has held out what validates; and where no end is planned, the rate does not fall."""


def goes_on(runs: RunManager, data: DataSet, source: str) -> bool:
    """Whether the active run can go on with the set as it is now."""
    active, before = runs.active, runs.files.data
    return (
        runs.files.source == source
        and active.state not in ("diverged", "failed")
        and active.run.hyperparameters.validation == "test"
        and before.class_names == data.class_names
        and before.train.images.shape[1:] == data.train.images.shape[1:]
    )


def planned(run: Run, images: int) -> int:
    """How many epochs the run has when it goes on with so many images."""
    batches = math.ceil(images / min(run.hyperparameters.batch_size, images))
    return run.epoch + max(FEWEST_EPOCHS, math.ceil(UPDATES / batches))


def settings_for(pending: PendingSettings, before: SetSize, data: DataSet) -> Hyperparameters:
    """The pending settings for a run on a set that grows; what a person has chosen holds."""
    fitted = fitted_again(pending.settings, pending.preset, before, size_of(data))
    plain = Hyperparameters()
    fits = fitted_again(plain, "default", before, size_of(data))
    free = {
        name: value
        for name, value in STEADY.items()
        if getattr(fitted, name) in (getattr(plain, name), getattr(fits, name))
    }
    settings = fitted.changed(**{**free, "validation": "test"})
    batches = math.ceil(len(data.train) / settings.batch_size)
    return settings.changed(epochs=max(FEWEST_EPOCHS, math.ceil(UPDATES / batches)))


def kept(runs: RunManager, data: DataSet, source: str) -> Model | None:
    """The active network with the outputs for the classes that the set has now.

    None where it does not read this set, or sees pictures of another size.
    """
    network, before = runs.active.run.network, runs.files.data
    same = before.train.images.shape[1:] == data.train.images.shape[1:]
    if runs.files.source != source or not same or not np.isfinite(network.theta).all():
        return None
    outputs = kept_outputs(before.class_names, data.class_names)
    return Model(with_outputs(network, outputs, np.random.default_rng((0, OUTPUTS))))
