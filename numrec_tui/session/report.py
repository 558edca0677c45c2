"""What a session reports: immutable snapshots of its state, and the curves in them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from engine.data.dataset import Digits, Split
from engine.nn.arrays import Bytes
from engine.nn.network import Network
from engine.training.changes import Change
from engine.training.events import EpochDone, Progress, Reason, Stopped
from engine.training.hyperparameters import Hyperparameters
from engine.training.run import Run
from numrec_tui.insight.weight_history import Moment
from numrec_tui.session.data_report import DataFacts

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

POINT_SECONDS = 0.01, 0.1
"""Training time that one point of the training curve covers: the first, and later ones."""


def point_seconds(seconds: float) -> float:
    """The same after some seconds of training: a tenth of them, within these bounds."""
    first, later = POINT_SECONDS
    return min(max(seconds / 10, first), later)


MOST_POINTS = 2000
"""Points a curve keeps; then every second one is dropped, so that a long run stays light."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a curve: at `epoch` (fractional), a loss and an accuracy."""

    epoch: float
    loss: float
    accuracy: float
    seconds: float = 0.0
    """Of training until then; known of the training curve."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The prediction for validation digit `index`."""

    index: int
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PastCurves:
    """The curves of an earlier run, to compare with the current one."""

    run: int
    """Its number."""
    train: tuple[Point, ...]
    validated: tuple[Point, ...]
    settings: Hyperparameters | None = None
    """The settings that it ended with, where they are known."""
    batches: int = 0
    """Batches in an epoch."""


@dataclass(frozen=True, slots=True)
class WayBack:
    """Where a broken run can go back to: the last healthy epoch, 0 for the start."""

    epoch: int
    learning_rate: float
    """Half of the rate at that time; at the start lower rates are tried, too."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """What became of the last correction: a drawing that was read as another class."""

    picture: Bytes
    """(rows, columns)."""
    label: int
    read_as: int
    steps: int
    before: float
    """The share of small variations of the drawing that was read right."""
    after: float
    won: tuple[int, ...]
    """Validation digits that are read right since, by their rows."""
    lost: tuple[int, ...]
    """Those that were, and are not any more."""
    images: int
    """Validation digits that were looked at."""


@dataclass(frozen=True, slots=True)
class Download:
    """A published set on its way: so many bytes of it are here."""

    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Report:
    """The state of a session at one moment, as a screen shows it."""

    state: State
    run: int
    """Which of the session's runs it is, from 1: identifies it within the session."""
    number: int
    """Its number in the history, or `run` without one; 0 until that is known."""
    settings: Hyperparameters
    """The settings of the next run."""
    running: Hyperparameters
    """The settings of this run."""
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
    reading: Prediction
    stopped: Stopped | None
    message: str | None
    """A sentence about the last thing done: saved where, what failed."""
    can_go_on: bool = False
    """Whether an unfinished run can be resumed."""
    can_undo: bool = False
    """Whether a change of the settings can be undone."""
    way_back: WayBack | None = None
    """Where the run can go back to, if it is broken."""
    earlier: tuple[PastCurves, ...] = ()
    """The runs before this one, the latest first."""
    unsaved: str | None = None
    """Why the run or its record cannot be saved now."""
    in_danger: bool = False
    """Whether what was learned would be lost, not only its record."""
    about_data: DataFacts | None = None
    """How large the set is, and what can hardly be right about it."""
    loading: str | None = None
    """The data that are being loaded, by the name that was asked for."""
    correcting: bool = False
    """Whether a drawing is being corrected."""
    corrected: Corrected | None = None
    """The last correction, if it can be taken back."""
    download: Download | None = None
    """What of these data is being downloaded."""
    second: tuple[Point, ...] = ()
    """The scores of a second set, beside the validation."""
    second_name: str = ""
    """What the second set is called; empty if none is scored."""
    batches_per_second: float | None = None
    """So many are trained, for a person to watch; None at full speed."""
    is_rising: bool = False
    """Whether that is the gentle start of a first run, which gets quicker by itself."""
    history: tuple[EpochDone, ...] = ()
    """The epochs that are done."""
    augmented: bool = False
    """Whether the training images are changed from epoch to epoch."""
    watches: int = 0
    """How many requests for another digit the session has carried out."""

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
class NetworkView:
    """A copy of the network at one moment, and the digits that it is trained on."""

    run: int
    position: float
    """Epochs done, as a fraction."""
    network: Network
    split: Split
    moments: tuple[Moment, ...] = ()
    """The network at earlier moments, from the run's first batch on."""

    def without_moments(self) -> "NetworkView":
        """The same, for who looks at no earlier moment: those of a large run are many megabytes."""
        return replace(self, moments=())


@dataclass(frozen=True, slots=True)
class RunView:
    """A copy of a run between two batches, with all that its next update depends on.

    number: which of the session's runs it is, from 1.
    """

    number: int
    run: Run
    split: Split


class Curves:
    """A run's curves as they grow: training points by time, those of other sets by epoch."""

    def __init__(self) -> None:
        self.train: list[Point] = []
        self.validated: list[Point] = []
        self.second: list[Point] = []
        self.images_per_second: float | None = None
        self._elapsed = 0.0
        self._clear()

    def add(self, event: Progress, position: float) -> None:
        """Add some batches that end at `position`."""
        self._images += event.images
        self._loss += event.loss * event.images
        self._correct += event.correct
        self._seconds += event.seconds
        if self._seconds >= point_seconds(self._elapsed):
            self.flush(position)

    def flush(self, position: float) -> None:
        """Make a point of the batches since the last one."""
        if not self._images:
            return
        if self._seconds:
            self.images_per_second = self._images / self._seconds
        loss, accuracy = self._loss / self._images, self._correct / self._images
        self._elapsed += self._seconds
        _append(self.train, Point(position, loss, accuracy, self._elapsed))
        self._clear()

    def end_epoch(self, event: EpochDone) -> None:
        """Add a validation point, and end the training point with the epoch."""
        self.flush(event.epoch)
        point = Point(event.epoch, event.validation_loss, event.validation_accuracy)
        _append(self.validated, point)
        if event.second_loss is not None and event.second_accuracy is not None:
            _append(self.second, Point(event.epoch, event.second_loss, event.second_accuracy))

    def restore(self, history: Sequence[EpochDone]) -> None:
        """Add the points of a resumed run; of the training curve the ends of epochs."""
        for done in history:
            self._elapsed += done.seconds
            point = Point(done.epoch, done.train_loss, done.train_accuracy, self._elapsed)
            _append(self.train, point)
            self.end_epoch(done)

    def copy(self) -> "Curves":
        """A copy of the curves, for a fork."""
        other = Curves()
        other.train, other.validated = list(self.train), list(self.validated)
        other.second = list(self.second)
        other.images_per_second, other._elapsed = self.images_per_second, self._elapsed
        other._images, other._loss = self._images, self._loss
        other._correct, other._seconds = self._correct, self._seconds
        return other

    def cut(self, position: float) -> None:
        """Drop the points after `position`."""
        self.train = [point for point in self.train if point.epoch <= position]
        self.validated = [point for point in self.validated if point.epoch <= position]
        self.second = [point for point in self.second if point.epoch <= position]
        self._elapsed = self.train[-1].seconds if self.train else 0.0
        self._clear()

    def _clear(self) -> None:
        self._images, self._loss, self._correct, self._seconds = 0, 0.0, 0, 0.0


def _append(points: list[Point], point: Point) -> None:
    points.append(point)
    if len(points) > MOST_POINTS:
        del points[1:-1:2]
