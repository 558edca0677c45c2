"""How well a network reads a set of digits."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import BatchReader, Digits
from engine.errors import DataError
from engine.nn.network import Network, Workspace, forward
from engine.plural import counted
from engine.training.packing import Layout, PixelShard, core_first

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
    class_names: tuple[str, ...] = ()
    """One a class; their numbers where there are none."""

    def __repr__(self) -> str:
        return f"Evaluation({self.summary})"

    def _repr_html_(self) -> str:
        """The score and the confusion matrix, in a notebook."""
        from engine.data.html import confusion_table

        names = self.class_names or tuple(map(str, range(len(self.confusion))))
        return confusion_table(self.summary, self.confusion, names)

    @property
    def summary(self) -> str:
        """The score in words."""
        read = f"{self.correct:,} of {self.images:,} read right"
        return f"{read}: {self.accuracy:.2%}, loss {self.loss:.4f}"

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


def check_fits(sizes: Sequence[int], pixels: int, classes: int, who: str) -> None:
    """Make sure that a network of these sizes can read digits; who: what it is called.

    Raises:
        DataError: they have another number of pixels or classes.
    """
    if (sizes[0], sizes[-1]) != (pixels, classes):
        raise DataError(
            f"{who} reads {counted(sizes[0], 'pixel')} as {sizes[-1]} classes, "
            f"but the digits have {counted(pixels, 'pixel')} and {classes} classes."
        )


def evaluate(network: Network, digits: Digits, who: str = "The network") -> Evaluation:
    """How well a network reads digits, once; who: what it is called where it does not fit.

    Raises:
        DataError: the digits have another number of pixels or classes than it reads.
    """
    check_fits(network.sizes, digits.pixels.shape[1], digits.classes, who)
    return Evaluator(network, digits).evaluate()


class Evaluator:
    """Scores one set of digits again and again, in memory made once.

    The wide ones come first, so that the others need fewer products.
    """

    def __init__(self, network: Network, digits: Digits) -> None:
        pixels, sizes = digits.pixels, network.sizes
        self._field = PixelShard(*core_first(pixels, np.arange(sizes[0])))
        self._layout = Layout(sizes, [self._field])
        packed = self._layout.packed(pixels)
        has_margin_ink = packed.has_margin_ink()
        self._has_margin_ink = int(np.count_nonzero(has_margin_ink))
        self._order = np.argsort(has_margin_ink, kind="stable")[::-1]
        self._labels, self._names = digits.labels[self._order], digits.class_names
        rows = min(CHUNK, len(digits))
        self._reader = BatchReader(packed.parts[0], rows)
        self._network = network
        self._packed = Network(sizes, network.activation, network.loss, network.theta.dtype)
        self._workspace = Workspace(self._packed, rows)

    def evaluate(self) -> Evaluation:
        """Score every digit with the network's parameters as they are now."""
        self._layout.pack(self._network.theta, self._packed.theta)
        confusion = np.zeros((len(self._names),) * 2, np.int64)
        loss = 0.0
        for start in range(0, len(self._labels), CHUNK):
            truth = self._labels[start : start + CHUNK]
            batch = self._workspace.first(len(truth))
            has_margin_ink = min(max(self._has_margin_ink - start, 0), len(truth))
            batch.blocks = self._field.blocks(len(truth), has_margin_ink)
            self._reader.read(self._order[start : start + CHUNK], batch.x, batch.blocks)
            with np.errstate(over="ignore", invalid="ignore"):  # a broken network scores badly
                forward(self._packed, batch)
                batch.scores.set_targets(truth)
                loss += self._network.loss.value(batch.scores)
            np.add.at(confusion, (truth, batch.scores.guess - batch.scores.starts), 1)
        images = len(self._labels)
        return Evaluation(images, int(np.trace(confusion)), loss / images, confusion, self._names)
