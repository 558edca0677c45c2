"""The app in use for a long time: what it holds, and whether that grows.

    python -m tests.reliability.soak [--seconds 1800] [--from 300] [--data bundled] [--seed 1]

The real app, without a terminal, with a run that trains. In each cycle a new run and a fork of it,
all modes in all sizes, dialogs; then it comes to rest: another new run, each mode shown once, what
is free given back. A line is printed for each cycle: its mean of the resident memory, that at
rest, and what else is counted there; in the end the slopes by least squares from second `--from`
on, with their standard errors. In use memory goes up and down with each run, of which the weights
are kept from its first batch on, with the seconds it has trained; at rest it does not. The order
of sizes and modes is by `--seed`. For Linux.
"""

import argparse
import asyncio
import ctypes
import gc
import multiprocessing
import os
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any
from unittest.mock import patch
from weakref import WeakSet

import numpy as np
from textual.pilot import Pilot
from textual.timer import Timer
from textual.widget import Widget

from engine.training.hyperparameters import settings_from
from numrec_tui.app import NumrecApp
from numrec_tui.cli.loading import find_data
from numrec_tui.history.history import History
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from numrec_tui.terminal import allocator

SIZES = ((120, 34), (80, 24), (200, 50), (60, 20), (150, 42))

KEYS = {
    "2": ("down", "down", "pagedown", "enter", "escape", "m", "right", "down", "escape", "c", "o"),
    "4": ("down", "right", "v", "v", "v", "tab"),
    "5": ("down", "m", "down", "m", "up"),
    "3": ("right", "space", "right", "down", "right"),
    "1": ("tab", "right", "left", "p", "escape", "question_mark", "escape"),
}
"""What is pressed in each mode, by the key that opens it."""

PAUSE = 0.03
"""Seconds between two keys."""

SAMPLE, SAMPLES_AT_REST = 0.2, 10
"""Seconds between two samples of the memory, and of how many the lowest is that at rest."""


@dataclass(frozen=True)
class Counts:
    """What the process holds besides memory, each of which a leak would add to."""

    descriptors: int
    threads: int
    children: int
    tasks: int
    widgets: int
    """Those that Python knows, shown or gone."""
    blocks: int
    """Pieces of memory that objects are in; several for some of them."""


@contextmanager
def every_widget() -> Iterator[WeakSet[Widget]]:
    """All widgets that are made meanwhile, as long as Python knows them.

    No list of all objects is asked for: another thread may be at work on one of them, and CPython
    3.11 fails when it finds its half-made tuple in somebody else's list.
    """
    known, make = WeakSet[Widget](), Widget.__init__

    def make_known(widget: Widget, *children: Widget, **given: Any) -> None:
        make(widget, *children, **given)
        known.add(widget)

    with patch.object(Widget, "__init__", make_known):
        yield known


def counts(widgets: WeakSet[Widget]) -> Counts:
    """What the process holds now. widgets: see `every_widget`."""
    return Counts(
        sum(1 for _ in Path("/dev/fd").iterdir()) - 1,
        threading.active_count(),
        len(multiprocessing.active_children()),
        sum(map(_lasts, asyncio.all_tasks())),
        len(widgets),
        sys.getallocatedblocks(),
    )


def _lasts(task: "asyncio.Task[object]") -> bool:
    """Whether a task is of no widget, which is counted as such, and no timer that rings once."""
    frame = getattr(task.get_coro(), "cr_frame", None)
    owner = frame.f_locals.get("self") if frame is not None else None
    return not isinstance(owner, Widget) and not (isinstance(owner, Timer) and owner._repeat == 0)


def resident() -> float:
    """Megabytes that the process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def use(
    pilot: Pilot[None],
    size: tuple[int, int],
    rest: Callable[[], Awaitable[None]],
    modes: Sequence[str] = tuple(KEYS),
) -> None:
    """One round through all modes, in a window of this size.

    rest: what is done after each key. modes: their keys, in order.
    """
    await pilot.resize_terminal(*size)
    for mode in modes:
        await press(pilot, (mode, *KEYS[mode]), rest)


async def press(
    pilot: Pilot[None], keys: Sequence[str], rest: Callable[[], Awaitable[None]]
) -> None:
    """Press keys one after the other."""
    for key in keys:
        if not pilot.app.is_running:
            raise RuntimeError(f"The app is over before {key!r}: {pilot.app._exception!r}")
        pilot.app.simulate_key(key)
        await rest()


@dataclass
class Look:
    """What was seen in a cycle."""

    seconds: float
    """Since the beginning, at its end."""
    memory: float
    """Its mean in use, in megabytes."""
    at_rest: float
    """The lowest at its end; what a mode still reads in the background takes some meanwhile."""
    counts: Counts


async def looks(
    pilot: Pilot[None], seconds: float, widgets: WeakSet[Widget], chance: Random
) -> AsyncIterator[Look]:
    """Use the app until as many seconds are over. widgets: see `every_widget`."""
    began = monotonic()
    while monotonic() < began + seconds:
        seen: list[float] = []
        sampling = asyncio.create_task(sample(seen))
        await a_cycle(pilot, chance)
        sampling.cancel()
        at_rest = await come_to_rest(pilot)
        yield Look(monotonic() - began, float(np.mean(seen)), at_rest, counts(widgets))


async def sample(seen: list[float]) -> None:
    """Look at the memory again and again."""
    while True:
        seen.append(resident())
        await asyncio.sleep(SAMPLE)


async def a_cycle(pilot: Pilot[None], chance: Random) -> None:
    """A new run in two sizes and a fork in three others, each with all modes."""

    async def rest() -> None:
        await asyncio.sleep(PAUSE)

    sizes, modes = chance.sample(SIZES, len(SIZES)), tuple(chance.sample(list(KEYS), len(KEYS)))
    for begin, part in (("r", sizes[:2]), ("f", sizes[2:])):
        await press(pilot, ("1", begin, "space"), rest)
        for size in part:
            await use(pilot, size, rest, modes)


async def come_to_rest(pilot: Pilot[None]) -> float:
    """Show a run that has not begun in every mode, and give back what is free; what is left."""

    async def rest() -> None:
        await asyncio.sleep(0.5)
        while pilot.app.is_running and getattr(pilot.app, "busy", None):
            await asyncio.sleep(PAUSE)

    await pilot.resize_terminal(*SIZES[0])
    await press(pilot, ("1", "r", "2", "3", "4", "5", "1"), rest)
    lowest = resident()
    for _ in range(SAMPLES_AT_REST):
        gc.collect()
        give_back()
        lowest = min(lowest, resident())
        await asyncio.sleep(SAMPLE)
    return lowest


def give_back() -> None:
    """Have the C library give back what is free now, as it does in the app every half minute."""
    ctypes.CDLL(None).malloc_trim(0)


def slope(x: Sequence[float], y: Sequence[float]) -> tuple[float, float]:
    """The slope by least squares, and its standard error; at least three points."""
    at, values = np.asarray(x) - np.mean(x), np.asarray(y) - np.mean(y)
    spread = float(at @ at)
    each = float(at @ values) / spread
    left = values - each * at
    return each, float(np.sqrt(left @ left / (len(at) - 2) / spread))


def tell(seen: Sequence[Look], start: float) -> None:
    """Print the slopes of all that was seen from second `start` on."""
    seen = [look for look in seen if look.seconds > start]
    if len(seen) < 3:
        print("Too short for a slope.")
        return
    hours = [look.seconds / 3600 for look in seen]
    print(
        f"From second {start:.0f} to {seen[-1].seconds:.0f}, {len(seen)} cycles, an hour, by least "
        "squares:"
    )
    for name, values in {
        "memory at rest": [look.at_rest for look in seen],
        "memory in use": [look.memory for look in seen],
    }.items():
        each, error = slope(hours, values)
        print(
            f"{name:20} {each:+9.2f} MB, standard error {error:.2f}, below {each + 2 * error:.2f}"
        )
    for place, field in enumerate(fields(Counts)):
        values = [astuple(look.counts)[place] for look in seen]
        each, error = slope(hours, values)
        print(
            f"{field.name:20} {each:+9.1f}, standard error {error:.1f}; {values[0]:,} at first, "
            f"{values[-1]:,} in the end, {max(values):,} at most"
        )


async def soak(session: Session, seconds: float, start: float, chance: Random) -> None:
    """Open the app over a session, train, use it, and tell what was seen."""
    app = NumrecApp(session)
    app.hold_garbage()
    with every_widget() as widgets:
        await watch(app, seconds, start, widgets, chance)


async def watch(
    app: NumrecApp, seconds: float, start: float, widgets: WeakSet[Widget], chance: Random
) -> None:
    """Use the app, and tell what was seen. widgets: see `every_widget`."""
    async with app.run_test(size=SIZES[0]) as pilot:
        seen = []
        async for look in looks(pilot, seconds, widgets, chance):
            seen.append(look)
            held = " ".join(
                f"{value:8,} {field.name}"
                for field, value in zip(fields(Counts), astuple(look.counts), strict=True)
            )
            print(
                f"{look.seconds:6.0f} s {look.memory:7.1f} MB, at rest {look.at_rest:7.2f} MB",
                held,
                flush=True,
            )
        tell(seen, start)
        await pilot.pause(1.0)  # what was pressed last is done before the app ends


def main() -> None:
    """Soak as the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--from", type=float, default=300, dest="start")
    parser.add_argument("--data", default="bundled")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    allocator.give_back_memory()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NUMREC_HOME"] = folder
        place = Path(folder)
        session = Session(
            SessionConfig(
                find_data(asked.data),
                settings_from({"epochs": 100_000, "target_accuracy": 1.0}),
                place / "models",
                checkpoints=place / "checkpoints",
                history=History(place / "history.db"),
            )
        )
        try:
            asyncio.run(soak(session, asked.seconds, asked.start, Random(asked.seed)))  # noqa: S311
        finally:
            session.close()


if __name__ == "__main__":
    main()
