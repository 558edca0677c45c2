"""What keeps the runs of a program: each has a model file, checkpoints to go on with, a record.

Used by the app and by `numrec-tui train`. Its methods are called by the thread that trains,
between two events.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.data.digits import DataSet
from engine.errors import CheckpointError
from engine.training.checkpoint import Origin, origin_of
from engine.training.events import Event, Stopped
from engine.training.run import Run
from numrec_tui.history import History
from numrec_tui.keeper import Found, Keeper
from numrec_tui.model_file import ModelFile, file_in
from numrec_tui.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Place:
    """Where one run goes; without a keeper it has no checkpoints."""

    file: ModelFile
    keeper: Keeper | None


class RunFiles:
    """Keeps the run under way, and has kept those before it.

    data: what runs learn from. source: how it was asked for. models: where models are saved.
    checkpoints: where runs are kept, to go on with; None keeps none.
    history: where runs are recorded.
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
        self._place: Place
        self._problem: str | None = None

    @property
    def source(self) -> str:
        """How the data are asked for."""
        return self._source

    @property
    def file(self) -> ModelFile:
        """The model's file of the run under way."""
        return self._place.file

    @property
    def kept_in(self) -> Path | None:
        """The folder with the checkpoints of the run under way, once there is one."""
        return self._place.keeper.folder if self._place.keeper else None

    @property
    def problems(self) -> list[str]:
        """Why checkpoints or record of the run under way could not be written."""
        kept = self._place.keeper and self._place.keeper.problem
        return [problem for problem in (kept, self.recorder.problem) if problem]

    def new_place(self, number: int = 1, path: Path | None = None) -> Place:
        """Where run `number` of the session can go; path: the model's file, if it was named."""
        file = ModelFile(path, self.data) if path else file_in(self._models, self.data, number)
        return Place(file, self._new_keeper(file.path))

    def place_of(self, found: Found, run: Run, data: DataSet, path: Path | None = None) -> Place:
        """Where a run that goes on has been, and stays; path: another file for its model.

        Raises:
            CheckpointError: somebody else learns in it.
        """
        file = ModelFile(path or Path(found.checkpoint.facts.model), data)
        if path is None:
            file.find_saved(run)
        return Place(file, self._new_keeper(file.path, found))

    def open(self, run: Run, place: Place, data_name: str) -> None:
        """From now on it is this run that is kept."""
        self._place = place
        self.recorder.begin(run, data_name, place.file.path, self.kept_in)

    def leave(self, run: Run) -> None:
        """Keep the run as it is; another one takes its place, and it is not offered again."""
        run.take_back_unused()
        self.keep(run, wait=True)
        if self._place.keeper is not None:
            self._place.keeper.give_up()
        self.recorder.close(run, self.kept_in, patience=0.5)

    def close(self, run: Run) -> None:
        """Keep the run as it is, and be done."""
        self.keep(run, wait=True)
        self.recorder.close(run, self.kept_in)

    def keep(self, run: Run, wait: bool = False) -> None:
        """Have the run kept as it is now; wait: until it is on disk, and be done with it."""
        keeper = self._place.keeper
        if keeper is None or not run.position:
            return
        if wait:
            keeper.close(run, self._own_origin())
        else:
            keeper.keep(run, self._own_origin())

    def take_in(self, run: Run, event: Event) -> str | None:
        """Record what an event tells, and keep the run if it is time; returns a new problem.

        Raises:
            SaveError: the run has ended, and its model could not be saved.
        """
        if isinstance(event, Stopped) and event.reason != "interrupted":
            run.take_back_unused()
        self.recorder.take_in(run, event, self.kept_in)
        keeper, before = self._place.keeper, self._problem
        if keeper is not None and (isinstance(event, Stopped) or keeper.is_time(event)):
            self.keep(run)
        if isinstance(event, Stopped):
            self.file.save(run)
        self._problem = next(iter(self.problems), None)
        return self._problem if self._problem != before else None

    def check(self, found: Found) -> None:
        """See that a run that was left learns from the data in use.

        Raises:
            CheckpointError: it does not.
        """
        _check(found, self._own_origin())

    def data_of(self, found: Found, find: Callable[[str], DataSet]) -> tuple[DataSet, Origin]:
        """What a run that was left learns from: the data in use, or others that `find` finds.

        Raises:
            CheckpointError: the data have changed since.
        """
        facts, data, origin = found.checkpoint.facts, self.data, self._own_origin()
        if facts.origin.digest != origin.digest:
            data = find(facts.origin.source)
            origin = origin_of(data, facts.origin.source)
        _check(found, origin)
        return data, origin

    def turn_to(self, data: DataSet, origin: Origin) -> None:
        """From now on runs learn from these data."""
        self.data, self._source, self._origin = data, origin.source, origin

    def _new_keeper(self, model: Path, found: Found | None = None) -> Keeper | None:
        return Keeper(self.checkpoints, model.stem, model, found) if self.checkpoints else None

    def _own_origin(self) -> Origin:
        """Of the data in use; it takes a moment, so it is found out when it is needed first."""
        if self._origin is None:
            self._origin = origin_of(self.data, self._source)
        return self._origin


def _check(found: Found, origin: Origin) -> None:
    known = found.checkpoint.facts.origin
    if origin.digest == known.digest:
        return
    if origin.source == known.source:
        raise CheckpointError(
            f"The run that was left learns from {known.source}, but that has changed since; "
            "begin a new run."
        )
    raise CheckpointError(
        f"The run in {found.path} learns from {known.source}, and {origin.source} has other "
        "digits now; name the same data, or begin a new run."
    )
