"""How many batches a second are trained, so that a person can watch: from one to full speed.

Training itself never waits. The session's thread does, between two events of the training loop.
"""

from collections.abc import Callable
from math import ceil
from time import monotonic

RATES = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Batches a second that a person can choose, besides full speed."""

GENTLE, RISE, HIGHEST = 4.0, 1 / 6, 128.0
"""A gentle start: its first rate, what each batch adds, and above which it is full speed.

So the rate doubles every four seconds, and it is full speed after some twenty.
"""

MOST_REPORTS = 10
"""Reports a second while it waits between batches."""


class Throttle:
    """The rate that is asked for, and when the next batch is due.

    gentle: the first run begins slowly and gets quicker, until a rate is chosen.
    """

    def __init__(self, gentle: bool = False, now: Callable[[], float] = monotonic) -> None:
        self._gentle = gentle
        self._chosen: float | None = None
        self._batches = 0
        self._last = -1.0
        """When the last batch was trained."""
        self._now = now

    def is_rising(self, run: int) -> bool:
        """Whether a run is at its gentle start. run: which of the session's runs it is."""
        return self._gentle and run == 1 and self._risen <= HIGHEST

    def rate(self, run: int) -> float | None:
        """Batches a second; None at full speed. run: which of the session's runs it is."""
        return self._risen if self.is_rising(run) else self._chosen

    @property
    def _risen(self) -> float:
        return GENTLE + RISE * self._batches

    def change(self, run: int, faster: bool) -> None:
        """Take the next rate up or down; beyond the highest is full speed."""
        now = self.rate(run)
        if faster:
            self._chosen = next((rate for rate in RATES if now and rate > now), None)
        else:
            lower = (rate for rate in reversed(RATES) if now is None or rate < now)
            self._chosen = next(lower, RATES[0])
        self._gentle = False

    def end_gentle_start(self) -> None:
        """Full speed from now on, unless another rate was chosen."""
        self._gentle = False

    def open(self) -> None:
        """Full speed from now on."""
        self._chosen, self._gentle = None, False

    def count_batch(self) -> None:
        """A batch has just been trained."""
        self._batches += 1
        self._last = self._now()

    def wait(self, run: int) -> float:
        """Seconds until the next batch is due; 0 if it is."""
        rate = self.rate(run)
        return max(self._last + 1 / rate - self._now(), 0.0) if rate and self._batches else 0.0

    def is_report_due(self, run: int) -> bool:
        """Whether the last batch is to be reported: each, or at high rates every so manyeth."""
        rate = self.rate(run)
        return rate is not None and self._batches % ceil(rate / MOST_REPORTS) == 0
