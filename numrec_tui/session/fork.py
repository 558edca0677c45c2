"""Which run a fork begins from, which settings it can have, and the message about it."""

from collections.abc import Sequence

from engine.errors import CheckpointError, SettingsError
from engine.training.changes import FORK_OF, Change
from engine.training.hyperparameters import Hyperparameters
from engine.training.run import Run, architecture
from numrec_tui.insight.weight_history import WeightHistory
from numrec_tui.session.active_run import ActiveRun


def differing(run: Run, wanted: Hyperparameters) -> tuple[str, ...]:
    """The names of the settings in which `wanted` differs from those of the run."""
    used = run.hyperparameters
    names = Hyperparameters.model_fields
    return tuple(name for name in names if getattr(used, name) != getattr(wanted, name))


def origin(active: ActiveRun, wanted: Hyperparameters, at: int | None = None) -> Run:
    """The run that a fork with the settings `wanted` begins from.

    at: the epochs that were finished at the checkpoint to begin from; None for the run as it is.

    Raises:
        CheckpointError: there is no such checkpoint.
        SettingsError: a fork cannot have these settings.
    """
    images = len(active.split.train)
    run = active.run if at is None else _earlier(active.run, active.weights, at, images)
    _check(run, wanted)
    return run


def _check(run: Run, wanted: Hyperparameters) -> None:
    """A fork keeps the network and the images that it learns from."""
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


def _earlier(run: Run, weights: WeightHistory, epoch: int, images: int) -> Run:
    """The run as it was at the checkpoint after `epoch` epochs. images: how many it learns from."""
    checkpoint = weights.checkpoints(run).get(epoch)
    if checkpoint is None:
        raise CheckpointError(f"The checkpoint at epoch {epoch} is no longer kept.")
    return run.as_it_stood(checkpoint, images)


def record_of(run: int, position: float) -> Change:
    """The entry in a fork's record: it comes from run `run`, at `position` epochs."""
    return Change(position, FORK_OF, f"run {run}", f"epoch {position:.1f}")


def announcement(number: int, of: int, differ: Sequence[str], at: int | None = None) -> str:
    """The message about run `number`, a fork of run `of`; 0 is not known yet.

    at: the epoch of the checkpoint that it begins from, if it is an earlier one.
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
    """The settings that decide which images are learned from."""
    if settings.validation == "test":
        return ("test",)
    return (settings.validation, settings.validation_fraction, settings.seed)


def _listed(names: Sequence[str]) -> str:
    *first, last = (name.replace("_", " ") for name in names)
    return f"{', '.join(first)} and {last}" if first else last
