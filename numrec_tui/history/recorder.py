"""Records runs while they are trained: called between two events, it never raises and never waits.

Changes are collected, and written about once a second by a thread that runs as long as there is
something to write.
"""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic, time
from uuid import uuid4

from engine.errors import HistoryError
from engine.plural import counted
from engine.training.changes import Change, began_with
from engine.training.events import EpochDone, Event, Progress, Started, Stopped
from engine.training.run import Run
from numrec_tui.history.history import History, PastRun
from numrec_tui.storage.model_file import PROGRAM

GAP = 1.0
"""Seconds between two writes."""

AFTER_A_FAILURE = 10.0
"""Seconds until the next attempt."""

PATIENCE = 1.0
"""Seconds that `close` waits at most; what is not written by then is reported as missing."""


@dataclass(eq=False)
class _Page:
    """The record of one run, and the part of it that is still to be written."""

    run: PastRun
    goes_on: bool
    epochs: list[EpochDone]
    changes: tuple[Change, ...] = ()
    key: str = field(default_factory=lambda: uuid4().hex)
    found: bool = False
    """Whether the key of a resumed run was looked up."""
    over: bool = False
    noted: bool = False
    """Whether it has been trained, so that it belongs in the history."""
    number: int | None = None
    """Its number in the history, once that is known."""


class Recorder:
    """Writes runs into a history, one after the other; without a history it does nothing.

    Its methods are to be called by the training thread. gap: seconds between two writes.
    """

    def __init__(self, history: History | None, gap: float = GAP) -> None:
        self.problem: str | None = None
        """A message: nothing can be written, or a damaged file was renamed."""
        self.failure: str | None = None
        """Why the last attempt to write failed; it is repeated."""
        self.id: int | None = None
        """The number of the run in the history, once it is known."""
        self.on_number: Callable[[], None] = _ignore
        """Called in another thread when the run's number has become known."""
        self.on_failure: Callable[[], None] = _ignore
        """Called in another thread when an attempt to write has failed."""
        self._history = history
        self._gap = gap
        self._page: _Page | None = None
        self._pages: list[_Page] = []
        """Those with something to write."""
        self._under_way: list[_Page] = []
        """The one that is being written."""
        self._guard = threading.Lock()
        self._hurry = threading.Event()
        self._writer: threading.Thread | None = None
        self._not_before = 0.0

    def number_of(self, count: int) -> int:
        """The number of the run in the history; 0 until it is known.

        count: which of the session's runs it is; its number where there is no history.
        """
        return count if self._history is None else self.id or 0

    def begin(self, run: Run, data_name: str, model: Path, checkpoints: Path | None = None) -> None:
        """Make this run the current one; it is written once it has been trained.

        A resumed run continues its record. A fork has been trained already, so it is written at
        once. model: its path. checkpoints: the folder of the run, if it exists already.
        """
        self._page, self.id = None, None
        if self._history is None:
            return
        now = time()
        past = PastRun(
            id=0, name="", note="", begun=now, ended=now, program=PROGRAM, data=data_name,
            network="-".join(map(str, run.network.sizes)), optimizer="", learning_rate=0.0, seed=0,
            parameters=int(run.network.theta.size), processes="", epochs=run.epoch,
            seconds=run.seconds, best=None, final=None, test=None, reason=None,
            model=_whole(model), checkpoints=_whole(checkpoints) if checkpoints else None,
            settings="",
        )  # fmt: skip
        self._page = _Page(past, goes_on=run.position > 0, epochs=list(run.history))
        if self._page.goes_on:
            with self._guard:
                self._fill(self._page, run)
            self._arrange()

    def take_in(self, run: Run, event: Event, checkpoints: Path | None = None) -> None:
        """Add an event to the record.

        checkpoints: the folder of the run, which is made with its first checkpoint.
        """
        page = self._page
        if page is None or page.over or isinstance(event, Started):
            return
        if isinstance(event, Progress) and page.noted and page.run.reason is None:
            return  # the figures of whole epochs are enough
        with self._guard:
            if isinstance(event, EpochDone):
                page.epochs.append(event)
            reason = event.reason if isinstance(event, Stopped) else None
            test = event.test.accuracy if isinstance(event, Stopped) and event.test else None
            where = page.run.checkpoints or (_whole(checkpoints) if checkpoints else None)
            page.run = replace(page.run, reason=reason, test=test, checkpoints=where)
            self._note(page, run)
        self._arrange()

    def note_changes(self, run: Run) -> None:
        """Write the run as it is now: something was changed without an event."""
        page = self._page
        if page is None or page.over:
            return
        with self._guard:
            self._note(page, run)
        self._arrange()

    @property
    def missing(self) -> str | None:
        """What of the runs is not in the history, in a sentence; None if all of it is."""
        with self._guard:
            waiting = [page for page in (*self._pages, *self._under_way) if page.noted]
            if not waiting:
                return None
            epochs = sum(len(page.epochs) for page in waiting)
        runs = {page.key for page in waiting}
        run = "The run is" if len(runs) == 1 else counted(len(runs), "run is", "runs are")
        if any(page.number is not None for page in waiting):
            run = f"What came last ({counted(epochs, 'epoch')}, the end) is"
        why = self.failure or "Somebody else keeps it busy."
        return f"{run} not in the history: {why}"

    def try_again(self) -> None:
        """Write what could not be written, if the last attempt was some time ago."""
        self._arrange()

    def close(
        self, run: Run, checkpoints: Path | None = None, patience: float | None = None
    ) -> None:
        """Write all that is left, and end the record.

        checkpoints: as for `take_in`.
        patience: seconds to wait, for a slow disk or for others who write; None is `PATIENCE`.
        """
        page = self._page
        with self._guard:
            if page is not None and not page.over:
                where = page.run.checkpoints or (_whole(checkpoints) if checkpoints else None)
                page.run = replace(page.run, checkpoints=where)
                if page.noted:
                    self._note(page, run)
                page.over = True
        end = monotonic() + (PATIENCE if patience is None else patience)
        self._hurry.set()
        for _ in range(2):  # a second time: the first may have failed, and set a damaged file aside
            self._not_before = 0.0
            writer = self._arrange()
            if writer is not None:
                writer.join(max(end - monotonic(), 0))
        self._hurry.clear()

    def _note(self, page: _Page, run: Run) -> None:
        """Schedule the run to be written as it is now."""
        page.noted = True
        self._fill(page, run)

    def _fill(self, page: _Page, run: Run) -> None:
        """Copy the state of the run to its page, and schedule that."""
        settings, changes = run.used()
        ended_with = settings.model_dump(mode="json")
        page.run = replace(
            page.run,
            ended=time(),
            optimizer=settings.optimizer,
            learning_rate=settings.learning_rate,
            seed=settings.seed,
            processes=str(settings.processes),
            epochs=run.epoch,
            seconds=run.seconds,
            final=run.validation_accuracy,
            settings=json.dumps(ended_with),
            began_with=json.dumps(began_with(ended_with, changes)),
        )
        page.changes = changes
        if page not in self._pages:
            self._pages.append(page)

    def _arrange(self) -> threading.Thread | None:
        """Start the writer if something is due; returns it, if there is one."""
        with self._guard:
            due = bool(self._pages) and monotonic() >= self._not_before
            if self._writer is None and due:
                self._writer = threading.Thread(target=self._write_all, name="history", daemon=True)
                self._writer.start()
            return self._writer

    def _write_all(self) -> None:
        """Write pages until there are none; runs in its own thread."""
        failed = mended = False
        while not failed:
            if all(page.number is not None for page in self._pages):  # else it is to be known soon
                self._hurry.wait(self._gap)
            with self._guard:
                if not self._pages:
                    self._writer = None
                    return
                page = self._pages.pop(0)
                run, epochs, changes = page.run, page.epochs, page.changes
                page.epochs = []
                self._under_way = [replace(page, epochs=epochs)]
            try:
                self._write(page, run, epochs, changes)
                self._under_way = []
            except Exception as error:  # noqa: BLE001 - no reason to stop training
                self._under_way = []
                set_aside = self._history is not None and self._history.set_aside == str(error)
                failed, mended = not set_aside or mended, set_aside  # into a new file at once
                if not failed:
                    self.problem = str(error)
                    self._put_back(page, epochs)
                    continue
                self.failure = self.problem = (
                    str(error) if isinstance(error, HistoryError) else f"Not recorded: {error}"
                )
                self._put_back(page, epochs)
                with self._guard:
                    self._not_before = monotonic() + AFTER_A_FAILURE
                    self._writer = None
                self.on_failure()

    def _put_back(self, page: _Page, epochs: list[EpochDone]) -> None:
        """Schedule what could not be written for the next attempt."""
        with self._guard:
            page.epochs = epochs + page.epochs
            if page not in self._pages:
                self._pages.insert(0, page)

    def _write(
        self, page: _Page, run: PastRun, epochs: list[EpochDone], changes: tuple[Change, ...]
    ) -> None:
        history = self._history
        if history is None:
            return
        before = page.number
        if page.goes_on and not page.found:
            known = history.key_of(run.model, run.checkpoints)
            if known is not None:
                page.key, page.number = known, history.number_of(known)
            page.found = True
        if page.noted or page.number is None:
            page.noted = True
            page.number = history.write(page.key, run, epochs, changes)
        else:  # it has learned nothing more since it was left
            with self._guard:
                page.epochs = epochs + page.epochs
        if page is self._page:
            self.id = page.number
        if page.number != before:
            self.on_number()
        self.failure, self.problem = None, history.set_aside


def _ignore() -> None:
    """The callback before one is set."""


def _whole(path: Path) -> str:
    with suppress(OSError):
        return str(path.absolute())
    return str(path)
