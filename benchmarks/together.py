"""Bundled digits and 200 drawings of one hand, each alone and together: on that hand, on MNIST.

    python benchmarks/together.py --data mnist [--hands 3]

A scripted hand (`tests/symbols.py`) writes its digits 20 times each, and 300 more that are only
tested on. The sets are mixed as by `--data 'bundled,./mine*3'`, everything else is as it is by
default. The result goes to RESULTS.md.
"""

import argparse
from statistics import mean

import numpy as np
import report
from small_sets import drawn, learned

import engine as nr
from engine.data.dataset import DataSet, Digits
from engine.data.mixture import mixed
from engine.training.metrics import evaluate

WEIGHTS = (1.0, 3.0, 10.0)


def of_one_hand(seed: int) -> DataSet:
    """200 digits of a hand, and 300 others of the same hand."""
    both = drawn("digits", 50, 1, 500 + seed)
    for_test = np.arange(len(both)) % 50 >= 20
    train, test = (both.take(np.flatnonzero(part)) for part in (~for_test, for_test))
    names = tuple("0123456789")
    return DataSet("mine", *(Digits(part.images, part.labels, 10, names) for part in (train, test)),
                   varied=True)  # fmt: skip


def main() -> None:
    """Train all of them, and write the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--data", required=True)
    words.add_argument("--hands", type=int, default=3)
    words.add_argument("--dry", action="store_true", help="write nothing")
    asked = words.parse_args()
    mnist, bundled, rows = nr.load(asked.data), nr.load("bundled"), []
    hands = [of_one_hand(seed) for seed in range(asked.hands)]
    kinds = {"bundled": lambda mine: bundled, "./mine": lambda mine: mine}
    for weight in WEIGHTS:
        name = f"bundled,./mine*{weight:g}" if weight != 1 else "bundled,./mine"
        kinds[name] = lambda mine, by=weight: mixed([bundled, mine], [1.0, by])
    for name, of in kinds.items():
        scores = []
        for seed, mine in enumerate(hands):
            network = learned(of(mine), seed).network
            tests = (each.test for each in (mine, bundled, mnist))
            scores.append([evaluate(network, test).accuracy for test in tests])
        own, *_ = columns = list(zip(*scores, strict=True))
        rows.append((f"`{name}`", *(f"{100 * mean(each):.1f}" for each in columns),
                     f"{100 * min(own):.1f}"))  # fmt: skip
        print(*rows[-1], sep=" | ", flush=True)
    heads = ("learned from", "that hand, %", "bundled, %", "MNIST, %", "worst of the hands, %")
    if not asked.dry:
        report.write("One's own hand beside the bundled digits", report.table(heads, rows))


if __name__ == "__main__":
    main()
