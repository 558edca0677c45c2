"""Whether a network learns well: a few numbers, and a word of advice when one of them is off."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite, log10

import numpy as np

from engine.data.digits import Digits
from engine.nn.network import Network
from numrec_tui.inspect_network import learning, sample_gradient, updates, verdict

HEALTHY = 1e-3
"""The share of its length that a layer's weights move in a batch, when all is well."""

TOO_FAST, TOO_SLOW = 2e-2, 1e-5
MANY_DEAD = 0.5
FADED, EXPLODED = 1e-3, 100.0
"""A first layer's gradient this small beside the last one's; a gradient this large."""


@dataclass(frozen=True, slots=True)
class Health:
    """What a sample of validation digits tells of a network.

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


def advice(health: Health, activation: str, rate_falls: bool = False) -> str | None:
    """What to do about the worst that is off, in a few words; None if all is well.

    rate_falls: a schedule makes the steps small, so that they need no remark.
    """
    return next(_advice(health, activation, rate_falls), None)


def _advice(health: Health, activation: str, rate_falls: bool) -> Iterator[str]:
    """Everything that is off, the worst first."""
    pace, first, last = health.pace, health.gradients[0], health.gradients[-1]
    if not all(map(isfinite, (*health.gradients, pace or 0.0))):
        yield "the numbers are broken: lower the rate, begin anew"
    if health.dead is not None and health.dead > MANY_DEAD:
        what = "saturated" if activation in ("sigmoid", "tanh") else "dead"
        yield f"most units are {what}: lower the rate"
    if max(health.gradients) > EXPLODED:
        yield "the gradient explodes: lower the rate"
    if health.moved and max(health.moved) > TOO_FAST:
        yield f"layer {int(np.argmax(health.moved)) + 1} jumps about: lower the rate"
    if len(health.gradients) > 2 and first < FADED * last:
        yield "little reaches layer 1: take fewer layers, or relu"
    if health.moved and max(health.moved) < TOO_SLOW and not rate_falls:
        yield "it hardly moves: raise the rate"


def in_words(health: Health, width: int | None = None) -> str:
    """All the numbers in a line: `gradient .02 .01 · dead 3% · update 1.2e-3 healthy`.

    width: cells there are; where they are too few, layers in the middle and words are left out.
    """
    every = tuple(map(_short, health.gradients))
    ends = every if len(every) < 3 else (every[0], "…", every[-1])
    choices = ((every, True), (ends, True), (ends, False))
    lines = [_line(health, gradients, judged) for gradients, judged in choices]
    return next((line for line in lines if width is None or len(line) <= width), lines[-1])


def _line(health: Health, gradients: tuple[str, ...], judged: bool) -> str:
    words = [f"gradient {' '.join(gradients)}"]
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
