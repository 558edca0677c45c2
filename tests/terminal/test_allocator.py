"""Memory that is free goes back to the system, and where that cannot be had nothing happens."""

import ctypes
from types import SimpleNamespace

from numrec_tui.terminal import allocator
from tests.waiting import wait_until


def test_holes_are_given_back_again_and_again_until_it_is_over(monkeypatch):
    asked, trimmed = [], []
    library = SimpleNamespace(
        mallopt=lambda *values: asked.append(values), malloc_trim=trimmed.append
    )
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: library)
    monkeypatch.setattr(allocator, "EVERY", 0.001)
    stop = allocator.give_back_memory()
    wait_until(lambda: len(trimmed) > 2, "memory is given back more than once")
    stop()
    assert (allocator.ARENA_MAX, allocator.POOLS) in asked


def test_another_c_library_is_left_as_it_is(monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: SimpleNamespace())
    allocator.give_back_memory()()
