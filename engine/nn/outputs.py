"""Classes that come and go: the output layer gets a unit more or fewer, all other weights stay."""

from collections.abc import Sequence

import numpy as np

from engine.nn.network import Network

SMALL = 0.01
"""The standard deviation of the weights of a new output: it begins with nearly no opinion."""


def kept_outputs(before: Sequence[str], after: Sequence[str]) -> tuple[int | None, ...]:
    """For each class of `after` which output of `before` reads it; None for a new class.

    A class is the same where it has the same name; one that has another name in the place of one
    that is gone was renamed.
    """
    known = {name: index for index, name in enumerate(before)}
    gone = {index for name, index in known.items() if name not in after}
    return tuple(
        known.get(name, index if index in gone else None) for index, name in enumerate(after)
    )


def with_outputs(
    network: Network, kept: Sequence[int | None], generator: np.random.Generator
) -> Network:
    """A copy of a network with other outputs; the layers below are as they were.

    kept: for each output of the copy the one it is taken from; None for a new one, whose weights
    are small.
    """
    sizes = (*network.sizes[:-1], len(kept))
    copy = Network(sizes, network.activation, network.loss, network.theta.dtype)
    for k in range(len(sizes) - 2):
        copy.weights[k][:], copy.biases[k][:] = network.weights[k], network.biases[k]
    for output, source in enumerate(kept):
        if source is None:
            copy.weights[-1][:, output] = generator.normal(0, SMALL, sizes[-2])
        else:
            copy.weights[-1][:, output] = network.weights[-1][:, source]
            copy.biases[-1][output] = network.biases[-1][source]
    return copy
