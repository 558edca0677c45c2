"""Misread digits, corrected one by one: are they read right then, and what does it cost others?

    python benchmarks/correction.py --data mnist [--digits 50] [--models 3]

Networks trained on the bundled digits, and one on MNIST; misread test digits of MNIST. Each alone:
the share of 20 small variations that is read right afterwards, with draws that the correction has
not seen. Then ten in a row: what becomes of 2,000 other test digits. The result goes to RESULTS.md.
"""

import argparse
from statistics import mean, median
from time import perf_counter

import numpy as np
import report

import engine as nr
from engine.data.dataset import DataSet
from engine.nn.network import Network
from engine.training.correction import correct, share_read, variations
from engine.training.metrics import evaluate
from engine.training.threads import limit_threads

VARIATIONS, IN_A_ROW, OTHERS = 20, 10, 2000


def main() -> None:
    """Correct, and write the table."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--data", required=True)
    words.add_argument("--digits", type=int, default=50)
    words.add_argument("--dry", action="store_true", help="write nothing")
    asked = words.parse_args()
    mnist, rows = nr.load(asked.data), []
    for name, data, seed in (
        ("bundled", nr.load("bundled"), 0),
        ("bundled", nr.load("bundled"), 1),
        ("mnist", mnist, 0),
    ):
        run = nr.Run.new(data, seed=seed, epochs=10)
        for _ in run.train():
            pass
        rows.append(
            (f"{name}, seed {seed}", *figures(run.network, run.split.train, mnist, asked.digits))
        )
        print(*rows[-1], sep=" | ", flush=True)
    heads = ("trained on", "MNIST before, %", "variations right before, %", "after, median %",
             "after, mean %", "below 80 %", "seconds each, median", "longest",
             "2,000 others, after ten in a row, points", "worst of five rows")  # fmt: skip
    if not asked.dry:
        report.write("Corrections of misread digits", report.table(heads, rows))


def figures(network: Network, beside: object, mnist: DataSet, count: int) -> tuple[str, ...]:
    """One line of the table."""
    limit_threads(64)
    test, generator = mnist.test, np.random.default_rng(0)
    wrong = network.predict(test.pixels).argmax(axis=1) != test.labels
    misread = generator.permutation(np.flatnonzero(wrong))
    before, after, seconds = [], [], []
    for row in misread[:count]:
        image, label = test.images[row], int(test.labels[row])
        began = perf_counter()
        done = correct(network, image, label, beside, seed=int(row))
        seconds.append(perf_counter() - began)
        unseen = variations(image, VARIATIONS, 10**6 + int(row))
        taught = Network(network.sizes, network.activation, network.loss, theta=done.theta)
        before.append(share_read(network, unseen, label))
        after.append(share_read(taught, unseen, label))
    costs = [in_a_row(network, beside, mnist, misread, start) for start in range(0, 50, IN_A_ROW)]
    return (
        f"{100 * evaluate(network, test).accuracy:.2f}",
        f"{100 * mean(before):.0f}", f"{100 * median(after):.0f}", f"{100 * mean(after):.0f}",
        f"{sum(share < 0.8 for share in after)} of {len(after)}",
        f"{median(seconds):.2f}", f"{max(seconds):.2f}",
        f"{mean(costs):+.2f}", f"{min(costs):+.2f}",
    )  # fmt: skip


def in_a_row(
    network: Network, beside: object, mnist: DataSet, misread: object, start: int
) -> float:
    """How many points 2,000 test digits that were not corrected gain by ten corrections."""
    rows = misread[start : start + IN_A_ROW]
    rest = np.setdiff1d(np.arange(len(mnist.test)), misread[:50])
    others = mnist.test.take(
        np.random.default_rng(start).choice(
            np.concatenate([rest, misread[50:]]) if len(misread) > 50 else rest,
            OTHERS,
            replace=False,
        )
    )
    taught = Network(network.sizes, network.activation, network.loss, theta=network.theta.copy())
    for row in rows:
        done = correct(
            taught, mnist.test.images[row], int(mnist.test.labels[row]), beside, int(row)
        )
        taught.theta[:] = done.theta
    return 100 * (evaluate(taught, others).accuracy - evaluate(network, others).accuracy)


if __name__ == "__main__":
    main()
