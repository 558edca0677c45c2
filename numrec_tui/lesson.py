"""One run of a session while it is under way: its events, its curves, and what is going on."""

from collections.abc import Callable, Generator, Iterator
from typing import TypeAlias

from engine.data.digits import Split
from engine.nn.network import Network
from engine.training.events import EpochDone, Event, Progress, Stopped
from engine.training.hyperparameters import Hyperparameters
from engine.training.rescue import rescue
from engine.training.run import Run
from numrec_tui.report import EVIDENCE, Curves, Earlier, State, View, WayBack
from numrec_tui.weight_history import WeightHistory

Trainer: TypeAlias = Callable[[Run, Split], Iterator[Event]]

PACE, MOST_PACE = 0.1, 0.25
"""Training time between two events, when a run begins and once it is a second old."""


class Lesson:
    """A run and what it learns from; number: which of the session's runs this is, from 1.

    curves, weights: those of the run that this one goes on from.
    begun: whether it has learned already.
    """

    def __init__(
        self,
        number: int,
        run: Run,
        split: Split,
        trainer: Trainer,
        *,
        curves: Curves | None = None,
        weights: WeightHistory | None = None,
        begun: bool = False,
    ) -> None:
        self.number = number
        self.run = run
        self.split = split
        self.curves = curves or Curves()
        self.weights = weights or WeightHistory()
        self.weights.take_in(run)
        self.begun = begun
        self.state: State = "paused" if begun else "ready"
        self.stopped: Stopped | None = None
        """How it ended, if it did."""
        self.told_at = 0.0
        """The training time of the last report."""
        self._trainer = trainer
        self._events: Iterator[Event] | None = None
        self._timed, self._timed_epochs = 0.0, 0.0
        """Seconds trained here and the epochs done in them; steps by hand do not count."""

    def advance(self, stepping: bool = False) -> Event | None:
        """Ask the training loop for its next event, and take it in; stepping: after one batch.

        Raises:
            TeamError: a process of the team is lost.
        """
        self.begun = True
        if not stepping:
            self.run.pace = self.gap
        if self._events is None:
            self._events = self._trainer(self.run, self.split)
        seconds, position = self.run.seconds, self.run.position
        try:
            event = next(self._events)
        except StopIteration:
            self._events = None
            return None
        if not stepping:
            self._timed += self.run.seconds - seconds
            self._timed_epochs += max(self.run.position - position, 0)
        match event:
            case Progress():
                self.curves.add(event, self.run.position)
            case EpochDone():
                self.curves.end_epoch(event)
            case Stopped():
                self._end(event)
        return event

    def _end(self, event: Stopped) -> None:
        self.curves.flush(self.run.position)
        self.stopped = event
        self._events = None
        if event.reason != "interrupted":
            self.state = "diverged" if event.reason == "diverged" else "finished"

    def dismiss(self) -> None:
        """End the training loop, and with it the processes it may have."""
        if isinstance(self._events, Generator):
            self._events.close()
        self._events = None

    @property
    def way_back(self) -> WayBack | None:
        """Where `rescue` would go; None if there is nothing to rescue."""
        last, state = self.run.last, self.state
        ruined = state != "failed" and self.begun and self.run.is_ruined
        if last is None or not (ruined or state == "diverged"):
            return None
        return WayBack(last.epoch, last.settings.learning_rate / 2)

    def rescue(self) -> Hyperparameters | None:
        """Out of ruin: back to the last healthy epoch, as `engine.training.rescue` does.

        Returns the settings that hold from now on; None if there is nothing to rescue.
        """
        if self.way_back is None:
            return None
        self.dismiss()
        settings = rescue(self.run, self.split)
        self.curves.cut(self.run.position)
        self.state, self.stopped = "paused", None
        return settings

    @property
    def gap(self) -> float:
        """Seconds between two reports, and so between two events: more as the run gets older."""
        return min(max(self.run.seconds / 4, PACE), MOST_PACE)

    @property
    def seconds_left(self) -> float | None:
        """Until the last planned epoch, at the pace so far; None until that is known."""
        if self._timed < EVIDENCE or not self._timed_epochs:
            return None
        if self.state not in ("training", "paused"):
            return None
        to_do = max(self.run.hyperparameters.epochs - self.run.position, 0)
        return self._timed / self._timed_epochs * to_do

    def remembered(self, number: int) -> Earlier:
        """Its curves, to compare with later runs. number: what it is called."""
        curves = tuple(self.curves.train), tuple(self.curves.validated)
        return Earlier(number, *curves, self.run.hyperparameters)

    def view(self) -> View:
        """A copy of the network as it is now."""
        network = self.run.network
        copy = Network(network.sizes, network.activation, network.loss, theta=network.theta.copy())
        moments = self.weights.moments(self.run)
        return View(self.number, self.run.position, copy, self.split, moments)
