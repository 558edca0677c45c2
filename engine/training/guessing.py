"""Whether a score could as well be had by guessing."""

from collections.abc import Sequence
from math import sqrt

SURE = 1.645
"""Standard deviations that luck exceeds in one of 20 cases."""


def best_guess(counts: Sequence[int]) -> float:
    """The accuracy of always predicting the most frequent class; counts: images a class."""
    return max(counts) / sum(counts)


def guessing_bound(counts: Sequence[int]) -> float:
    """The accuracy that guessing reaches with luck, once in 20 times: p + 1.645 √(p (1 - p) / n).

    p is the share of the most frequent class, n the number of images.
    counts: images a class, at least one in all.
    """
    p = best_guess(counts)
    return p + SURE * sqrt(p * (1 - p) / sum(counts))


def is_guessing(accuracy: float, counts: Sequence[int]) -> bool:
    """Whether an accuracy is no better than what guessing reaches; counts: images a class."""
    return accuracy <= guessing_bound(counts)
