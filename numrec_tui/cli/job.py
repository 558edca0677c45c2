"""A run without a screen: begun or taken up, carried out, saved whatever ends it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import FrameType

from pydantic import BaseModel

from engine.data.digits import DataSet
from engine.errors import CheckpointError, DataError, SaveError, TeamError
from engine.models.files import TEXT, suffix
from engine.models.files import load as load_model
from engine.training.checkpoint import Origin, origin_of
from engine.training.events import Event, Stopped
from engine.training.loop import train as train_events
from engine.training.run import Run, architecture, new_run
from engine.training.threads import limit_threads
from numrec_tui.cli.chosen import given, problems_named_as_flags, settings
from numrec_tui.cli.convert import left_out
from numrec_tui.cli.data import load_data, source_of
from numrec_tui.cli.exits import DONE, FAILED, TARGET_MISSED, complain, give_up_output
from numrec_tui.cli.narration import Narrator
from numrec_tui.history import History
from numrec_tui.keeper import Found, Keeper, find
from numrec_tui.model_file import ModelFile, file_in
from numrec_tui.recorder import Recorder
from numrec_tui.settings import checkpoints_folder, history_file, models_folder


@dataclass
class Job:
    """A run, what it learns from, and where it is saved."""

    run: Run
    data: DataSet
    source: str
    file: ModelFile
    keeper: Keeper
    recorder: Recorder

    @cached_property
    def origin(self) -> Origin:
        """What the run learns from, as its checkpoints have to know it."""
        return origin_of(self.data, self.source)

    def take_in(self, event: Event) -> None:
        """Save what is to be saved now."""
        if isinstance(event, Stopped):
            self.file.save(self.run)
        elif self.keeper.is_time(event):
            self.keeper.keep(self.run, self.origin)
        self.recorder.take_in(self.run, event, self.keeper.folder)


def begun(
    source: str,
    digits: Callable[[], DataSet],
    preset: str | None,
    config: Path | None,
    model: Path | None,
    save: Path | None,
    flags: BaseModel | None,
) -> Job:
    """A new run, from drawn weights or from a model's. digits: waits for what is being read."""
    loss = given(flags).get("loss")  # which a .txt file does not know of itself
    start = load_model(model, str(loss) if loss else None) if model else None
    settled = architecture(start.network) if start else {}
    chosen = settings(preset, config, flags, settled)
    data = digits()
    pixels, classes = data.train.pixels.shape[1], data.train.classes
    with problems_named_as_flags():
        run = new_run(chosen, pixels, classes, start)
    file = _file(save, data)
    keeper = Keeper(checkpoints_folder(), file.path.stem, file.path)
    return Job(run, data, source_of(source), file, keeper, Recorder(History(history_file())))


def taken_up(resume: str, data: str | None, save: Path | None, flags: BaseModel | None) -> Job:
    """The run of a checkpoint, with changes only where a run may be changed on its way.

    resume: which one, as for `--resume`.

    Raises:
        CheckpointError: it was made with other data.
        SettingsError: a setting cannot be changed any more.
    """
    found = find(checkpoints_folder(), resume)
    facts = found.checkpoint.facts
    source = facts.origin.source if data is None else source_of(data)
    digits = _digits_of(found, source)
    origin = origin_of(digits, source)
    if origin.digest != facts.origin.digest:
        raise CheckpointError(
            f"The run in {found.path} learns from {facts.origin.source}, and {source} has other "
            "digits now; name the same data, or begin a new run."
        )
    run = found.checkpoint.restore()
    with problems_named_as_flags():
        wanted = run.hyperparameters.changed(**given(flags))
        for name in given(flags):
            value = getattr(wanted, name)
            if value != getattr(run.hyperparameters, name):
                run.change(name, value)
    file = _file(save, digits) if save else ModelFile(Path(facts.model), digits)
    keeper = Keeper(checkpoints_folder(), file.path.stem, file.path, found)
    return Job(run, digits, source, file, keeper, Recorder(History(history_file())))


def _digits_of(found: Found, source: str) -> DataSet:
    try:
        return load_data(source)
    except DataError as error:
        raise CheckpointError(
            f"{error} The run in {found.path} learns from it; name where it is now with --data."
        ) from error


def _file(save: Path | None, data: DataSet) -> ModelFile:
    """Where the model goes.

    Raises:
        SaveError: there is no such folder.
    """
    if save is None:
        return file_in(models_folder(), data)
    if not save.absolute().parent.is_dir():
        raise SaveError(f"Cannot save to {save}: there is no folder {save.absolute().parent}.")
    return ModelFile(save, data)


def carry_out(job: Job, tell: Narrator) -> int:
    """Train to the end, or until somebody interrupts; returns the exit code."""
    run, settings = job.run, job.run.hyperparameters
    run.pace = PACE
    limit_threads(settings.batch_size)
    split = job.data.split(settings.validation, settings.validation_fraction, settings.seed)
    signals: list[int] = []
    job.recorder.begin(run, job.data.name, job.file.path, job.keeper.folder)
    with interruptible(run, signals):
        try:
            for event in train_events(run, split):
                job.take_in(event)
                try:
                    tell(event, job.file.path)
                except BrokenPipeError:  # whoever read our output has gone: end, but save the run
                    signals.append(signal.SIGPIPE)
                    run.interrupt = True
                    give_up_output()
        except TeamError as error:
            job.file.save(run)
            if signals:  # it reached the processes, too
                return 128 + signals[0]
            kept = f" Saved to {job.file.path}." if job.file.saved else ""
            raise TeamError(f"{error}{kept}") from error
        finally:
            if len(signals) < 2:  # after a second one the run may be half way between two batches
                job.keeper.close(run, job.origin)
                job.recorder.close(run)
    for problem in filter(None, (job.keeper.problem, job.recorder.problem)):
        complain(problem)
    if job.file.saved and suffix(job.file.path) == TEXT:
        complain(left_out(settings.loss))
    return 128 + signals[0] if signals else _exit_code(run)


PACE = 0.1
"""Seconds between two moves of the progress bar."""


def _exit_code(run: Run) -> int:
    if run.stopped == "diverged":
        return complain(DIVERGED, FAILED)
    wanted = run.hyperparameters.target_accuracy < 1
    return TARGET_MISSED if wanted and run.stopped != "target" else DONE


DIVERGED = (
    "The loss is no longer a finite number, so training stopped; try a smaller --learning-rate."
)


@contextmanager
def interruptible(run: Run, received: list[int]) -> Iterator[None]:
    """Make SIGINT, SIGTERM and SIGHUP end the run after its batch; a second one ends all."""

    def stop(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        run.interrupt = True
        if len(received) > 1:
            raise KeyboardInterrupt

    numbers = [
        getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
    ]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
