"""Whether the effect of every experiment of Learn is there: over seeds, with one process and two.

Each is carried out by a session as the app does it, by doing what its steps say. A step counts if
its checks hold. `--wrong` does something else in every step and counts those that do not hold.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic, sleep

from engine.data import mixture
from engine.data.dataset import DataSet
from engine.training.hyperparameters import Hyperparameters
from numrec_tui.lessons.lesson import Lesson
from numrec_tui.lessons.shelf import experiments
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.experiment import Experiment
from numrec_tui.session.session import Session

PATIENCE = 300.0
"""Seconds after which an experiment is given up."""

TURNED: Mapping[str, Mapping[str, float]] = {
    "high": {"learning_rate": 2.0},
    "used": {"learning_rate": 0.05},
    "tenfold": {"learning_rate": 0.1},
    "raised": {"learning_rate": 0.2},
    "decay": {"weight_decay": 0.02},
    "few": {"validation_fraction": 0.05},
}
"""What a person turns in the steps that ask for it, by the run."""

WRONG: Mapping[str, Mapping[str, object]] = {
    "good": {"epochs": 1, "learning_rate": 1e-5},
    "low": {"learning_rate": 0.05},
    "high": {},
    "test": {"schedule": "constant"},
    "used": {},
    "plain": {"optimizer": "adam"},
    "momentum": {"optimizer": "sgd"},
    "tenfold": {},
    "small": {"epochs": 1, "learning_rate": 1e-5},
    "large": {"batch_size": 16},
    "raised": {},
    "heart": {"augment": "on"},
    "varied": {"augment": "off"},
    "decay": {},
    "dropout": {"dropout": 0.0},
    "alive": {"learning_rate": 1.0},
    "killed": {"learning_rate": 0.01},
    "leaky": {"activation": "relu"},
    "he": {"epochs": 1, "learning_rate": 1e-5},
    "uniform": {"initializer": "he"},
    "deep": {"initializer": "he"},
    "half": {"epochs": 1},
    "few": {},
    "people": {"epochs": 1, "learning_rate": 1e-7},
    "both": {"epochs": 1, "learning_rate": 1e-7},
    "wide": {"epochs": 1},
}
"""What does not show the effect, by the run."""


def carry_out(
    lesson: Lesson,
    data: DataSet,
    mnist: str,
    seed: int,
    processes: int,
    turned: Mapping[str, Mapping[str, object]] = TURNED,
) -> tuple[list[tuple[str, bool, str]], float]:
    """Do an experiment; returns for each step its title, whether it counts, what was said."""
    person = Hyperparameters(seed=seed, processes=processes)

    def find(name: str) -> DataSet:
        return mixture.find(mixture.renamed(name, lambda each: mnist if each == "mnist" else each))

    with tempfile.TemporaryDirectory() as folder:
        session = Session(SessionConfig(data, person, Path(folder), find=find))
        done, began = [], monotonic()
        try:
            experiment = Experiment(session, lesson)
            session.listen(experiment.follow)
            experiment.begin()
            for at, step in enumerate(lesson.steps):
                if at:
                    experiment.done.add(at - 1)  # the step before may have failed
                    experiment.go(1)
                _wait(session, lambda: experiment.has_begun, began)
                for name, value in turned.get(step.run, {}).items():
                    session.change(name, value)
                session.start()
                _wait(session, lambda: experiment.status in ("done", "missed"), began)
                done.append((step.title, experiment.status == "done", experiment.said))
        finally:
            session.close()
        return done, monotonic() - began


def _wait(session: Session, holds: Callable[[], bool], began: float) -> None:
    while session.busy or not holds():
        if monotonic() - began > PATIENCE:
            raise TimeoutError("The experiment does not get on.")
        sleep(0.002)


def main() -> int:
    """Print a line for each experiment and number of processes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="a folder with MNIST")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", default="", help="a part of the name of an experiment")
    parser.add_argument("--wrong", action="store_true", help="do something else in every step")
    arguments = parser.parse_args()
    data, failures = mixture.find("bundled"), 0
    mnist = str(Path(arguments.data).resolve())
    turned = WRONG if arguments.wrong else TURNED
    for shelved in experiments():
        if arguments.only not in shelved.key or shelved.lesson is None:
            continue
        for processes in (1, 2):
            counts = [0] * len(shelved.lesson.steps)
            longest = 0.0
            for seed in range(arguments.seeds):
                done, seconds = carry_out(
                    shelved.lesson,
                    data,
                    mnist,
                    seed,
                    processes,
                    turned,
                )
                longest = max(longest, seconds)
                for at, (title, holds, said) in enumerate(done):
                    counts[at] += holds
                    if holds == arguments.wrong:
                        print(f"  seed {seed}, {title}: {said}")
            shares = " ".join(f"{count}/{arguments.seeds}" for count in counts)
            print(
                f"{shelved.key:20} {processes} process(es): {shares}; {longest:.1f} s", flush=True
            )
            least = arguments.seeds * 0.95
            failures += any(counts) if arguments.wrong else min(counts) < least
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
