"""The files of runs: each has a model file, checkpoints to resume it, and a record in the history.

Used by the app and by `numrec-tui train`. Its methods are called by the training thread, between
two events.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from engine.atomic_write import plain_name
from engine.data.dataset import DataSet
from engine.errors import CheckpointError, EngineError, SaveError
from engine.training.checkpoint import CheckpointMetadata, Origin, origin_of
from engine.training.events import Event, Stopped
from engine.training.run import Run
from numrec_tui.history.history import History
from numrec_tui.history.recorder import Recorder
from numrec_tui.session.last_resort import PutElsewhere, put_elsewhere
from numrec_tui.storage.checkpoints import (
    LONGEST_GAP,
    NO_MEMORY,
    RETRY,
    CheckpointManager,
    FoundCheckpoint,
)
from numrec_tui.storage.model_file import ModelFile, file_in
from numrec_tui.storage.own_set_files import is_own


@dataclass(frozen=True, slots=True)
class RunPaths:
    """The files of one run; without a manager it has no checkpoints."""

    file: ModelFile
    manager: CheckpointManager | None


WORTH_REPORTING = 0.5
"""Seconds more than usual that may be lost, from which on that is reported."""


@dataclass(frozen=True, slots=True)
class Saving:
    """News about saving: whether that is possible has changed, or much may be lost.

    problem: why it cannot be saved; None if it can.
    at_risk: seconds of training that may be lost if the program is killed, where they are many.
    """

    problem: str | None = None
    at_risk: float | None = None
    notice: str | None = None
    """What was done so that it can be saved."""

    def __str__(self) -> str:
        if self.notice is not None:
            return self.notice
        if self.problem is not None:
            return f"Cannot be saved: {self.problem} It is tried again every {RETRY:.0f} s."
        if self.at_risk is not None:
            return (
                "A checkpoint of this run takes so long to write that a crash may cost the last "
                f"{self.at_risk:.0f} s of training."
            )
        return "The run can be saved again."


class RunFiles:
    """Writes the files of the current run.

    data: the data set. source: the name that it was loaded by. models: the folder for models.
    checkpoints: the folder for checkpoints; None writes none.
    history: the database that records the runs; None records none.
    """

    def __init__(
        self,
        data: DataSet,
        source: str,
        models: Path,
        checkpoints: Path | None,
        history: History | None,
    ) -> None:
        self.data = data
        self.checkpoints = checkpoints
        self.recorder = Recorder(history)
        """Writes the runs into the history."""
        self._source = source
        self._models = models
        self._origin: Origin | None = None
        self._paths: RunPaths
        self._model_problem: str | None = None
        self._tried_at = 0.0
        self._reported: str | None = None
        self._risk_reported = False
        self._notice: str | None = None
        self._elsewhere: tuple[object, PutElsewhere | None] | None = None
        self.has_moved = False
        """Whether another folder than the usual one was chosen."""
        self.on_news: Callable[[], None] = _ignore
        """Called in another thread when it has changed whether the run can be saved."""

    @property
    def source(self) -> str:
        """The name that the data were loaded by."""
        return self._source

    @property
    def score_on(self) -> str:
        """The name that the second set was loaded by; empty without one."""
        return self.data.second.source if self.data.second else ""

    @property
    def file(self) -> ModelFile:
        """The model file of the current run."""
        return self._paths.file

    @property
    def kept_in(self) -> Path | None:
        """The folder with the checkpoints of the current run, once there is one."""
        return self._paths.manager.folder if self._paths.manager else None

    @property
    def in_danger(self) -> str | None:
        """Why what was learned could not be saved the last time; None if it could."""
        kept = self._paths.manager.problem if self._paths.manager is not None else None
        return self._model_problem or kept

    @property
    def unsaved(self) -> str | None:
        """Why the run or its record could not be saved the last time; None if they could."""
        return self.in_danger or self.recorder.failure

    def news(self) -> list[Saving]:
        """What has changed since the last call; each is returned once."""
        news = []
        if (self.unsaved is None) != (self._reported is None):
            news.append(Saving(self.unsaved))
        self._reported = self.unsaved
        manager = self._paths.manager
        if (
            manager is not None
            and manager.at_risk > LONGEST_GAP + WORTH_REPORTING
            and not self._risk_reported
        ):
            self._risk_reported = True
            news.append(Saving(at_risk=manager.at_risk))
        notice = self.recorder.problem
        if notice not in (None, self.recorder.failure, self._notice):
            self._notice = notice
            news.append(Saving(notice=notice))
        return news

    def new_paths(self, number: int = 1, path: Path | None = None) -> RunPaths:
        """Paths for run `number` of the session. path: the model file, if one was named."""
        file = ModelFile(path, self.data) if path else file_in(self._models, self.data, number)
        return RunPaths(file, self._new_manager(file.path))

    def paths_of(
        self, found: FoundCheckpoint, run: Run, data: DataSet, path: Path | None = None
    ) -> RunPaths:
        """The paths of a run that is resumed. path: another file for its model.

        Raises:
            CheckpointError: another process trains it.
        """
        file = ModelFile(path or Path(found.checkpoint.facts.model), data)
        if path is None:
            file.find_saved(run)
        return RunPaths(file, self._new_manager(file.path, found))

    def open(self, run: Run, paths: RunPaths, data_name: str) -> None:
        """Make this run the current one."""
        self._paths, self._model_problem, self._risk_reported = paths, None, False
        if paths.manager is not None:
            paths.manager.on_news = self._forward_news
        self.recorder.on_failure = self._forward_news
        self.recorder.begin(run, data_name, paths.file.path, self.kept_in)

    def begin_checkpoints(self, run: Run) -> None:
        """Write checkpoints of the current run from now on, which has had none."""
        if self._paths.manager is None:
            manager = self._new_manager(self._paths.file.path)
            self._paths = RunPaths(self._paths.file, manager)
            if manager is not None:
                manager.on_news = self._forward_news
            self.keep(run)

    def _forward_news(self) -> None:
        self.on_news()

    def leave(self, run: Run) -> None:
        """Write the run as it is; another one replaces it, and it is not offered to be resumed."""
        run.take_back_unused()
        self.keep(run, wait=True)
        if self._paths.manager is not None:
            self._paths.manager.give_up()
        self.recorder.close(run, self.kept_in, patience=0.5)

    def close(self, run: Run) -> None:
        """Write the run as it is, and close its files."""
        self.keep(run, wait=True)
        self.recorder.close(run, self.kept_in)

    def save(self, run: Run) -> None:
        """Write the model, unless the run has not changed since the last time.

        Raises:
            EngineError: it could not be written; that is tried again later.
        """
        self._tried_at = monotonic()
        try:
            self.file.save(run)
        except MemoryError as error:
            self._model_problem = NO_MEMORY
            raise SaveError(NO_MEMORY) from error
        except EngineError as error:
            self._model_problem = str(error)
            raise
        self._model_problem = None

    def try_again(self, run: Run) -> None:
        """Write what could not be written, if the last attempt was some time ago."""
        if self._model_problem is not None and monotonic() - self._tried_at >= RETRY:
            with suppress(EngineError):
                self.save(run)
        self.recorder.try_again()

    def move(self, folder: Path, run: Run) -> None:
        """Save this run and later ones in another folder, and this one at once.

        Raises:
            EngineError: it cannot be written there either.
        """
        self.has_moved = True
        self.file.path = folder / plain_name(self.file.path.name)
        self._models = folder
        if self.checkpoints is not None:
            self.checkpoints = folder / "checkpoints"
        if self._paths.manager is not None and self.checkpoints is not None:
            self._paths.manager.move(self.checkpoints)
        self.file.forget()
        self.save(run)
        self.keep(run)

    def put_elsewhere(self, run: Run) -> str:
        """Write a run that cannot be saved to another folder; returns a message about both."""
        stands = (run.step, run.position, run.stopped)
        if self._elsewhere is None or self._elsewhere[0] != stands:
            done = put_elsewhere(run, self._own_origin(), self.data, self.file.path)
            self._elsewhere = (stands, done)
        written = self._elsewhere[1]
        return f"{self.in_danger} {written or 'It could be written nowhere else either.'}"

    def keep(self, run: Run, wait: bool = False) -> None:
        """Write a checkpoint of the run. wait: until it is on disk, then close the folder."""
        manager = self._paths.manager
        if manager is None or not run.position:
            return
        if wait:
            manager.close(run, self._own_origin())
        else:
            manager.keep(run, self._own_origin())

    def flush(self, run: Run) -> None:
        """Write a checkpoint, and wait until it is on disk or has failed."""
        if self._paths.manager is not None and run.position:
            self._paths.manager.flush(run, self._own_origin())

    def take_in(self, run: Run, event: Event) -> list[Saving]:
        """Record an event, and write what is due; returns what `news` does."""
        if isinstance(event, Stopped) and event.reason != "interrupted":
            run.take_back_unused()
        self.recorder.take_in(run, event, self.kept_in)
        manager = self._paths.manager
        if manager is not None and (isinstance(event, Stopped) or manager.is_time(event)):
            self.keep(run)
        if isinstance(event, Stopped):
            with suppress(EngineError):
                self.save(run)
        else:
            self.try_again(run)
        return self.news()

    def take_in_correction(self, run: Run) -> None:
        """Write the run, whose parameters were changed by a correction, or are back again.

        Raises:
            EngineError: the model could not be written; that is tried again later.
        """
        self.recorder.note_changes(run)
        self.keep(run)
        self.save(run)

    def check(self, found: FoundCheckpoint) -> None:
        """Check that an unfinished run was trained on the current data.

        Raises:
            CheckpointError: it was not.
        """
        _check(found, self._own_origin())

    def data_of(
        self, found: FoundCheckpoint, find: Callable[[str], DataSet]
    ) -> tuple[DataSet, Origin]:
        """The data of an unfinished run: the current ones, or others that `find` loads.

        A set of one's own may have grown since.

        Raises:
            CheckpointError: the data have changed since.
        """
        facts, data, origin = found.checkpoint.facts, self.data, self._own_origin()
        if facts.origin.digest != origin.digest:
            data = find(facts.origin.source)
            origin = origin_of(data, facts.origin.source)
        if (facts.sizes[0], facts.sizes[-1]) != (data.train.pixels.shape[1], data.train.classes):
            raise _changed(facts.origin)
        if origin.source != facts.origin.source or not _may_have_grown(facts):
            _check(found, origin)
        return data, origin

    def turn_to(self, data: DataSet, origin: Origin) -> None:
        """Make these the current data."""
        self.data, self._source, self._origin = data, origin.source, origin

    def _new_manager(
        self, model: Path, found: FoundCheckpoint | None = None
    ) -> CheckpointManager | None:
        return (
            CheckpointManager(self.checkpoints, model.stem, model, found)
            if self.checkpoints
            else None
        )

    def _own_origin(self) -> Origin:
        """The origin of the current data, cached: the digest takes a moment."""
        if self._origin is None:
            self._origin = origin_of(self.data, self._source)
        return self._origin


def _ignore() -> None:
    """The callback before one is set."""


def _may_have_grown(facts: CheckpointMetadata) -> bool:
    """Whether a run learned from a set of one's own, of which more may be drawn at any time."""
    return is_own(Path(facts.origin.source)) and facts.hyperparameters.validation == "test"


def _check(found: FoundCheckpoint, origin: Origin) -> None:
    known = found.checkpoint.facts.origin
    if origin.digest == known.digest:
        return
    if origin.source == known.source:
        raise _changed(known)
    raise CheckpointError(
        f"The run in {found.path} learns from {known.source}, and {origin.source} has other "
        "digits now; name the same data, or begin a new run."
    )


def _changed(known: Origin) -> CheckpointError:
    return CheckpointError(
        f"The run that was left learns from {known.source}, but that has changed since; "
        "begin a new run."
    )
