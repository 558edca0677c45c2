"""Memory that is free goes back to the system, where the C library would keep it for ever.

glibc keeps a pool for each thread, and after a large array was freed takes the next ones of that
size out of its pools, which then have holes. An app that is open for days grows by that, not by
what it holds.
"""

import ctypes
import threading
from collections.abc import Callable

ARENA_MAX, MMAP_THRESHOLD, TRIM_THRESHOLD = -8, -3, -1
"""The parameters of `mallopt`, as malloc.h numbers them."""

POOLS, LARGE = 2, 1 << 16
"""How many pools there are, and from how many bytes on an array is given back when it is freed."""

EVERY = 30.0
"""Seconds between two times at which the holes are given back; it takes some milliseconds."""


def give_back_memory() -> Callable[[], None]:
    """Have memory given back from now on, until what is returned is called.

    Where the C library is another one, nothing happens.
    """
    over = threading.Event()
    try:
        library = ctypes.CDLL(None)
        for parameter, value in (
            (ARENA_MAX, POOLS),
            (MMAP_THRESHOLD, LARGE),
            (TRIM_THRESHOLD, LARGE),
        ):
            library.mallopt(parameter, value)
        trim = library.malloc_trim
    except (OSError, TypeError, AttributeError):
        return over.set

    def work() -> None:
        while not over.wait(EVERY):
            trim(0)

    threading.Thread(target=work, daemon=True, name="give-back-memory").start()
    return over.set
