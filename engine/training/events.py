"""What training says: frozen records of numbers, never a live array.

Accuracies are shares 0 to 1, losses means over images, times seconds.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from engine.training.guessing import is_guessing
from engine.training.hyperparameters import Hyperparameters
from engine.training.metrics import Evaluation

Reason = Literal["target", "epochs", "patience", "diverged", "interrupted"]
"""Why training stopped."""


@dataclass(frozen=True, slots=True)
class Started:
    """Training begins, or goes on."""

    hyperparameters: Hyperparameters
    parameters: int
    train_images: int
    validation_images: int
    learned_by: str = "one process"
    """Who learns; and why, if that was measured."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Some batches of an epoch are done: sums and time over just those batches."""

    epoch: int
    """The epoch under way, from 1."""
    batch: int
    """Batches of it done so far."""
    batches: int
    """Batches in an epoch."""
    images: int
    loss: float
    """The mean over these images."""
    correct: int
    seconds: float
    learning_rate: float
    """After the schedule."""


@dataclass(frozen=True, slots=True)
class EpochDone:
    """Every training image was seen once more, and the validation images were scored.

    The training figures are averages over the epoch, while the network was changing.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float
    """Spent on the batches, without the scoring."""
    images_per_second: float
    is_best: bool
    validation_images: int = 0
    """How many were scored; 0 in what an older program wrote."""
    dead: float | None = None
    """The share of hidden units that let no gradient through; None without any, or not known."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Training is over, or interrupted."""

    reason: Reason
    epoch: int
    """Epochs finished."""
    seconds: float
    """Spent training and scoring, without pauses."""
    validation_accuracy: float | None
    test: Evaluation | None
    """The score on the test images; none when interrupted or diverged."""

    @property
    def better_than_guessing(self) -> bool | None:
        """Whether the test score is more than luck; None without one."""
        if self.test is None:
            return None
        return not is_guessing(self.test.accuracy, self.test.confusion.sum(axis=1).tolist())


Event: TypeAlias = Started | Progress | EpochDone | Stopped
