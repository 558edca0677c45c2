"""Settings that change on the way: what is noted of it, and what a run had before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.training.hyperparameters import Hyperparameters

FORK = "fork: "
"""Stands before the name of a setting that differs from here on from the run forked."""

FORK_OF = "fork of"
"""The name of the change that tells which run was forked, and where."""

IMAGES = "images"
"""The name of the change that tells how many images there are to learn from, where they grow."""

FIRST_LAYER = "first layer"
"""The name of the change that tells of which network the first layer is that a run began with."""

CORRECTION = "correction"
"""The name of the change that tells that a drawing was corrected: from what it was read as."""

OF_UPDATES = ("learning_rate", "momentum", "weight_decay")
"""The settings that may change on the way and act by updates alone."""

STEERING = ("learning_rate", "momentum", "weight_decay", "schedule", "decay", "decay_epochs")
"""The settings that decide how long the steps of an optimizer are."""


@dataclass(frozen=True, slots=True)
class Change:
    """A setting was changed on the way: when, which, from what to what.

    name: that of the setting; after "fork: " where a run began as a fork of another one. A
    correction, which is a change of the parameters alone, has a name of its own.
    """

    epoch: float
    name: str
    before: object
    after: object


def corrections(changes: Sequence[Change]) -> int:
    """How many of the changes are corrections."""
    return sum(change.name == CORRECTION for change in changes)


def began_with(settings: Mapping[str, object], changes: Sequence[Change]) -> dict[str, object]:
    """The settings before all changes. settings: those after them."""
    before = {c.name.removeprefix(FORK): c.before for c in reversed(changes)}
    return {**settings, **{name: before[name] for name in before if name in settings}}


def steering(settings: Hyperparameters) -> dict[str, object]:
    """Those of the settings that decide how long the steps are."""
    return {name: getattr(settings, name) for name in STEERING}
