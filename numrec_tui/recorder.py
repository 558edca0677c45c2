"""Records runs while they are trained: called between two events, it never raises and never waits.

What is to be written is gathered, and written about once a second by a thread that lives as long
as there is something to write.
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
from engine.training.events import EpochDone, Event, Progress, Started, Stopped
from engine.training.run import Change, Run, began_with
from numrec_tui.history import History, PastRun
from numrec_tui.model_file import PROGRAM

GAP = 1.0
"""Seconds in which what is to be written is gathered."""

AFTER_A_FAILURE = 10.0
"""Seconds until the next attempt."""

PATIENCE = 6.0
"""Seconds that `close` waits at most: a little longer than the history waits for others."""


@dataclass(eq=False)
class _Page:
    """One run: what was told of it, and what of that is still to be written."""

    run: PastRun
    goes_on: bool
    epochs: list[EpochDone]
    changes: tuple[Change, ...] = ()
    key: str = field(default_factory=lambda: uuid4().hex)
    found: bool = False
    """Whether it was looked up what a run that goes on is known by."""
    over: bool = False
    noted: bool = False
    """Whether it has learned something, so that it belongs in the history."""
    number: int | None = None
    """What it is called in the history, once that is known."""


class Recorder:
    """Writes runs into a history, one after the other; without a history it does nothing.

    Its methods are to be called by the thread that trains.
    gap: seconds in which what is to be written is gathered.
    """

    def __init__(self, history: History | None, gap: float = GAP) -> None:
        self.problem: str | None = None
        """What a person should know: nothing can be written, or a damaged file was set aside."""
        self.id: int | None = None
        """The number of the run in the history, once it is there."""
        self.on_number: Callable[[], None] = _nobody
        """Called in another thread when the run's number has become known."""
        self._history = history
        self._gap = gap
        self._page: _Page | None = None
        self._pages: list[_Page] = []
        """Those of which something is to be written."""
        self._guard = threading.Lock()
        self._hurry = threading.Event()
        self._writer: threading.Thread | None = None
        self._not_before = 0.0

    def number_of(self, count: int) -> int:
        """What the run is called: by the history, as soon as it is there; until then 0.

        count: which of the session's runs it is; its number where there is no history.
        """
        return count if self._history is None else self.id or 0

    def begin(self, run: Run, data_name: str, model: Path, checkpoints: Path | None = None) -> None:
        """From now on this run is recorded; once it has learned something, it is in the history.

        A run that goes on continues its record. A fork has learned already, so it is there at once.
        model: where it is saved. checkpoints: the folder of its own, if it is there already.
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
        """Note what an event tells of the run.

        checkpoints: the folder of its own, which is made only once there is something to keep.
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

    def close(self, run: Run, checkpoints: Path | None = None, patience: float = PATIENCE) -> None:
        """Write all that is left, and end the record.

        checkpoints: as for `take_in`.
        patience: seconds to wait, for a slow disk or for others who write.
        """
        page = self._page
        with self._guard:
            if page is not None and not page.over:
                where = page.run.checkpoints or (_whole(checkpoints) if checkpoints else None)
                page.run = replace(page.run, checkpoints=where)
                if page.noted:
                    self._note(page, run)
                page.over = True
        end = monotonic() + patience
        self._hurry.set()
        for _ in range(2):  # a second time: the first may have failed, and set a damaged file aside
            self._not_before = 0.0
            writer = self._arrange()
            if writer is not None:
                writer.join(max(end - monotonic(), 0))
        self._hurry.clear()

    def _note(self, page: _Page, run: Run) -> None:
        """Have the run written as it is now."""
        page.noted = True
        self._fill(page, run)

    def _fill(self, page: _Page, run: Run) -> None:
        """Take down what the run is now, and have its page looked at."""
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
        """Have what waits written; returns the thread that does it, if there is one."""
        with self._guard:
            due = bool(self._pages) and monotonic() >= self._not_before
            if self._writer is None and due:
                self._writer = threading.Thread(target=self._write_all, name="history", daemon=True)
                self._writer.start()
            return self._writer

    def _write_all(self) -> None:
        """Write what waits until nothing does; runs in a thread of its own."""
        failed = False
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
            try:
                self._write(page, run, epochs, changes)
            except Exception as error:  # noqa: BLE001 - no reason to stop learning
                failed = True
                self.problem = (
                    str(error) if isinstance(error, HistoryError) else f"Not recorded: {error}"
                )
                with self._guard:
                    page.epochs = epochs + page.epochs
                    if page not in self._pages:
                        self._pages.insert(0, page)
                    self._not_before = monotonic() + AFTER_A_FAILURE
                    self._writer = None

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
        self.problem = history.set_aside


def _nobody() -> None:
    """Is told nothing."""


def _whole(path: Path) -> str:
    with suppress(OSError):
        return str(path.absolute())
    return str(path)
