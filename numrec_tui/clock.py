"""The clock that everything on the screen goes by: what time it is, and what is to happen later.

Whoever draws or reads at most so often asks `current`. Tests put a clock there that they turn by
hand, so that nothing they show depends on how fast a machine is.
"""

import time
from collections.abc import Callable
from typing import Protocol

from textual.message_pump import MessagePump


class Alarm(Protocol):
    """Something that is to happen later."""

    def stop(self) -> None:
        """It is not to happen."""


class Clock:
    """The machine's clock; all times are seconds."""

    def now(self) -> float:
        """A time that only grows."""
        return time.monotonic()

    def spent(self) -> float:
        """How long the processor has worked for the thread that asks."""
        return time.thread_time()

    def sleep(self, seconds: float) -> None:
        """Let the thread that asks, one that is not the screen's, rest so that others may work."""
        time.sleep(seconds)

    def call_later(self, node: MessagePump, seconds: float, call: Callable[[], object]) -> Alarm:
        """Call something once in some seconds, as a message to `node`, unless that is gone."""
        return node.set_timer(seconds, call)


current = Clock()
"""The one in force."""
