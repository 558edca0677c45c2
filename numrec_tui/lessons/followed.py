"""A digit and a weight that are followed through a network, and what its parts are called.

Units and pixels count from 0, as in the Network mode.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.nn.network import Network
from numrec_tui.lessons.own_step import Digit, Pass, Standing, Update, Weight


@dataclass(frozen=True, eq=False)
class Followed:
    """Everything that the texts tell of: a digit and a weight in a network that stands still.

    names: of the classes. update: None while it is being calculated.
    """

    standing: Standing
    digit: Digit
    passed: Pass
    weight: Weight
    names: Sequence[str]
    update: Update | None = None

    @property
    def network(self) -> Network:
        """In the precision that is calculated with."""
        return self.standing.network

    @property
    def last(self) -> int:
        """The layer of the classes."""
        return len(self.network.weights) - 1

    @property
    def is_output(self) -> bool:
        """Whether the weight leads to a class."""
        return self.weight.layer == self.last

    @property
    def class_(self) -> int:
        """The class that the weight leads to; the right one for a weight below."""
        return self.weight.target if self.is_output else self.digit.label


def unit_name(network: Network, names: Sequence[str], layer: int, unit: int) -> str:
    """What a unit of a layer is called: class 7, unit 17, unit 17 of hidden 2."""
    if layer == len(network.weights) - 1:
        return f"class {names[unit]}"
    return f"unit {unit}" if len(network.weights) == 2 else f"unit {unit} of hidden {layer + 1}"


def source_name(followed: Followed, layer: int, source: int | None) -> str:
    """What a weight comes from: pixel (row, column), unit 17, the bias."""
    if source is None:
        return "bias"
    if layer == 0:
        return "pixel ({}, {})".format(*divmod(source, followed.digit.image.shape[1]))
    return f"unit {source}"


def weight_name(followed: Followed) -> str:
    """A weight by its two ends: pixel (12, 14) → unit 17."""
    weight = followed.weight
    target = unit_name(followed.network, followed.names, weight.layer, weight.target)
    return f"{source_name(followed, weight.layer, weight.source)} → {target}"
