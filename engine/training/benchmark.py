"""How near learning comes to its floor: the matrix products that it cannot do without."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from time import perf_counter, sleep

import numpy as np
from threadpoolctl import threadpool_limits

from engine.data.dataset import Split
from engine.training.events import EpochDone
from engine.training.hyperparameters import Hyperparameters
from engine.training.loop import train
from engine.training.run import new_run

PACE = 0.1
"""Seconds between two events, as in the app and on the command line."""


REST = 0.1
"""Seconds after which the BLAS library's threads, which wait busily for more work, are asleep."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One epoch and, right after it, the bare products of one: seconds."""

    epoch: float
    floor: float
    images: int

    @property
    def ratio(self) -> float:
        """1 would be an epoch that is nothing but products."""
        return self.epoch / self.floor


def floor_seconds(sizes: Sequence[int], images: int, batch_size: int) -> float:
    """The time of an epoch's products alone, into arrays made before.

    For each layer x·W forwards and xᵀ·delta for the gradient; delta·Wᵀ for all but the first. They
    are those of the whole network: pixels that learning leaves out are counted.
    """
    whole = _products(sizes, batch_size, images // batch_size)
    rest = images % batch_size
    return whole + _products(sizes, rest, 1) if rest else whole


def _products(sizes: Sequence[int], rows: int, batches: int) -> float:
    """The seconds of the products of some batches."""
    generator = np.random.default_rng(0)
    layers = []
    for k, (n_in, n_out) in enumerate(pairwise(sizes)):
        x, w, z = (
            generator.random(s, np.float32) for s in ((rows, n_in), (n_in, n_out), (rows, n_out))
        )
        layers.append((k, x, w, z, np.empty_like(w), np.empty_like(x)))
    began = perf_counter()
    for _ in range(batches):
        for _k, x, w, z, _gradient, _delta in layers:
            np.matmul(x, w, out=z)
        for k, x, w, z, gradient, delta in reversed(layers):
            np.matmul(x.T, z, out=gradient)
            if k:
                np.matmul(z, w.T, out=delta)
    return perf_counter() - began


def measure(split: Split, settings: Hyperparameters, threads: int = 1) -> Iterator[Measurement]:
    """Train, and after each epoch time its floor with as many BLAS threads as there are processes.

    threads: BLAS threads of one process that learns alone. The first epoch warms up and is dropped.
    """
    run = new_run(settings, split.train.pixels.shape[1], split.train.classes)
    run.pace = PACE
    rows = min(settings.batch_size, len(split.train))
    processes = settings.processes if isinstance(settings.processes, int) else 1
    with threadpool_limits(threads):
        for event in train(run, split):
            if isinstance(event, EpochDone) and event.epoch > 1:
                with threadpool_limits(max(threads, processes)):
                    floor = floor_seconds(run.network.sizes, len(split.train), rows)
                sleep(REST)
                yield Measurement(event.seconds, floor, len(split.train))
