"""How well a network reads a set of digits."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from engine.data.digits import BatchReader, Digits
from engine.nn.network import Network, Workspace, forward
from engine.training.layout import Field, Layout, core_first

CHUNK = 500
"""Images scored at a time."""

ENOUGH = 1000
"""Images from which on a share of them is taken as it is; below, its interval counts."""

NORMAL_95 = 1.959964
"""Standard deviations to each side that hold 95 % of a normal distribution."""


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


def interval(accuracy: float, images: int) -> tuple[float, float]:
    """The 95 % interval of an accuracy that was measured on n images: its bounds, 0 to 1.

    With p the share read right, z = 1.96 and m = (p + z²/2n) / (1 + z²/n):
    m ± z / (1 + z²/n) · √(p(1-p)/n + z²/4n²).

    Source: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference,
    JASA 22 (1927).
    """
    z2 = NORMAL_95**2 / images
    middle = (accuracy + z2 / 2) / (1 + z2)
    variance = (accuracy * (1 - accuracy) + z2 / 4) / images
    half = NORMAL_95 / (1 + z2) * sqrt(variance)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def reaches(accuracy: float, images: int, target: float) -> bool:
    """Whether an accuracy on so many images is enough to stop at a target; 1.0 never is.

    Of fewer than 1,000 images the lower bound of the 95 % interval has to reach it: all of five
    are easily read right by luck. images: 0 where it is not known.
    """
    if target >= 1:
        return False
    sure = interval(accuracy, images)[0] if 0 < images < ENOUGH else accuracy
    return sure >= target


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
