"""A clock that stands still until a test turns it by hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from textual.message_pump import MessagePump

from numrec_tui.clock import Clock


@dataclass
class HandAlarm:
    """Something that happens when the clock has been turned that far."""

    due: float
    node: MessagePump
    call: Callable[[], object]
    stopped: bool = False

    def stop(self) -> None:
        self.stopped = True


class HandClock(Clock):
    """All work takes no time, and no time passes but by `turn`."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._alarms: list[HandAlarm] = []

    def now(self) -> float:
        return self._now

    def spent(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        del seconds

    def call_later(
        self, node: MessagePump, seconds: float, call: Callable[[], object]
    ) -> HandAlarm:
        alarm = HandAlarm(self._now + seconds, node, call)
        self._alarms.append(alarm)
        return alarm

    @property
    def alarms(self) -> list[HandAlarm]:
        """What is still to happen, the next one first."""
        here = [each for each in self._alarms if not each.stopped and each.node.is_running]
        self._alarms = sorted(here, key=lambda each: each.due)
        return self._alarms

    @property
    def waits(self) -> list[float]:
        """How long it is until each alarm."""
        return [each.due - self._now for each in self.alarms]

    def turn(self, seconds: float) -> None:
        """Let time pass; what is due is called as a message to its node, as a timer does it."""
        end = self._now + seconds
        for alarm in self._due(end):
            self._now = max(self._now, alarm.due)
            alarm.stop()
            alarm.node.call_next(alarm.call)
        self._now = end

    def turn_to_next(self) -> None:
        """Let time pass until the next alarm, if there is one."""
        if self.alarms:
            self.turn(max(self.alarms[0].due - self._now, 0.0))

    def _due(self, end: float) -> Iterator[HandAlarm]:
        for _ in count():
            alarms = self.alarms
            if not alarms or alarms[0].due > end:
                return
            yield alarms[0]
