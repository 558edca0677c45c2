"""What a session does in its own thread: runs are begun, trained, changed, forked, left, taken up.

Nothing here waits for anybody, and nothing but the thread that trains may call it.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from engine.data.digits import DataSet, Split
from engine.errors import CheckpointError, EngineError, TeamError
from engine.models.model import Model
from engine.nn.network import Network
from engine.training.events import EpochDone, Event, Progress, Started, Stopped
from engine.training.hyperparameters import Hyperparameters, knobs, settings_from
from engine.training.presets import preset as values_of
from engine.training.run import Run, architecture, new_run
from engine.training.threads import limit_threads
from numrec_tui import fork
from numrec_tui.archive import Archive, Place
from numrec_tui.explain import read_one
from numrec_tui.history import History
from numrec_tui.keeper import Found, unfinished
from numrec_tui.report import Curves, Earlier, Reading, Report, State, View
from numrec_tui.turning import turn

Trainer: TypeAlias = Callable[[Run, Split], Iterator[Event]]

NOTHING_YET = "There is nothing to save before the first batch."

MOST_EARLIER = 3
"""Runs before the one under way whose curves are reported, too."""

PACE, MOST_PACE = 0.1, 0.25
"""Training time between two reports, when a run begins and once it is a second old."""

MOST_UNDONE = 100
"""Changes of the settings that can be taken back."""


@dataclass(frozen=True, slots=True)
class Past:
    """What was set before a change."""

    settings: Hyperparameters
    preset: str
    turned: tuple[str, object] | None
    """The setting that was changed, if it was one alone, and what the run used."""


class Course:
    """All that a session does, one thing after another; only its own thread may ask for it.

    The arguments are those of `Session`.
    """

    def __init__(
        self,
        data: DataSet,
        settings: Hyperparameters,
        folder: Path,
        trainer: Trainer,
        source: str,
        find: Callable[[str], DataSet],
        checkpoints: Path | None,
        model: Model | None,
        history: History | None,
        found: Found | None,
        preset: str,
    ) -> None:
        self.archive = Archive(data, source or data.name, folder, checkpoints, history)
        """Keeps the runs."""
        self.run: Run
        """The run under way."""
        self.state: State
        """What is going on with it."""
        self._settings = settings
        self._preset = preset
        self._past: deque[Past] = deque(maxlen=MOST_UNDONE)
        self._trainer = trainer
        self._find = find
        self._model = model
        self._left: Found | None = None
        self._listener: Callable[[Report], None] = _nobody
        self._watched = 0
        self._message: str | None = None
        self._given_up: Run | None = None
        self._parts: tuple[str, float, int] | None = None
        self._earlier: tuple[Earlier, ...] = ()
        self._split: Split
        self._events: Iterator[Event] | None = None
        if found is None:
            self._begin(settings, number=1)
        else:
            self._take_up(found)

    def toggle(self) -> None:
        """Start when still, pause when training."""
        if self.state == "training":
            self.pause()
        else:
            self.start()

    def use_preset(self, name: str) -> None:
        """Take every setting from a preset, as `use` does."""
        self.use(settings_from(values_of(name)), name)

    def complain(self, error: Exception) -> None:
        """Say what could not be done."""
        self._message = str(error) or "There is not enough memory for that."
        self._tell()

    def end(self) -> None:
        """Save the run, put it away, and be done."""
        self.save()
        self._dismiss()
        self.archive.close(self.run)

    def _dismiss(self) -> None:
        """End the training loop, and with it the processes it may have."""
        if isinstance(self._events, Generator):
            self._events.close()
        self._events = None

    def _begin(self, settings: Hyperparameters, number: int) -> None:
        """Put a fresh run in place; if that fails, everything stays as it was."""
        parts = _parts(settings)
        split = self.archive.data.split(*parts) if parts != self._parts else self._split
        model = self._model if self._model and _fits(self._model, settings) else None
        run = new_run(settings, split.train.pixels.shape[1], split.train.classes, model)
        self._put_in_place(run, parts, split, self.archive.new_place(number))
        self._number = number

    def _put_in_place(
        self, run: Run, parts: tuple[str, float, int], split: Split, place: Place
    ) -> None:
        """From now on the session is about this run; the one before is put away."""
        self._dismiss()
        if self._parts is not None:  # there is one before
            self.archive.leave(self.run)
            self._remember()
        self._parts, self._split, self.run = parts, split, run
        self.archive.open(run, place, split.name)
        self._begun = False
        limit_threads(run.hyperparameters.batch_size, spare=1)  # the screen needs a core
        self.state = "ready"
        self._curves = Curves()
        self._stopped: Stopped | None = None
        self._told_at = 0.0

    def _remember(self) -> None:
        """Keep the curves of a run that has begun, to compare with the next one."""
        if self._begun:
            curves = tuple(self._curves.train), tuple(self._curves.validated)
            self._earlier = (Earlier(self._number, *curves), *self._earlier)[:MOST_EARLIER]

    def _take_up(self, found: Found) -> None:
        """Put a run that was left in place, paused; if that fails, everything stays as it was."""
        facts = found.checkpoint.facts
        data, origin = self.archive.data_of(found, self._find)
        settings = facts.hyperparameters
        parts = _parts(settings)
        split = data.split(*parts)
        run = found.checkpoint.restore()
        self._put_in_place(run, parts, split, self.archive.place_of(found, run, data))
        self.archive.turn_to(data, origin)
        self._settings, self._left = settings, None
        self._past.clear()
        self._curves.restore(run.history)
        self._begun, self.state, self._number = True, "paused", 1
        if run.stopped is not None and facts.is_over:
            self.state = "diverged" if run.stopped == "diverged" else "finished"
            score = run.validation_accuracy
            self._stopped = Stopped(run.stopped, run.epoch, run.seconds, score, None)

    def go_on(self) -> None:
        """Take up the run that was left, and train."""
        checkpoints = self.archive.checkpoints
        if self._left is None or self._begun or checkpoints is None:
            return
        self._left = unfinished(checkpoints)  # it may have gone on elsewhere since
        if self._left is None:
            raise CheckpointError("The run that was left is over, or being trained elsewhere.")
        self._take_up(self._left)
        self.start()

    def _look_for_a_run(self) -> None:
        """Offer to go on with the run that was left last, unless something has begun here."""
        checkpoints = self.archive.checkpoints
        if checkpoints and not self._begun:
            self._left = unfinished(checkpoints)
            if self._left:
                self._message = f"A run was left: {self._left}. g goes on with it."
                self._tell()

    def listen(self, listener: Callable[[Report], None]) -> None:
        """Hand every report from now on to `listener`, beginning with one at once."""
        self._listener = listener
        self._tell()
        self._look_for_a_run()

    def start(self) -> None:
        """Begin to train, or go on."""
        if self.state in ("diverged", "failed"):
            return
        self.state = "training"
        self._tell()

    def pause(self) -> None:
        """Rest; `start` goes on."""
        if self.state == "training":
            self.state = "paused"
            self.archive.keep(self.run)
            self._tell()

    def step(self) -> None:
        """Train one batch, then rest."""
        if self.state in ("diverged", "failed"):
            return
        self.state = "training"
        self.run.pace = 0
        while self.state == "training" and not isinstance(self.advance(stepping=True), Progress):
            pass
        if self.state == "training":
            self.state = "paused"
        self._curves.flush(self.run.position)
        self.archive.keep(self.run)
        self._tell()

    def turn(self, name: str, up: bool) -> None:
        """Turn a setting by one notch, as `change` does."""
        before = getattr(self._settings, name)
        after = turn(knobs()[name], before, up)
        if after != before:
            self.change(name, after)

    def change(self, name: str, value: object) -> None:
        """Change a setting: at once where that can be done, else for the next run."""
        settings = self._settings.changed(**{name: value})
        turned = name, getattr(self.run.hyperparameters, name)
        if self._begun and knobs()[name].live:
            self.run.change(name, value)
        self.use(settings, turned=turned)

    def use(
        self,
        settings: Hyperparameters,
        preset: str | None = None,
        turned: tuple[str, object] | None = None,
    ) -> None:
        """Replace the settings by others; that can be taken back. turned: as in `Past`."""
        before = Past(self._settings, self._preset, turned)
        self._put(settings, preset or self._preset)
        if (settings, self._preset) != (before.settings, before.preset):
            self._past.append(before)
        self._tell()

    def _put(self, settings: Hyperparameters, preset: str) -> None:
        """A run that has not begun takes every change at once."""
        if not self._begun:
            self._begin(settings, self._number)
        self._settings, self._preset = settings, preset

    def undo(self) -> None:
        """Take back the last change of the settings."""
        if self._past:
            before = self._past.pop()
            if before.turned and self._begun and knobs()[before.turned[0]].live:
                self.run.change(*before.turned)
            self._put(before.settings, before.preset)
        else:
            self._message = "There is no change to take back."
        self._tell()

    def renew(self) -> None:
        """Save this run and put a new one in its place, with the settings as they are now."""
        if self._may_leave():
            self._begin(self._settings, self._number + 1)
        self._tell()

    def _may_leave(self) -> bool:
        """Save the run, as another is to take its place; one that cannot be saved is asked for."""
        if self.save() or self._given_up is self.run:
            return True
        self._given_up = self.run
        self._message = f"{self._message} Press again to give this run up."
        return False

    def fork(self) -> None:
        """Save this run and put another in its place that stands where this one stands."""
        if not self._begun or self.state == "failed":
            return
        run, wanted, number = self.run, self._settings, self._number + 1
        fork.check(run, wanted)
        if self._may_leave():
            differ = fork.differing(run, wanted)
            new, curves = run.fork(wanted, len(self._split.train)), self._curves.copy()
            if new.position < run.position:
                curves.cut(new.position)
            goes_on = self.state == "training" and differ
            self._put_in_place(new, _parts(wanted), self._split, self.archive.new_place(number))
            self._message = fork.announcement(number, self._number, differ)
            self._begun, self.state = True, "training" if goes_on else "paused"
            self._curves, self._number = curves, number
            self.archive.keep(new)
        self._tell()

    def rescue(self) -> None:
        """After a divergence: back to the last good epoch, halve the learning rate, go on."""
        if self.state != "diverged" or self.run.last is None:
            return
        self.run.go_back(self.run.last)
        self._curves.cut(self.run.position)
        rate = self.run.hyperparameters.learning_rate / 2
        self._dismiss()
        self.state, self._stopped = "paused", None
        self.run.change("learning_rate", rate)
        self._settings = self._settings.changed(learning_rate=rate)
        self._past.clear()  # the rate they hold is the one that failed
        self.start()

    def watch(self, index: int) -> None:
        """Report from now on how validation digit `index` is read."""
        self._watched = index % len(self._split.validation)
        self._tell()

    def advance(self, stepping: bool = False) -> Event | None:
        """Ask the training loop for its next event, and take it in; stepping: after one batch."""
        self._begun = True
        if not stepping:
            self.run.pace = self._gap()
        if self._events is None:
            self._events = self._trainer(self.run, self._split)
        try:
            event = next(self._events)
        except StopIteration:
            self._events = None
            return None
        except TeamError as error:
            self._go_on_with_fewer(error)
            return None
        except Exception as error:  # noqa: BLE001 - a fault is shown; the run is kept and saved
            self.state = "failed"
            self._message = f"Training failed: {error}"
            self._tell()
            return None
        match event:
            case Started() if self.run.hyperparameters.processes == "auto":
                self._message = f"Learned by {event.learned_by}."
                self._tell()
            case Progress():
                self._curves.add(event, self.run.position)
            case EpochDone():
                self._curves.end_epoch(event)
            case Stopped():
                self._end(event)
        problem = self.archive.take_in(self.run, event)
        if problem:
            self._message = f"Not saved: {problem}"
        if self.run.seconds - self._told_at >= self._gap():
            self._tell()
        return event

    def _gap(self) -> float:
        """Seconds between two reports, and so between two events: more as the run gets older."""
        return min(max(self.run.seconds / 4, PACE), MOST_PACE)

    def _go_on_with_fewer(self, error: TeamError) -> None:
        """A process is lost: stop where the run was last told of, save, and offer to go on."""
        self._events = None
        self.state = "paused"
        before = self.run.hyperparameters.processes
        fewer = self.run.lose_a_process()
        if self._settings.processes == before:
            self._settings = self._settings.changed(processes=fewer)
        limit_threads(self.run.hyperparameters.batch_size, spare=1)
        whom = "one process" if fewer == 1 else f"{fewer} processes"
        if self.save():
            saved = "Saved; space" if self.archive.file.saved else "Space"
            self._message = f"{error} {saved} goes on with {whom}."
        self._tell()

    def _end(self, event: Stopped) -> None:
        self._curves.flush(self.run.position)
        self._stopped = event
        self._events = None
        if event.reason != "interrupted":
            self.state = "diverged" if event.reason == "diverged" else "finished"
            self.save()
        self.archive.keep(self.run)
        self._tell()

    def save(self) -> bool:
        """Write the model; tells whether all that was learned is on disk."""
        try:
            self.archive.file.save(self.run)
        except EngineError as error:
            self._message = f"Not saved: {error}"
            return False
        return True

    def save_and_tell(self) -> None:
        """Write the model to its file, and say so."""
        if self.save():
            self._message = (
                f"Saved to {self.archive.file.path}" if self.archive.file.saved else NOTHING_YET
            )
        self._tell()

    def _tell(self) -> None:
        self._told_at = self.run.seconds
        report = self._report()
        self._message = None
        try:
            self._listener(report)
        except Exception:  # noqa: BLE001 - a broken screen is no reason to stop learning
            self._listener = _nobody

    def _report(self) -> Report:
        run = self.run
        return Report(
            state=self.state,
            run=self._number,
            settings=self._settings,
            preset=self._preset,
            running=run.hyperparameters,
            data=self.archive.data.name,
            validation=self._split.validation,
            parameters=run.network.theta.size,
            epoch=run.epoch,
            batch=run.batch,
            batches=run.batches,
            images_per_second=self._curves.images_per_second,
            seconds=run.seconds,
            seconds_left=self._seconds_left(),
            train=tuple(self._curves.train),
            validated=tuple(self._curves.validated),
            changes=tuple(run.changes),
            reading=self._read_watched(),
            stopped=self._stopped,
            message=self._message,
            can_go_on=self._left is not None and not self._begun,
            can_undo=bool(self._past),
            earlier=self._earlier,
        )

    def view(self) -> View:
        """A copy of the network as it is now."""
        network = self.run.network
        copy = Network(network.sizes, network.activation, network.loss, theta=network.theta.copy())
        return View(self._number, self.run.position, copy, self._split)

    def _seconds_left(self) -> float | None:
        """Until the last planned epoch, at the pace so far."""
        done = self.run.position
        if not done or self.state not in ("training", "paused"):
            return None
        return self.run.seconds / done * max(self.run.hyperparameters.epochs - done, 0)

    def _read_watched(self) -> Reading:
        self._watched %= len(self._split.validation)
        outputs = read_one(self.run.network, self._split.validation.images[self._watched])
        return Reading(self._watched, tuple(outputs.tolist()))


def _fits(model: Model, settings: Hyperparameters) -> bool:
    """Whether the settings ask for the architecture that the model has."""
    asked = settings.model_dump()
    return all(asked[name] == value for name, value in architecture(model.network).items())


def _parts(settings: Hyperparameters) -> tuple[str, float, int]:
    """What decides how the data are split."""
    return settings.validation, settings.validation_fraction, settings.seed


def _nobody(_report: Report) -> None:
    """Listens to nothing."""
