"""Whether a run can be forked with the settings that wait, and in words what comes of it."""

from collections.abc import Sequence

from engine.errors import SettingsError
from engine.training.hyperparameters import Hyperparameters
from engine.training.run import Run, architecture


def differing(run: Run, wanted: Hyperparameters) -> tuple[str, ...]:
    """The names of the settings that wait: those in which `wanted` is not what the run uses."""
    used = run.hyperparameters
    names = Hyperparameters.model_fields
    return tuple(name for name in names if getattr(used, name) != getattr(wanted, name))


def check(run: Run, wanted: Hyperparameters) -> None:
    """See that a fork can have these settings: it keeps the network and the images it learns from.

    Raises:
        SettingsError: it says which setting a fork cannot change.
    """
    kept = {*architecture(run.network), "initializer"}
    if _held_out(run.hyperparameters) != _held_out(wanted):
        kept |= {"validation", "validation_fraction", "seed"}
    refused = [name for name in differing(run, wanted) if name in kept]
    if refused:
        raise SettingsError(
            {
                _listed(refused): "a fork goes on with the same network and training images; "
                "undo this change, or begin a new run with r"
            }
        )


def announcement(number: int, of: int, differ: Sequence[str]) -> str:
    """What is said when run `number` has become a fork of run `of`."""
    if differ:
        return f"Run {number} is a fork of run {of}; from here on its {_listed(differ)} differs."
    return (
        f"Run {number} is a fork of run {of} with the same settings: "
        "turn a knob marked ●, then space goes on."
    )


def _held_out(settings: Hyperparameters) -> tuple[object, ...]:
    """What decides which of the images are learned from."""
    if settings.validation == "test":
        return ("test",)
    return (settings.validation, settings.validation_fraction, settings.seed)


def _listed(names: Sequence[str]) -> str:
    *first, last = (name.replace("_", " ") for name in names)
    return f"{', '.join(first)} and {last}" if first else last
