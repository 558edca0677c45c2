"""What the screen costs: speed in the app beside speed without one, keys, start, imports.

    python benchmarks/app_overhead.py --data mnist [--seconds 5] [--keys 300]

The app of the first two parts is the real one on a screen in memory; the third part is
`numrec-tui` in a pseudo-terminal of its own. The result goes to RESULTS.md.
"""

import argparse
import asyncio
import os
import pty
import re
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from fcntl import ioctl
from itertools import product
from multiprocessing import get_context
from pathlib import Path
from termios import TIOCSWINSZ

os.environ.pop("OPENBLAS_CORETYPE", None)  # let the library choose its kernels, before it is loaded
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled, too

import report
from textual import events

from engine.data.catalog import load
from engine.data.dataset import DataSet
from engine.training.benchmark import PACE
from engine.training.events import Progress
from engine.training.hyperparameters import Hyperparameters, settings_from
from engine.training.loop import train
from engine.training.run import new_run
from engine.training.threads import limit_threads
from numrec_tui.app import NumrecApp
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.report import Report
from numrec_tui.session.session import Session

SIZES = ((80, 24), (200, 60))
WARM_UP = 1.0
"""Seconds before anything is measured."""

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
"""What moves the cursor and colors the text."""

FRAME, CURVE = re.compile("learning rate"), re.compile(r"train\s+\d")
"""What stands on the first frame, and over the chart once the curve has a point."""


WAYS: dict[str, tuple[str, ...]] = {
    "Train": (),
    "Digits": ("2", "t", "t"),
    "Learn": ("6",),
    "Now yours": ("6", "y", *["right"] * 7),
}
"""The keys that lead to what is looked at; Digits has all training digits, the last the update."""


class Timed(NumrecApp):
    """The app, noting when reports come, and when the key F12 arrives."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.arrived: list[float] = []
        self.indices: list[tuple[float, float]] = []
        """When a report came, and how many epochs were done."""

    def _hand_on(self, report: Report) -> None:
        self.indices.append((time.perf_counter(), report.position))
        super()._hand_on(report)

    def on_key(self, event: events.Key) -> None:
        """Note the moment."""
        if event.key == "f12":
            self.arrived.append(time.perf_counter())


def headless(data: DataSet, settings: Hyperparameters, seconds: float) -> float:
    """Images a second without a screen, by the clock on the wall."""
    split = data.split(settings.validation, settings.validation_fraction, settings.seed)
    run = new_run(settings, split.train.pixels.shape[1], split.train.classes)
    run.pace = PACE
    limit_threads(settings.batch_size, spare=1)
    images, began = 0, 0.0
    for event in train(run, split):
        now = time.perf_counter()
        if isinstance(event, Progress):
            began = began or now + WARM_UP
            images += event.images if now > began else 0
        if began and now > began + seconds:
            return images / (now - began)
    raise RuntimeError("the run ended before it was measured")


async def in_app(
    session: Session, size: tuple[int, int], seconds: float, where: str = "Train"
) -> float:
    """Epochs a second in the app, by the clock on the wall."""
    app = Timed(session)
    async with app.run_test(size=size) as pilot:
        await pilot.press("space", *WAYS[where])
        while not app.indices or not app.indices[-1][1]:
            await asyncio.sleep(0.05)
        await asyncio.sleep(WARM_UP)
        first = len(app.indices)
        await asyncio.sleep(seconds)
        (began, before), (ended, after) = app.indices[first], app.indices[-1]
        return (after - before) / (ended - began)


async def key_waits(session: Session, size: tuple[int, int], keys: int, where: str) -> list[float]:
    """Seconds from posting each key to its handler, while the network trains at full speed.

    where: a key of `WAYS`; in "Digits" the gallery of all training digits scrolls before each key.
    """
    app = Timed(session)
    app.hold_garbage()
    async with app.run_test(size=size) as pilot:
        await pilot.press("space")
        await asyncio.sleep(WARM_UP)
        await pilot.press(*WAYS[where])
        await asyncio.sleep(WARM_UP)
        sent: list[float] = []

        def post() -> None:
            for number in range(keys):
                if where == "Digits":
                    app.post_message(events.Key("pagedown", None))
                sent.append(time.perf_counter())
                app.post_message(events.Key("f12", None))
                time.sleep(0.02 + 0.01 * (number % 7) / 7)  # out of step with every timer

        sender = threading.Thread(target=post)
        sender.start()
        while sender.is_alive() or len(app.arrived) < keys:
            await asyncio.sleep(0.05)
        return [after - before for before, after in zip(sent, app.arrived, strict=True)]


def speeds(data: DataSet, seconds: float) -> Iterator[list[object]]:
    """App beside headless, in turn, five times."""
    for processes in (1, 2):
        settings = settings_from({"epochs": 100_000, "processes": processes})
        images = round(len(data.train) * (1 - settings.validation_fraction))
        for size in SIZES:
            pairs = []
            for _ in range(5):
                alone = headless(data, settings, seconds)
                with tempfile.TemporaryDirectory() as folder:
                    session = Session(SessionConfig(data, settings, Path(folder)))
                    shown = asyncio.run(in_app(session, size, seconds)) * images
                    session.close()
                pairs.append((alone, shown))
            ratio = statistics.median(shown / alone for alone, shown in pairs)
            alone, shown = (statistics.median(column) for column in zip(*pairs, strict=True))
            screen = f"{size[0]}x{size[1]}"
            yield [processes, screen, f"{alone:,.0f}", f"{shown:,.0f}", f"{ratio:.2f}"]


def speeds_in(data: DataSet, seconds: float) -> Iterator[list[object]]:
    """What is learned while Learn is in front, beside Train, in turn, five times."""
    settings = settings_from({"epochs": 100_000})
    for where, size in product(("Learn", "Now yours"), SIZES):
        ratios = []
        for _ in range(5):
            found = []
            for each in ("Train", where):
                with tempfile.TemporaryDirectory() as folder:
                    session = Session(SessionConfig(data, settings, Path(folder)))
                    found.append(asyncio.run(in_app(session, size, seconds, each)))
                    session.close()
            ratios.append(found[1] / found[0])
        screen = f"{size[0]}x{size[1]}"
        worst, best = min(ratios), max(ratios)
        yield [where, screen, f"{statistics.median(ratios):.2f}", f"{worst:.2f} to {best:.2f}"]


def waits_of(
    data: Path, processes: int, size: tuple[int, int], keys: int, where: str
) -> list[float]:
    """`key_waits` of an app in a process that runs nothing else."""
    settings = settings_from({"epochs": 100_000, "processes": processes})
    with tempfile.TemporaryDirectory() as folder:
        session = Session(SessionConfig(load(data), settings, Path(folder)))
        waits = asyncio.run(key_waits(session, size, keys, where))
        session.close()
    return waits


def latencies(data: Path, keys: int) -> Iterator[list[object]]:
    """Percentiles of the keys' waits."""
    for processes in (1, 2):
        for where, size in product(WAYS, SIZES):
            with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
                waits = fresh.submit(waits_of, data, processes, size, keys, where).result()
            cuts = statistics.quantiles(waits, n=100)
            screen = f"{size[0]}x{size[1]}"
            times = [f"{seconds * 1000:.1f}" for seconds in (cuts[49], cuts[98], max(waits))]
            yield [where, processes, screen, *times]


def opened() -> tuple[float, float]:
    """Seconds from the command to the first frame, and to the first point of the curve."""
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        child, terminal = pty.fork()
        if child == 0:
            os.environ |= {"NUMREC_HOME": home, "TERM": "xterm-256color"}
            os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
            os.execv(sys.executable, [sys.executable, "-m", "numrec_tui"])  # noqa: S606
        ioctl(terminal, TIOCSWINSZ, struct.pack("HHHH", 34, 120, 0, 0))
        first = _read_until(terminal, FRAME) - began
        os.write(terminal, b" ")
        curve = _read_until(terminal, CURVE) - began
        os.write(terminal, b"q")
        _read_until(terminal, None)
        os.waitpid(child, 0)
    return first, curve


def _read_until(terminal: int, wanted: re.Pattern[str] | None) -> float:
    """The moment at which a text has come; without one, at which the program has ended."""
    text = b""
    while select.select([terminal], [], [], 30)[0]:
        try:
            text += os.read(terminal, 65536)
        except OSError:  # the other side is closed
            if wanted is None:
                return time.perf_counter()
            break
        if wanted and wanted.search(ESCAPE.sub("", text.decode(errors="ignore"))):
            return time.perf_counter()
    raise RuntimeError(f"the app never showed {wanted}")


def import_seconds(module: str) -> float:
    """The time of a whole Python program that imports a module and ends."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    return time.perf_counter() - began


def starts() -> Iterator[list[object]]:
    """Medians of seven starts, and of seven imports."""
    firsts, curves = zip(*(opened() for _ in range(7)), strict=True)
    yield ["command to first frame", f"{statistics.median(firsts):.2f}"]
    yield ["command to first point, space pressed at the first frame",
           f"{statistics.median(curves):.2f}"]  # fmt: skip
    for module in ("numpy", "engine.training.loop", "textual.app", "numrec_tui.app"):
        seconds = statistics.median(import_seconds(module) for _ in range(7))
        yield [f"python -c 'import {module}'", f"{seconds:.2f}"]


def main() -> None:
    """Measure and write."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=Path, required=True, help="a folder of IDX files")
    arguments.add_argument("--seconds", type=float, default=5)
    arguments.add_argument("--keys", type=int, default=300)
    chosen = arguments.parse_args()
    data = load(chosen.data)
    parts = [
        "The default settings (batch 64) on MNIST; images/s by the clock, medians of 5 in turn.\n",
        report.table(
            ["processes", "screen", "headless", "in the app", "ratio"],
            list(speeds(data, chosen.seconds)),
        ),
        "\nBeside Train, with one process, medians of 5 in turn:\n",
        report.table(["in front", "screen", "ratio", "from, to"],
                     list(speeds_in(data, chosen.seconds))),
        f"\nFrom key to handler while training, {chosen.keys} keys, ms; in Digits each scrolls\n"
        "the gallery of all training digits by a page:\n",
        report.table(["mode", "processes", "screen", "p50", "p99", "worst"],
                     list(latencies(chosen.data, chosen.keys))),
        "\nStarting, with the bundled digits, seconds:\n",
        report.table(["", "median of 7"], list(starts())),
    ]  # fmt: skip
    report.write("What the screen costs", "\n".join(parts))


if __name__ == "__main__":
    main()
