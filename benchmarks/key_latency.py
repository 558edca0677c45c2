"""How long a key press waits for its handler while the network trains at full speed.

    python benchmarks/key_latency.py --data mnist [--size 120x34] [--keys 300]

Opens the real app without a terminal, starts training, and posts a key every few hundredths of a
second from another thread, as a terminal driver does; each handler notes when it ran.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path

os.environ.pop("OPENBLAS_CORETYPE", None)  # let the library choose its kernels, before it is loaded

from textual import events

from engine.data.catalog import load
from engine.training.hyperparameters import settings_from
from numrec_tui.app import NumrecApp
from numrec_tui.session import Session


class Timed(NumrecApp):
    """The app, noting when the key F12 reaches it."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.arrived: list[float] = []

    def on_key(self, event: events.Key) -> None:
        """Note the moment."""
        if event.key == "f12":
            self.arrived.append(time.perf_counter())


async def measure(app: Timed, size: tuple[int, int], keys: int) -> list[float]:
    """Seconds from posting each key to its handler."""
    async with app.run_test(size=size) as pilot:
        await pilot.press("space")
        await asyncio.sleep(1.0)
        sent: list[float] = []

        def post() -> None:
            for number in range(keys):
                sent.append(time.perf_counter())
                app.post_message(events.Key("f12", None))
                time.sleep(0.02 + 0.01 * (number % 7) / 7)  # out of step with every timer

        sender = threading.Thread(target=post)
        sender.start()
        while sender.is_alive() or len(app.arrived) < keys:
            await asyncio.sleep(0.05)
        return [after - before for before, after in zip(sent, app.arrived, strict=True)]


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=Path, required=True, help="a folder of IDX files")
    arguments.add_argument("--size", default="120x34")
    arguments.add_argument("--keys", type=int, default=300)
    chosen = arguments.parse_args()
    columns, rows = map(int, chosen.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_from({"epochs": 100_000})
        session = Session(load(chosen.data), settings, Path(folder))
        waits = sorted(asyncio.run(measure(Timed(session), (columns, rows), chosen.keys)))
        began = time.perf_counter()
        session.close()
        closing = time.perf_counter() - began
    percentiles = statistics.quantiles(waits, n=100)
    print(
        f"{len(waits)} keys at {chosen.size}: p50 {percentiles[49] * 1000:.1f} ms, "
        f"p99 {percentiles[98] * 1000:.1f} ms, worst {waits[-1] * 1000:.1f} ms; "
        f"closing took {closing * 1000:.0f} ms"
    )


if __name__ == "__main__":
    main()
