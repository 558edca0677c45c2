"""What a session tells whoever watches it: reports that never change, and the curves in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from engine.data.digits import Digits, Split
from engine.nn.network import Network
from engine.training.events import EpochDone, Progress, Reason, Stopped
from engine.training.hyperparameters import Hyperparameters
from engine.training.run import Change
from numrec_tui.own_data import DataFacts
from numrec_tui.weight_history import Moment

State: TypeAlias = Literal["ready", "training", "paused", "finished", "diverged", "failed"]

EVIDENCE = 2.0
"""Seconds of training before the time left is estimated."""

REASONS: dict[Reason, str] = {
    "target": "target accuracy reached",
    "epochs": "all epochs done",
    "patience": "no better for a while",
    "diverged": "diverged",
    "interrupted": "interrupted",
}
"""Each stop reason as a person would say it."""

POINT_SECONDS = 0.1
"""Training time that one point of the training curve covers."""

MOST_POINTS = 2000
"""Points a curve keeps; then every second one is dropped, so that a long run stays light."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a curve: at `epoch` (fractional), a loss and an accuracy."""

    epoch: float
    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network makes of validation digit `index`."""

    index: int
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier run and how it went, to compare with the one under way."""

    run: int
    """Its number."""
    train: tuple[Point, ...]
    validated: tuple[Point, ...]
    settings: Hyperparameters | None = None
    """Those it ended with, where they are known."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """Where a run that is broken can go back to: the last healthy epoch, 0 being the start."""

    epoch: int
    learning_rate: float
    """Half of that time's; at the start a rate that learns is looked for from there down."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that a screen shows of a session, at one moment."""

    state: State
    run: int
    """Which of the session's runs it is, from 1: what a run is told from others by."""
    number: int
    """What it is called: its number in the history, or `run` without one; 0 until that is known."""
    settings: Hyperparameters
    """What the next run will use."""
    running: Hyperparameters
    """What this run uses."""
    preset: str
    """The preset that the settings come from."""
    data: str
    validation: Digits
    parameters: int
    epoch: int
    batch: int
    batches: int
    images_per_second: float | None
    seconds: float
    seconds_left: float | None
    train: tuple[Point, ...]
    validated: tuple[Point, ...]
    changes: tuple[Change, ...]
    reading: Reading
    stopped: Stopped | None
    message: str | None
    """A sentence about the last thing done: saved where, what failed."""
    can_go_on: bool = False
    """Whether a run that was left could be taken up."""
    can_undo: bool = False
    """Whether a change of the settings could be taken back."""
    way_back: WayBack | None = None
    """Where the run could go back to, if it is broken."""
    earlier: tuple[Earlier, ...] = ()
    """The runs before this one, the latest first."""
    about_data: DataFacts | None = None
    """How large the set is, and what can hardly be right about it."""

    @property
    def position(self) -> float:
        """Epochs done, as a fraction."""
        return self.epoch + self.batch / self.batches

    @property
    def rate(self) -> float | None:
        """The learning rate in force: that of the next update; None if there will be none."""
        if self.state in ("ready", "training", "paused"):
            return self.running.rate_at(self.position)
        return None


@dataclass(frozen=True, slots=True)
class View:
    """The network at one moment, a copy that nobody changes, and the digits it is trained on."""

    run: int
    position: float
    """Epochs done, as a fraction."""
    network: Network
    split: Split
    moments: tuple[Moment, ...] = ()
    """What the network was like before, from the run's first batch on."""


class Curves:
    """A run's curves as they grow: training points by time, validation points by epoch."""

    def __init__(self) -> None:
        self.train: list[Point] = []
        self.validated: list[Point] = []
        self.images_per_second: float | None = None
        self._clear()

    def add(self, event: Progress, position: float) -> None:
        """Take in some batches that end at `position`."""
        self._images += event.images
        self._loss += event.loss * event.images
        self._correct += event.correct
        self._seconds += event.seconds
        if self._seconds >= POINT_SECONDS:
            self.flush(position)

    def flush(self, position: float) -> None:
        """Make a point of what has been added since the last one."""
        if not self._images:
            return
        if self._seconds:
            self.images_per_second = self._images / self._seconds
        loss, accuracy = self._loss / self._images, self._correct / self._images
        _append(self.train, Point(position, loss, accuracy))
        self._clear()

    def end_epoch(self, event: EpochDone) -> None:
        """Take in a validation score, and end the training point with its epoch."""
        self.flush(event.epoch)
        point = Point(event.epoch, event.validation_loss, event.validation_accuracy)
        _append(self.validated, point)

    def restore(self, history: Sequence[EpochDone]) -> None:
        """Draw again what was learned before; of the training curve the ends of epochs."""
        for done in history:
            _append(self.train, Point(done.epoch, done.train_loss, done.train_accuracy))
            self.end_epoch(done)

    def copy(self) -> "Curves":
        """The same curves, to go on in another way."""
        other = Curves()
        other.train, other.validated = list(self.train), list(self.validated)
        other.images_per_second = self.images_per_second
        other._images, other._loss = self._images, self._loss
        other._correct, other._seconds = self._correct, self._seconds
        return other

    def cut(self, position: float) -> None:
        """Forget what came after `position`."""
        self.train = [point for point in self.train if point.epoch <= position]
        self.validated = [point for point in self.validated if point.epoch <= position]
        self._clear()

    def _clear(self) -> None:
        self._images, self._loss, self._correct, self._seconds = 0, 0.0, 0, 0.0


def _append(points: list[Point], point: Point) -> None:
    points.append(point)
    if len(points) > MOST_POINTS:
        del points[1:-1:2]
