"""A mode over the history, which is read and written in threads that only post what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message

from engine.errors import EngineError
from engine.training.run import Change
from numrec_tui import clock
from numrec_tui.history import History, PastRun, Scores
from numrec_tui.screens.mode import ModeScreen
from numrec_tui.settings import history_file

if TYPE_CHECKING:
    from numrec_tui.session import Session

MOST_DETAILS = 300
"""Runs whose curves are kept in memory."""

SECONDS_BETWEEN_READS, SECONDS_UNTIL_RECORDED = 2.0, 1.2
"""At least; and from the end of an epoch until it is in the history."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What was read of one run; it holds as long as the run was not written again."""

    ended: float
    scores: tuple[Scores, ...]
    changes: tuple[Change, ...]


class HistoryScreen(ModeScreen):
    """Knows the runs of the history, and the curves of those that were asked for."""

    @dataclass
    class Listed(Message):
        """The history was read."""

        runs: list[PastRun]

    @dataclass
    class Detailed(Message):
        """The curves of some runs were read."""

        details: dict[int, Detail]

    @dataclass
    class Told(Message):
        """Something was done with the history, or failed."""

        sentence: str
        failed: bool = False

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._history = History(history_file())
        self._stamp: object = None
        self._read_at = 0.0
        self._reading_is_due = False
        self._runs: list[PastRun] = []
        self._details: dict[int, Detail] = {}

    def show_runs(self) -> None:
        """Show the runs, which were read again."""

    def show_details(self) -> None:
        """Show curves that were read."""

    def _knows(self, run: PastRun) -> bool:
        known = self._details.get(run.id)
        return known is not None and known.ended == run.ended

    def _read_soon(self) -> None:
        if not self._reading_is_due:
            self._reading_is_due = True
            since = clock.current.now() - self._read_at
            wait = max(SECONDS_BETWEEN_READS - since, SECONDS_UNTIL_RECORDED)
            clock.current.call_later(self, wait, self._read)

    @work(thread=True, exclusive=True, group="read", exit_on_error=False, description="read")
    def _read(self) -> None:
        self._reading_is_due, self._read_at = False, clock.current.now()
        stamp = self._history.stamp()
        if stamp == self._stamp:
            return
        self._stamp = stamp  # and if it cannot be read, that is told once
        try:
            runs = self._history.runs()
        except EngineError as error:
            self.post_message(self.Told(str(error), failed=True))
            return
        for run in runs:
            _ = run.words  # put together here, so that the first filter does not wait for them
        self.post_message(self.Listed(runs))

    @work(thread=True, group="details", exit_on_error=False, description="details")
    def _read_details(self, runs: list[PastRun]) -> None:
        history = self._history
        try:
            details = {
                run.id: Detail(run.ended, history.scores(run.id), history.changes(run.id))
                for run in runs
            }
        except EngineError as error:
            self.post_message(self.Told(str(error), failed=True))
        else:
            self.post_message(self.Detailed(details))

    @work(thread=True, group="write", exit_on_error=False, description="write")
    def _do(self, what: Callable[[], str | None], sentence: str = "") -> None:
        """Do something with the history, and say the sentence, or the one that it returns."""
        try:
            self.post_message(self.Told(what() or sentence))
        except (EngineError, OSError) as error:
            self.post_message(self.Told(str(error), failed=True))

    @on(Listed)
    def _take_runs(self, message: Listed) -> None:
        self._runs = message.runs
        self.show_runs()

    @on(Detailed)
    def _take_details(self, message: Detailed) -> None:
        if len(self._details) > MOST_DETAILS:
            self._details.clear()
        self._details.update(message.details)
        self.show_details()

    @on(Told)
    def _tell(self, message: Told) -> None:
        if message.sentence:
            self.notify(message.sentence, severity="error" if message.failed else "information")
        self._read()
