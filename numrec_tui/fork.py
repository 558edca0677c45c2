"""Whether a run can be forked with the settings that wait, and in words what comes of it."""

from collections.abc import Sequence

from engine.errors import CheckpointError, SettingsError
from engine.training.hyperparameters import Hyperparameters
from engine.training.run import FORK_OF, Change, Run, architecture
from numrec_tui.weight_history import WeightHistory


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


def earlier(run: Run, weights: WeightHistory, epoch: int, images: int) -> Run:
    """The run as it stood at the checkpoint after `epoch` epochs. images: how many it learns from.

    Raises:
        CheckpointError: there is no such checkpoint.
    """
    checkpoint = weights.checkpoints(run).get(epoch)
    if checkpoint is None:
        raise CheckpointError(f"The checkpoint at epoch {epoch} is no longer kept.")
    return run.as_it_stood(checkpoint, images)


def origin_of(run: int, position: float) -> Change:
    """What a fork's record says of where it comes from: from run `run`, at `position`."""
    return Change(position, FORK_OF, f"run {run}", f"epoch {position:.1f}")


def announcement(number: int, of: int, differ: Sequence[str], at: int | None = None) -> str:
    """What is said when run `number` has become a fork of run `of`; 0 is not known yet.

    at: the epoch of the checkpoint it begins from, if it is an earlier one.
    """
    run = f"Run {number}" if number else "This run"
    origin = f"run {of}" if at is None else f"run {of} at epoch {at}"
    if differ:
        return f"{run} is a fork of {origin}; from here on its {_listed(differ)} differs."
    return (
        f"{run} is a fork of {origin} with the same settings: "
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
