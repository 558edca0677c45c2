"""A training session: a series of runs and the thread that trains them, without a screen.

Every public method posts a request (start, pause, change …), which the session's thread handles
between two events of the training loop. Listeners get `Report`s, which are immutable. So the
screen may fail or close at any moment and the run is unharmed.
"""

import shlex
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic

from engine.data.dataset import DataSet
from engine.data.published import Published
from engine.errors import EngineError, SaveError
from engine.nn.arrays import Bytes
from engine.training.hyperparameters import Hyperparameters
from numrec_tui.history.recorder import Recorder
from numrec_tui.session.aside import Begun, SettingsFor
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.report import Download, NetworkView, Report, RunView
from numrec_tui.session.trainer import Trainer
from numrec_tui.storage.checkpoints import RETRY
from numrec_tui.storage.own_set_files import whole
from numrec_tui.storage.published_sets import bring, missing

BETWEEN_REPORTS = 0.25
"""Seconds between two reports of a download."""


class Session:
    """Trains in its own thread; every public method may be called from any thread."""

    def __init__(self, config: SessionConfig) -> None:
        self._trainer = Trainer(config)
        self._requests: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._unanswered: deque[Callable[[], None]] = deque()
        """The requests in the queue, and the one that is being handled."""
        self.watches = 0
        """How often another digit was asked for; a report tells how many of these it knows."""
        self._loading: object | None = None
        """The latest request for other data, while they are being loaded."""
        self._correction = threading.Event()
        """Set to cancel the latest correction."""
        self._closing = False
        self._abandoned = False
        self.recorder.on_number = lambda: self._post(self._trainer.reporter.report)
        self._trainer.files.on_news = lambda: self._post(self._trainer.saver.report_news)
        self._thread = threading.Thread(target=self._work, name="training", daemon=True)
        self._thread.start()

    @property
    def recorder(self) -> Recorder:
        """Writes the runs of this session into the history."""
        return self._trainer.files.recorder

    @property
    def busy(self) -> str | None:
        """What is still to be done of what was requested; None if nothing is.

        Training does not count: requests are handled between two batches.
        """
        count = len(self._unanswered)
        if not self._thread.is_alive():
            return None
        if count:
            return f"{count} requests to be carried out"
        return "data to be loaded" if self._loading is not None else None

    # Requests; each returns at once.

    def listen(self, listener: Callable[[Report], None]) -> None:
        """Hand every report from now on to `listener`, beginning with one at once."""
        self._post(lambda: self._trainer.listen(listener))

    def start(self) -> None:
        """Train, or go on."""
        self._post(self._trainer.start)

    def pause(self) -> None:
        """Pause after the current batch; `start` goes on."""
        self._post(self._trainer.pause)

    def toggle(self) -> None:
        """Pause while training, else start."""
        self._post(self._trainer.toggle)

    def step(self) -> None:
        """Train one batch, then pause."""
        self._post(self._trainer.step)

    def change_rate(self, faster: bool) -> None:
        """Train more batches a second, up to full speed, or fewer, down to one."""
        self._post(lambda: self._trainer.change_rate(faster))

    def full_speed(self) -> None:
        """Train as many batches a second as there can be."""
        self._post(self._trainer.full_speed)

    def turn(self, name: str, up: bool) -> None:
        """Change a setting by one step, as `change` does."""
        self._post(lambda: self._trainer.settings.turn(name, up))

    def change(self, name: str, value: object) -> None:
        """Change a setting: at once where that is possible, else for the next run."""
        self._post(lambda: self._trainer.settings.change(name, value))

    def use_preset(self, name: str) -> None:
        """Take every setting from a preset, as `use` does."""
        self._post(lambda: self._trainer.settings.use_preset(name))

    def use(self, settings: Hyperparameters) -> None:
        """Replace all settings of the next run, or of this one if it has not begun."""
        self._post(lambda: self._trainer.settings.use(settings))

    def undo(self) -> None:
        """Undo the last change of the settings."""
        self._post(self._trainer.settings.undo)

    def mend(self, repair: str) -> None:
        """Save this run and begin a new one on repaired images. repair: "invert" or "scale"."""
        self._post(lambda: self._trainer.renew_on_repaired(repair))

    @property
    def source(self) -> str:
        """The name of the data that runs learn from now, as `--data` takes it."""
        return self._trainer.files.source

    @property
    def score_on(self) -> str:
        """The name of the set that is scored beside the validation; empty if none is."""
        return self._trainer.files.score_on

    def learn_from(
        self, names: str, keep_network: bool = False, score_on: str = "", download: bool = False
    ) -> None:
        """Load data, in a thread of their own; then save this run and begin a new one on them.

        Of several that are being loaded those asked for last count.
        names: as `--data` takes them. keep_network: whether it begins with this run's network.
        score_on: the set that is scored beside the validation; empty for none.
        download: whether published sets that are not here are downloaded.
        """
        self._loading = request = object()
        self._post(lambda: self._trainer.report_loading(names))
        wanted = missing(",".join(filter(None, (names, score_on)))) if download else []
        work = partial(self._load, request, names, keep_network, score_on, wanted)
        threading.Thread(target=work, name="load-data", daemon=True).start()

    def cancel_loading(self) -> None:
        """Load no data, and download none, if they are being loaded; what is here stays."""
        if self._loading is not None:
            self._loading = None
            self._post(self._trainer.stop_loading)

    def _load(
        self,
        request: object,
        names: str,
        keep_network: bool,
        score_on: str,
        wanted: Sequence[Published],
    ) -> None:
        """Load data while the session goes on; what comes of it is handled in its thread."""
        try:
            for published in wanted:
                self._download(request, published)
            source = whole(names)
            data = self._trainer.runs.load(source, whole(score_on) if score_on else "")
            begin = partial(self._trainer.learn_from, data, source, keep_network)
        except Exception as error:  # noqa: BLE001 - it is reported as that of any request
            begin = partial(_raise, error)

        def finish() -> None:
            if request is self._loading:
                self._loading = None
                self._trainer.reporter.end_loading()
                begin()

        self._post(finish)

    def _load_nothing(self, then: Callable[..., None], *arguments: object) -> None:
        """Do something in place of what is being loaded: what was asked for last counts."""
        self._loading = None
        self._trainer.reporter.end_loading()
        then(*arguments)

    def _download(self, request: object, published: Published) -> None:
        """Bring a set; how far it is is reported now and then."""
        reported = 0.0

        def report(done: int, _total: int | None, _name: str) -> None:
            nonlocal reported
            if monotonic() - reported >= BETWEEN_REPORTS:
                reported = monotonic()
                self._post(partial(show, Download(published.name, done, published.size)))

        def show(download: Download) -> None:
            if request is self._loading:
                self._trainer.report_download(download)

        bring(published, report, lambda: request is not self._loading or self._closing)

    def take_up(self, data: DataSet, source: str) -> None:
        """Learn from a set of one's own as it is now: the run goes on, or a new one begins.

        source: the folder of the set.
        """

        self._post(lambda: self._load_nothing(self._trainer.take_up, data, source))

    def hide_doubts(self) -> None:
        """Report the doubts about these data as hidden."""
        self._post(self._trainer.reporter.hide_doubts)

    def renew(self) -> None:
        """Save this run and begin a new one with the settings as they are now."""
        self._post(self._trainer.renew)

    def fork(self, at: int | None = None) -> None:
        """Save this run and go on with a copy of it that has the settings as they are now.

        at: the checkpoint to begin from, by the epochs finished there; None for the run as it is.
        """
        self._post(lambda: self._trainer.fork(at))

    def go_on(self) -> None:
        """Resume the unfinished run of an earlier session, and train."""
        self._post(self._trainer.resume)

    def rescue(self) -> None:
        """Go back to the last healthy epoch with half the rate of that time, and train."""
        self._post(self._trainer.rescue)

    def experiment(
        self,
        settings_for: SettingsFor,
        source: str,
        score_on: str,
        begun: Begun,
    ) -> None:
        """Set the run aside, unless one is already, and begin a run of an experiment.

        settings_for: its settings, made from the person's. source, score_on: names of data; an
        empty source is that of now, an empty score_on none. begun: called in the session's
        thread with which of its runs that is and the name of its data; with None if it fails.
        """
        self._post(lambda: self._load_nothing(self._trainer.experiment, settings_for, source,
                                              score_on, begun))  # fmt: skip

    def leave_experiment(self, stay: bool = False) -> None:
        """Bring back the run that was set aside; or stay with that of the experiment."""
        self._post(lambda: self._load_nothing(self._trainer.leave_experiment, stay))

    def correct(self, picture: Bytes, label: int) -> None:
        """Teach the network what a drawing is, by some seconds of training on it; pauses.

        picture (rows, columns): of the size of the data. label: its class.
        """
        self._correction = request = threading.Event()
        self._post(lambda: self._trainer.corrector.correct(picture, label, request.is_set))

    def cancel_correction(self) -> None:
        """End the correction under way, or that is to come; the network is as it was before."""
        self._correction.set()

    def take_back_correction(self) -> None:
        """Undo the last correction: the network is bit for bit as it was before."""
        self._post(self._trainer.corrector.take_back)

    def watch(self, index: int) -> None:
        """Report from now on the prediction for validation digit `index`."""
        self.watches += 1
        self._post(lambda: self._trainer.reporter.watch(index))

    def look(self, callback: Callable[[NetworkView], None]) -> None:
        """Call `callback` with a copy of the network, in the session's thread."""
        self._post(lambda: callback(self._trainer.active.view()))

    def look_at_run(self, callback: Callable[[RunView], None]) -> None:
        """Call `callback` with a copy of the run between two batches, in the session's thread."""
        self._post(lambda: callback(self._trainer.active.run_view()))

    def save(self) -> None:
        """Write the model to its file in the models folder."""
        self._post(self._trainer.saver.save_and_report)

    def move(self, folder: Path) -> None:
        """Save this run and later ones in another folder."""
        self._post(lambda: self._trainer.saver.move(folder))

    def ask_to_leave(self, callback: Callable[[str | None], None]) -> None:
        """Pause, save, and call `callback` with why something would be lost by closing.

        It is called in the session's thread; with None if nothing would be lost.
        """
        if self._thread.is_alive():
            self._post(lambda: callback(self._trainer.pause_and_save()))
        else:
            callback(None)

    def abandon(self) -> None:
        """Let closing discard what cannot be saved, instead of writing it elsewhere."""
        self._abandoned = True

    def close(self, patience: float = 10.0) -> str | None:
        """Stop after the current batch, save, and end the thread.

        patience: seconds to wait for the thread, which usually needs a few milliseconds.
        Returns where the run was saved, whether it can go on, and what its record lacks;
        None if there was nothing to save.

        Raises:
            SaveError: what was learned could not be saved; it says where it is instead.
        """
        self.cancel_correction()
        self._post(self._close)
        self._thread.join(patience)
        trainer, files = self._trainer, self._trainer.files
        with suppress(EngineError):
            files.save(trainer.run)  # again, if the thread could not; else this does nothing
        if not self._thread.is_alive():  # else the run may just be changing
            files.keep(trainer.run, wait=True)
        if files.in_danger and not self._abandoned:
            raise SaveError(files.put_elsewhere(trainer.run))
        missing = files.recorder.missing
        file = files.file
        if not file.saved:
            return " ".join(filter(None, (file.note, missing))) or None
        return f"Saved to {file.path}{self._how_to_go_on()}" + "".join(
            f". {more.removesuffix('.')}" for more in (file.note, missing) if more
        )

    def _how_to_go_on(self) -> str:
        trainer = self._trainer
        kept = trainer.files.kept_in
        if kept is None or trainer.state not in ("training", "paused"):
            return ""
        if trainer.files.has_moved:
            return f"; numrec-tui --resume {shlex.quote(str(kept))} goes on"
        return "; the next start offers to go on"

    # The session's thread.

    def _post(self, request: Callable[[], None]) -> None:
        self._unanswered.append(request)  # first: a signal may come in between
        self._requests.put(request)
        self._trainer.run.hurry = True  # so that it is handled after the current batch

    def _work(self) -> None:
        trainer = self._trainer
        try:
            while not self._closing:
                trainer.run.hurry = False  # first: a request from now on sets it again
                for request in self._pending():
                    self._handle(request)
                if trainer.state == "training" and not self._closing and not trainer.wait:
                    trainer.advance()
        finally:
            trainer.end()

    def _close(self) -> None:
        self._closing = True

    def _handle(self, request: Callable[[], None]) -> None:
        """Handle a request; an error is reported, and the session goes on as before."""
        try:
            request()
        except Exception as error:  # noqa: BLE001 - whatever it is, the session goes on
            self._trainer.reporter.report_error(error)
        finally:
            self._unanswered.popleft()

    def _pending(self) -> Iterator[Callable[[], None]]:
        """The requests in the queue; waits for the first one until there is something to train."""
        trainer = self._trainer
        if trainer.state != "training":
            try:
                yield self._requests.get(timeout=RETRY if trainer.files.unsaved else None)
            except Empty:
                trainer.saver.try_again()
                return
        elif seconds := trainer.wait:
            with suppress(Empty):
                yield self._requests.get(timeout=seconds)
        while True:
            try:
                yield self._requests.get_nowait()
            except Empty:
                return


def _raise(error: Exception) -> None:
    raise error
