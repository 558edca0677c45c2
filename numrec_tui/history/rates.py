"""The learning rate in force on the way of a run, after the schedule and all that was changed."""

from collections.abc import Iterable, Iterator, Sequence

from engine.training.changes import FORK, Change
from engine.training.hyperparameters import Hyperparameters

BENDING = ("learning_rate", "schedule", "epochs", "decay", "decay_epochs")
"""The settings that the rate in force depends on."""


def rate_curve(
    running: Hyperparameters, changes: Sequence[Change], epochs: Iterable[float], position: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The rate in force at the start, at each of `epochs`, and right before and after each change.

    running: the settings that hold at `position`, the end of the way. Returns epochs, rates.
    """
    positions = sorted({0.0, position, *(epoch for epoch in epochs if 0 <= epoch <= position)})
    points: list[tuple[float, float]] = []
    for begun, ended, settings in stretches(running, changes, position):
        inside = (epoch for epoch in positions if begun < epoch < ended)
        points += [(x, settings.rate_at(x)) for x in (begun, *inside, ended)]
    return tuple(x for x, _ in points), tuple(rate for _, rate in points)


def stretches(
    running: Hyperparameters, changes: Sequence[Change], position: float
) -> Iterator[tuple[float, float, Hyperparameters]]:
    """From when to when which settings held, the first ones first."""
    ended, found = position, []
    for change in reversed(changes):
        name = change.name.removeprefix(FORK)
        if name in BENDING:
            found.append((min(change.epoch, ended), ended, running))
            ended = min(change.epoch, ended)
            running = running.changed(**{name: change.before})
    yield 0.0, ended, running
    yield from reversed(found)
