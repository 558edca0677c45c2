"""Networks and digits of which every number on the screen is the same on every processor.

How a matrix product rounds depends on the kernels that the processor gets. Of pixels that are 0 or
1 and of weights that are 64ths no sum has to be rounded, in whatever order it is done; what cannot
be had like that stands here as an array.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.data.dataset import DataSet, Digits
from engine.models.model import Model
from engine.nn.arrays import Bytes
from engine.nn.network import Network
from engine.training.events import Event
from engine.training.hyperparameters import Hyperparameters
from engine.training.loop import train
from engine.training.run import new_run
from numrec_tui.insight.units import Distribution, distribution
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from tests import scripted

PARTS = 64
"""Weights are multiples of one over this."""

SEVEN = (0.04, 0.02, 0.05, 0.01, 0.03, 0.02, 0.01, 0.46, 0.03, 0.33)
"""How a drawing is read; adds up to 1."""


def black_and_white(digits: Digits) -> Digits:
    """The same digits without shades."""
    images = np.where(digits.images > 0, 255, 0).astype(np.uint8)
    return Digits(images, digits.labels, digits.classes, digits.class_names)


def drawn_set() -> DataSet:
    drawn = scripted.drawn_set()
    return DataSet(drawn.name, black_and_white(drawn.train), black_and_white(drawn.test))


def model(settings: Hyperparameters) -> Model:
    """What a run with these settings would begin with, rounded; ReLU keeps 64ths what they are."""
    assert settings.activation == "relu"
    network = new_run(settings, 28 * 28, 10).network
    network.theta[:] = np.round(network.theta * PARTS) / PARTS
    return Model(network, {"activation": "relu"})


def session(folder: Path, script: Sequence[Event] = (), **changed: object) -> Session:
    """As that of `scripted`, with digits and a network of which every number is exact."""
    chosen = scripted.settings(activation="relu", **changed)
    loop = scripted.play(script) if script else train
    return Session(SessionConfig(drawn_set(), chosen, folder, loop, model=model(chosen)))


def gradient_distributions(
    network: Network, _digits: Digits, bins: int = 40
) -> tuple[Distribution, ...]:
    """In place of gradients, which are never 64ths: the weights, a 64th of them."""
    return tuple(distribution(weights / 64, bins) for weights in network.weights)


def probabilities(_network: Network, _picture: Bytes) -> tuple[float, ...]:
    """How every drawing is read."""
    return SEVEN
