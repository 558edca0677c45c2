"""How many threads a matrix product may use.

A product on several cores waits for the slowest of them. With anything else running, small products
were measured at a tenth of their speed on one core and less; large ones gain where cores are free.
"""

import os

from threadpoolctl import threadpool_limits

SMALL_BATCH = 256
"""Batches of fewer images than this are learned on one core."""


def cores() -> int:
    """How many cores this process may use."""
    known = hasattr(os, "sched_getaffinity")
    return len(os.sched_getaffinity(0)) if known else os.cpu_count() or 1


def threads_for(batch_size: int, spare: int = 0) -> int:
    """How many threads pay for batches of this size.

    spare: cores that are needed for something else, such as a screen.
    """
    return 1 if batch_size < SMALL_BATCH else max(cores() - spare, 1)


def limit_threads(batch_size: int, spare: int = 0) -> None:
    """Let the products of this process use as many threads as `threads_for` says."""
    threadpool_limits(threads_for(batch_size, spare))
