"""A run without a screen: begun or taken up, carried out, saved whatever ends it."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from pydantic import BaseModel

from engine.data.dataset import DataSet
from engine.errors import (
    CheckpointError,
    DataError,
    EngineError,
    SaveError,
    TeamError,
    UsageError,
)
from engine.models.files import format_of
from engine.models.files import load as load_model
from engine.training.events import Stopped
from engine.training.loop import train as train_events
from engine.training.memory import check as check_memory
from engine.training.run import Run, architecture, new_run
from engine.training.small_sets import explain, size_of
from engine.training.threads import limit_threads
from engine.training.warm_start import Donor, begin_warm
from numrec_tui.cli.adviser import Adviser
from numrec_tui.cli.convert import left_out
from numrec_tui.cli.exits import DONE, FAILED, TARGET_MISSED, complain, give_up_output
from numrec_tui.cli.hints import with_flags
from numrec_tui.cli.loading import find_data, load_beside, load_data, source_of, tell_doubts
from numrec_tui.cli.reporters import Narrator
from numrec_tui.cli.settings import given, problems_named_as_flags, settings
from numrec_tui.history.history import History
from numrec_tui.session.run_files import RunFiles, Saving
from numrec_tui.session.second_set import with_second_of
from numrec_tui.storage.checkpoints import FoundCheckpoint, find
from numrec_tui.storage.paths import checkpoints_folder, history_file, models_folder


@dataclass(frozen=True, slots=True)
class Start:
    """What a new run begins with: a model, or the first layer of one; else with drawn weights.

    Raises:
        UsageError: both are named.
    """

    model: Path | None = None
    warm_start: Path | None = None

    def __post_init__(self) -> None:
        if self.model is not None and self.warm_start is not None:
            raise UsageError("--model begins with all layers of a model; leave out --warm-start.")

    @property
    def donor(self) -> Donor | None:
        """The model whose first layer it is.

        Raises:
            EngineError: the file cannot be read.
        """
        if self.warm_start is None:
            return None
        return Donor(load_model(self.warm_start, None).network, self.warm_start.name)


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
    begins_with: Start,
    save: Path | None,
    flags: BaseModel | None,
    score_on: str | None = None,
) -> Job:
    """A new run, from drawn weights or from a model's. digits: waits for what is being read.

    score_on: the set that is scored beside the validation.
    """
    model, donor = begins_with.model, begins_with.donor
    loss = given(flags).get("loss")  # which a .txt file does not know of itself
    start = load_model(model, str(loss) if loss else None) if model else None
    settled = architecture(start.network) if start else {}
    data = digits() if score_on is None else load_beside(digits(), score_on)
    tell_doubts(data.name, data.doubts)
    chosen = settings(preset, config, flags, settled, data)
    pixels, classes = data.train.pixels.shape[1], data.train.classes
    with problems_named_as_flags():
        check_memory(chosen, (pixels, *chosen.hidden, classes), len(data.train))
        run = new_run(chosen, pixels, classes, start)
        if donor is not None:
            begin_warm(run, donor)
    files = _files(data, source_of(source))
    files.open(run, files.new_paths(path=_checked(save)), data.name)
    plain = settings(preset, config, flags, settled)
    warm = f"First layer from {donor.name}, the others drawn." if donor is not None else ""
    return Job(run, files, " ".join(filter(None, (explain(chosen, plain, size_of(data)), warm))))


def taken_up(
    resume: str,
    data: str | None,
    save: Path | None,
    flags: BaseModel | None,
    score_on: str | None = None,
) -> Job:
    """The run of a checkpoint, with changes only where a run may be changed on its way.

    resume: which one, as for `--resume`. score_on: the set that is scored beside the validation
    from now on, in place of the one that was.

    Raises:
        CheckpointError: it was made with other data.
        SettingsError: a setting cannot be changed any more.
    """
    found = find(checkpoints_folder(), resume)
    for told in found.passed_over:
        complain(told)
    facts = found.checkpoint.facts
    source = facts.origin.source if data is None else source_of(data)
    digits = _digits_of(found, source)
    if score_on is not None:
        digits = load_beside(digits, score_on)
    else:
        digits, gone = with_second_of(facts.origin, digits, find_data)
        if gone:
            complain(gone)
    files = _files(digits, source)
    files.check(found)
    check_memory(facts.hyperparameters, facts.sizes, len(digits.train))
    run = found.checkpoint.restore()
    with problems_named_as_flags():
        wanted = run.hyperparameters.changed(**given(flags))
        for name in given(flags):
            value = getattr(wanted, name)
            if value != getattr(run.hyperparameters, name):
                run.change(name, value)
    files.open(run, files.paths_of(found, run, digits, _checked(save)), digits.name)
    return Job(run, files)


def _files(data: DataSet, source: str) -> RunFiles:
    return RunFiles(data, source, models_folder(), checkpoints_folder(), History(history_file()))


def _digits_of(found: FoundCheckpoint, source: str) -> DataSet:
    try:
        return load_data(source)
    except DataError as error:
        raise CheckpointError(
            f"{with_flags(error)} The run in {found.path} learns from it; "
            "name where it is now with --data."
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
    team: list[str] = []
    adviser = Adviser(run, split)
    with interruptible(run, signals):
        try:
            for event in train_events(run, split):
                news = files.take_in(run, event)
                for each in news:
                    complain(for_train(each))
                if isinstance(event, Stopped) and event.team:
                    team.append(event.team)
                try:
                    where = files.file.path if files.file.saved else None
                    for item in (*news, *adviser.at_the_end(event), event, *adviser.take_in(event)):
                        tell(item, where)
                except (
                    BrokenPipeError
                ):  # the reader of our output has closed it: end, but save the run
                    signals.append(signal.SIGPIPE)
                    run.interrupt = True
                    give_up_output()
                except OSError as error:  # the disk that it goes to is full: the run is worth more
                    complain(f"Cannot write what is told: {error.strerror}. Training goes on.")
                    give_up_output()
        except TeamError as error:
            with suppress(EngineError):  # it is reported at the end
                files.save(run)
            if signals:  # it reached the processes, too
                return 128 + signals[0]
            kept = f" Saved to {files.file.path}." if files.file.saved else ""
            raise TeamError(f"{error}{kept}") from error
        finally:
            is_whole = len(signals) < 2  # else the run may be half way between two batches
            is_lost = is_whole and _close(run, files, tell)
    for sentence in team:
        complain(sentence)
    if signals:
        return 128 + signals[0]
    return FAILED if is_lost else _exit_code(run)


def _close(run: Run, files: RunFiles, tell: Narrator) -> bool:
    """End what keeps the run, and say all that is to be known; tells whether it is not saved."""
    if files.in_danger:
        with suppress(EngineError):
            files.save(run)
    files.close(run)
    news = files.news()
    lost = files.put_elsewhere(run) if files.in_danger else None
    with suppress(OSError):
        for each in (*news, *([Saving(problem=lost)] if lost else ())):
            tell(each, None)
    is_text = files.file.saved and not format_of(files.file.path).knows_loss
    left = left_out(run.hyperparameters.loss) if is_text else None
    item = [str(each) for each in news if each.problem is None]
    for sentence in (*item, files.file.note, left, files.recorder.missing, lost):
        if sentence:
            complain(sentence)
    return lost is not None


def for_train(news: Saving) -> str:
    """A piece of news as `train` tells it, with what can be done."""
    return f"{news} {HOW}" if news.problem is not None else str(news)


HOW = (
    "Training goes on. Make room there, or press Ctrl-C: the run is then put where there is room, "
    "and NUMREC_HOME=FOLDER numrec-tui train --resume goes on in a folder of your choice."
)


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
