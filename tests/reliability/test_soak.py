"""The soak, and its short twin: what is held after some rounds through the app stays as it is."""

import asyncio
import gc
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from threading import Barrier
from weakref import WeakSet

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from numrec_tui.app import NumrecApp
from tests.reliability.budget import count
from tests.reliability.monkey import session
from tests.reliability.page import ROOT
from tests.reliability.soak import KEYS, Counts, counts, every_widget, press, use
from tests.screens.settled import settled

ROUNDS = int(os.environ.get("NUMREC_SOAK_ROUNDS", "4"))
"""Rounds that are counted, an even number; one comes before, for what is made once."""

SIZE = (80, 24)

A_ROUND = Counts(descriptors=0, threads=0, children=0, tasks=0, widgets=0, blocks=5000)
"""What each round may add: caches by style and by place fill up for some minutes."""

pytestmark = [pytest.mark.reliability, pytest.mark.timeout(0)]


async def held_after_rounds(
    pilot: Pilot[None], widgets: WeakSet[Widget], modes: Sequence[str]
) -> list[Counts]:
    """Use these modes of the app; returns what was held after each round but the first."""
    await fill_the_pool()
    held = []
    for _ in range(1 + ROUNDS):
        await use(pilot, SIZE, at_once, modes)
        await press(pilot, ("r", "n", "f", "n"), at_once)
        await settled(pilot)
        gc.collect()
        held.append(counts(widgets))
    return held[1:]


async def fill_the_pool() -> None:
    """Have all threads begun that asyncio keeps for work in threads."""
    most = min(32, (os.cpu_count() or 1) + 4)
    together = Barrier(most)
    await asyncio.gather(*(asyncio.to_thread(together.wait) for _ in range(most)))


async def at_once() -> None:
    await asyncio.sleep(0)


@pytest.mark.parametrize("modes", [("4", "3", "1"), tuple(KEYS)], ids=["three modes", "all"])
@pytest.mark.short("three modes")
async def test_what_the_app_holds_does_not_grow_with_its_use(
    modes: Sequence[str], home: Path
) -> None:
    with session(home) as opened, every_widget() as widgets:
        async with NumrecApp(opened).run_test(size=SIZE) as pilot:
            held = [asdict(each) for each in await held_after_rounds(pilot, widgets, modes)]
    for name, allowed in asdict(A_ROUND).items():
        values = [each[name] for each in held]
        early, late = max(values[: ROUNDS // 2]), min(values[ROUNDS // 2 :])
        assert late <= early + allowed, f"{name} after each round: {values}"


SOAKS = count("soaks")

MOST_GROWTH = 5.0
"""Megabytes an hour; the slope and twice its standard error are below."""

AT_REST = re.compile(r"memory at rest .* below ([-+.\d]+)")


@pytest.mark.alone
@pytest.mark.skipif(not SOAKS, reason="takes half an hour")
def test_the_memory_at_rest_does_not_grow_in_half_an_hour(record_property) -> None:
    """All at the same time, each with an order of sizes and modes of its own."""
    words = [sys.executable, "-m", "tests.reliability.soak", "--seed"]
    soaks = [
        subprocess.Popen([*words, str(seed)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        for seed in range(1, SOAKS + 1)
    ]
    for seed, soak in enumerate(soaks, 1):
        told, _ = soak.communicate()
        assert soak.returncode == 0, told
        record_property("seeds", str(seed))
        record_property(GROWTH, str(growth(told)))
        assert growth(told) < MOST_GROWTH, told


GROWTH = "most growth at rest with twice its error (MB/h)"


def growth(told: str) -> float:
    """What a soak says that the memory at rest grows by at most."""
    [below] = AT_REST.findall(told)
    return float(below)
