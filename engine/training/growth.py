"""A run goes on with a set that has grown: more images of the same classes, and more epochs."""

import math
from dataclasses import replace

from engine.training.changes import IMAGES, Change
from engine.training.run import EpochSums, Run


def images_of(run: Run) -> object:
    """How many images a run that was left learned from, as far as it says so itself."""
    noted = (change.after for change in reversed(run.changes) if change.name == IMAGES)
    return next(noted, f"up to {run.batches * run.hyperparameters.batch_size}")


def grow(run: Run, before: object, images: int) -> None:
    """Go on with other images of the same classes; the epoch under way begins anew.

    before, images: how many there were to learn from, and are; a run notes it in one change.
    """
    run.batch, run.sums = 0, EpochSums()
    run.batches = math.ceil(images / min(run.hyperparameters.batch_size, images))
    _note(run, IMAGES, before, images)


def extend(run: Run, epochs: int) -> None:
    """Plan more epochs, or fewer; the change is noted as that of `grow`."""
    before = run.hyperparameters.epochs
    run.hyperparameters = run.hyperparameters.changed(epochs=epochs)
    _note(run, "epochs", before, epochs)


def _note(run: Run, name: str, before: object, after: object) -> None:
    for index, done in enumerate(run.changes):
        if done.name == name and done.after == before:
            run.changes[index] = replace(done, after=after)
            return
    run.changes.append(Change(run.position, name, before, after))
