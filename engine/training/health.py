"""Whether a network is healthy at an epoch's end: nothing in it has broken, and it can go on.

An epoch is healthy if its validation loss is finite and at most twice the lowest so far, and if
beside the epoch with that lowest loss it has at most 10 points more of dead units and reads at most
5 points less of the digits right, or where few validate no less than chance allows. (Without the
last condition a run whose momentum was turned to 0.99 went back to an epoch that was half ruined in
5 of 30 trials; see benchmarks/rescue.py.)

As the first epoch has nothing to be compared with, one that does no better than guessing is not
healthy either if its loss is more than twice that of guessing, or most of its units are dead.
"""

from collections.abc import Sequence
from functools import cache
from math import isfinite, log, sqrt

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Digits, Split
from engine.nn.activations import relu
from engine.nn.arrays import Array
from engine.nn.losses import Loss, sigmoids
from engine.nn.network import Network, Workspace, forward
from engine.training.events import EpochDone

DEAD_SLOPE = 0.05
"""A unit whose activation is nowhere steeper than this lets no gradient through: it is dead."""

SATURATED = 1e-3
"""A sigmoid with this slope is at 0.001 or 0.999; one that guesses one of ten classes has 0.09."""

SAMPLE = 256
"""Digits that units are judged by."""

WORSE, MORE_DEAD, LESS_RIGHT, MOST_DEAD = 2.0, 0.1, 0.05, 0.5
"""What is still healthy beside the best epoch: so many times its loss, such shares of units more
and of digits less. And the share of units that are dead in a network that is broken by itself."""

LEARNED = 0.1
"""The share of the way from guessing to all right; a run that got less far has learned nothing."""


def is_healthy(history: Sequence[EpochDone], network: Network) -> bool:
    """Whether the last of these epochs is healthy; network: what was trained in them."""
    done = history[-1]
    dead = done.dead or 0.0
    if not isfinite(done.validation_loss):
        return False
    chance = 1 / network.sizes[-1]
    guesses = done.validation_accuracy < chance + LEARNED * (1 - chance)
    if guesses and (done.validation_loss > WORSE * loss_of_guessing(network) or dead > MOST_DEAD):
        return False
    best = min(
        (each for each in history if isfinite(each.validation_loss)),
        key=lambda each: each.validation_loss,
    )
    return (
        done.validation_loss <= WORSE * best.validation_loss
        and (best.dead is None or dead <= best.dead + MORE_DEAD)
        and done.validation_accuracy >= best.validation_accuracy - max(LESS_RIGHT, chance_of(best))
    )


def chance_of(done: EpochDone) -> float:
    """How much less another epoch may read right by chance: two standard errors of a difference.

    2 √(2 q (1 - q) / n) for n validation images of which p are read right; q = (p n + 1) / (n + 2),
    as all right of one or two is no proof that all are; 0 where n is not known.
    """
    p, n = done.validation_accuracy, done.validation_images
    q = (p * n + 1) / (n + 2)
    return 2 * sqrt(2 * q * (1 - q) / n) if n else 0.0


def loss_of_guessing(network: Network) -> float:
    """The mean loss of a network that says of every digit that all classes are as likely."""
    return _loss_of_guessing(network.loss, network.sizes[-1])


@cache
def _loss_of_guessing(loss: Loss, classes: int) -> float:
    """Sums z = -ln(k - 1) make each of k outputs 1/k, be they softmax or sigmoid."""
    network = Network((1, classes), relu(0.0), loss, np.float64)
    scores = Workspace(network, 1).scores
    scores.z[:] = -log(max(classes - 1, 1))
    loss.output(scores)
    scores.set_targets(np.zeros(1, np.uint8))
    return loss.value(scores)


def some(digits: Digits, most: int = SAMPLE) -> Digits:
    """At most so many of the digits, from all over the set."""
    step = -(-len(digits) // most)
    return digits.take(np.arange(0, len(digits), step))


def sample_of(split: Split) -> Digits:
    """The digits that units are judged by: of those that validate, or where these are few, learned.

    A unit that answers to some of the digits alone would seem dead beside thirty others.
    """
    few = len(split.validation) < SAMPLE <= len(split.train)
    return some(split.train if few else split.validation)


def dead_share(network: Network, digits: Digits) -> float | None:
    """The share of hidden units that let no gradient through for any of the digits.

    That is a (leaky) relu that is never above zero, a sigmoid or tanh that is always saturated; and
    every unit where all outputs are saturated sigmoids. None without hidden layers.
    """
    if len(network.weights) == 1:
        return None
    batch = Workspace(network, len(digits))
    batch.x[:] = network.inputs(digits.pixels)
    with np.errstate(all="ignore"):  # a broken network is judged, too
        forward(network, batch, learning=True)
        outputs = batch.scores.a
        if network.loss.output is sigmoids and (outputs * (1 - outputs)).max() < SATURATED:
            return 1.0
        return 1 - float(np.concatenate([learning(slope) for slope in batch.z]).mean())


def learning(slope: Array) -> NDArray[np.bool_]:
    """Which units learn from a sample: slope (n, units) -> (units,); the others are dead."""
    return np.asarray((slope > DEAD_SLOPE).any(axis=0))
