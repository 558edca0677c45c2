"""One training session: the run, the thread that advances it, and its saves; no screen in it.

Whoever steers a session leaves it a note (start, pause, change …), which the session's own thread
reads between two events of the training loop. Whoever watches it is handed a `Report`, which
never changes once made. So the screen may fail or close at any moment and the run is unharmed.
"""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeAlias

import numpy as np

from engine.data.digits import PIXEL_SCALE, DataSet, Split
from engine.errors import EngineError
from engine.models.safetensors_file import save
from engine.training.events import EpochDone, Event, Progress, Stopped
from engine.training.hyperparameters import Hyperparameters, knobs
from engine.training.loop import train
from engine.training.run import Run, new_run, to_model
from numrec_tui.report import Curves, Reading, Report, State

Trainer: TypeAlias = Callable[[Run, Split], Iterator[Event]]

REPORT_SECONDS = 0.1
"""Training time between two reports: ten a second are enough for any eye."""


class Session:
    """Trains in a thread of its own; every public method may be called from any thread.

    data: what to learn from. settings: the first run's hyperparameters.
    folder: where models are saved. listener: called in the session's thread with each report.
    trainer: the training loop, replaceable for tests.
    """

    def __init__(
        self,
        data: DataSet,
        settings: Hyperparameters,
        folder: Path,
        trainer: Trainer = train,
    ) -> None:
        self._data = data
        self._settings = settings
        self._folder = folder
        self._trainer = trainer
        self._listener: Callable[[Report], None] = _nobody
        self._notes: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._closing = False
        self._watched = 0
        self._number = 0
        self._message: str | None = None
        self._begin(settings)
        self._thread = threading.Thread(target=self._work, name="training", daemon=True)
        self._thread.start()

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

    def change(self, name: str, value: object) -> None:
        """Change a setting: at once where that can be done, else for the next run."""
        self._leave(lambda: self._change(name, value))

    def use(self, settings: Hyperparameters) -> None:
        """Replace every setting; they hold for the next run, or this one if it has not begun."""
        self._leave(lambda: self._use(settings))

    def renew(self) -> None:
        """Save this run and put a new one in its place, with the settings as they are now."""
        self._leave(self._renew)

    def rescue(self) -> None:
        """After a divergence: back to the last good epoch, halve the learning rate, go on."""
        self._leave(self._rescue)

    def watch(self, index: int) -> None:
        """Report from now on how validation digit `index` is read."""
        self._leave(lambda: self._watch(index))

    def save(self) -> None:
        """Write the model to its file in the models folder."""
        self._leave(lambda: self._save(tell=True))

    def close(self, patience: float = 10.0) -> Path | None:
        """Stop after the batch under way, save, and end the thread; returns the saved file.

        patience: seconds to wait for the thread, which usually needs a few milliseconds.
        """
        self._leave(self._close)
        self._thread.join(patience)
        return self._saved

    # What the session's own thread does.

    def _leave(self, note: Callable[[], None]) -> None:
        self._notes.put(note)

    def _work(self) -> None:
        try:
            while not self._closing:
                for note in self._read_notes(wait=self._state != "training"):
                    note()
                if self._state == "training" and not self._closing:
                    self._advance()
        finally:
            self._save(tell=False)

    def _read_notes(self, wait: bool) -> Iterator[Callable[[], None]]:
        if wait:
            yield self._notes.get()
        while True:
            try:
                yield self._notes.get_nowait()
            except Empty:
                return

    def _begin(self, settings: Hyperparameters) -> None:
        """Put a fresh run in place."""
        split = self._data.split(settings.validation, settings.validation_fraction, settings.seed)
        pixels = split.train.pixels.shape[1]
        self._split = split
        self._run = new_run(settings, pixels, split.train.classes)
        self._number += 1
        self._state: State = "ready"
        self._events: Iterator[Event] | None = None
        self._curves = Curves()
        self._stopped: Stopped | None = None
        self._told_at = 0.0
        self._saved_step = 0
        self._saved: Path | None = None
        stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
        self._file = self._folder / f"{self._data.name}-{stamp}-{self._number}.safetensors"

    def _set_listener(self, listener: Callable[[Report], None]) -> None:
        self._listener = listener
        self._tell()

    def _start(self) -> None:
        if self._state in ("diverged", "failed"):
            return
        self._state = "training"
        self._tell()

    def _pause(self) -> None:
        if self._state == "training":
            self._state = "paused"
            self._tell()

    def _step(self) -> None:
        if self._state in ("diverged", "failed"):
            return
        self._state = "training"
        while self._state == "training" and not isinstance(self._advance(), Progress):
            pass
        if self._state == "training":
            self._state = "paused"
        self._curves.flush(self._run.position)
        self._tell()

    def _change(self, name: str, value: object) -> None:
        try:
            self._settings = self._settings.changed(**{name: value})
            if self._run.step and knobs()[name].live:
                self._run.change(name, value)
        except EngineError as error:
            self._message = str(error)
        self._refresh_unbegun()
        self._tell()

    def _use(self, settings: Hyperparameters) -> None:
        self._settings = settings
        self._refresh_unbegun()
        self._tell()

    def _refresh_unbegun(self) -> None:
        """A run that has not begun takes every change at once."""
        if self._run.step == 0 and self._state != "training":
            try:
                self._number -= 1
                self._begin(self._settings)
            except EngineError as error:
                self._number += 1
                self._message = str(error)

    def _renew(self) -> None:
        self._save(tell=False)
        try:
            self._begin(self._settings)
        except EngineError as error:
            self._message = str(error)
        self._tell()

    def _rescue(self) -> None:
        if self._state != "diverged" or self._run.last is None:
            return
        self._run.go_back(self._run.last)
        self._curves.cut(self._run.position)
        rate = self._run.hyperparameters.learning_rate / 2
        self._state, self._stopped, self._events = "paused", None, None
        self._run.change("learning_rate", rate)
        self._settings = self._settings.changed(learning_rate=rate)
        self._start()

    def _watch(self, index: int) -> None:
        self._watched = index % len(self._split.validation)
        self._tell()

    def _close(self) -> None:
        self._closing = True

    def _advance(self) -> Event | None:
        """Ask the training loop for its next event, and take it in."""
        if self._events is None:
            self._events = self._trainer(self._run, self._split)
        try:
            event = next(self._events)
        except StopIteration:
            self._events = None
            return None
        except Exception as error:  # noqa: BLE001 - a fault is shown; the run is kept and saved
            self._state = "failed"
            self._message = f"Training failed: {error}"
            self._tell()
            return None
        match event:
            case Progress():
                self._curves.add(event, self._run.position)
            case EpochDone():
                self._curves.end_epoch(event)
            case Stopped():
                self._end(event)
        if self._run.seconds - self._told_at >= REPORT_SECONDS:
            self._tell()
        return event

    def _end(self, event: Stopped) -> None:
        self._curves.flush(self._run.position)
        self._stopped = event
        self._events = None
        if event.reason != "interrupted":
            self._state = "diverged" if event.reason == "diverged" else "finished"
            self._save(tell=False)
        self._tell()

    def _save(self, tell: bool) -> None:
        """Write the model, unless nothing was learned since the last time."""
        if self._run.step == 0:
            if tell:
                self._message = "There is nothing to save before the first batch."
        elif self._run.step != self._saved_step:
            try:
                self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                save(self._file, to_model(self._run, self._data.name))
                self._saved_step, self._saved = self._run.step, self._file
            except (EngineError, OSError) as error:
                self._message = f"Not saved: {error}"
        if tell:
            if self._saved:
                self._message = f"Saved to {self._saved}"
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
            running=run.hyperparameters,
            data=self._data.name,
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
        )

    def _seconds_left(self) -> float | None:
        """Until the last planned epoch, at the pace so far."""
        done = self._run.position
        if not done or self._state not in ("training", "paused"):
            return None
        return self._run.seconds / done * max(self._run.hyperparameters.epochs - done, 0)

    def _read_watched(self) -> Reading:
        self._watched %= len(self._split.validation)
        picture = self._split.validation.pixels[self._watched] * PIXEL_SCALE
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = self._run.network.probabilities(picture[None])[0]
        return Reading(self._watched, tuple(float(output) for output in outputs))


def _nobody(_report: Report) -> None:
    """Listens to nothing."""
