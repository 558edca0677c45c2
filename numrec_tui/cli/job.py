"""A run without a screen: begun or taken up, carried out, saved whatever ends it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from pydantic import BaseModel

from engine.data.digits import DataSet
from engine.errors import CheckpointError, DataError, SaveError, TeamError
from engine.models.files import TEXT, suffix
from engine.models.files import load as load_model
from engine.training.loop import train as train_events
from engine.training.run import Run, architecture, new_run
from engine.training.small_sets import explain, size_of
from engine.training.threads import limit_threads
from numrec_tui.cli.adviser import Adviser
from numrec_tui.cli.chosen import given, problems_named_as_flags, settings
from numrec_tui.cli.convert import left_out
from numrec_tui.cli.data import load_data, source_of, tell_doubts
from numrec_tui.cli.exits import DONE, FAILED, TARGET_MISSED, complain, give_up_output
from numrec_tui.cli.narration import Narrator
from numrec_tui.history import History
from numrec_tui.keeper import Found, find
from numrec_tui.run_files import RunFiles
from numrec_tui.settings import checkpoints_folder, history_file, models_folder


@dataclass
class Job:
    """A run, and what keeps it."""

    run: Run
    files: RunFiles
    fitted: str = ""
    """Which settings were fitted to a small set, in a sentence."""


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
    data = digits()
    tell_doubts(data.name, data.doubts)
    chosen = settings(preset, config, flags, settled, data)
    pixels, classes = data.train.pixels.shape[1], data.train.classes
    with problems_named_as_flags():
        run = new_run(chosen, pixels, classes, start)
    files = _files(data, source_of(source))
    files.open(run, files.new_place(path=_checked(save)), data.name)
    plain = settings(preset, config, flags, settled)
    return Job(run, files, explain(chosen, plain, size_of(data)))


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
    files = _files(digits, source)
    files.check(found)
    run = found.checkpoint.restore()
    with problems_named_as_flags():
        wanted = run.hyperparameters.changed(**given(flags))
        for name in given(flags):
            value = getattr(wanted, name)
            if value != getattr(run.hyperparameters, name):
                run.change(name, value)
    files.open(run, files.place_of(found, run, digits, _checked(save)), digits.name)
    return Job(run, files)


def _files(data: DataSet, source: str) -> RunFiles:
    return RunFiles(data, source, models_folder(), checkpoints_folder(), History(history_file()))


def _digits_of(found: Found, source: str) -> DataSet:
    try:
        return load_data(source)
    except DataError as error:
        raise CheckpointError(
            f"{error} The run in {found.path} learns from it; name where it is now with --data."
        ) from error


def _checked(save: Path | None) -> Path | None:
    """Where the model is to go, if it was named.

    Raises:
        SaveError: there is no such folder.
    """
    if save is not None and not save.absolute().parent.is_dir():
        raise SaveError(f"Cannot save to {save}: there is no folder {save.absolute().parent}.")
    return save


def carry_out(job: Job, tell: Narrator) -> int:
    """Train to the end, or until somebody interrupts; returns the exit code."""
    run, files, settings = job.run, job.files, job.run.hyperparameters
    run.pace = PACE
    limit_threads(settings.batch_size)
    split = files.data.split(settings.validation, settings.validation_fraction, settings.seed)
    signals: list[int] = []
    adviser = Adviser(run, split.validation)
    with interruptible(run, signals):
        try:
            for event in train_events(run, split):
                files.take_in(run, event)
                try:
                    where = files.file.path if files.file.saved else None
                    for told in (event, *adviser.take_in(event)):
                        tell(told, where)
                except BrokenPipeError:  # whoever read our output has gone: end, but save the run
                    signals.append(signal.SIGPIPE)
                    run.interrupt = True
                    give_up_output()
        except TeamError as error:
            files.file.save(run)
            if signals:  # it reached the processes, too
                return 128 + signals[0]
            kept = f" Saved to {files.file.path}." if files.file.saved else ""
            raise TeamError(f"{error}{kept}") from error
        finally:
            if len(signals) < 2:  # after a second one the run may be half way between two batches
                files.close(run)
    for problem in (*files.problems, *filter(None, [files.file.note])):
        complain(problem)
    if files.file.saved and suffix(files.file.path) == TEXT:
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
