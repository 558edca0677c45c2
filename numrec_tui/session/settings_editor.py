"""Changes settings: those of the next run, and at once those the active run can change."""

from engine.training.hyperparameters import Hyperparameters, knobs
from engine.training.presets import preset as values_of
from engine.training.small_sets import fitted, size_of
from numrec_tui.session.knob_steps import turn
from numrec_tui.session.pending_settings import PendingSettings
from numrec_tui.session.reporter import Reporter
from numrec_tui.session.run_manager import RunManager


class SettingsEditor:
    """Every change can be undone and is reported.

    A run that has not begun is begun again with every change.
    """

    def __init__(self, runs: RunManager, pending: PendingSettings, reporter: Reporter) -> None:
        self._runs = runs
        self._pending = pending
        self._reporter = reporter

    def turn(self, name: str, up: bool) -> None:
        """Change a setting by one step, as the arrow keys do."""
        before = getattr(self._pending.settings, name)
        after = turn(knobs()[name], before, up)
        if after != before:
            self.change(name, after)

    def change(self, name: str, value: object) -> None:
        """Change one setting."""
        wanted, active = self._pending.settings, self._runs.active
        settings = wanted.changed(**{name: value})
        ended = active.state in ("finished", "diverged", "failed")
        turned = name, getattr(wanted if ended else active.run.hyperparameters, name)
        active.change(name, value)
        self.use(settings, turned=turned)

    def use_preset(self, name: str) -> None:
        """Take every setting from a preset, fitted to the data."""
        self.use(fitted(values_of(name), size_of(self._runs.files.data)), name)

    def use(
        self,
        settings: Hyperparameters,
        preset: str | None = None,
        turned: tuple[str, object] | None = None,
    ) -> None:
        """Replace all settings. turned: as in `SettingsChange`."""
        self._begin_again(settings)
        self._pending.put(settings, preset or self._pending.preset, turned)
        self._reporter.report()

    def undo(self) -> None:
        """Undo the last change."""
        before = self._pending.last()
        if before is None:
            self._reporter.message = "There is no change to take back."
        else:
            if before.turned:
                self._runs.active.change(*before.turned)
            self._begin_again(before.settings)
            self._pending.take_back()
        self._reporter.report()

    def _begin_again(self, settings: Hyperparameters) -> None:
        if not self._runs.active.begun:
            self._runs.begin(settings, self._runs.active.number)
