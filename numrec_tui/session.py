"""One training session: the run, the thread that advances it, and its saves; no screen in it.

Whoever steers a session leaves it a note (start, pause, change …), which the session's own thread
reads between two events of the training loop. Whoever watches it is handed a `Report`, which
never changes once made. So the screen may fail or close at any moment and the run is unharmed.
"""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeAlias

from engine.data import catalog
from engine.data.digits import DataSet, Split
from engine.errors import CheckpointError, EngineError, TeamError
from engine.models.model import Model
from engine.nn.network import Network
from engine.training.events import EpochDone, Event, Progress, Started, Stopped
from engine.training.hyperparameters import Hyperparameters, knobs, settings_from
from engine.training.loop import train
from engine.training.presets import preset as values_of
from engine.training.run import Run, architecture, new_run
from engine.training.threads import limit_threads
from numrec_tui import fork
from numrec_tui.archive import Archive, Place
from numrec_tui.explain import read_one
from numrec_tui.history import History
from numrec_tui.keeper import Found, unfinished
from numrec_tui.recorder import Recorder
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
    """The settings before a change, and the setting that was turned, if it was one alone."""

    settings: Hyperparameters
    preset: str
    changed: str | None


class Session:
    """Trains in a thread of its own; every public method may be called from any thread.

    data: what to learn from. settings: the first run's hyperparameters.
    folder: where models are saved.
    trainer: the training loop, replaceable for tests.
    source: how `data` was asked for. find: finds the data of a run that was left.
    checkpoints: where runs are kept, to go on with; None keeps none.
    model: what the runs begin with, in place of weights drawn from the seed.
    history: where runs are recorded.
    found: the run to go on with, in place of a new one.
    preset: the one that the settings come from.
    """

    def __init__(
        self,
        data: DataSet,
        settings: Hyperparameters,
        folder: Path,
        trainer: Trainer = train,
        *,
        source: str = "",
        find: Callable[[str], DataSet] = catalog.find,
        checkpoints: Path | None = None,
        model: Model | None = None,
        history: History | None = None,
        found: Found | None = None,
        preset: str = "default",
    ) -> None:
        self._settings = settings
        self._preset = preset
        self._past: deque[Past] = deque(maxlen=MOST_UNDONE)
        self._trainer = trainer
        self._find = find
        self._model = model
        self._archive = Archive(data, source or data.name, folder, checkpoints, history)
        self._left: Found | None = None
        self._listener: Callable[[Report], None] = _nobody
        self._notes: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._closing = False
        self._watched = 0
        self._message: str | None = None
        self._given_up: Run | None = None
        self._parts: tuple[str, float, int] | None = None
        self._earlier: tuple[Earlier, ...] = ()
        self._split: Split
        self._run: Run
        self._events: Iterator[Event] | None = None
        if found is None:
            self._begin(settings, number=1)
        else:
            self._take_up(found)
        self._thread = threading.Thread(target=self._work, name="training", daemon=True)
        self._thread.start()

    @property
    def recorder(self) -> Recorder:
        """Writes the runs of this session into the history."""
        return self._archive.recorder

    # What others may ask; each leaves a note.

    def listen(self, listener: Callable[[Report], None]) -> None:
        """Hand every report from now on to `listener`, beginning with one at once."""
        self._leave(lambda: self._set_listener(listener))

    def start(self) -> None:
        """Begin to train, or go on."""
        self._leave(self._start)

    def pause(self) -> None:
        """Stop after the batch under way; `start` goes on."""
        self._leave(self._pause)

    def toggle(self) -> None:
        """Start when still, pause when training."""
        self._leave(lambda: self._pause() if self._state == "training" else self._start())

    def step(self) -> None:
        """Train one batch, then pause."""
        self._leave(self._step)

    def turn(self, name: str, up: bool) -> None:
        """Turn a setting by one notch, as `change` does."""
        self._leave(lambda: self._turn(name, up))

    def change(self, name: str, value: object) -> None:
        """Change a setting: at once where that can be done, else for the next run."""
        self._leave(lambda: self._change(name, value))

    def use_preset(self, name: str) -> None:
        """Take every setting from a preset, as `use` does."""
        self._leave(lambda: self._use(settings_from(values_of(name)), name))

    def undo(self) -> None:
        """Take back the last change of the settings."""
        self._leave(self._undo)

    def use(self, settings: Hyperparameters) -> None:
        """Replace every setting; they hold for the next run, or this one if it has not begun."""
        self._leave(lambda: self._use(settings))

    def renew(self) -> None:
        """Save this run and put a new one in its place, with the settings as they are now."""
        self._leave(self._renew)

    def fork(self) -> None:
        """Save this run and put another in its place that stands where this one stands.

        It has the settings as they are now: what waited holds from here on.
        """
        self._leave(self._fork)

    def go_on(self) -> None:
        """Take up the run that was left, and train."""
        self._leave(self._go_on)

    def rescue(self) -> None:
        """After a divergence: back to the last good epoch, halve the learning rate, go on."""
        self._leave(self._rescue)

    def watch(self, index: int) -> None:
        """Report from now on how validation digit `index` is read."""
        self._leave(lambda: self._watch(index))

    def look(self, hand: Callable[[View], None]) -> None:
        """Hand a copy of the network to `hand`, which is called in the session's thread."""
        self._leave(lambda: hand(self._view()))

    def save(self) -> None:
        """Write the model to its file in the models folder."""
        self._leave(self._save_and_tell)

    def close(self, patience: float = 10.0) -> str | None:
        """Stop after the batch under way, save, and end the thread.

        patience: seconds to wait for the thread, which usually needs a few milliseconds.
        Returns where the run was saved, and whether it can go on; None if nothing was to be saved.

        Raises:
            SaveError: what was learned could not be saved.
        """
        self._leave(self._close)
        self._thread.join(patience)
        file = self._archive.file
        file.save(self._run)  # again, if the thread could not; else this does nothing
        if not self._thread.is_alive():  # else the run may just be changing
            self._archive.keep(self._run, wait=True)
        if not file.saved:
            return None
        can_go_on = self._state in ("training", "paused") and self._archive.kept_in
        more = "; the next start offers to go on" if can_go_on else ""
        return f"Saved to {file.path}{more}"

    # What the session's own thread does.

    def _leave(self, note: Callable[[], None]) -> None:
        self._notes.put(note)
        self._run.hurry = True  # so that it is read after the batch under way

    def _work(self) -> None:
        try:
            while not self._closing:
                self._run.hurry = False  # first: what is left from now on sets it again
                for note in self._read_notes(wait=self._state != "training"):
                    self._follow(note)
                if self._state == "training" and not self._closing:
                    self._advance()
        finally:
            self._save()
            self._dismiss()
            self._archive.close(self._run)

    def _dismiss(self) -> None:
        """End the training loop, and with it the processes it may have."""
        if isinstance(self._events, Generator):
            self._events.close()
        self._events = None

    def _follow(self, note: Callable[[], None]) -> None:
        """Do what a note says; if that cannot be done, say so and go on as before."""
        try:
            note()
        except Exception as error:  # noqa: BLE001 - whatever it is, the session goes on
            self._message = str(error) or "There is not enough memory for that."
            self._tell()

    def _read_notes(self, wait: bool) -> Iterator[Callable[[], None]]:
        if wait:
            yield self._notes.get()
        while True:
            try:
                yield self._notes.get_nowait()
            except Empty:
                return

    def _begin(self, settings: Hyperparameters, number: int) -> None:
        """Put a fresh run in place; if that fails, everything stays as it was."""
        parts = _parts(settings)
        split = self._archive.data.split(*parts) if parts != self._parts else self._split
        model = self._model if self._model and _fits(self._model, settings) else None
        run = new_run(settings, split.train.pixels.shape[1], split.train.classes, model)
        self._put_in_place(run, parts, split, self._archive.new_place(number))
        self._number = number

    def _put_in_place(
        self, run: Run, parts: tuple[str, float, int], split: Split, place: Place
    ) -> None:
        """From now on the session is about this run; the one before is put away."""
        self._dismiss()
        if self._parts is not None:  # there is one before
            self._archive.leave(self._run)
            self._remember()
        self._parts, self._split, self._run = parts, split, run
        self._archive.open(run, place, split.name)
        self._begun = False
        limit_threads(run.hyperparameters.batch_size, spare=1)  # the screen needs a core
        self._state: State = "ready"
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
        data, origin = self._archive.data_of(found, self._find)
        settings = facts.hyperparameters
        parts = _parts(settings)
        split = data.split(*parts)
        run = found.checkpoint.restore()
        self._put_in_place(run, parts, split, self._archive.place_of(found, run, data))
        self._archive.turn_to(data, origin)
        self._settings, self._left = settings, None
        self._past.clear()
        self._curves.restore(run.history)
        self._begun, self._state, self._number = True, "paused", 1
        if run.stopped is not None and facts.is_over:
            self._state = "diverged" if run.stopped == "diverged" else "finished"
            score = run.validation_accuracy
            self._stopped = Stopped(run.stopped, run.epoch, run.seconds, score, None)

    def _go_on(self) -> None:
        checkpoints = self._archive.checkpoints
        if self._left is None or self._begun or checkpoints is None:
            return
        self._left = unfinished(checkpoints)  # it may have gone on elsewhere since
        if self._left is None:
            raise CheckpointError("The run that was left is over, or being trained elsewhere.")
        self._take_up(self._left)
        self._start()

    def _look_for_a_run(self) -> None:
        """Offer to go on with the run that was left last, unless something has begun here."""
        checkpoints = self._archive.checkpoints
        if checkpoints and not self._begun:
            self._left = unfinished(checkpoints)
            if self._left:
                self._message = f"A run was left: {self._left}. g goes on with it."
                self._tell()

    def _set_listener(self, listener: Callable[[Report], None]) -> None:
        self._listener = listener
        self._tell()
        self._look_for_a_run()

    def _start(self) -> None:
        if self._state in ("diverged", "failed"):
            return
        self._state = "training"
        self._tell()

    def _pause(self) -> None:
        if self._state == "training":
            self._state = "paused"
            self._archive.keep(self._run)
            self._tell()

    def _step(self) -> None:
        if self._state in ("diverged", "failed"):
            return
        self._state = "training"
        self._run.pace = 0
        while self._state == "training" and not isinstance(self._advance(stepping=True), Progress):
            pass
        if self._state == "training":
            self._state = "paused"
        self._curves.flush(self._run.position)
        self._archive.keep(self._run)
        self._tell()

    def _turn(self, name: str, up: bool) -> None:
        before = getattr(self._settings, name)
        after = turn(knobs()[name], before, up)
        if after != before:
            self._change(name, after)

    def _change(self, name: str, value: object) -> None:
        settings = self._settings.changed(**{name: value})
        if self._begun and knobs()[name].live:
            self._run.change(name, value)
        self._use(settings, changed=name)

    def _use(
        self, settings: Hyperparameters, preset: str | None = None, changed: str | None = None
    ) -> None:
        """Replace the settings by others that can be taken back; changed: what was turned."""
        before = Past(self._settings, self._preset, changed)
        self._put(settings, preset or self._preset)
        if (settings, self._preset) != (before.settings, before.preset):
            self._past.append(before)
        self._tell()

    def _put(self, settings: Hyperparameters, preset: str) -> None:
        """A run that has not begun takes every change at once."""
        if not self._begun:
            self._begin(settings, self._number)
        self._settings, self._preset = settings, preset

    def _undo(self) -> None:
        if self._past:
            before = self._past.pop()
            name = before.changed
            if name and self._begun and knobs()[name].live:
                self._run.change(name, getattr(before.settings, name))
            self._put(before.settings, before.preset)
        else:
            self._message = "There is no change to take back."
        self._tell()

    def _renew(self) -> None:
        if self._may_leave():
            self._begin(self._settings, self._number + 1)
        self._tell()

    def _may_leave(self) -> bool:
        """Save the run, as another is to take its place; one that cannot be saved is asked for."""
        if self._save() or self._given_up is self._run:
            return True
        self._given_up = self._run
        self._message = f"{self._message} Press again to give this run up."
        return False

    def _fork(self) -> None:
        if not self._begun or self._state == "failed":
            return
        run, wanted, number = self._run, self._settings, self._number + 1
        fork.check(run, wanted)
        if self._may_leave():
            differ = fork.differing(run, wanted)
            new, curves = run.fork(wanted, len(self._split.train)), self._curves.copy()
            goes_on = self._state == "training" and differ
            self._put_in_place(new, _parts(wanted), self._split, self._archive.new_place(number))
            self._message = fork.announcement(number, self._number, differ)
            self._begun, self._state = True, "training" if goes_on else "paused"
            self._curves, self._number = curves, number
            self._archive.keep(new)
        self._tell()

    def _rescue(self) -> None:
        if self._state != "diverged" or self._run.last is None:
            return
        self._run.go_back(self._run.last)
        self._curves.cut(self._run.position)
        rate = self._run.hyperparameters.learning_rate / 2
        self._dismiss()
        self._state, self._stopped = "paused", None
        self._run.change("learning_rate", rate)
        self._settings = self._settings.changed(learning_rate=rate)
        self._start()

    def _watch(self, index: int) -> None:
        self._watched = index % len(self._split.validation)
        self._tell()

    def _close(self) -> None:
        self._closing = True

    def _advance(self, stepping: bool = False) -> Event | None:
        """Ask the training loop for its next event, and take it in; stepping: after one batch."""
        self._begun = True
        if not stepping:
            self._run.pace = self._gap()
        if self._events is None:
            self._events = self._trainer(self._run, self._split)
        try:
            event = next(self._events)
        except StopIteration:
            self._events = None
            return None
        except TeamError as error:
            self._go_on_with_fewer(error)
            return None
        except Exception as error:  # noqa: BLE001 - a fault is shown; the run is kept and saved
            self._state = "failed"
            self._message = f"Training failed: {error}"
            self._tell()
            return None
        match event:
            case Started() if self._run.hyperparameters.processes == "auto":
                self._message = f"Learned by {event.learned_by}."
                self._tell()
            case Progress():
                self._curves.add(event, self._run.position)
            case EpochDone():
                self._curves.end_epoch(event)
            case Stopped():
                self._end(event)
        problem = self._archive.take_in(self._run, event)
        if problem:
            self._message = f"Not saved: {problem}"
        if self._run.seconds - self._told_at >= self._gap():
            self._tell()
        return event

    def _gap(self) -> float:
        """Seconds between two reports, and so between two events: more as the run gets older."""
        return min(max(self._run.seconds / 4, PACE), MOST_PACE)

    def _go_on_with_fewer(self, error: TeamError) -> None:
        """A process is lost: stop where the run was last told of, save, and offer to go on."""
        self._events = None
        self._state = "paused"
        before = self._run.hyperparameters.processes
        fewer = self._run.lose_a_process()
        if self._settings.processes == before:
            self._settings = self._settings.changed(processes=fewer)
        limit_threads(self._run.hyperparameters.batch_size, spare=1)
        whom = "one process" if fewer == 1 else f"{fewer} processes"
        if self._save():
            saved = "Saved; space" if self._archive.file.saved else "Space"
            self._message = f"{error} {saved} goes on with {whom}."
        self._tell()

    def _end(self, event: Stopped) -> None:
        self._curves.flush(self._run.position)
        self._stopped = event
        self._events = None
        if event.reason != "interrupted":
            self._state = "diverged" if event.reason == "diverged" else "finished"
            self._save()
        self._archive.keep(self._run)
        self._tell()

    def _save(self) -> bool:
        """Write the model; tells whether all that was learned is on disk."""
        try:
            self._archive.file.save(self._run)
        except EngineError as error:
            self._message = f"Not saved: {error}"
            return False
        return True

    def _save_and_tell(self) -> None:
        if self._save():
            self._message = (
                f"Saved to {self._archive.file.path}" if self._archive.file.saved else NOTHING_YET
            )
        self._tell()

    def _tell(self) -> None:
        self._told_at = self._run.seconds
        report = self._report()
        self._message = None
        try:
            self._listener(report)
        except Exception:  # noqa: BLE001 - a broken screen is no reason to stop learning
            self._listener = _nobody

    def _report(self) -> Report:
        run = self._run
        return Report(
            state=self._state,
            run=self._number,
            settings=self._settings,
            preset=self._preset,
            running=run.hyperparameters,
            data=self._archive.data.name,
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
            earlier=self._earlier,
        )

    def _view(self) -> View:
        network = self._run.network
        copy = Network(network.sizes, network.activation, network.loss, theta=network.theta.copy())
        return View(self._number, self._run.position, copy, self._split)

    def _seconds_left(self) -> float | None:
        """Until the last planned epoch, at the pace so far."""
        done = self._run.position
        if not done or self._state not in ("training", "paused"):
            return None
        return self._run.seconds / done * max(self._run.hyperparameters.epochs - done, 0)

    def _read_watched(self) -> Reading:
        self._watched %= len(self._split.validation)
        outputs = read_one(self._run.network, self._split.validation.images[self._watched])
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
