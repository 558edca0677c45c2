"""How near an epoch comes to its floor: the bare matrix products it cannot do without.

    python benchmarks/epoch_floor.py --data mnist [--threads N]

Trains the `seed` preset (784-256-10, batch 512) and times each epoch; after each, times the two
products every batch needs, x·W and xᵀ·delta, into arrays made before, with the same BLAS threads.
Prints one line an epoch and the medians. The ratio is what counts: times differ between machines.
"""

import argparse
import os
import statistics
from pathlib import Path
from time import perf_counter

os.environ.pop("OPENBLAS_CORETYPE", None)  # let the library choose its kernels, before it is loaded

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from engine.data.catalog import load
from engine.training.events import EpochDone
from engine.training.hyperparameters import preset, settings_from
from engine.training.loop import train
from engine.training.run import new_run

BATCH, PIXELS, HIDDEN = 512, 784, 256


def floor_seconds(batches: int) -> float:
    """The time of the bare products of an epoch."""
    generator = np.random.default_rng(0)
    x = generator.random((BATCH, PIXELS), np.float32)
    weights = generator.random((PIXELS, HIDDEN), np.float32)
    z, gradient = np.empty((BATCH, HIDDEN), np.float32), np.empty_like(weights)
    began = perf_counter()
    for _ in range(batches):
        np.matmul(x, weights, out=z)
        np.matmul(x.T, z, out=gradient)
    return perf_counter() - began


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=Path, required=True, help="a folder of IDX files")
    arguments.add_argument("--threads", type=int, help="BLAS threads [the library's choice]")
    arguments.add_argument("--epochs", type=int, default=9)
    arguments.add_argument("--shuffle", action="store_true")
    chosen = arguments.parse_args()
    values = {**preset("seed"), "epochs": chosen.epochs, "target_accuracy": 1.0}
    settings = settings_from({**values, "shuffle": chosen.shuffle})
    data = load(chosen.data)
    split = data.split(settings.validation, settings.validation_fraction, settings.seed)
    run = new_run(settings, split.train.pixels.shape[1], split.train.classes)
    run.pace = 0.1  # as the app and the command line do
    with threadpool_limits(chosen.threads):
        for library in threadpool_info():
            print(
                {key: library.get(key) for key in ("internal_api", "architecture", "num_threads")}
            )
        floor_seconds(run.batches)
        pairs = []
        for event in train(run, split):
            if isinstance(event, EpochDone):
                pairs.append((event.seconds, floor_seconds(run.batches)))
                print(f"epoch {pairs[-1][0]:.3f} s   floor {pairs[-1][1]:.3f} s")
    epoch, floor = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(epoch / floor for epoch, floor in pairs)
    print(f"median: epoch {epoch:.3f} s, floor {floor:.3f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
