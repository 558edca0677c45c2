"""Beginning with the first layer of a trained network: its strokes are there, the rest is drawn."""

from dataclasses import dataclass

from engine.errors import DataError
from engine.nn.network import Network
from engine.training.changes import FIRST_LAYER, Change
from engine.training.run import Run


@dataclass(frozen=True, slots=True)
class Donor:
    """A trained network whose first layer others begin with, and the name it goes by."""

    network: Network
    name: str


def fits(network: Network, donor: Network) -> bool:
    """Whether the first layers are of one size, and hidden ones: a network's last is its own."""
    is_hidden = min(len(network.sizes), len(donor.sizes)) > 2
    return is_hidden and network.sizes[:2] == donor.sizes[:2]


def warm_start(network: Network, donor: Network) -> None:
    """Take over the first layer's weights and biases; the other layers stay as they are.

    Raises:
        DataError: the first layers differ in size, or one of the networks has no hidden layer.
    """
    if not fits(network, donor):
        mine, given = ("-".join(map(str, each.sizes)) for each in (network, donor))
        raise DataError(
            f"The network is {mine}, the one whose first layer it is to begin with {given}; both "
            "need as many pixels and as wide a first hidden layer."
        )
    network.weights[0][:] = donor.weights[0]
    network.biases[0][:] = donor.biases[0]


def begin_warm(run: Run, donor: Donor) -> None:
    """Let a run that has not begun begin with the first layer of another network, and note it.

    Raises:
        DataError: it does not fit.
    """
    warm_start(run.network, donor.network)
    run.changes.append(Change(0.0, FIRST_LAYER, "drawn", donor.name))
    run.newest = run.last = run.snapshot(validation_accuracy=0.0)
