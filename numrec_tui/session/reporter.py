"""Makes the reports of a session and hands them to its listener."""

from collections.abc import Callable
from pathlib import Path

from engine.data.dataset import DataSet
from engine.training.memory import sentence
from engine.training.parallel.executor import augmentation
from numrec_tui.session.data_report import facts_of
from numrec_tui.session.pending_settings import PendingSettings
from numrec_tui.session.report import Corrected, Download, Prediction, Report
from numrec_tui.session.run_manager import RunManager
from numrec_tui.session.throttle import Throttle
from numrec_tui.storage.own_set_files import is_own


class Reporter:
    """Reports the state of the active run and of the pending settings."""

    def __init__(self, runs: RunManager, pending: PendingSettings, throttle: Throttle) -> None:
        self.message: str | None = None
        """What the next report says was done last."""
        self.loading: str | None = None
        """The name of the data that are being loaded."""
        self.correcting = False
        """Whether a drawing is being corrected."""
        self.corrected: Callable[[], Corrected | None] = _nothing
        """Returns the last correction, if it can be taken back."""
        self.download: Download | None = None
        """How far the download of these data is, if they need one."""
        self._runs = runs
        self._pending = pending
        self._throttle = throttle
        self._listener: Callable[[Report], None] = _ignore
        self._watched = self._watches = 0
        self._hidden: DataSet | None = None
        """The data whose doubts a person has read and hidden."""

    def listen(self, listener: Callable[[Report], None]) -> None:
        """Hand every report from now on to `listener`, beginning with one at once."""
        self._listener = listener
        self.report()

    def watch(self, index: int) -> None:
        """Report from now on the prediction for validation digit `index`."""
        self._watched = index % len(self._runs.active.split.validation)
        self._watches += 1
        self.report()

    def hide_doubts(self) -> None:
        """Report the doubts about these data as hidden."""
        self._hidden = self._runs.files.data
        self.report()

    def end_loading(self) -> None:
        """Report from now on that no data are being loaded."""
        self.loading = self.download = None

    def report_error(self, error: Exception) -> None:
        """Report what could not be done."""
        self.message = in_a_sentence(error)
        self.report()

    def report(self) -> None:
        """Report the state as it is now; a listener that raises gets no more reports."""
        active = self._runs.active
        active.reported_at = active.run.seconds
        active.weights.take_in(active.run)
        report = self._report()
        self.message = None
        try:
            self._listener(report)
        except Exception:  # noqa: BLE001 - a broken screen is no reason to stop learning
            self._listener = _ignore

    def _report(self) -> Report:
        runs, active, pending = self._runs, self._runs.active, self._pending
        run, files = active.run, runs.files
        return Report(
            state=active.state,
            run=active.number,
            number=runs.number,
            settings=pending.settings,
            preset=pending.preset,
            running=run.hyperparameters,
            data=files.data.name,
            validation=active.split.validation,
            parameters=run.network.theta.size,
            epoch=run.epoch,
            batch=run.batch,
            batches=run.batches,
            images_per_second=active.curves.images_per_second,
            seconds=run.seconds,
            seconds_left=self._seconds_left(),
            batches_per_second=self._throttle.rate(active.number),
            is_rising=self._throttle.is_rising(active.number),
            train=tuple(active.curves.train),
            validated=tuple(active.curves.validated),
            changes=tuple(run.changes),
            reading=self._predict_watched(),
            watches=self._watches,
            history=tuple(run.history),
            augmented=bool(augmentation(run.hyperparameters, active.split)),
            stopped=active.stopped,
            message=self.message,
            can_go_on=bool(runs.unfinished and files.checkpoints and not active.begun),
            can_undo=pending.can_undo,
            way_back=active.way_back,
            earlier=runs.earlier,
            unsaved=files.unsaved,
            in_danger=files.in_danger is not None,
            about_data=facts_of(
                files.data, pending, self._hidden is files.data, is_own(Path(files.source))
            ),
            loading=self.loading,
            correcting=self.correcting,
            corrected=self.corrected(),
            download=self.download,
            second=tuple(active.curves.second),
            second_name=active.split.second.name if active.split.second else "",
        )

    def _seconds_left(self) -> float | None:
        """As the run knows it, or by the rate that a person chose; None while that changes."""
        active = self._runs.active
        rate = self._throttle.rate(active.number)
        if rate is None or active.state not in ("training", "paused"):
            return active.seconds_left
        if self._throttle.is_rising(active.number):
            return None
        to_do = max(active.run.hyperparameters.epochs - active.run.position, 0.0)
        return max(to_do * active.run.batches / rate, active.seconds_left or 0.0)

    def _predict_watched(self) -> Prediction:
        active = self._runs.active
        validation = active.split.validation
        self._watched %= len(validation)
        outputs = active.run.network.predict(validation.pixels[self._watched])
        return Prediction(self._watched, tuple(outputs.tolist()))


def in_a_sentence(error: Exception) -> str:
    """What went wrong, for a person; errors without a message are named, or explained."""
    is_bare = isinstance(error, MemoryError) and (not str(error) or "allocate" in str(error))
    if is_bare and isinstance(error, MemoryError):
        return sentence(error)
    return str(error) or type(error).__name__


def _nothing() -> Corrected | None:
    """Before anything can be corrected."""
    return None


def _ignore(_report: Report) -> None:
    """The listener before there is one."""
