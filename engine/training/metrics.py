"""How well a network reads a set of digits."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.data.digits import BatchReader, Digits
from engine.nn.network import Network, Workspace, forward
from engine.training.layout import Field, Layout, core_first

CHUNK = 500
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
    """Scores one set of digits again and again, in memory made once.

    The wide ones come first, so that the others need fewer products.
    """

    def __init__(self, network: Network, digits: Digits) -> None:
        pixels, sizes = digits.pixels, network.sizes
        self._field = Field(*core_first(pixels, np.arange(sizes[0])))
        self._layout = Layout(sizes, [self._field])
        packed = self._layout.packed(pixels)
        wide = packed.wide()
        self._wide = int(np.count_nonzero(wide))
        self._order = np.argsort(wide, kind="stable")[::-1]
        self._labels, self._classes = digits.labels[self._order], digits.classes
        rows = min(CHUNK, len(digits))
        self._reader = BatchReader(packed.parts[0], rows)
        self._network = network
        self._packed = Network(sizes, network.activation, network.loss, network.theta.dtype)
        self._workspace = Workspace(self._packed, rows)

    def evaluate(self) -> Evaluation:
        """Score every digit with the network's parameters as they are now."""
        self._layout.pack(self._network.theta, self._packed.theta)
        confusion = np.zeros((self._classes, self._classes), np.int64)
        loss = 0.0
        for start in range(0, len(self._labels), CHUNK):
            truth = self._labels[start : start + CHUNK]
            batch = self._workspace.first(len(truth))
            wide = min(max(self._wide - start, 0), len(truth))
            batch.blocks = self._field.blocks(len(truth), wide)
            self._reader.read(self._order[start : start + CHUNK], batch.x, batch.blocks)
            with np.errstate(over="ignore", invalid="ignore"):  # a broken network scores badly
                forward(self._packed, batch)
            batch.scores.aim(truth)
            loss += self._network.loss.value(batch.scores)
            np.add.at(confusion, (truth, batch.scores.guess - batch.scores.starts), 1)
        images = len(self._labels)
        return Evaluation(images, int(np.trace(confusion)), loss / images, confusion)
