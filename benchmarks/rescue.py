"""How often one `h` mends a run that a person has broken: seeds × ways to break it.

A run with default settings learns a part of the bundled digits for some epochs; somewhere in the
next one, earlier or later with each seed, a setting is turned far too high, and it trains on until
it diverges or some epochs have passed. Then `h` is pressed once, and five epochs more are trained.
The run is mended if it ends within a point of the validation accuracy that it had before.

    nice -n 10 python benchmarks/rescue.py            # 30 seeds: two minutes on one core
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from engine.data import catalog
from engine.data.dataset import DataSet
from engine.training.hyperparameters import settings_from
from engine.training.loop import train
from engine.training.run import Run, new_run
from engine.training.threads import limit_threads
from numrec_tui.session.active_run import ActiveRun

WAYS: dict[str, tuple[str, float]] = {
    "rate x 10": ("learning_rate", 0.5),
    "rate x 100": ("learning_rate", 5.0),
    "rate x 1,000": ("learning_rate", 50.0),
    "rate x 10,000": ("learning_rate", 500.0),
    "momentum .99": ("momentum", 0.99),
}
BEFORE, BROKEN, AFTER = 5, 5, 5
"""Epochs before the break, at most with it, and after `h`."""

CLOSE = 0.01
"""A point of accuracy."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one run: accuracies, and whether `h` did anything."""

    before: float
    broken: float
    after: float
    pressed: bool

    @property
    def mended(self) -> bool:
        """Whether it is as good as before."""
        return self.after >= self.before - CLOSE


def digits(images: int, test: int) -> DataSet:
    """The first of the bundled digits."""
    whole = catalog.find("bundled")
    return DataSet("bundled", whole.train.take(np.arange(images)), whole.test.take(np.arange(test)))


def outcomes(data: DataSet, seed: int, **values: object) -> Iterator[tuple[str, Outcome]]:
    """One run of this seed, broken in each of the ways. values: settings other than default."""
    settings = settings_from({"seed": seed, "validation": "test", **values})
    split = data.split("test", 0.1, seed)
    run = new_run(settings, split.train.pixels.shape[1], split.train.classes)
    lesson = ActiveRun(1, run, split, train)
    _train(lesson, BEFORE + (seed % 10 + 0.5) / 10)
    lesson.dismiss()
    for name, (setting, value) in WAYS.items():
        yield name, _break(lesson.run.fork(settings, len(split.train)), lesson, setting, value)


def _break(run: Run, lesson: ActiveRun, setting: str, value: float) -> Outcome:
    before = run.history[-1].validation_accuracy
    broken = ActiveRun(1, run, lesson.split, train, begun=True)
    broken.state = "training"
    run.change(setting, value)
    _train(broken, run.epoch + BROKEN)
    ruined = run.history[-1].validation_accuracy
    pressed = broken.rescue() is not None
    if pressed:
        broken.state = "training"
    _train(broken, run.epoch + AFTER)
    return Outcome(before, ruined, run.history[-1].validation_accuracy, pressed)


def _train(lesson: ActiveRun, until: float) -> None:
    """Train up to a position, or the end."""
    lesson.state = "training" if lesson.state in ("ready", "paused") else lesson.state
    while lesson.state == "training" and lesson.run.position < until:
        lesson.advance(stepping=True)
        lesson.run.pace = 0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=30)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--hidden", type=int, default=64)
    args = parser.parse_args()
    limit_threads(64)
    data = digits(args.images, 1000)
    found: dict[str, list[Outcome]] = {name: [] for name in WAYS}
    for seed in range(args.seeds):
        for name, outcome in outcomes(data, seed, hidden=(args.hidden,), batch_size=32):
            found[name].append(outcome)
    print("| broken by | before | broken | after `h` and 5 epochs | worst | h worked | mended |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, cells in found.items():
        before, broken, after = (
            np.mean([getattr(cell, which) for cell in cells])
            for which in ("before", "broken", "after")
        )
        worst = min(cell.after - cell.before for cell in cells)
        pressed, mended = (
            sum(getattr(cell, which) for cell in cells) for which in ("pressed", "mended")
        )
        print(
            f"| {name} | {before:.1%} | {broken:.1%} | {after:.1%} | {worst:+.1%} "
            f"| {pressed}/{len(cells)} | {mended}/{len(cells)} |"
        )


if __name__ == "__main__":
    main()
