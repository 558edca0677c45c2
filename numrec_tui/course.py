"""What a session does in its own thread: runs are begun, trained, changed, forked, left, taken up.

Nothing here waits for anybody, and nothing but the thread that trains may call it.
"""

from collections.abc import Callable
from pathlib import Path

from engine.data.digits import DataSet
from engine.data.repairs import joined
from engine.errors import CheckpointError, EngineError, TeamError
from engine.models.model import Model
from engine.training.checkpoint import origin_of
from engine.training.events import Event, Progress, Started, Stopped
from engine.training.hyperparameters import Hyperparameters, knobs
from engine.training.loop import is_over
from engine.training.presets import preset as values_of
from engine.training.run import OF_UPDATES, Run, architecture, new_run, steering
from engine.training.small_sets import fitted, size_of
from engine.training.threads import limit_threads
from numrec_tui import fork
from numrec_tui.explain import read_one
from numrec_tui.history import History
from numrec_tui.keeper import Found, unfinished
from numrec_tui.lesson import Lesson, Trainer
from numrec_tui.own_data import facts_of
from numrec_tui.report import Curves, Earlier, Reading, Report, State, View
from numrec_tui.run_files import Place, RunFiles
from numrec_tui.turning import turn
from numrec_tui.wanted import Wanted

OVER = (
    "This run is over; raise epochs or target accuracy to go on with it, or press r for a new one."
)
NOTHING_YET = "There is nothing to save before the first batch."

MOST_EARLIER = 3
"""Runs before the one under way whose curves are reported, too."""


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
        self.files = RunFiles(data, source or data.name, folder, checkpoints, history)
        """Keeps the runs."""
        self._lesson: Lesson | None = None
        self._parts: tuple[str, float, int] | None = None
        self._wanted = Wanted(settings, preset)
        self._trainer = trainer
        self._find = find
        self._model = model
        self._left: Found | None = None
        self._listener: Callable[[Report], None] = _nobody
        self._watched = 0
        self._message: str | None = None
        self._given_up: Run | None = None
        self._waiting: dict[str, object] = {}
        """What was turned since the run is over, for when it goes on."""
        self._earlier: tuple[Earlier, ...] = ()
        self._hidden: DataSet | None = None
        """The data whose doubts a person has seen and hidden."""
        if found is None:
            self._begin(settings, number=1)
        else:
            self._take_up(found)

    @property
    def lesson(self) -> Lesson:
        """The run under way, and what is going on with it."""
        assert self._lesson is not None  # noqa: S101 - there is one from the beginning
        return self._lesson

    @property
    def number(self) -> int:
        """What the run under way is called; 0 until it is known."""
        return self.files.recorder.number_of(self.lesson.number)

    @property
    def run(self) -> Run:
        """The run under way."""
        return self.lesson.run

    @property
    def state(self) -> State:
        """What is going on with it."""
        return self.lesson.state

    def toggle(self) -> None:
        """Start when still, pause when training."""
        if self.state == "training":
            self.pause()
        else:
            self.start()

    def use_preset(self, name: str) -> None:
        """Take every setting from a preset, as it fits the data, as `use` does."""
        self.use(fitted(values_of(name), size_of(self.files.data)), name)

    def mend(self, repair: str) -> None:
        """Begin a run on the same data with their images mended; this one is saved."""
        if self._may_leave():
            source = joined(self.files.source, [repair])
            data = self._find(source)
            self.files.keep(self.run, wait=True)  # with the data that it has learned from
            self.files.turn_to(data, origin_of(data, source))
            self._parts = None
            self._begin(self._wanted.settings, self.lesson.number + self.lesson.begun)
        self.tell()

    def hide_doubts(self) -> None:
        """The notice of what can hardly be right about these data was read."""
        self._hidden = self.files.data
        self.tell()

    def complain(self, error: Exception) -> None:
        """Say what could not be done."""
        self._message = str(error) or "There is not enough memory for that."
        self.tell()

    def end(self) -> None:
        """Save the run, put it away, and be done."""
        self.save()
        self.lesson.dismiss()
        self.files.close(self.run)

    def _begin(self, settings: Hyperparameters, number: int) -> None:
        """Put a fresh run in place; if that fails, everything stays as it was."""
        parts = _parts(settings)
        split = self.files.data.split(*parts) if parts != self._parts else self.lesson.split
        model = self._model if self._model and _fits(self._model, settings) else None
        run = new_run(settings, split.train.pixels.shape[1], split.train.classes, model)
        lesson = Lesson(number, run, split, self._trainer)
        self._put_in_place(lesson, parts, self.files.new_place(number))

    def _put_in_place(self, lesson: Lesson, parts: tuple[str, float, int], place: Place) -> None:
        """From now on the session is about this run; the one before is put away."""
        before = self._lesson
        self._waiting.clear()
        if before is not None:
            before.dismiss()
            self.files.leave(before.run)
            if before.begun:
                remembered = before.remembered(self.files.recorder.number_of(before.number))
                self._earlier = (remembered, *self._earlier)[:MOST_EARLIER]
        self._lesson, self._parts = lesson, parts
        self.files.open(lesson.run, place, lesson.split.name)
        limit_threads(lesson.run.hyperparameters.batch_size, spare=1)  # the screen needs a core

    def _take_up(self, found: Found) -> None:
        """Put a run that was left in place, paused; if that fails, everything stays as it was."""
        facts = found.checkpoint.facts
        data, origin = self.files.data_of(found, self._find)
        settings = facts.hyperparameters
        parts = _parts(settings)
        split = data.split(*parts)
        run, curves = found.checkpoint.restore(), Curves()
        curves.restore(run.history)
        lesson = Lesson(1, run, split, self._trainer, curves=curves, begun=True)
        self._put_in_place(lesson, parts, self.files.place_of(found, run, data))
        self.files.turn_to(data, origin)
        self._wanted = Wanted(settings, self._wanted.preset)
        self._left = None
        if run.stopped is not None and facts.is_over:
            lesson.state = "diverged" if run.stopped == "diverged" else "finished"
            score = run.validation_accuracy
            lesson.stopped = Stopped(run.stopped, run.epoch, run.seconds, score, None)

    def go_on(self) -> None:
        """Take up the run that was left, and train."""
        checkpoints = self.files.checkpoints
        if self._left is None or self.lesson.begun or checkpoints is None:
            return
        self._left = unfinished(checkpoints)  # it may have gone on elsewhere since
        if self._left is None:
            raise CheckpointError("The run that was left is over, or being trained elsewhere.")
        self._take_up(self._left)
        self.start()

    def _look_for_a_run(self) -> None:
        """Offer to go on with the run that was left last, unless something has begun here."""
        checkpoints = self.files.checkpoints
        if checkpoints and not self.lesson.begun:
            self._left = unfinished(checkpoints)
            if self._left:
                self._message = f"A run was left: {self._left}. g goes on with it."
                self.tell()

    def listen(self, listener: Callable[[Report], None]) -> None:
        """Hand every report from now on to `listener`, beginning with one at once."""
        self._listener = listener
        self.tell()
        self._look_for_a_run()

    def start(self) -> None:
        """Begin to train, or go on."""
        if self._goes_on():
            self.lesson.state = "training"
        self.tell()

    def _goes_on(self) -> bool:
        """Whether there is more to learn; a run that was over then takes what was turned since."""
        lesson, run = self.lesson, self.run
        if lesson.state != "finished":
            return lesson.state not in ("diverged", "failed")
        if is_over(run, run.hyperparameters.changed(**self._waiting)):
            self._message = OVER
            return False
        for name, value in self._waiting.items():
            run.change(name, value)
        self._waiting.clear()
        lesson.stopped = None
        return True

    def pause(self) -> None:
        """Rest; `start` goes on."""
        if self.state == "training":
            self.lesson.state = "paused"
            self.files.keep(self.run)
            self.tell()

    def step(self) -> None:
        """Train one batch, then rest."""
        lesson = self.lesson
        if not self._goes_on():
            self.tell()
            return
        lesson.state = "training"
        lesson.run.pace = 0
        while self.state == "training" and not isinstance(self.advance(stepping=True), Progress):
            pass
        if self.state == "training":
            lesson.state = "paused"
        lesson.curves.flush(lesson.run.position)
        self.files.keep(lesson.run)
        self.tell()

    def turn(self, name: str, up: bool) -> None:
        """Turn a setting by one notch, as `change` does."""
        before = getattr(self._wanted.settings, name)
        after = turn(knobs()[name], before, up)
        if after != before:
            self.change(name, after)

    def change(self, name: str, value: object) -> None:
        """Change a setting: at once where that can be done, else for the next run."""
        settings = self._wanted.settings.changed(**{name: value})
        ended = self.state in ("finished", "diverged", "failed")
        turned = name, getattr(self._wanted.settings if ended else self.run.hyperparameters, name)
        self._change_run(name, value)
        self.use(settings, turned=turned)

    def _change_run(self, name: str, value: object) -> None:
        """Change a setting of a run on its way; one that is over takes it only if it goes on."""
        if not self.lesson.begun or not knobs()[name].live:
            return
        if self.state in ("training", "paused"):
            self.run.change(name, value)
        else:
            self._waiting[name] = value

    def use(
        self,
        settings: Hyperparameters,
        preset: str | None = None,
        turned: tuple[str, object] | None = None,
    ) -> None:
        """Replace the settings by others; that can be taken back. turned: as in `Past`."""
        self._show_in_run(settings)
        self._wanted.put(settings, preset or self._wanted.preset, turned)
        self.tell()

    def _show_in_run(self, settings: Hyperparameters) -> None:
        """A run that has not begun takes every change at once."""
        if not self.lesson.begun:
            self._begin(settings, self.lesson.number)

    def undo(self) -> None:
        """Take back the last change of the settings."""
        before = self._wanted.last()
        if before is None:
            self._message = "There is no change to take back."
        else:
            if before.turned:
                self._change_run(*before.turned)
            self._show_in_run(before.settings)
            self._wanted.take_back()
        self.tell()

    def renew(self) -> None:
        """Save this run and put a new one in its place, with the settings as they are now."""
        if self._may_leave():
            self._begin(self._wanted.settings, self.lesson.number + 1)
        self.tell()

    def _may_leave(self) -> bool:
        """Save the run, as another is to take its place; one that cannot be saved is asked for."""
        if self.save() or self._given_up is self.run:
            return True
        self._given_up = self.run
        self._message = f"{self._message} Press again to give this run up."
        return False

    def fork(self, at: int | None = None) -> None:
        """Save this run and put another in its place that stands where this one stands, or stood.

        at: the epochs that were finished at the checkpoint to begin from.

        Raises:
            CheckpointError: there is no such checkpoint.
        """
        before, wanted = self.lesson, self._wanted.settings
        if not before.begun or before.state == "failed":
            return
        images = len(before.split.train)
        origin = before.run if at is None else fork.earlier(before.run, before.weights, at, images)
        fork.check(origin, wanted)
        if self._may_leave():
            before.run.take_back_unused()  # it holds for the fork alone
            differ = fork.differing(origin, wanted)
            run, curves = origin.fork(wanted, images), before.curves.copy()
            if run.position < before.run.position:
                curves.cut(run.position)
            self.files.leave(before.run)  # so that its number in the history is known
            place = len(run.changes) - len(differ)
            origin_id = self.files.recorder.id or before.number
            run.changes.insert(place, fork.origin_of(origin_id, run.position))
            number = before.number + 1
            after = Lesson(
                number, run, before.split, self._trainer,
                curves=curves, weights=before.weights.fork(run), begun=True,
            )  # fmt: skip
            if before.state == "training" and differ:
                after.state = "training"
            self._put_in_place(after, _parts(wanted), self.files.new_place(number))
            of = self._earlier[0].run
            self._message = fork.announcement(self.number, of, differ, at)
            self.files.keep(run)
        self.tell()

    def rescue(self) -> None:
        """Out of ruin: back to the last healthy epoch with half the rate of that time, go on."""
        settings = self.lesson.rescue()
        if settings is not None:
            self._wanted.amend(**steering(settings), initializer=settings.initializer)
            self._wanted.forget()  # the settings they hold are those that failed
            where = f"the end of epoch {self.run.epoch}" if self.run.epoch else "the first weights"
            self._message = f"Back to {where}, learning rate {settings.learning_rate:.3g}."
            self.start()

    def watch(self, index: int) -> None:
        """Report from now on how validation digit `index` is read."""
        self._watched = index % len(self.lesson.split.validation)
        self.tell()

    def advance(self, stepping: bool = False) -> Event | None:
        """Train until the next event, and keep what it tells of; stepping: after one batch."""
        lesson = self.lesson
        try:
            event = lesson.advance(stepping)
        except TeamError as error:
            self._go_on_with_fewer(error)
            return None
        except Exception as error:  # noqa: BLE001 - a fault is shown; the run is kept and saved
            lesson.state = "failed"
            self._message = f"Training failed: {error}"
            self.tell()
            return None
        if isinstance(event, Started) and lesson.run.hyperparameters.processes == "auto":
            self._message = f"Learned by {event.learned_by}."
            self.tell()
        if event is not None:
            self._take_in(event)
        return event

    def _take_in(self, event: Event) -> None:
        """Keep what an event tells of, and report it if it is time."""
        before = self.run.hyperparameters
        try:
            problem = self.files.take_in(self.run, event)
        except EngineError as error:
            problem = str(error)
        after = self.run.hyperparameters  # of a run that is over, without what came too late
        late = (name for name in OF_UPDATES if getattr(before, name) != getattr(after, name))
        self._waiting |= {name: getattr(before, name) for name in late}
        if problem:
            self._message = f"Not saved: {problem}"
        elif isinstance(event, Stopped) and event.reason == "diverged":
            self._message = self.files.file.note
        is_due = self.run.seconds - self.lesson.told_at >= self.lesson.gap
        if is_due or isinstance(event, Stopped):
            self.tell()

    def _go_on_with_fewer(self, error: TeamError) -> None:
        """A process is lost: stop where the run was last told of, save, and offer to go on."""
        self.lesson.dismiss()
        self.lesson.state = "paused"
        before = self.run.hyperparameters.processes
        fewer = self.run.lose_a_process()
        if self._wanted.settings.processes == before:
            self._wanted.amend(processes=fewer)
        limit_threads(self.run.hyperparameters.batch_size, spare=1)
        whom = "one process" if fewer == 1 else f"{fewer} processes"
        if self.save():
            saved = "Saved; space" if self.files.file.saved else "Space"
            self._message = f"{error} {saved} goes on with {whom}."
        self.tell()

    def save(self) -> bool:
        """Write the model; tells whether all that was learned is on disk."""
        try:
            self.files.file.save(self.run)
        except EngineError as error:
            self._message = f"Not saved: {error}"
            return False
        return True

    def save_and_tell(self) -> None:
        """Write the model to its file, and say so."""
        if self.save():
            file = self.files.file
            saved = f"Saved to {file.path}" if file.saved else ""
            self._message = " · ".join(filter(None, (saved, file.note))) or NOTHING_YET
        self.tell()

    def tell(self) -> None:
        """Report how things are."""
        self.lesson.told_at = self.run.seconds
        self.lesson.weights.take_in(self.run)
        report = self._report()
        self._message = None
        try:
            self._listener(report)
        except Exception:  # noqa: BLE001 - a broken screen is no reason to stop learning
            self._listener = _nobody

    def _report(self) -> Report:
        lesson, run, data = self.lesson, self.run, self.files.data
        return Report(
            state=lesson.state,
            run=lesson.number,
            number=self.number,
            settings=self._wanted.settings,
            preset=self._wanted.preset,
            running=run.hyperparameters,
            data=data.name,
            validation=lesson.split.validation,
            parameters=run.network.theta.size,
            epoch=run.epoch,
            batch=run.batch,
            batches=run.batches,
            images_per_second=lesson.curves.images_per_second,
            seconds=run.seconds,
            seconds_left=lesson.seconds_left,
            train=tuple(lesson.curves.train),
            validated=tuple(lesson.curves.validated),
            changes=tuple(run.changes),
            reading=self._read_watched(),
            stopped=lesson.stopped,
            message=self._message,
            can_go_on=self._left is not None and not lesson.begun,
            can_undo=self._wanted.can_undo,
            way_back=lesson.way_back,
            earlier=self._earlier,
            about_data=facts_of(data, self._wanted, hidden=self._hidden is data),
        )

    def view(self) -> View:
        """A copy of the network as it is now."""
        return self.lesson.view()

    def _read_watched(self) -> Reading:
        validation = self.lesson.split.validation
        self._watched %= len(validation)
        outputs = read_one(self.run.network, validation.images[self._watched])
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
