"""A mode that looks at the network about once a second: is it well, and how does it read digits?"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.message import Message

from engine.data.digits import Digits
from engine.nn.network import Network
from numrec_tui import clock
from numrec_tui.health import Health, examine
from numrec_tui.readings import Readings, read
from numrec_tui.report import View
from numrec_tui.screens.mode import ModeScreen

if TYPE_CHECKING:
    from numrec_tui.session import Session

MOST_BUSY = 0.02
"""The share of the time that looking may take; a large network is looked at less often."""

MOST_APART = 10
"""Batches between two looks that are compared, where there is no view right before the second:
over many batches steps cancel out, and their length is no longer that of one."""


class LookingScreen(ModeScreen):
    """Asks for a copy of the network, then for one some batches later, and compares the two.

    The work is done in a thread; what was found comes to `show_found`.
    """

    SECONDS_BETWEEN_LOOKS: ClassVar[float] = 1.0

    @dataclass
    class Looked(Message):
        """A copy of the network as it is now."""

        view: View

    @dataclass
    class Found(Message):
        """What a look has found; `seconds` of computing it took."""

        run: int
        health: Health
        readings: Readings | None
        seconds: float

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._busy = False
        self._not_before = 0.0
        self._waiting: clock.Alarm | None = None
        self._looked_at: object = None
        """The run, its position and its settings at the last look."""
        self._first: View | None = None
        """The first of two views that are a few batches apart."""
        self._last: View | None = None
        self._moved: tuple[int, tuple[float, ...]] | None = None
        """The run, and how far its layers moved in a batch when that was last known."""

    @property
    def busy(self) -> str | None:
        """A look is under way."""
        return "looking at the network" if self._busy else super().busy

    @property
    def count_to_read(self) -> int:
        """How many validation digits are to be read at each look, from the first on."""
        return 0

    def show_found(self, health: Health, readings: Readings | None) -> None:
        """Show what a look has found."""

    def look_when_due(self, again: bool = False) -> None:
        """Look now or later, if the run has gone on since the last time; `again`: even if not."""
        report = self.report
        if report is None:
            return
        if again:
            self._looked_at = None
        now = (report.run, report.position, report.running)
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
            self.session.look(self._hand_on)

    def _hand_on(self, view: View) -> None:
        """Called in the session's thread: the only thing it does here is to post a message."""
        self.post_message(self.Looked(view))

    @on(Looked)
    def _take_view(self, message: Looked) -> None:
        view, first, report = message.view, self._first, self.report
        if report is None:
            return
        if first is None and report.state == "training":
            self._first = view
            self.session.look(self._hand_on)
            return
        before = first or self._last
        self._first, self._last = None, view
        apart = _batches_between(before, view, report.batches) if before is not None else 0
        near = apart > 0 and (first is not None or apart <= MOST_APART)
        close = before.network if before is not None and near else None
        self._examine(view, close, apart, self.count_to_read)

    @work(thread=True, group="look", description="look")
    def _examine(self, view: View, before: Network | None, batches: int, count: int) -> None:
        began, validation = clock.current.spent(), view.split.validation
        health = examine(view.network, validation, before, batches)
        readings = None
        if count:
            few = Digits(
                validation.images[:count], validation.labels[:count],
                validation.classes, validation.class_names,
            )  # fmt: skip
            readings = read(view.network, few, view.run, view.position)
        seconds = clock.current.spent() - began
        self.post_message(self.Found(view.run, health, readings, seconds))

    @on(Found)
    def _take_found(self, message: Found) -> None:
        self._busy = False
        rest = max(self.SECONDS_BETWEEN_LOOKS, message.seconds / MOST_BUSY)
        self._not_before = clock.current.now() + rest
        health = message.health
        if health.moved is not None:
            self._moved = message.run, health.moved
        elif self._moved is not None and self._moved[0] == message.run:
            health = replace(health, moved=self._moved[1])
        if self.report is not None and message.run == self.report.run:
            self.show_found(health, message.readings)
        self.look_when_due()


def _batches_between(before: View, view: View, batches: int) -> int:
    """How many batches one network is ahead of the other; 0 if it is of another run."""
    if before.run != view.run or before.network.sizes != view.network.sizes:
        return 0
    return round((view.position - before.position) * batches)
