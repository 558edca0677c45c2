"""Trains the active run of a session: start, pause, step, and what to do with each event.

Only the training thread may call it, and nothing here waits for another thread.
"""

from collections.abc import Callable
from pathlib import Path

from engine.data.dataset import DataSet
from engine.data.mixture import with_repairs
from engine.errors import TeamError
from engine.models.model import Model
from engine.training.changes import OF_UPDATES, steering
from engine.training.events import Event, Progress, Started, Stopped, WorkersReplaced
from engine.training.growth import extend
from engine.training.run import Run, architecture
from engine.training.small_sets import size_of
from engine.training.threads import limit_threads
from numrec_tui.session import fork, growing
from numrec_tui.session.active_run import ActiveRun
from numrec_tui.session.aside import Aside, Begun, SettingsFor
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.corrector import Corrector
from numrec_tui.session.data_report import fitted_again
from numrec_tui.session.pending_settings import PendingSettings
from numrec_tui.session.report import Download, Report, State, point_seconds
from numrec_tui.session.reporter import Reporter, in_a_sentence
from numrec_tui.session.run_files import RunFiles
from numrec_tui.session.run_manager import RunManager
from numrec_tui.session.saver import Saver
from numrec_tui.session.settings_editor import SettingsEditor
from numrec_tui.session.throttle import Throttle
from numrec_tui.storage.own_set_files import is_own

OVER = (
    "This run is over; raise epochs or target accuracy to go on with it, or press r for a new one."
)
OVER_OWN = (
    "This run has learned what there is; draw more (3, m) and it goes on, or press r for a new one."
)


class Trainer:
    """Runs the training loop of the active run, and replaces that run on demand.

    Its parts have a subject each: `runs`, `settings`, `saver`, `reporter`,
    `corrector`, `aside`.
    """

    def __init__(self, config: SessionConfig) -> None:
        found = config.found
        settings = found.checkpoint.facts.hyperparameters if found else config.settings
        self._pending = PendingSettings(settings, config.preset)
        self.runs = RunManager(config)
        self.throttle = Throttle(config.gentle_start)
        self.reporter = Reporter(self.runs, self._pending, self.throttle)
        self.saver = Saver(self.runs, self.reporter)
        self.settings = SettingsEditor(self.runs, self._pending, self.reporter)
        self.corrector = Corrector(self.runs, self.reporter)
        self.aside = Aside(self.runs, self._pending, self.reporter, self.saver, config.aside)

    @property
    def files(self) -> RunFiles:
        """The files of the runs."""
        return self.runs.files

    @property
    def active(self) -> ActiveRun:
        """The run that is trained, and its state."""
        return self.runs.active

    @property
    def run(self) -> Run:
        """The run of the engine that is trained."""
        return self.runs.active.run

    @property
    def state(self) -> State:
        """The state of the active run."""
        return self.runs.active.state

    def listen(self, listener: Callable[[Report], None]) -> None:
        """Hand every report from now on to `listener`, and offer the unfinished run."""
        self.reporter.listen(listener)
        if self.runs.notice:
            self.reporter.message = self.runs.notice
            self.reporter.report()
        if found := self.runs.find_unfinished():
            self.reporter.message = f"A run was left: {found}. g goes on with it."
            self.reporter.report()

    # What begins, pauses and ends training.

    def start(self) -> None:
        """Train, or go on."""
        if self._can_train():
            self.active.state = "training"
        self.reporter.report()

    def pause(self) -> None:
        """Pause; `start` goes on."""
        if self.state == "training":
            self.active.state = "paused"
            self.files.keep(self.run)
            self.reporter.report()

    def toggle(self) -> None:
        """Pause while training, else start."""
        if self.state == "training":
            self.pause()
        else:
            self.start()

    def step(self) -> None:
        """Train one batch, then pause."""
        active = self.active
        if not self._can_train():
            self.reporter.report()
            return
        active.state = "training"
        while self.state == "training" and not isinstance(self.advance(stepping=True), Progress):
            pass
        if self.state == "training":
            active.state = "paused"
        active.curves.flush(active.run.position)
        self.files.keep(active.run)
        self.reporter.report()

    def change_rate(self, faster: bool) -> None:
        """Train more batches a second, or fewer."""
        self.throttle.change(self.active.number, faster)
        self.reporter.report()

    def full_speed(self) -> None:
        """Wait no longer between batches."""
        self.throttle.open()
        self.reporter.report()

    @property
    def wait(self) -> float:
        """Seconds until the next batch is due; 0 if it is."""
        return self.throttle.wait(self.active.number)

    def _can_train(self) -> bool:
        if self.active.go_on():
            return True
        if self.state == "finished":
            self.reporter.message = OVER_OWN if is_own(Path(self.files.source)) else OVER
        return False

    def end(self) -> None:
        """Save the run, and end the training loop."""
        self.saver.save()
        self.active.end_loop()
        self.files.close(self.run)

    def pause_and_save(self) -> str | None:
        """Pause and save, as the app is about to close; returns why that failed, else None."""
        self.pause()
        return self.saver.save_all()

    # What makes another run the active one.

    def renew(self) -> None:
        """Save this run and begin a new one with the pending settings."""
        if self.saver.save_or_warn():
            self.runs.begin(self._pending.settings, self.active.number + 1)
        self.reporter.report()

    def renew_on_repaired(self, repair: str) -> None:
        """Save this run and begin a new one on repaired images. repair: "invert" or "scale"."""
        source = with_repairs(self.files.source, [repair])
        self.learn_from(self.runs.load(source, self.files.score_on), source)

    def report_loading(self, names: str) -> None:
        """Report that data are being loaded. names: as they were asked for."""
        self.reporter.end_loading()
        self.reporter.loading = names
        self.reporter.report()

    def report_download(self, download: Download) -> None:
        """Report how far the download of these data is."""
        self.reporter.download = download
        self.reporter.report()

    def stop_loading(self) -> None:
        """Report that data are not being loaded any more, as somebody cancelled that."""
        self.reporter.end_loading()
        self.reporter.message = "Cancelled; nothing has changed."
        self.reporter.report()

    def learn_from(self, data: DataSet, source: str, keep_network: bool = False) -> None:
        """Save this run and begin a new one on other data.

        What nobody has chosen of the settings fits the new data. source: the name of the data.
        keep_network: whether the new run begins with the network of this one.

        Raises:
            EngineError: the data cannot be split, or the network does not fit them.
        """
        if self.saver.save_or_warn():
            before, settings = size_of(self.files.data), self._pending.settings
            if keep_network:
                settings = settings.changed(**architecture(self.run.network))
            settings = fitted_again(settings, self._pending.preset, before, size_of(data))
            kept = Model(self.run.network) if keep_network else None
            self.runs.begin_on(data, source, settings, kept)
            self._pending.put(settings, self._pending.preset, None)
        self.reporter.report()

    def take_up(self, data: DataSet, source: str) -> None:
        """Learn from a set of one's own as it is now; a run that was paused stays so.

        Where it has the same classes as before, the run goes on with it. With others a new one
        does, which begins with the same weights for those that stay. What was just corrected, or
        taken back, is not learned over again: the network stays as it is.

        Raises:
            EngineError: the data cannot be split, or the network would be too large.
        """
        self.throttle.end_gentle_start()  # who draws waits for the network
        paused = self.state == "paused" and self.files.source == source
        covered = self.corrector.covers(source)
        if growing.goes_on(self.runs, data, source):
            paused = paused or covered
            self.runs.go_on_with(data, source)
            if self.active.begun:
                extend(self.run, growing.planned(self.run, len(data.train)))
        elif self.saver.save_or_warn():
            settings = growing.settings_for(self._pending, size_of(self.files.data), data)
            kept = growing.kept(self.runs, data, source)
            if kept is not None:
                settings = settings.changed(**architecture(kept.network))
            self.runs.begin_on(data, source, settings, kept)
            self._pending.put(settings, self._pending.preset, None)
        else:
            paused = True
        if not paused and self.state not in ("diverged", "failed"):
            self.active.take_up()
        self.reporter.report()

    def fork(self, at: int | None = None) -> None:
        """Save this run and fork it with the pending settings.

        at: the epochs that were finished at the checkpoint to fork from; None for the run as it is.

        Raises:
            CheckpointError: there is no such checkpoint.
            SettingsError: a fork cannot have these settings.
        """
        active, settings = self.active, self._pending.settings
        if not active.begun or active.state == "failed":
            return
        origin = fork.origin(active, settings, at)
        if self.saver.save_or_warn():
            differ = self.runs.fork(origin, settings)
            of = self.runs.earlier[0].run
            self.reporter.message = fork.announcement(self.runs.number, of, differ, at)
            self.files.keep(self.run)
        self.reporter.report()

    def resume(self) -> None:
        """Train the unfinished run, if one was offered.

        Raises:
            EngineError: it has ended, is in use, or its data have changed.
        """
        settings = self.runs.resume_unfinished()
        if settings is not None:
            self._pending.reset(settings)
            self.reporter.message = self.runs.notice or None
            if self.runs.has_grown:
                extend(self.run, growing.planned(self.run, len(self.active.split.train)))
            self.start()

    def experiment(
        self,
        settings_for: SettingsFor,
        source: str,
        score_on: str,
        begun: Begun,
    ) -> None:
        """Set the run aside, unless one is already, and begin one of an experiment.

        settings_for: its settings, made from the person's.
        begun: called with which of the session's runs it is and the name of its data; with None
        if it cannot begin.

        Raises:
            EngineError: as `Aside.set_aside` and `Aside.begin`; the run before is active again.
        """
        first = not self.aside.is_used
        try:
            self.aside.set_aside()
            number = self.aside.begin(settings_for, source, score_on)
            begun(number, self.files.data.name)
        except Exception:
            if first:
                self.aside.bring_back()
            begun(None, "")
            raise
        finally:
            self.reporter.report()

    def leave_experiment(self, stay: bool) -> None:
        """Bring back what was set aside. stay: go on with the run of the experiment instead."""
        if stay:
            self.aside.stay()
        else:
            self.aside.bring_back()
        self.reporter.report()

    def rescue(self) -> None:
        """Go back to the last healthy epoch with half the rate of that time, and train."""
        settings = self.active.rescue()
        if settings is not None:
            self._pending.amend(**steering(settings), initializer=settings.initializer)
            self._pending.forget()  # the settings they hold are those that failed
            where = f"the end of epoch {self.run.epoch}" if self.run.epoch else "the first weights"
            rate = f"{settings.learning_rate:.3g}"
            self.reporter.message = f"Back to {where}, learning rate {rate}."
            self.start()

    # What the training loop yields.

    def advance(self, stepping: bool = False) -> Event | None:
        """Train until the next event, and handle it. stepping: for one batch."""
        active, reporter = self.active, self.reporter
        by_batch = stepping or self.throttle.rate(active.number) is not None
        often = min(active.gap, point_seconds(active.run.seconds))
        active.run.pace = 0.0 if by_batch else often
        try:
            event = active.advance(stepping)
        except TeamError as error:
            self._offer_fewer_processes(error)
            return None
        except Exception as error:  # noqa: BLE001 - a fault is shown; the run is kept and saved
            active.state = "failed"
            reporter.message = f"Training failed: {in_a_sentence(error)}"
            reporter.report()
            return None
        if isinstance(event, WorkersReplaced):
            self._report_replaced(event)
        if isinstance(event, Started) and active.run.hyperparameters.processes == "auto":
            reporter.message = f"Learned by {event.learned_by}."
            reporter.report()
        if isinstance(event, Progress):
            self.throttle.count_batch()
        if event is not None:
            self._handle(event)
        return event

    def _handle(self, event: Event) -> None:
        """Write what is due, and report if it is time."""
        active = self.active
        before = active.run.hyperparameters
        news = self.files.take_in(active.run, event)
        after = active.run.hyperparameters  # of a run that is over, without what came too late
        late = (name for name in OF_UPDATES if getattr(before, name) != getattr(after, name))
        active.deferred |= {name: getattr(before, name) for name in late}
        if isinstance(event, Stopped) and event.reason == "diverged":
            self.reporter.message = self.files.file.note
        elif isinstance(event, Stopped) and event.team:
            self.reporter.message = event.team
        self.saver.note(news)
        is_due = active.run.seconds - active.reported_at >= active.gap
        if isinstance(event, Progress) and self.throttle.is_report_due(active.number):
            active.curves.flush(active.run.position)
            is_due = True
        if is_due or news or isinstance(event, Stopped):
            self.reporter.report()

    def _report_replaced(self, event: WorkersReplaced) -> None:
        """Report lost workers; where fewer are left, later runs have as many."""
        self.reporter.message = str(event)
        if event.fewer:
            if isinstance(self._pending.settings.processes, int):
                self._pending.amend(processes=event.processes)
            limit_threads(self.run.hyperparameters.batch_size, spare=1)
        self.reporter.report()

    def _offer_fewer_processes(self, error: TeamError) -> None:
        """The worker pool cannot be started: pause, save, and lower the number of processes."""
        self.active.end_loop()
        self.active.state = "paused"
        before = self.run.hyperparameters.processes
        fewer = max(before - 1, 1) if isinstance(before, int) else 1
        self.run.lose_a_process(fewer)
        if self._pending.settings.processes == before:
            self._pending.amend(processes=fewer)
        limit_threads(self.run.hyperparameters.batch_size, spare=1)
        how_many = "one process" if fewer == 1 else f"{fewer} processes"
        if self.saver.save():
            saved = "Saved; space" if self.files.file.saved else "Space"
            self.reporter.message = f"{error} {saved} goes on with {how_many}."
        self.reporter.report()
