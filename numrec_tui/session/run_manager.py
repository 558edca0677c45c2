"""Begins, resumes, forks and replaces the runs of a session."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from engine.data.dataset import DataSet, Split
from engine.data.mixture import scored_beside
from engine.errors import CheckpointError
from engine.models.model import Model
from engine.training.checkpoint import origin_of, origin_of_second
from engine.training.events import Stopped
from engine.training.growth import grow, images_of
from engine.training.hyperparameters import Hyperparameters
from engine.training.memory import check as check_memory
from engine.training.metrics import check_fits
from engine.training.run import Run, architecture, new_run
from engine.training.threads import limit_threads
from engine.training.warm_start import begin_warm, fits
from numrec_tui.session import fork
from numrec_tui.session.active_run import ActiveRun
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.report import Curves, PastCurves
from numrec_tui.session.run_files import RunFiles, RunPaths
from numrec_tui.session.second_set import with_second_of
from numrec_tui.storage.checkpoints import FoundCheckpoint, newest_in, unfinished

MOST_EARLIER = 3
"""Runs before the active one whose curves are reported, too."""

KEPT = "The network that is kept"

SplitKey: TypeAlias = tuple[str, float, int]


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run that is not the active one for a while, with all that it needs to be that again.

    checkpoints: its folder. home: the folder of all checkpoints.
    """

    active: ActiveRun
    key: SplitKey | None
    data: DataSet
    source: str
    earlier: tuple[PastCurves, ...]
    checkpoints: Path | None
    home: Path | None
    network: Model | None
    """What it began with, if it has not begun to learn and another network was kept for it."""


class RunManager:
    """Holds the active run and the files of all runs; there is always an active run.

    Where another run cannot take its place, the active one stays.
    """

    def __init__(self, config: SessionConfig) -> None:
        self.files = RunFiles(
            config.data, config.source or config.data.name, config.models, config.checkpoints,
            config.history,
        )  # fmt: skip
        """Writes the models, checkpoints and records of the runs."""
        self.earlier: tuple[PastCurves, ...] = ()
        """The curves of the runs before the active one, the latest first."""
        self.unfinished: FoundCheckpoint | None = None
        """The run of an earlier session that can be resumed."""
        self.notice = ""
        """What has happened to the second set of a run that was resumed, in a sentence."""
        self.has_grown = False
        """Whether the set of a run that was resumed, one's own, has changed since it was left."""
        self.is_plain = False
        """Whether new runs begin with drawn weights, whatever the session was opened with."""
        self._kept: dict[int, Model] = {}
        """What a run on other data begins with, by its number, if the network was kept."""
        self._config = config
        self._active: ActiveRun | None = None
        self._split_key: SplitKey | None = None
        if config.found is None:
            self.begin(config.settings, number=1)
        else:
            self.resume(config.found)

    @property
    def active(self) -> ActiveRun:
        """The run that is trained, and its state."""
        assert self._active is not None  # noqa: S101 - there is one from the beginning
        return self._active

    @property
    def number(self) -> int:
        """The active run's number in the history; 0 until it is known."""
        return self.files.recorder.number_of(self.active.number)

    def begin(self, settings: Hyperparameters, number: int) -> None:
        """Make a new run the active one. number: which of the session's runs it is.

        Raises:
            EngineError: the data cannot be split like that, or the network is too large.
        """
        key = _split_key(settings)
        split = self.files.data.split(*key) if key != self._split_key else self.active.split
        active = self._new(settings, number, split, self._kept.get(number))
        self._replace_active(active, key, self.files.new_paths(number))

    def _new(
        self, settings: Hyperparameters, number: int, split: Split, kept: Model | None
    ) -> ActiveRun:
        """A run that is not the active one yet.

        kept: what it begins with; else with the session's model, or drawn weights where neither
        fits the settings, or the session's model does not fit data that were chosen later. The
        first layer is that of the session's donor, of later runs where it fits.
        """
        pixels, classes = split.train.pixels.shape[1], split.train.classes
        check_memory(settings, (pixels, *settings.hidden, classes), len(split.train))
        model = None if self.is_plain else kept or self._config.model
        if model is not None and self._active is not None:
            sizes = model.network.sizes
            model = model if (sizes[0], sizes[-1]) == (pixels, classes) else None
        if model is not None and not _fits(model, settings):
            model = None
        run = new_run(settings, pixels, classes, model)
        donor = None if self.is_plain else self._config.first_layer
        if donor is not None and model is None:
            is_later = self._active is not None
            if fits(run.network, donor.network) or not is_later:
                begin_warm(run, donor)
        return ActiveRun(number, run, split, self._config.loop)

    def load(self, source: str, score_on: str = "") -> DataSet:
        """The data set of a name, as `--data` takes it.

        score_on: the set that is scored beside the validation; empty for none.

        Raises:
            EngineError: one of them cannot be loaded, or they do not fit together.
        """
        data = self._config.find(source)
        return scored_beside(data, self._config.find(score_on), score_on) if score_on else data

    def begin_on(
        self, data: DataSet, source: str, settings: Hyperparameters, kept: Model | None = None
    ) -> None:
        """Make a new run on other data the active one.

        source: the name of the data. kept: the network that it begins with, if not a new one.

        Raises:
            EngineError: the data cannot be split, or the network does not fit them.
        """
        files, before = self.files, self.active
        number = before.number + before.begun
        if kept is not None:
            check_fits(kept.network.sizes, data.train.pixels.shape[1], data.train.classes, KEPT)
        key = _split_key(settings)
        active = self._new(settings, number, data.split(*key), kept)
        files.keep(before.run, wait=True)  # with the data that it has learned from
        files.turn_to(data, origin_of(data, source))
        self._kept = {number: kept} if kept else {}
        self._replace_active(active, key, files.new_paths(number))

    def go_on_with(self, data: DataSet, source: str) -> None:
        """Let the active run go on with data that have changed since it began, of the same classes.

        Raises:
            EngineError: the data cannot be split.
        """
        active, run = self.active, self.active.run
        split = data.split(*_split_key(run.hyperparameters))
        active.end_loop()
        before, active.split = len(active.split.train), split
        if active.begun:
            grow(run, before, len(split.train))
        active.curves.cut(run.position)
        self.files.turn_to(data, origin_of(data, source))

    def resume(self, found: FoundCheckpoint) -> None:
        """Make the run of a checkpoint the active one, paused.

        Raises:
            EngineError: it is in use elsewhere, or its data cannot be loaded or have changed.
        """
        facts = found.checkpoint.facts
        data, origin = self.files.data_of(found, self._config.find)
        data, self.notice = with_second_of(facts.origin, data, self._config.find)
        origin = replace(origin, second=origin_of_second(data))
        key = _split_key(facts.hyperparameters)
        split = data.split(*key)
        run, curves = found.checkpoint.restore(), Curves()
        curves.restore(run.history)
        self.has_grown = origin.digest != facts.origin.digest
        if self.has_grown:
            grow(run, images_of(run), len(split.train))
        active = ActiveRun(1, run, split, self._config.loop, curves=curves, begun=True)
        self._replace_active(active, key, self.files.paths_of(found, run, data))
        self.files.turn_to(data, origin)
        self.unfinished = None
        if run.stopped is not None and facts.is_over:
            active.state = "diverged" if run.stopped == "diverged" else "finished"
            score = run.validation_accuracy
            active.stopped = Stopped(run.stopped, run.epoch, run.seconds, score, None)

    def resume_unfinished(self) -> Hyperparameters | None:
        """Resume the unfinished run; returns its settings, or None if none was offered.

        Raises:
            EngineError: as `resume`; or it has ended or is in use by now.
        """
        if self.unfinished is None or self.active.begun or self.files.checkpoints is None:
            return None
        found = self.find_unfinished()  # it may have gone on elsewhere since
        if found is None:
            raise CheckpointError("The run that was left is over, or being trained elsewhere.")
        self.resume(found)
        return found.checkpoint.facts.hyperparameters

    def find_unfinished(self) -> FoundCheckpoint | None:
        """Look for an unfinished run, unless the active one has begun."""
        if not self.files.checkpoints or self.active.begun:
            return None
        self.unfinished = unfinished(self.files.checkpoints)
        return self.unfinished

    def fork(self, origin: Run, settings: Hyperparameters) -> tuple[str, ...]:
        """Make a fork of the active run the active one; returns the settings that differ.

        origin: the run that it begins from, as `fork.origin` gives it.
        """
        before = self.active
        before.run.take_back_unused()  # it holds for the fork alone
        differ = fork.differing(origin, settings)
        run, curves = origin.fork(settings, len(before.split.train)), before.curves.copy()
        if run.position < before.run.position:
            curves.cut(run.position)
        self.files.leave(before.run)  # so that its number in the history is known
        index = len(run.changes) - len(differ)
        origin_id = self.files.recorder.id or before.number
        run.changes.insert(index, fork.record_of(origin_id, run.position))
        number = before.number + 1
        after = ActiveRun(
            number, run, before.split, self._config.loop,
            curves=curves, weights=before.weights.fork(run), begun=True,
        )  # fmt: skip
        if before.state == "training" and differ:
            after.state = "training"
        self._replace_active(after, _split_key(settings), self.files.new_paths(number))
        return differ

    def keep_active(self) -> KeptRun:
        """The active run as it is, for `bring_back`."""
        files = self.files
        return KeptRun(
            self.active, self._split_key, files.data, files.source, self.earlier, files.kept_in,
            files.checkpoints, self._kept.get(self.active.number),
        )  # fmt: skip

    def bring_back(self, kept: KeptRun) -> None:
        """Make a run that was kept the active one again, just as it was, but paused.

        Raises:
            CheckpointError: another process has trained it in the meantime.
        """
        active, files = kept.active, self.files
        number = self.active.number + 1  # no two runs of a session share one
        files.checkpoints = kept.home
        found = newest_in(kept.checkpoints) if kept.checkpoints and active.begun else None
        if found is not None:
            paths = files.paths_of(replace(found, is_newest=True), active.run, kept.data)
        else:
            paths = files.new_paths(number)
        origin = origin_of(kept.data, kept.source)
        active.number = number
        self._kept = {number: kept.network} if kept.network else {}
        self._replace_active(active, kept.key or _split_key(active.run.hyperparameters), paths)
        files.turn_to(kept.data, origin)
        self.earlier = kept.earlier

    def keep_from_now_on(self, kept: KeptRun) -> None:
        """Write checkpoints of the active run, too, as was done before a run was kept."""
        self.files.checkpoints = kept.home
        self.files.begin_checkpoints(self.active.run)

    def _replace_active(self, active: ActiveRun, key: SplitKey, paths: RunPaths) -> None:
        before = self._active
        if before is not None:
            before.end_loop()
            self.files.leave(before.run)
            if before.begun:
                past = before.past_curves(self.files.recorder.number_of(before.number))
                self.earlier = (past, *self.earlier)[:MOST_EARLIER]
        self._active, self._split_key = active, key
        self.files.open(active.run, paths, active.split.name)
        limit_threads(active.run.hyperparameters.batch_size, spare=1)  # the screen needs a core


def _fits(model: Model, settings: Hyperparameters) -> bool:
    """Whether the settings ask for the architecture that the model has."""
    asked = settings.model_dump()
    return all(asked[name] == value for name, value in architecture(model.network).items())


def _split_key(settings: Hyperparameters) -> SplitKey:
    """The settings that decide how the data are split."""
    return settings.validation, settings.validation_fraction, settings.seed
