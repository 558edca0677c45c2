"""A mode that looks at the network about once a second: is it well, and how does it read digits?"""

from dataclasses import dataclass
from time import monotonic, thread_time
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.message import Message
from textual.timer import Timer

from engine.data.digits import Digits
from numrec_tui.health import Health, examine
from numrec_tui.readings import Readings, read
from numrec_tui.report import View
from numrec_tui.screens.mode import ModeScreen

if TYPE_CHECKING:
    from numrec_tui.session import Session

MOST_BUSY = 0.02
"""The share of the time that looking may take; a large network is looked at less often."""


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

        health: Health
        readings: Readings | None
        seconds: float

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._busy = False
        self._not_before = 0.0
        self._waiting: Timer | None = None
        self._looked_at: object = None
        """The run, its position and its settings at the last look."""
        self._first: View | None = None
        """The first of two views that are a few batches apart."""
        self._last: View | None = None

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
        wait = self._not_before - monotonic() if training else 0.0
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
        if wait > 0:
            self._waiting = self.set_timer(wait, self.look_when_due)
        else:
            self._busy, self._looked_at = True, now
            self.session.look(self._hand_on)

    def _hand_on(self, view: View) -> None:
        """Called in the session's thread: the only thing it does here is to post a message."""
        self.post_message(self.Looked(view))

    @on(Looked)
    def _take_view(self, message: Looked) -> None:
        view, first = message.view, self._first
        if first is None and self.report is not None and self.report.state == "training":
            self._first = view
            self.session.look(self._hand_on)
            return
        moved = first is not None and view.position > first.position
        before = first if moved else self._last
        self._first, self._last = None, view
        self._examine(before, view, self.report.batches if self.report else 1, self.count_to_read)

    @work(thread=True, group="look")
    def _examine(self, before: View | None, view: View, batches: int, count: int) -> None:
        began, validation = thread_time(), view.split.validation
        network, distance = None, 0
        if before is not None and before.run == view.run and before.split is view.split:
            network = before.network
            distance = round((view.position - before.position) * batches)
        health = examine(view.network, validation, network, distance)
        readings = None
        if count:
            few = Digits(
                validation.images[:count], validation.labels[:count],
                validation.classes, validation.class_names,
            )  # fmt: skip
            readings = read(view.network, few, view.run, view.position)
        self.post_message(self.Found(health, readings, thread_time() - began))

    @on(Found)
    def _take_found(self, message: Found) -> None:
        self._busy = False
        rest = max(self.SECONDS_BETWEEN_LOOKS, message.seconds / MOST_BUSY)
        self._not_before = monotonic() + rest
        self.show_found(message.health, message.readings)
        self.look_when_due()
