"""Watches the network while it is trained: whether it is healthy, and how it reads digits."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.message import Message
from textual.widget import Widget

from engine.data.dataset import Digits
from engine.nn.network import Network
from numrec_tui import clock
from numrec_tui.insight.health import Health, examine
from numrec_tui.insight.predictions import Predictions, read
from numrec_tui.session.report import NetworkView, Report

if TYPE_CHECKING:
    from numrec_tui.session.session import Session

MOST_BUSY = 0.02
"""The share of the time that looking may take; a large network is looked at less often."""

MOST_APART = 10
"""Batches between two looks that are compared, where there is no view right before the second:
over many batches steps cancel out, and their length is no longer that of one."""


class HealthWatch(Widget):
    """Has the network examined about once a second, in a thread; nothing of it is drawn.

    A copy of the network is compared with another one some batches later. count: how many
    validation digits are to be read at each look, from the first on.
    """

    DEFAULT_CSS = "HealthWatch { display: none; }"
    SECONDS_BETWEEN_LOOKS: ClassVar[float] = 1.0

    @dataclass
    class Viewed(Message, bubble=False):
        """A copy of the network as it is now."""

        view: NetworkView

    @dataclass
    class Examined(Message, bubble=False):
        """The result for a run; `seconds` of computing it took."""

        run: int
        health: Health
        predictions: Predictions | None
        seconds: float

    @dataclass
    class Found(Message):
        """The result for a run, with what is known of it from before."""

        run: int
        health: Health
        predictions: Predictions | None

    def __init__(self, session: "Session", count: Callable[[], int]) -> None:
        super().__init__()
        self._session = session
        self._count = count
        self._report: Report | None = None
        self._busy = False
        self._not_before = 0.0
        self._waiting: clock.Alarm | None = None
        self._looked_at: object = None
        """The run, its position and its settings at the last look."""
        self._first: NetworkView | None = None
        """The first of two views that are a few batches apart."""
        self._last: NetworkView | None = None
        self._moved: tuple[int, tuple[float, ...]] | None = None
        """The run, and how far its layers moved in a batch when that was last known."""

    @property
    def busy(self) -> str | None:
        """What it does; None while it does nothing."""
        return "looking at the network" if self._busy else None

    def follow(self, report: Report) -> None:
        """Look at the network when it is due, if the run has gone on."""
        self._report = report
        self.look_when_due()

    def look_when_due(self, again: bool = False) -> None:
        """Look now or later, if the run has gone on since the last time; `again`: even if not."""
        report = self._report
        if report is None:
            return
        if again:
            self._looked_at = None
        now = (report.run, report.position, report.running, report.changes)
        if self._busy or now == self._looked_at:
            return
        training = report.state == "training"
        wait = self._not_before - clock.current.now() if training else 0.0
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
        if wait > 0:
            self._waiting = clock.current.call_later(self, wait, self.look_when_due)
        else:
            self._busy, self._looked_at = True, now
            self._session.look(self._hand_on)

    def _hand_on(self, view: NetworkView) -> None:
        """Called in the session's thread, so it only posts a message."""
        self.post_message(self.Viewed(view.without_moments()))

    @on(Viewed)
    def _take_view(self, message: Viewed) -> None:
        view, first, report = message.view, self._first, self._report
        if report is None:
            return
        if first is None and report.state == "training":
            self._first = view
            self._session.look(self._hand_on)
            return
        before = first or self._last
        self._first, self._last = None, view
        apart = _batches_between(before, view, report.batches) if before is not None else 0
        near = apart > 0 and (first is not None or apart <= MOST_APART)
        close = before.network if before is not None and near else None
        self._examine(view, close, apart, self._count())

    @work(thread=True, group="look", description="look")
    def _examine(self, view: NetworkView, before: Network | None, batches: int, count: int) -> None:
        began, validation = clock.current.spent(), view.split.validation
        health = examine(view.network, validation, before, batches)
        predictions = None
        if count:
            few = Digits(
                validation.images[:count], validation.labels[:count],
                validation.classes, validation.class_names,
            )  # fmt: skip
            predictions = read(view.network, few, view.run, view.position)
        seconds = clock.current.spent() - began
        self.post_message(self.Examined(view.run, health, predictions, seconds))

    @on(Examined)
    def _take_examined(self, message: Examined) -> None:
        self._busy = False
        rest = max(self.SECONDS_BETWEEN_LOOKS, message.seconds / MOST_BUSY)
        self._not_before = clock.current.now() + rest
        health = message.health
        if health.moved is not None:
            self._moved = message.run, health.moved
        elif self._moved is not None and self._moved[0] == message.run:
            health = replace(health, moved=self._moved[1])
        self.post_message(self.Found(message.run, health, message.predictions))
        self.look_when_due()


def _batches_between(before: NetworkView, view: NetworkView, batches: int) -> int:
    """How many batches one network is ahead of the other; 0 if it is of another run."""
    if before.run != view.run or before.network.sizes != view.network.sizes:
        return 0
    return round((view.position - before.position) * batches)
