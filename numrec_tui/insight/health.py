"""Whether a network learns well: a few numbers, and a word of advice when one of them is off."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite, log10

import numpy as np

from engine.data.dataset import Digits
from engine.nn.activations import ACTIVATIONS
from engine.nn.network import Network
from engine.training.guessing import is_guessing
from engine.training.health import learning
from engine.training.hyperparameters import Hyperparameters
from numrec_tui.insight.units import TOO_FAST, TOO_SLOW, sample_gradient, updates, verdict

HEALTHY = 1e-3
"""The share of its length that a layer's weights move in a batch, when all is well."""

MANY_DEAD = 0.5
FADED, FAINT, EXPLODED, GONE = 1e-3, 0.1, 100.0, 1e-7
"""A first layer's gradient this small beside the last one's, and one that explains why nothing is
learned; a gradient this large; all gradients this small."""

BENT = 0.1
"""Where a schedule lets so little of the rate be in force, small steps are what is wanted."""

STUCK_EPOCHS, STUCK_UPDATES = 3, 50
"""After so many of both, a network that still guesses is stuck."""

LATE_EPOCHS = 3
"""The last epochs, of which one at least is the best so far while a run improves."""

FIRST_STEPS = 20
"""The first updates of a run may be large."""

WORSE, LOST = 2.0, 0.05
"""A loss so many times the lowest, with an accuracy so much below the best: it falls apart."""


@dataclass(frozen=True, slots=True)
class Health:
    """The health of a network, from a sample of validation digits.

    gradients: the length of the mean gradient in the weights of each layer, the first one first.
    dead: the share of hidden units that let no gradient through for any digit of the sample: a
    (leaky) relu that is never above zero, a sigmoid or tanh that is always saturated; None
    without hidden layers.
    moved: how far each layer's weights move in a batch, as a share of their length; None while
    it is not known.
    """

    gradients: tuple[float, ...]
    dead: float | None
    moved: tuple[float, ...] | None = None

    @property
    def pace(self) -> float | None:
        """How far the weights of the layer farthest from healthy move."""
        if not self.moved:
            return None
        broken = (ratio for ratio in self.moved if not isfinite(ratio))
        off = max(self.moved, key=lambda ratio: abs(log10(max(ratio, 1e-12) / HEALTHY)))
        return next(broken, off)


@dataclass(frozen=True, slots=True)
class SoFar:
    """How a run has gone until now, as far as advice depends on it.

    losses, accuracies: those of the validation images after each epoch. trained: the accuracy on
    the images it learns from, of late. counts: validation images of each class.
    """

    settings: Hyperparameters
    position: float
    """Epochs done, as a fraction."""
    updates: int = 0
    losses: Sequence[float] = ()
    accuracies: Sequence[float] = ()
    trained: float | None = None
    counts: Sequence[int] = ()

    @property
    def is_stuck(self) -> bool:
        """Whether it still guesses, although it had time to learn."""
        late = self.accuracies[-STUCK_EPOCHS:]
        if len(late) < STUCK_EPOCHS or self.updates < STUCK_UPDATES:
            return False
        return all(is_guessing(accuracy, self.counts) for accuracy in late)

    @property
    def falls_apart(self) -> bool:
        """Whether loss and accuracy have been much better before."""
        if not self.losses:
            return False
        finite = [loss for loss in self.losses if isfinite(loss)]
        if not isfinite(self.losses[-1]):
            return True
        lost = max(self.accuracies) - self.accuracies[-1]
        return self.losses[-1] > WORSE * min(finite) and lost > LOST

    @property
    def learns(self) -> bool:
        """Whether the loss is the lowest so far, and the images of late are read as well."""
        if not self.losses:
            return self.trained is not None and not is_guessing(self.trained, self.counts)
        if self.losses[-1] > min(self.losses) or is_guessing(self.accuracies[-1], self.counts):
            return False
        if self.position % 1 == 0 or self.trained is None:  # it was scored just now
            return True
        return self.trained > self.accuracies[-1] - LOST

    @property
    def improves(self) -> bool:
        """Whether one of the last three epochs has the lowest loss so far, and reads digits."""
        if not self.losses:
            return self.learns
        late = self.losses[-LATE_EPOCHS:]
        return min(late) <= min(self.losses) and not is_guessing(self.accuracies[-1], self.counts)

    @property
    def bent(self) -> bool:
        """Whether a schedule lets hardly anything of the rate be in force."""
        return self.settings.schedule_factor(self.position) < BENT


def class_counts(digits: Digits) -> tuple[int, ...]:
    """How many of the digits there are of each class."""
    return tuple(np.bincount(digits.labels, minlength=digits.classes).tolist())


def examine(
    network: Network, digits: Digits, before: Network | None = None, batches: int = 0
) -> Health:
    """Look at a network with at most 256 digits.

    before: the network some `batches` ago.
    """
    with np.errstate(all="ignore"):
        batch = sample_gradient(network, digits)
        gradients = tuple(float(np.linalg.norm(layer)) for layer in batch.weights)
        learn = [learning(slope) for slope in batch.z]
        moved = updates(before, network, batches) if before is not None and batches > 0 else None
    dead = 1 - float(np.concatenate(learn).mean()) if learn else None
    return Health(gradients, dead, moved)


class Off(StrEnum):
    """All that the advice can say; the glossary explains the words."""

    BROKEN = "the numbers are broken: lower the rate, begin anew"
    DEAD = "most units are dead: lower the rate"
    SATURATED = "most units are saturated: lower the rate"
    EXPLODES = "the gradient explodes: lower the rate"
    FALLS_APART = "it falls apart: lower the rate"
    JUMPS = "layer {layer} jumps about: lower the rate"
    FADES = "little reaches layer 1: take fewer layers, or relu"
    STILL = "it hardly moves: raise the rate"
    GONE = "no gradient is left: lower the rate, begin anew"
    BY_HEART = "learned by heart, else guessing: are the labels right?"
    GUESSES = "no better than guessing: check labels and rate"


def advice(health: Health, so_far: SoFar) -> str | None:
    """What to do about the worst that is off, in a few words; None if all is well."""
    off = next(_off(health, so_far), None)
    if off is None:
        return None
    return off.format(layer=int(np.argmax(health.moved)) + 1 if health.moved else None)


def _off(health: Health, so_far: SoFar) -> Iterator[Off]:
    """Everything that is off, the worst first."""
    pace, first, last = health.pace, health.gradients[0], health.gradients[-1]
    if not all(map(isfinite, (*health.gradients, pace or 0.0))):
        yield Off.BROKEN
    if health.dead is not None and health.dead > MANY_DEAD and not so_far.improves:
        settings = so_far.settings
        activation = ACTIVATIONS[settings.activation](settings.leak)
        yield Off.SATURATED if activation.saturates else Off.DEAD
    if max(health.gradients) > EXPLODED:
        yield Off.EXPLODES
    if so_far.falls_apart:
        yield Off.FALLS_APART
    begun = so_far.updates >= FIRST_STEPS
    if health.moved and max(health.moved) > TOO_FAST and begun and not so_far.learns:
        yield Off.JUMPS
    limit = FAINT if so_far.is_stuck else FADED
    if len(health.gradients) > 2 and first < limit * last:
        yield Off.FADES
    if health.moved and max(health.moved) < TOO_SLOW and not so_far.bent:
        yield Off.STILL
    if so_far.is_stuck:
        yield _why_stuck(health, so_far)


def _why_stuck(health: Health, so_far: SoFar) -> Off:
    """Where nothing else is off that would hinder it."""
    if max(health.gradients) < GONE:
        return Off.GONE
    if so_far.trained is not None and not is_guessing(so_far.trained, so_far.counts):
        return Off.BY_HEART
    return Off.GUESSES


def in_words(health: Health, width: int | None = None) -> str:
    """All the numbers in a line: `gradient .02 .01 · dead 3% · update 1.2e-3 healthy`.

    width: cells there are; where they are too few, layers in the middle and words are left out.
    """
    every = tuple(map(_short, health.gradients))
    ends = every if len(every) < 3 else (every[0], "…", every[-1])
    choices = ((every, True), (ends, True), (ends, False), ((), True), ((), False))
    lines = [_line(health, gradients, judged) for gradients, judged in choices]
    fitting = (line for line in lines if line and (width is None or len(line) <= width))
    return next(fitting, lines[2])


def _line(health: Health, gradients: tuple[str, ...], judged: bool) -> str:
    words = [f"gradient {' '.join(gradients)}"] if gradients else []
    if health.dead is not None:
        words.append(f"dead {health.dead:.0%}")
    if health.pace is not None:
        word = f" {verdict(health.pace).split(':')[0]}" if judged else ""
        words.append(f"update {_scientific(health.pace)}{word}")
    return " · ".join(words)


def _short(value: float) -> str:
    """Two digits, and no more than six cells: 12, 0.34, 7e-5."""
    return f"{value:.2g}" if value >= 1e-3 or not isfinite(value) else _scientific(value)


def _scientific(value: float) -> str:
    return f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e") if isfinite(value) else "–"
