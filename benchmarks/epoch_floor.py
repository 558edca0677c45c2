"""How near an epoch comes to its floor: the bare matrix products that it cannot do without.

    python benchmarks/epoch_floor.py --data mnist [--epochs 9]

After each epoch the products of one are timed, with as many BLAS threads as there are processes.
Then: memory of the whole program, and how the time grows with images and width. The result goes to
RESULTS.md. The ratio is what counts: times differ between machines.
"""

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.pop("OPENBLAS_CORETYPE", None)  # let the library choose its kernels, before it is loaded

import numpy as np
import report

from engine.data.catalog import load
from engine.data.dataset import DataSet, Split
from engine.training.benchmark import Measurement, measure
from engine.training.hyperparameters import settings_from
from engine.training.presets import preset

NETWORKS = {"784-256-10": (256,), "784-512-256-10": (512, 256)}
BATCHES = (64, 128, 512)
IMAGES = (6_000, 60_000, 600_000)
WIDTHS = (64, 256, 1024, 2048)


def measured(split: Split, epochs: int, **values: object) -> list[Measurement]:
    """Epochs and their floors, with the `seed` preset but for some values."""
    changed = {**preset("seed"), "epochs": epochs + 1, "target_accuracy": 1.0, **values}
    return list(measure(split, settings_from(changed)))


def median(found: list[Measurement]) -> tuple[str, str, str]:
    """Epoch, floor and ratio."""
    return (
        f"{statistics.median(each.epoch for each in found):.3f}",
        f"{statistics.median(each.floor for each in found):.3f}",
        f"{statistics.median(each.ratio for each in found):.2f}",
    )


def networks(split: Split, epochs: int) -> Iterator[list[object]]:
    """A row for each network, batch size, order of the images, and number of processes."""
    for name, hidden in NETWORKS.items():
        for batch in BATCHES:
            for shuffle in (False, True):
                for processes in (1, 2):
                    found = measured(
                        split, epochs, hidden=hidden, batch_size=batch, shuffle=shuffle,
                        processes=processes,
                    )  # fmt: skip
                    order = "shuffled" if shuffle else "stored"
                    yield [name, batch, order, processes, *median(found)]


def of_size(data: DataSet, images: int) -> Split:
    """The set cut off or repeated to a number of images; few are scored."""
    rows = np.arange(images) % len(data.train)
    few = data.test.take(np.arange(1000))
    return Split(data.name, data.train.take(rows), few, few)


def growth(data: DataSet) -> Iterator[list[object]]:
    """Seconds an epoch as images and width grow, with 2 processes."""
    for images in IMAGES:
        found = measured(of_size(data, images), 3, processes=2)
        yield [f"{images:,} images", *median(found)]
    for width in WIDTHS:
        found = measured(of_size(data, 6_000), 3, processes=2, hidden=(width,))
        yield [f"6,000 images, width {width}", *median(found)]


def memory(data: str) -> Iterator[list[object]]:
    """The most memory of a whole program and its processes, where the system tells."""
    if not Path("/proc/self/smaps_rollup").exists():
        return
    here = Path(__file__)
    environment = {**os.environ, "PYTHONPATH": str(here.parents[1])}
    for processes in (1, 2):
        words = [sys.executable, str(here.with_name("memory.py")), data, str(processes)]
        done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
        yield [processes, f"{int(done.stdout) / 1024:.0f} MiB"]


def main() -> None:
    """Measure and write."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", required=True, help="a folder with MNIST's IDX files")
    arguments.add_argument("--epochs", type=int, default=9)
    chosen = arguments.parse_args()
    data = load(Path(chosen.data))
    heads = ["network", "batch", "order", "processes", "epoch, s", "floor, s", "epoch / floor"]
    rows = list(networks(data.split("test", 0.1, 0), chosen.epochs))
    body = f"60,000 images, medians of {chosen.epochs} epochs.\n\n" + report.table(heads, rows)
    body += "\n\n" + report.table(["", *heads[4:]], list(growth(data)))
    sizes = list(memory(chosen.data))
    if sizes:
        body += "\n\nMost memory of the program and its processes together (PSS), MNIST:\n\n"
        body += report.table(["processes", "memory"], sizes)
    report.write("An epoch against its floor", body)


if __name__ == "__main__":
    main()
