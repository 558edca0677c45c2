"""The runs of the history as the mode shows them, read and changed in threads."""

from collections.abc import Callable
from dataclasses import dataclass

from textual import on, work
from textual.message import Message
from textual.widget import Widget

from engine.errors import EngineError
from engine.training.changes import Change
from numrec_tui import clock
from numrec_tui.history.history import EpochScores, History, PastRun

MOST_DRAWN = 8
"""Runs whose curves are drawn side by side."""

MOST_EPOCHS = 5000
"""Epochs of runs that are kept in memory, about a megabyte; of what may be drawn, all of them."""

SECONDS_BETWEEN_READS, SECONDS_UNTIL_RECORDED = 2.0, 1.2
"""At least; and from the end of an epoch until it is in the history."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What was read of one run; it holds as long as the run was not written again."""

    ended: float
    scores: tuple[EpochScores, ...]
    changes: tuple[Change, ...]


class RunStore(Widget):
    """Caches the runs of the history, and the curves of those that were asked for.

    Nothing of it is drawn; threads only post messages.
    """

    DEFAULT_CSS = "RunStore { display: none; }"

    @dataclass
    class Listed(Message):
        """The runs were read."""

        runs: list[PastRun]

    @dataclass
    class Detailed(Message):
        """The curves of some runs were read."""

        details: dict[int, Detail]

    @dataclass
    class Done(Message, bubble=False):
        """The history was changed, or something failed."""

        sentence: str
        failed: bool = False

    def __init__(self, history: History) -> None:
        super().__init__()
        self.history = history
        self.runs: list[PastRun] = []
        """All runs, as read last."""
        self.details: dict[int, Detail] = {}
        """By the number of the run; those read last come last."""
        self._stamp: object = None
        self._read_at = 0.0
        self._reading_is_due = False

    def has_details(self, run: PastRun) -> bool:
        """Whether the curves of a run are cached as they are in the history."""
        known = self.details.get(run.id)
        return known is not None and known.ended == run.ended

    def read_soon(self) -> None:
        """Read the runs once an epoch that has just ended is recorded."""
        if not self._reading_is_due:
            self._reading_is_due = True
            since = clock.current.now() - self._read_at
            wait = max(SECONDS_BETWEEN_READS - since, SECONDS_UNTIL_RECORDED)
            clock.current.call_later(self, wait, self.read)

    @work(thread=True, exclusive=True, group="read", description="read")
    def read(self) -> None:
        """Read the runs, if the history has changed."""
        self._reading_is_due, self._read_at = False, clock.current.now()
        stamp = self.history.stamp()
        if stamp == self._stamp:
            return
        self._stamp = stamp  # and if it cannot be read, that is said once
        try:
            runs = self.history.runs()
        except EngineError as error:
            self.post_message(self.Done(str(error), failed=True))
            return
        for run in runs:
            _ = run.words  # put together here, so that the first filter does not wait for them
        self.post_message(self.Listed(runs))

    @work(thread=True, group="details", description="details")
    def read_details(self, runs: list[PastRun]) -> None:
        """Read the curves and changes of some runs."""
        history = self.history
        try:
            details = {
                run.id: Detail(run.ended, history.scores(run.id), history.changes(run.id))
                for run in runs
            }
        except EngineError as error:
            self.post_message(self.Done(str(error), failed=True))
        else:
            self.post_message(self.Detailed(details))

    @work(thread=True, group="write", description="write")
    def change(self, function: Callable[[], str | None], sentence: str = "") -> None:
        """Call a function that uses the history; then show what it returns, or the sentence."""
        try:
            self.post_message(self.Done(function() or sentence))
        except (EngineError, OSError) as error:
            self.post_message(self.Done(str(error), failed=True))

    @on(Listed)
    def _take_runs(self, message: Listed) -> None:
        self.runs = message.runs

    @on(Detailed)
    def _take_details(self, message: Detailed) -> None:
        for number, detail in message.details.items():
            self.details.pop(number, None)  # what was read last comes last
            self.details[number] = detail
        self._drop_details()

    def _drop_details(self) -> None:
        """Drop what was read first while there is too much; it can be read again."""
        epochs = sum(map(_size, self.details.values()))
        for number, detail in list(self.details.items())[:-MOST_DRAWN]:
            if epochs > MOST_EPOCHS:
                epochs -= _size(detail)
                del self.details[number]

    @on(Done)
    def _notify(self, message: Done) -> None:
        if message.sentence:
            self.notify(message.sentence, severity="error" if message.failed else "information")
        self.read()


def _size(detail: Detail) -> int:
    """The memory that the curves and changes of a run take, in epochs."""
    return 10 + len(detail.scores) + len(detail.changes)
