"""How well a network reads a set of digits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.data.digits import BatchReader, Digits
from engine.nn.network import Network, Workspace, forward

CHUNK = 1000
"""Images scored at a time."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A score over n images; confusion[t, p] counts those of class t that were read as p."""

    images: int
    correct: int
    loss: float
    """The mean over the images."""
    confusion: NDArray[np.int64]

    @property
    def accuracy(self) -> float:
        """The share of images read right, 0 to 1."""
        return self.correct / self.images


class Evaluator:
    """Scores one set of digits again and again, in memory made once."""

    def __init__(self, network: Network, digits: Digits) -> None:
        rows = min(CHUNK, len(digits))
        self._network = network
        self._digits = digits
        self._reader = BatchReader(digits.pixels, rows)
        self._workspace = Workspace(network, rows)

    def evaluate(self) -> Evaluation:
        """Score every digit with the network's parameters as they are now."""
        labels, classes = self._digits.labels, self._digits.classes
        confusion = np.zeros((classes, classes), np.int64)
        loss = 0.0
        for start in range(0, len(labels), CHUNK):
            rows = slice(start, start + CHUNK)
            truth = labels[rows]
            batch = self._workspace.first(len(truth))
            self._reader.read(rows, batch.x)
            with np.errstate(over="ignore", invalid="ignore"):  # a broken network scores badly
                forward(self._network, batch)
            batch.scores.aim(truth)
            loss += self._network.loss.value(batch.scores)
            np.add.at(confusion, (truth, batch.scores.guess - batch.scores.starts), 1)
        return Evaluation(len(labels), int(np.trace(confusion)), loss / len(labels), confusion)
