"""How settings that nobody chose fit a small data set: shorter batches, more epochs, a hold-out.

What a person, a config file or a preset says always holds; only plain defaults adapt.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from engine.data.dataset import DataSet
from engine.plural import counted
from engine.training.hyperparameters import Hyperparameters, settings_from

UPDATES = 24
"""Updates that an epoch has at least, unless its batches would be too short."""

SMALLEST_BATCH, SMALLEST_UNCHANGED = 1, 4
"""Images in a batch at least, and where they stay the same in every epoch: shorter batches of
those end in wild steps (measured: 66 % in place of 94 % of unseen symbols)."""

ALL_UPDATES = 1500
"""Updates of a whole run at least, as far as `MOST_EPOCHS` allows."""

MOST_EPOCHS = 60

LEARNED = 3
"""Images of each class, on average, that are learned from for one that is held out."""


@dataclass(frozen=True, slots=True)
class SetSize:
    """What decides how settings fit a set: its training images, and how many classes they have."""

    train: int
    classes: int


def size_of(data: DataSet) -> SetSize:
    """How large a set is; classes without an image do not count."""
    return SetSize(len(data.train), int(np.count_nonzero(np.bincount(data.train.labels))))


def fitted(values: Mapping[str, object], size: SetSize) -> Hyperparameters:
    """The settings for a set of this size: `values`, and for the rest defaults that fit it.

    An epoch has 24 updates or more while its batches allow it, a run some 1,500 in at
    most 60 epochs. Of each class one image is held out; where there are too few, the test images
    validate.

    Raises:
        SettingsError: it names every field that is wrong.
    """
    settings = settings_from(values)
    if settings.validation == "held-out" and "validation_fraction" not in values:
        settings = settings.changed(**_free(_hold_out(settings, size), values))
    settings = settings.changed(**_free({"batch_size": _batch_size(settings, size)}, values))
    return settings.changed(**_free({"epochs": _epochs(settings, size)}, values))


def _free(wanted: Mapping[str, object], values: Mapping[str, object]) -> dict[str, object]:
    """Those that nobody has chosen."""
    return {name: value for name, value in wanted.items() if name not in values}


def _hold_out(settings: Hyperparameters, size: SetSize) -> dict[str, object]:
    """Hold out one of each class at least, or none where too few would be left."""
    if round(settings.validation_fraction * size.train) >= size.classes:
        return {}
    if size.train >= (LEARNED + 1) * size.classes:
        return {"validation_fraction": math.ceil(100 * size.classes / size.train) / 100}
    return {"validation": "test"}


def _learned(settings: Hyperparameters, size: SetSize) -> int:
    """Images that are learned from in an epoch."""
    held_out = settings.validation == "held-out"
    return size.train - round(settings.validation_fraction * size.train) * held_out


def _batch_size(settings: Hyperparameters, size: SetSize) -> int:
    """Halved until an epoch has enough updates."""
    batch, images = settings.batch_size, _learned(settings, size)
    smallest = SMALLEST_UNCHANGED if settings.augment == "off" else SMALLEST_BATCH
    while batch > smallest and images < UPDATES * batch:
        batch //= 2
    return batch


def _epochs(settings: Hyperparameters, size: SetSize) -> int:
    """Tens of epochs, until the run has enough updates."""
    updates = math.ceil(_learned(settings, size) / settings.batch_size)
    wanted = min(10 * math.ceil(ALL_UPDATES / updates / 10), MOST_EPOCHS)
    return max(settings.epochs, wanted)


def adapted(settings: Hyperparameters, plain: Hyperparameters) -> tuple[str, ...]:
    """The names of the settings that are not as they would be for a large set."""
    names = Hyperparameters.model_fields
    return tuple(name for name in names if getattr(settings, name) != getattr(plain, name))


def explain(settings: Hyperparameters, plain: Hyperparameters, size: SetSize) -> str:
    """What was fitted to the set, in a sentence or two; empty if nothing was."""
    names = adapted(settings, plain)
    changed = [f"{name.replace('_', ' ')} {getattr(settings, name)}" for name in names]
    said = (
        f"Fitted to a set of {counted(size.train, 'image')}: {', '.join(changed)}."
        if changed
        else ""
    )
    if "validation" in names:
        enough = (LEARNED + 1) * size.classes
        said += (
            f" There are too few to hold any out, so the test images validate; from {enough} on "
            "one of each class is held out."
        )
    return said
