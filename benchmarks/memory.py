"""The most memory of a process that trains and the processes of its team together.

    python memory.py DATA N

N processes learn MNIST with the `seed` preset. Prints the proportional set size in kB: shared
memory counts once.
"""

import sys
from pathlib import Path

from engine.data.catalog import load
from engine.training.benchmark import PACE
from engine.training.hyperparameters import settings_from
from engine.training.loop import train
from engine.training.presets import preset
from engine.training.run import new_run


def proportional(process: str) -> int:
    """The memory of one process, its part of what is shared included: kB."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except FileNotFoundError:  # it has just ended
        return 0
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pss:")))


def children() -> set[str]:
    """The processes that this one has started."""
    threads = Path("/proc/self/task").iterdir()
    return {child for thread in threads for child in (thread / "children").read_text().split()}


def main() -> None:
    """Train three epochs and look after each event."""
    values = {**preset("seed"), "epochs": 3, "processes": int(sys.argv[2])}
    settings = settings_from(values)
    split = load(Path(sys.argv[1])).split("test", 0.1, 0)
    run = new_run(settings, split.train.pixels.shape[1], split.train.classes)
    run.pace = PACE
    looks = [sum(map(proportional, ["self", *children()])) for _ in train(run, split)]
    print(max(looks))


if __name__ == "__main__":
    main()
