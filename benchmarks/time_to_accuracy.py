"""Whole programs, from cold start until 96 % of MNIST's test digits are read right.

    python benchmarks/time_to_accuracy.py --data mnist [--rounds 5]

784-256-10, SGD 0.1, batch 512, images in stored order, tested after every epoch: this program
alone and as a team, PyTorch, and scikit-learn, one after another, several rounds of all of them,
each round with a seed of its own.
Needs `pip install -e '.[bench]'`. The result goes to RESULTS.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

os.environ.pop("OPENBLAS_CORETYPE", None)  # let the library choose its kernels, before it is loaded
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program is compiled, too

import numpy as np  # noqa: F401 - so that the report can name its kernels
import report

FOLDER = Path(__file__).parent / "contenders"
OURS = ["-m", "numrec_tui", "train", "--preset", "seed", "--json", "--save", "{model}",
        "--seed", "{seed}"]  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """One whole program."""

    seconds: float
    epochs: int
    per_epoch: float


def contenders(data: str) -> dict[str, list[str]]:
    """The command lines, by name; the first one is what the others are compared with."""
    return {
        "numrec-tui, 2 processes": [*OURS, "--data", data, "--processes", "2"],
        f"numrec-tui, 1 process, {os.cpu_count()} threads": [*OURS, "--data", data],
        "PyTorch, tensors, 2 threads": [str(FOLDER / "torch_tensors.py"), data, "{seed}", "2"],
        "PyTorch, tensors, 1 thread": [str(FOLDER / "torch_tensors.py"), data, "{seed}", "1"],
        "PyTorch, DataLoader": [str(FOLDER / "torch_loader.py"), data, "{seed}"],
        "scikit-learn MLPClassifier": [str(FOLDER / "sklearn_mlp.py"), data, "{seed}"],
    }


def run(command: list[str], seed: int) -> Outcome:
    """Start a program, wait for its end, and read what it said of its epochs."""
    with TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "NUMREC_HOME": folder,  # nothing is left among the person's own runs
        }
        words = [word.format(model=f"{folder}/m.safetensors", seed=seed) for word in command]
        began = perf_counter()
        done = subprocess.run(
            [sys.executable, *words], env=environment, capture_output=True, text=True, check=False
        )
        seconds = perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stderr}")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    epochs = [line["seconds"] for line in lines if line.get("event", "epoch") == "epoch"]
    return Outcome(seconds, len(epochs), statistics.median(epochs))


def spread(numbers: list[int]) -> tuple[int, int, int]:
    """The least, the median, the most."""
    return min(numbers), round(statistics.median(numbers)), max(numbers)


def main() -> None:
    """Run all of them, round by round."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", required=True, help="a folder with MNIST's IDX files")
    arguments.add_argument("--rounds", type=int, default=5)
    chosen = arguments.parse_args()
    commands = contenders(str(Path(chosen.data).resolve()))
    outcomes: dict[str, list[Outcome]] = {name: [] for name in commands}
    for number in range(chosen.rounds):
        for name, command in commands.items():
            outcomes[name].append(run(command, seed=number))
            print(f"round {number + 1}  {name}: {outcomes[name][-1]}", file=sys.stderr, flush=True)
    first = outcomes[next(iter(outcomes))]
    rows, medians = [], {}
    for name, found in outcomes.items():
        medians[name] = statistics.median(outcome.seconds for outcome in found)
        times = [outcome.seconds / ours.seconds for outcome, ours in zip(found, first, strict=True)]
        rows.append([
            name, f"{medians[name]:.2f}", f"{min(o.seconds for o in found):.2f}",
            "{1} ({0}-{2})".format(*spread([o.epochs for o in found])),
            f"{statistics.median(o.per_epoch for o in found):.3f}",
            f"{statistics.median(times):.2f}",
        ])  # fmt: skip
    heads = ["", "whole program, s", "best, s", "epochs", "s an epoch", "times as long"]
    body = (
        f"Medians of {chosen.rounds} rounds, run in turn, with seeds 0 to {chosen.rounds - 1}.\n\n"
    )
    report.write(
        "Time to 96 %", body + report.table(heads, rows) + "\n\n" + report.bars(medians, "s")
    )


if __name__ == "__main__":
    main()
