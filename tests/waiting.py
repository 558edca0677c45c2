"""Waiting for what another process or thread does: until it is so, or the test fails."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 60.0
"""Seconds after which what has not come will not come, however busy the machine is."""


def wait_until(
    condition: Callable[[], Found], what: str, tell: Callable[[], object] = str
) -> Found:
    """Wait until a condition holds, and return what it gave.

    what: names it. tell: what to say if it never holds.

    Raises:
        AssertionError: it does not come to hold.
    """
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, f"not after {PATIENCE:.0f} seconds: {what}. {tell()}"
        time.sleep(0.005)
    return found
