"""Sets of a few drawings: how many unseen ones are read, with a first layer drawn and a warm one.

    python benchmarks/small_sets.py --data mnist [--seeds 5]

Symbols of scripted hands (`tests/symbols.py`), those of the test by hands that drew nothing of the
training: 3 x 20, two of them alike; 10 x 10; 26 letters x 8. And of real hands 20 training images
of MNIST's 3, 5 and 8 each, scored on all test images of these classes. Everything as it is by
default, only that the first layer is drawn, or that of a network trained on the bundled digits.
The result goes to RESULTS.md.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).parents[1]))  # for the symbols of the tests

import numpy as np
import report

import engine as nr
from engine.data.dataset import DataSet, Digits
from engine.data.pictures import one_digit
from engine.nn.arrays import Bytes, Indices
from engine.nn.network import Network
from engine.training.hyperparameters import Hyperparameters
from engine.training.loop import train
from engine.training.metrics import evaluate
from engine.training.run import Run, new_run
from engine.training.small_sets import fitted, size_of
from engine.training.threads import limit_threads
from engine.training.warm_start import warm_start
from tests import symbols

REAL = (3, 5, 8)


@dataclass(frozen=True, slots=True)
class Task:
    """A kind of small set; target: the share of unseen images it is to read, if one is asked for.

    kinds: which of the symbols in turn, by seed.
    """

    name: str
    each: int
    unseen: int
    hands: int
    kinds: tuple[str, ...] = ()
    target: float | None = None


TASKS = (
    Task("3 symbols x 20", 20, 100, 5, ("signs", "combs", "arrows"), 0.99),
    Task("10 symbols x 10", 10, 30, 5, ("ten",), 0.90),
    Task("26 letters x 8", 8, 12, 4, ("letters",), 0.75),
    Task("MNIST's 3, 5, 8 x 20", 20, 0, 0),
    Task("3 symbols x 5", 5, 100, 5, ("signs", "combs", "arrows")),
    Task("10 symbols x 3", 3, 30, 3, ("ten",)),
    Task("MNIST's 3, 5, 8 x 5", 5, 0, 0),
)


def drawn(kind: str, each: int, hands: int, seed: int) -> Digits:
    """So many drawings of each symbol by hands of their own, laid out as `data pack` does."""
    generator, kinds = np.random.default_rng(seed), symbols.SETS[kind]
    writers = [symbols.hand(kinds, generator) for _ in range(hands)]
    images = [
        one_digit(np.asarray(writers[k % hands].draw(name, strokes, generator)))
        for name, strokes in kinds.items()
        for k in range(each)
    ]
    labels = np.arange(len(kinds), dtype=np.uint8).repeat(each)
    return Digits(np.array(images, np.uint8), labels, len(kinds), tuple(kinds))


def real(mnist: DataSet, each: int, seed: int) -> DataSet:
    """A few training images of some classes, and all of their test images."""
    rows = np.random.default_rng(seed).permutation(len(mnist.train))
    some = [rows[mnist.train.labels[rows] == label][:each] for label in REAL]
    of_these = np.flatnonzero(np.isin(mnist.test.labels, REAL))
    return DataSet(
        "real", *(_of(*part) for part in ((mnist.train, np.concatenate(some)),
                                          (mnist.test, of_these))), varied=True,
    )  # fmt: skip


def _of(digits: Digits, rows: Indices) -> Digits:
    labels: Bytes = np.searchsorted(REAL, digits.labels[rows]).astype(np.uint8)
    return Digits(digits.images[rows], labels, len(REAL), tuple(map(str, REAL)))


def data_of(task: Task, mnist: DataSet, seed: int) -> DataSet:
    """The set of a seed."""
    if not task.kinds:
        return real(mnist, task.each, seed)
    kind = task.kinds[seed % len(task.kinds)]
    unseen = drawn(kind, task.unseen, task.unseen // 5, 900 + seed)
    return DataSet(kind, drawn(kind, task.each, task.hands, 100 + seed), unseen, varied=True)


def learned(data: DataSet, seed: int, donor: Network | None = None, **values: object) -> Run:
    """A run with the defaults, trained to its end."""
    settings = fitted({"seed": seed, **values}, size_of(data))
    return trained(data, settings, donor)


def trained(data: DataSet, settings: Hyperparameters, donor: Network | None = None) -> Run:
    """A run that begins with the first layer of `donor`, if there is one."""
    run = new_run(settings, data.train.pixels.shape[1], data.train.classes)
    if donor is not None:
        warm_start(run.network, donor)
    limit_threads(settings.batch_size)
    run.pace = 10.0
    for _ in train(
        run, data.split(settings.validation, settings.validation_fraction, settings.seed)
    ):
        pass
    return run


def main() -> None:
    """Train all of them, and write the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--data", required=True)
    words.add_argument("--seeds", type=int, default=5)
    words.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    words.add_argument("--dry", action="store_true", help="write nothing")
    words.add_argument("--only", type=int)
    asked = words.parse_args()
    values = dict(each.split("=", 1) for each in asked.set)
    mnist, rows = nr.load(asked.data), []
    donor = trained(nr.load("bundled"), fitted({}, size_of(nr.load("bundled")))).network
    for task in TASKS if asked.only is None else TASKS[asked.only : asked.only + 1]:
        sets = [data_of(task, mnist, seed) for seed in range(asked.seeds)]
        for first, given in (("drawn", None), ("bundled's", donor)):
            scores = [
                evaluate(learned(data, seed, given, **values).network, data.test).accuracy
                for seed, data in enumerate(sets)
            ]
            wanted = "" if task.target is None else f"{task.target:.0%}"
            every = " ".join(f"{100 * score:.1f}" for score in scores)
            rows.append((task.name, first, f"{100 * mean(scores):.1f}", f"{100 * min(scores):.1f}",
                         every, wanted))  # fmt: skip
            print(*rows[-1], sep=" | ", flush=True)
    heads = ("set", "first layer", "mean %", "worst %", "by seed", "target, worst")
    if not asked.dry:
        report.write("Sets of a few drawings", report.table(heads, rows))


if __name__ == "__main__":
    main()
