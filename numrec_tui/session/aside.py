"""Sets a person's run aside while an experiment uses the session, and brings it back as it was."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from engine.errors import CheckpointError, EngineError
from engine.training.hyperparameters import Hyperparameters
from numrec_tui.session.pending_settings import PendingSettings
from numrec_tui.session.reporter import Reporter
from numrec_tui.session.run_manager import KeptRun, RunManager
from numrec_tui.session.saver import Saver
from numrec_tui.storage.aside_file import AsideFile, SetAside

SettingsFor: TypeAlias = Callable[[Hyperparameters], Hyperparameters]

Begun: TypeAlias = Callable[[int | None, str], None]

BUSY = "Another numrec-tui is in an experiment on this home; end that one first."


@dataclass(slots=True)
class _Kept:
    """What is brought back. begun: whether a run of the experiment has begun."""

    run: KeptRun
    pending: PendingSettings
    begun: bool = False


class Aside:
    """At most one run is set aside. folder: where that is written down; None writes nothing."""

    def __init__(
        self,
        runs: RunManager,
        pending: PendingSettings,
        reporter: Reporter,
        saver: Saver,
        folder: Path | None,
    ) -> None:
        self._runs = runs
        self._pending = pending
        self._reporter = reporter
        self._saver = saver
        self._file = AsideFile(folder) if folder is not None else None
        self._kept: _Kept | None = None

    @property
    def is_used(self) -> bool:
        """Whether a run is set aside."""
        return self._kept is not None

    def set_aside(self) -> None:
        """Save the active run and keep it, with the settings, for `bring_back`.

        Raises:
            CheckpointError: the run cannot be saved, or another app is in an experiment.
            SaveError: it cannot be written down what is set aside.
        """
        if self._kept is not None:
            return
        active, files = self._runs.active, self._runs.files
        if active.state == "training":
            active.state = "paused"
        if not self._saver.save():
            raise CheckpointError(f"{self._reporter.message} So no experiment begins.")
        files.flush(active.run)
        kept = self._runs.keep_active()
        if self._file is not None:
            if not self._file.take():
                raise CheckpointError(BUSY)
            left = self._file.left()  # of an app that was killed meanwhile
            if left is not None:
                left.unmark()
            settings, preset = self._pending.settings, self._pending.preset
            folder = kept.checkpoints if active.begun else None
            try:
                self._file.take()
                self._file.write(SetAside(settings, preset, files.source, files.score_on, folder))
            except EngineError:
                self._forget()
                raise
        self._kept = _Kept(kept, self._pending.copy())
        self._runs.is_plain = True  # nothing of the person's is in its runs
        files.checkpoints = None  # what an experiment loses is begun again in seconds

    def begin(self, settings_for: SettingsFor, source: str, score_on: str) -> int:
        """Begin a run of the experiment; returns which of the session's runs it is.

        settings_for: its settings, made from the person's. source, score_on: names of data, as
        `--data` takes them; an empty source is that of the run before, an empty score_on none.

        Raises:
            EngineError: the data cannot be loaded or split, or the network is too large.
        """
        runs, files = self._runs, self._runs.files
        person = self._kept.pending if self._kept else self._pending
        settings = settings_for(person.settings)
        source = source or files.source
        if (source, score_on) == (files.source, files.score_on):
            runs.begin(settings, runs.active.number + 1)
        else:
            runs.begin_on(runs.load(source, score_on), source, settings)
        if self._kept is not None and not self._kept.begun:
            self._kept.begun, runs.earlier = True, ()  # an experiment compares its own runs
        self._pending.reset(settings)
        self._pending.preset = "default"
        return runs.active.number

    def bring_back(self) -> None:
        """Make the run that was set aside the active one again, with its settings; paused."""
        kept = self._kept
        if kept is None:
            return
        if kept.begun:
            self._runs.bring_back(kept.run)
            self._pending.take(kept.pending)
        else:  # it still is the active one
            self._runs.files.checkpoints = kept.run.home
        self._kept, self._runs.is_plain = None, False
        self._forget()

    def stay(self) -> None:
        """Go on with the run of the experiment; what was set aside is left as by a new run."""
        if self._kept is not None:
            self._runs.keep_from_now_on(self._kept.run)
            self._kept, self._runs.is_plain = None, False
            self._forget()

    def _forget(self) -> None:
        if self._file is not None:
            self._file.remove()
