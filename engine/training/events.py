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
    second: str = ""
    """The set that is scored beside the validation; empty without one."""
    second_images: int = 0


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
class WorkersReplaced:
    """A process of the team was lost; others do again what was under way."""

    how: str
    """What happened, as a sentence."""
    processes: int
    """How many learn from now on."""
    fewer: bool
    """Whether that is fewer than before, because too many were lost."""
    losses: int
    """How many were lost since training began, or went on."""

    def __str__(self) -> str:
        whom = "one process alone" if self.processes == 1 else f"{self.processes} processes"
        done = f"Training goes on with {whom}" if self.fewer else "It was replaced"
        return f"{self.how} {done}; nothing that was learned is lost."


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
    second_loss: float | None = None
    """Over the set that is scored beside the validation; None without one."""
    second_accuracy: float | None = None

    def __repr__(self) -> str:
        return (
            f"EpochDone(epoch {self.epoch}: "
            f"validation {self.validation_accuracy:.2%}, loss {self.validation_loss:.4f}; "
            f"training {self.train_accuracy:.2%}, loss {self.train_loss:.4f})"
        )


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
    team: str = ""
    """What happened to the team on the way, as a sentence; empty if nothing did."""

    @property
    def better_than_guessing(self) -> bool | None:
        """Whether the test score is more than luck; None without one."""
        if self.test is None:
            return None
        return not is_guessing(self.test.accuracy, self.test.confusion.sum(axis=1).tolist())


Event: TypeAlias = Started | Progress | WorkersReplaced | EpochDone | Stopped
