"""The training loop: a generator that trains between two events and never prints or sleeps.

Not asking for the next event is a pause. All state is in the `Run`, none in the generator, so a
new generator over the same run goes on where the last one stopped.
"""

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TypeVar

import numpy as np

from engine.data.digits import Digits, Split
from engine.nn.arrays import Indices
from engine.training.choose import TRIAL, crew_for
from engine.training.crew import Crew
from engine.training.events import EpochDone, Event, Progress, Reason, Started, Stopped
from engine.training.health import dead_share, is_healthy, sample_of
from engine.training.hyperparameters import Hyperparameters
from engine.training.metrics import Evaluator, reaches
from engine.training.run import EpochSums, Run
from engine.training.shared import Learned, Stretch

Measured = TypeVar("Measured")


def train(run: Run, split: Split) -> Iterator[Event]:
    """Train until a stop rule holds: yields `Started`, then `Progress` and `EpochDone`, `Stopped`.

    After "patience" the run holds the best epoch's parameters; after "diverged" those before the
    update that would have broken them.

    Raises:
        TeamError: a process of the team is lost; the run is as it was at the event before.
    """
    run.stopped = None
    batch_size = min(run.hyperparameters.batch_size, len(split.train))
    run.batches = math.ceil(len(split.train) / batch_size)
    crew, learned_by = crew_for(run, split, partial(_try, run, len(split.train)))
    try:
        yield Started(
            run.hyperparameters,
            run.network.theta.size,
            len(split.train),
            len(split.validation),
            learned_by,
        )
        reason = yield from _epochs(run, crew, split)
    finally:
        crew.close()
    if reason == "patience" and run.best is not None:
        run.network.theta[:] = run.best.theta
    yield _stop(run, reason, split)


def _epochs(run: Run, crew: Crew, split: Split) -> Generator[Event, None, Reason]:
    """Epoch after epoch; returns why it stops."""
    images, sample = len(split.train), sample_of(split)
    while (reason := _reason_to_stop(run)) is None:
        _begin_epoch(run, crew, images)
        begun = run.epoch
        while (run.epoch, run.batch < run.batches, run.interrupt) == (begun, True, False):
            learned, progress = _learn(run, crew)
            if learned.batches:
                yield progress
            if learned.diverged:
                return "diverged"
        if run.batch >= run.batches:
            yield _finish_epoch(run, crew, sample)
    return reason


def _begin_epoch(run: Run, crew: Crew, images: int) -> None:
    began = perf_counter()
    crew.begin_epoch(run.epoch, epoch_order(run, images))
    run.add_seconds(perf_counter() - began)


def _try(run: Run, images: int, crew: Crew) -> int:
    """Let a crew learn a little, only to see how long it takes; returns how many images."""
    if not crew.is_ready:
        crew.begin_epoch(run.epoch, epoch_order(run, images))
    stretch = replace(_stretch(run), seconds=TRIAL)
    return crew.learn(run, stretch, patient=True).images


def epoch_order(run: Run, images: int) -> Indices | None:
    """The order of the images in the epoch under way, known from the seed and the epoch alone.

    None is the order in which they are stored.
    """
    if not run.hyperparameters.shuffle:
        return None
    return np.random.default_rng((run.hyperparameters.seed, run.epoch)).permutation(images)


def _learn(run: Run, crew: Crew) -> tuple[Learned, Progress]:
    """One stretch of batches."""
    began = perf_counter()
    learned = crew.learn(run, _stretch(run))
    seconds = perf_counter() - began
    run.add(learned, seconds)
    return learned, Progress(
        epoch=run.epoch + 1,
        batch=run.batch,
        batches=run.batches,
        images=learned.images,
        loss=learned.loss / max(learned.images, 1),
        correct=learned.correct,
        seconds=seconds,
        learning_rate=learned.learning_rate,
    )


def _stretch(run: Run) -> Stretch:
    """What comes next."""
    settings = run.hyperparameters
    return Stretch(
        epoch=run.epoch,
        batch=run.batch,
        batches=run.batches,
        step=run.step,
        seconds=run.pace,
        loss=run.sums.loss,
        learning_rate=settings.learning_rate,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
        schedule=settings.schedule,
        epochs=settings.epochs,
        decay=settings.decay,
        decay_epochs=settings.decay_epochs,
    )


def _finish_epoch(run: Run, crew: Crew, sample: Digits) -> EpochDone:
    """sample: the digits by which units are judged."""
    validation = _timed(run, partial(crew.validate, run))
    dead = _timed(run, partial(dead_share, run.network, sample))
    sums, run.sums = run.sums, EpochSums()
    run.epoch += 1
    run.batch = 0
    is_best = run.best is None or validation.accuracy > run.best.validation_accuracy
    run.newest = run.snapshot(validation.accuracy)
    if is_best:
        run.best = run.newest
    done = EpochDone(
        epoch=run.epoch,
        train_loss=sums.loss / sums.images,
        train_accuracy=sums.correct / sums.images,
        validation_loss=validation.loss,
        validation_accuracy=validation.accuracy,
        seconds=sums.seconds,
        images_per_second=sums.images / sums.seconds,
        is_best=is_best,
        validation_images=validation.images,
        dead=dead,
    )
    run.history.append(done)
    if is_healthy(run.history, run.network):
        run.last = run.newest
    return done


def _timed(run: Run, measure: Callable[[], Measured]) -> Measured:
    began = perf_counter()
    measured = measure()
    run.seconds += perf_counter() - began
    return measured


def is_over(run: Run, settings: Hyperparameters) -> bool:
    """Whether there would be nothing more to learn with these settings."""
    return _reason_to_stop(replace(run, hyperparameters=settings)) is not None


def _reason_to_stop(run: Run) -> Reason | None:
    """The first stop rule that holds now; none while an epoch is half done, but an interrupt."""
    if run.interrupt:
        return "interrupted"
    settings = run.hyperparameters
    if run.batch or not run.history:
        return None
    done = run.history[-1]
    if reaches(done.validation_accuracy, done.validation_images, settings.target_accuracy):
        return "target"
    if run.epoch >= settings.epochs:
        return "epochs"
    if settings.patience and run.best and run.epoch - run.best.epoch >= settings.patience:
        return "patience"
    return None


def _stop(run: Run, reason: Reason, split: Split) -> Stopped:
    """The last event; the test images are scored unless the run was cut short."""
    test = None
    if reason not in ("interrupted", "diverged"):
        test = _timed(run, Evaluator(run.network, split.test).evaluate)
    run.stopped, run.interrupt = reason, False
    return Stopped(reason, run.epoch, run.seconds, run.validation_accuracy, test)
