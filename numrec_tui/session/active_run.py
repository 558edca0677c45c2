"""A run while it is trained: its events, its curves, its state."""

from collections.abc import Generator, Iterator
from dataclasses import replace

from engine.data.dataset import Split
from engine.nn.network import Network
from engine.training.events import EpochDone, Event, Progress, Stopped
from engine.training.hyperparameters import Hyperparameters, knobs
from engine.training.loop import is_over
from engine.training.rescue import rescue
from engine.training.run import EpochSums, Run
from numrec_tui.insight.weight_history import WeightHistory
from numrec_tui.session.config import TrainingLoop
from numrec_tui.session.report import (
    EVIDENCE,
    Curves,
    NetworkView,
    PastCurves,
    RunView,
    State,
    WayBack,
)

PACE, MOST_PACE = 0.1, 0.25
"""Training time between two reports, when a run begins and once it is a second old."""


class ActiveRun:
    """A run and its data. number: which of the session's runs it is, from 1.

    curves, weights: those of the run that this one continues.
    begun: whether it has been trained already.
    """

    def __init__(
        self,
        number: int,
        run: Run,
        split: Split,
        loop: TrainingLoop,
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
        """How it ended, if it has."""
        self.deferred: dict[str, object] = {}
        """Settings that were changed after it had ended, for when it goes on."""
        self.warned = False
        """Whether a person was warned that it cannot be saved."""
        self.reported_at = 0.0
        """The training time of the last report."""
        self._loop = loop
        self._events: Iterator[Event] | None = None
        self._timed, self._timed_epochs = 0.0, 0.0
        """Seconds trained here and the epochs done in them; steps by hand do not count."""

    def advance(self, stepping: bool = False) -> Event | None:
        """Train until the next event, and add it to the curves. stepping: by hand.

        Raises:
            TeamError: the worker pool has lost a process.
        """
        self.begun = True
        if self._events is None:
            self._events = self._loop(self.run, self.split)
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

    def go_on(self) -> bool:
        """Apply deferred settings, if it had ended; returns whether it can be trained."""
        if self.state != "finished":
            return self.state not in ("diverged", "failed")
        if is_over(self.run, self.run.hyperparameters.changed(**self.deferred)):
            return False
        for name, value in self.deferred.items():
            self.run.change(name, value)
        self.deferred.clear()
        self.stopped = None
        return True

    def take_up(self) -> None:
        """Train on, though it may have ended: there is more to learn from."""
        self.deferred.clear()
        self.stopped = None
        self.state = "training"

    def change(self, name: str, value: object) -> None:
        """Change a setting if that can be done in a run that has begun; else do nothing.

        In a run that has ended the change is deferred until it goes on.
        """
        if not self.begun or not knobs()[name].live:
            return
        if self.state in ("training", "paused"):
            self.run.change(name, value)
        else:
            self.deferred[name] = value

    def end_loop(self) -> None:
        """End the training loop, and with it its worker processes."""
        if isinstance(self._events, Generator):
            self._events.close()
        self._events = None

    @property
    def way_back(self) -> WayBack | None:
        """Where `rescue` would go back to; None if the run is healthy."""
        last, state = self.run.last, self.state
        ruined = state != "failed" and self.begun and self.run.is_ruined
        if last is None or not (ruined or state == "diverged"):
            return None
        return WayBack(last.epoch, last.settings.learning_rate / 2)

    def rescue(self) -> Hyperparameters | None:
        """Go back to the last healthy epoch, as `engine.training.rescue` does.

        Returns the settings from now on; None if the run is healthy.
        """
        if self.way_back is None:
            return None
        self.end_loop()
        settings = rescue(self.run, self.split)
        self.curves.cut(self.run.position)
        self.state, self.stopped = "paused", None
        return settings

    @property
    def gap(self) -> float:
        """Seconds between two reports, and between two events: more as the run gets older."""
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

    def past_curves(self, number: int) -> PastCurves:
        """The curves, to compare with later runs. number: the run's in the history."""
        curves = tuple(self.curves.train), tuple(self.curves.validated)
        return PastCurves(number, *curves, self.run.hyperparameters, self.run.batches)

    def view(self) -> NetworkView:
        """A copy of the network as it is now."""
        moments = self.weights.moments(self.run)
        return NetworkView(self.number, self.run.position, self._network, self.split, moments)

    def run_view(self) -> RunView:
        """A copy of the run as it is now, without its history."""
        run = replace(
            self.run,
            network=self._network,
            optimizer_state=self.run.optimizer_state.copy(),
            sums=EpochSums(),
            history=[],
            changes=[],
        )
        return RunView(self.number, run, self.split)

    @property
    def _network(self) -> Network:
        """A copy of the network as it is now."""
        network = self.run.network
        return Network(network.sizes, network.activation, network.loss, theta=network.theta.copy())
