"""A training loop that plays a script, so that a screen shows the same every time."""

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from threading import Event as Gate
from time import sleep
from typing import Any, TypeVar

import numpy as np

from engine.data.dataset import DataSet, Digits, Split
from engine.training.events import EpochDone, Event, Progress, Started, Stopped
from engine.training.health import is_healthy
from engine.training.hyperparameters import Hyperparameters, settings_from
from engine.training.loop import train
from engine.training.metrics import Evaluation
from engine.training.run import EpochSums, Run
from numrec_tui.session.config import SessionConfig, TrainingLoop
from numrec_tui.session.session import Session

ENDLESS = {"epochs": 100_000, "learning_rate": 1e-6}
"""Settings of a run that neither ends nor learns enough to reach its target."""

GATE = Gate()
"""Closed while a screen that plays a script has something to draw: it is never outrun."""
GATE.set()

LONGEST_WAIT = 30.0
"""Seconds after which a script goes on whether the screen is ready or not."""

Given = TypeVar("Given")


def held(listener: Callable[[Any, Given], None]) -> Callable[[Any, Given], None]:
    """A method that hands something to a screen once that has nothing to draw."""

    @wraps(listener)
    def hand_on(screen: Any, given: Given) -> None:
        GATE.wait(LONGEST_WAIT)
        listener(screen, given)

    return hand_on


BATCHES = 10
IMAGES = 1000


def drawn_digits(count: int = 60) -> Digits:
    """Digits of 28x28 that can be told apart by eye: rings, bars and corners."""
    labels = (np.arange(count) % 10).astype(np.uint8)
    y, x = np.mgrid[:28, :28]
    images = np.zeros((count, 28, 28), np.uint8)
    for row, label in enumerate(labels):
        if label % 2:
            ink = (abs(x - 14 + (y - 14) * label / 20) < 2) & (abs(y - 14) < 10)
        else:
            ink = abs(np.hypot(x - 14, (y - 14) * (0.6 + label / 20)) - 7) < 1.5
        images[row][ink] = 255 - 12 * label
    return Digits(images, labels)


def drawn_set() -> DataSet:
    return DataSet("drawn", drawn_digits(), drawn_digits(20))


def epochs(count: int, first: int = 1, rate: float = 0.05) -> list[Event]:
    """Whole epochs of a run that learns well; an eighth of a second a batch."""
    events: list[Event] = []
    for epoch in range(first, first + count):
        events += [progress(epoch, batch, rate) for batch in range(1, BATCHES + 1)]
        validation = accuracy(epoch) - 0.01
        events.append(
            EpochDone(
                epoch, 0.4 / epoch, accuracy(epoch), 0.5 / epoch, validation, 1.25, 8000.0, True
            )
        )
    return events


def progress(epoch: int, batch: int, rate: float = 0.05) -> Progress:
    reached = accuracy(epoch - 1 + batch / BATCHES)
    return Progress(
        epoch, batch, BATCHES, IMAGES, 1 - reached, round(IMAGES * reached), 0.125, rate
    )


def accuracy(position: float) -> float:
    return 0.1 + 0.88 * (1 - 2.0**-position / 1.0) if position < 12 else 0.98


def ruined_epoch(epoch: int) -> EpochDone:
    """The end of an epoch in which everything that was learned was lost."""
    return EpochDone(epoch, 1e24, 0.1, 3e25, 0.12, 1.25, 8000.0, False, 0.9)


def stopped(reason: str, epoch: int) -> Stopped:
    test = Evaluation(20, 19, 0.1, np.eye(10, dtype=np.int64)) if reason != "diverged" else None
    return Stopped(reason, epoch, float(epoch), 0.95, test)  # type: ignore[arg-type]


def play(script: Sequence[Event]) -> TrainingLoop:
    """A training loop that plays the script once, keeps the run in step with it, and then idles."""
    remaining = iter(script)

    def loop(run: Run, split: Split) -> Iterator[Event]:
        del split
        run.batches = BATCHES
        yield Started(run.hyperparameters, run.network.theta.size, 54, 6)
        for event in remaining:
            GATE.wait(LONGEST_WAIT)
            sleep(0.001)  # no faster than a small network
            run.step += 1
            _follow(run, event)
            yield event
            if isinstance(event, Stopped):
                return
        while True:
            GATE.wait(LONGEST_WAIT)
            sleep(0.001)
            yield Progress(run.epoch + 1, run.batch, BATCHES, 0, 0.0, 0, 0.0, 0.05)

    return loop


def _follow(run: Run, event: Event) -> None:
    match event:
        case Progress():
            run.batch = event.batch
            run.seconds += event.seconds
            run.sums.images += event.images
        case EpochDone():
            run.epoch, run.batch, run.sums = event.epoch, 0, EpochSums()
            run.history.append(event)
            if is_healthy(run.history, run.network):
                run.last = run.snapshot(event.validation_accuracy)
        case Stopped():
            run.stopped = event.reason


def settings(**changed: object) -> Hyperparameters:
    """Those of a session that learns from a few drawn digits."""
    return settings_from(
        {"schedule": "constant", "hidden": (8,), "batch_size": 16, "epochs": 20, **changed}
    )


def session(folder: Path, script: Sequence[Event] = (), **changed: object) -> Session:
    """A session over drawn digits that plays a script; without one it really trains."""
    loop = play(script) if script else train
    return Session(SessionConfig(drawn_set(), settings(**changed), folder, loop))
