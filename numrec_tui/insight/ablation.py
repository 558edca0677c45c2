"""What a network reads without some of its units: how much each of them matters."""

from collections.abc import Callable, Set
from dataclasses import dataclass

import numpy as np

from engine.data.dataset import Digits
from engine.nn.network import Network
from numrec_tui.insight.predictions import read


def without(network: Network, units: Set[int]) -> Network:
    """A copy of the network in which these units of the first hidden layer give 0 for every digit.

    All weights that lead on from them are 0 in the copy; the network itself stays as it is.
    """
    copy = Network(network.sizes, network.activation, network.loss, theta=network.theta.copy())
    copy.weights[1][sorted(units)] = 0
    return copy


@dataclass(frozen=True, slots=True)
class Ablation:
    """The shares of digits that are read right: with all units, and without those switched off."""

    off: frozenset[int]
    whole: float
    reduced: float


def ablation(
    network: Network,
    digits: Digits,
    off: frozenset[int],
    pause: Callable[[], None] = lambda: None,
) -> Ablation | None:
    """Read all digits with and without the units; None if none is switched off.

    pause: called between some thousands of digits.
    """
    if not off:
        return None

    def go_on() -> bool:
        pause()
        return True

    shares = []
    for each in (network, without(network, off)):
        predictions = read(each, digits, go_on=go_on)
        assert predictions is not None  # noqa: S101 - it always goes on
        shares.append(float(np.mean(predictions.right)))
    return Ablation(off, *shares)
