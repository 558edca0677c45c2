"""One training session: a course of runs, and the thread that it takes; no screen in it.

Whoever steers a session leaves it a note (start, pause, change …), which the session's own thread
reads between two events of the training loop. Whoever watches it is handed a `Report`, which
never changes once made. So the screen may fail or close at any moment and the run is unharmed.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue

from engine.data import catalog
from engine.data.digits import DataSet
from engine.models.model import Model
from engine.training.hyperparameters import Hyperparameters
from engine.training.loop import train
from numrec_tui.course import Course
from numrec_tui.history import History
from numrec_tui.keeper import Found
from numrec_tui.lesson import Trainer
from numrec_tui.recorder import Recorder
from numrec_tui.report import Report, View


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
        self._course = Course(
            data, settings, folder, trainer, source, find, checkpoints, model, history, found,
            preset,
        )  # fmt: skip
        self._notes: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._unanswered: deque[Callable[[], None]] = deque()
        """The notes in the queue, and the one that is being followed."""
        self._closing = False
        self.recorder.on_number = lambda: self._leave(self._course.tell)
        self._thread = threading.Thread(target=self._work, name="training", daemon=True)
        self._thread.start()

    @property
    def recorder(self) -> Recorder:
        """Writes the runs of this session into the history."""
        return self._course.files.recorder

    @property
    def busy(self) -> str | None:
        """What keeps the session from having done all that it was asked; None if nothing does.

        A run that trains does not: it reads notes between two batches.
        """
        count = len(self._unanswered)
        return f"{count} notes to be read" if count and self._thread.is_alive() else None

    # What others may ask; each leaves a note.

    def listen(self, listener: Callable[[Report], None]) -> None:
        """Hand every report from now on to `listener`, beginning with one at once."""
        self._leave(lambda: self._course.listen(listener))

    def start(self) -> None:
        """Begin to train, or go on."""
        self._leave(self._course.start)

    def pause(self) -> None:
        """Stop after the batch under way; `start` goes on."""
        self._leave(self._course.pause)

    def toggle(self) -> None:
        """Start when still, pause when training."""
        self._leave(self._course.toggle)

    def step(self) -> None:
        """Train one batch, then pause."""
        self._leave(self._course.step)

    def turn(self, name: str, up: bool) -> None:
        """Turn a setting by one notch, as `change` does."""
        self._leave(lambda: self._course.turn(name, up))

    def change(self, name: str, value: object) -> None:
        """Change a setting: at once where that can be done, else for the next run."""
        self._leave(lambda: self._course.change(name, value))

    def use_preset(self, name: str) -> None:
        """Take every setting from a preset, as `use` does."""
        self._leave(lambda: self._course.use_preset(name))

    def mend(self, repair: str) -> None:
        """Begin a run on the same data with their images mended: "invert" or "scale"."""
        self._leave(lambda: self._course.mend(repair))

    def hide_doubts(self) -> None:
        """Show no notice of what can hardly be right about these data any more."""
        self._leave(self._course.hide_doubts)

    def undo(self) -> None:
        """Take back the last change of the settings."""
        self._leave(self._course.undo)

    def use(self, settings: Hyperparameters) -> None:
        """Replace every setting; they hold for the next run, or this one if it has not begun."""
        self._leave(lambda: self._course.use(settings))

    def renew(self) -> None:
        """Save this run and put a new one in its place, with the settings as they are now."""
        self._leave(self._course.renew)

    def fork(self, at: int | None = None) -> None:
        """Save this run and put another in its place that stands where this one stands.

        It has the settings as they are now: what waited holds from here on.
        at: the checkpoint to stand at in place of that, by the epochs finished there.
        """
        self._leave(lambda: self._course.fork(at))

    def go_on(self) -> None:
        """Take up the run that was left, and train."""
        self._leave(self._course.go_on)

    def rescue(self) -> None:
        """Out of ruin: back to the last healthy epoch with half the rate of that time, go on."""
        self._leave(self._course.rescue)

    def watch(self, index: int) -> None:
        """Report from now on how validation digit `index` is read."""
        self._leave(lambda: self._course.watch(index))

    def look(self, hand: Callable[[View], None]) -> None:
        """Hand a copy of the network to `hand`, which is called in the session's thread."""
        self._leave(lambda: hand(self._course.view()))

    def save(self) -> None:
        """Write the model to its file in the models folder."""
        self._leave(self._course.save_and_tell)

    def close(self, patience: float = 10.0) -> str | None:
        """Stop after the batch under way, save, and end the thread.

        patience: seconds to wait for the thread, which usually needs a few milliseconds.
        Returns where the run was saved, and whether it can go on; None if nothing was to be saved.

        Raises:
            SaveError: what was learned could not be saved.
        """
        self._leave(self._close)
        self._thread.join(patience)
        file = self._course.files.file
        file.save(self._course.run)  # again, if the thread could not; else this does nothing
        if not self._thread.is_alive():  # else the run may just be changing
            self._course.files.keep(self._course.run, wait=True)
        if not file.saved:
            return file.note
        can_go_on = self._course.state in ("training", "paused") and self._course.files.kept_in
        more = "; the next start offers to go on" if can_go_on else ""
        note = f". {file.note}" if file.note else ""
        return f"Saved to {file.path}{more}{note}"

    # What the session's own thread does.

    def _leave(self, note: Callable[[], None]) -> None:
        self._unanswered.append(note)  # first: a signal may come in between
        self._notes.put(note)
        self._course.run.hurry = True  # so that it is read after the batch under way

    def _work(self) -> None:
        course = self._course
        try:
            while not self._closing:
                course.run.hurry = False  # first: what is left from now on sets it again
                for note in self._read_notes(wait=course.state != "training"):
                    self._follow(note)
                if course.state == "training" and not self._closing:
                    course.advance()
        finally:
            course.end()

    def _close(self) -> None:
        self._closing = True

    def _follow(self, note: Callable[[], None]) -> None:
        """Do what a note says; if that cannot be done, say so and go on as before."""
        try:
            note()
        except Exception as error:  # noqa: BLE001 - whatever it is, the session goes on
            self._course.complain(error)
        finally:
            self._unanswered.popleft()

    def _read_notes(self, wait: bool) -> Iterator[Callable[[], None]]:
        if wait:
            yield self._notes.get()
        while True:
            try:
                yield self._notes.get_nowait()
            except Empty:
                return
