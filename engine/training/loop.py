"""The training loop: a generator that trains between two events and never prints or sleeps.

Not asking for the next event is a pause. All state is in the `Run`, none in the generator, so a
new generator over the same run goes on where the last one stopped.
"""

import math
from collections.abc import Callable, Generator
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TypeVar

import numpy as np

from engine.data.dataset import Digits, Split
from engine.nn.arrays import Indices
from engine.training.events import EpochDone, Event, Progress, Reason, Started, Stopped
from engine.training.health import dead_share, is_healthy, sample_of
from engine.training.hyperparameters import Hyperparameters
from engine.training.metrics import Evaluator, reaches
from engine.training.parallel.autotune import TRIAL, executor_for
from engine.training.parallel.buffers import StepRange, StepResult
from engine.training.parallel.executor import Executor
from engine.training.parallel.recovery import ResilientExecutor
from engine.training.run import EpochSums, Run

Measured = TypeVar("Measured")


def train(run: Run, split: Split) -> Generator[Event, None, None]:
    """Train until a stop rule holds: yields `Started`, then `Progress` and `EpochDone`, `Stopped`.

    After "patience" the run holds the best epoch's parameters; after "diverged" those before the
    update that would have broken them.

    A process of the team that is lost is replaced, and `WorkersReplaced` tells of it.

    Raises:
        TeamError: the processes cannot be started.
    """
    run.stopped = None
    batch_size = min(run.hyperparameters.batch_size, len(split.train))
    run.batches = math.ceil(len(split.train) / batch_size)
    first, learned_by = executor_for(run, split, partial(_try, run, len(split.train)))
    executor = ResilientExecutor(run, split, first)
    try:
        yield Started(
            run.hyperparameters,
            run.network.theta.size,
            len(split.train),
            len(split.validation),
            learned_by,
            split.second.name if split.second else "",
            len(split.second.digits) if split.second else 0,
        )
        reason = yield from _epochs(run, executor, split)
    finally:
        executor.close()
    if reason == "patience" and run.best is not None:
        run.network.theta[:] = run.best.theta
    yield replace(_stop(run, reason, split), team=executor.in_words())


def _epochs(run: Run, executor: ResilientExecutor, split: Split) -> Generator[Event, None, Reason]:
    """Epoch after epoch; returns why it stops."""
    images, sample = len(split.train), sample_of(split)
    second = Evaluator(run.network, split.second.digits) if split.second else None
    while (reason := _reason_to_stop(run)) is None:
        _begin_epoch(run, executor, images)
        yield from executor.repairs()
        begun = run.epoch
        while (run.epoch, run.batch < run.batches, run.interrupt) == (begun, True, False):
            learned, progress = _learn(run, executor)
            yield from executor.repairs()
            if learned.batches:
                yield progress
            if learned.diverged:
                return "diverged"
        if run.batch >= run.batches:
            done = _finish_epoch(run, executor, sample, second)
            yield from executor.repairs()
            yield done
    return reason


def _begin_epoch(run: Run, executor: ResilientExecutor, images: int) -> None:
    began = perf_counter()
    executor.begin_epoch(run.epoch, epoch_order(run, images))
    run.add_seconds(perf_counter() - began)


def _try(run: Run, images: int, executor: Executor) -> int:
    """Let a crew learn a little, only to see how long it takes; returns how many images."""
    if not executor.is_ready:
        executor.begin_epoch(run.epoch, epoch_order(run, images))
    step_range = replace(_step_range(run), seconds=TRIAL)
    return executor.learn(run, step_range, patient=True).images


def epoch_order(run: Run, images: int) -> Indices | None:
    """The order of the images in the epoch under way, known from the seed and the epoch alone.

    None is the order in which they are stored.
    """
    if not run.hyperparameters.shuffle:
        return None
    return np.random.default_rng((run.hyperparameters.seed, run.epoch)).permutation(images)


def _learn(run: Run, executor: ResilientExecutor) -> tuple[StepResult, Progress]:
    """One stretch of batches."""
    began = perf_counter()
    learned = executor.learn(run, _step_range(run))
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


def _step_range(run: Run) -> StepRange:
    """What comes next."""
    settings = run.hyperparameters
    return StepRange(
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


def _finish_epoch(
    run: Run, executor: ResilientExecutor, sample: Digits, second: Evaluator | None
) -> EpochDone:
    """sample: the digits by which units are judged. second: scores those beside the validation.

    The time of the second score does not count as the run's.
    """
    validation = _timed(run, partial(executor.validate, run))
    dead = _timed(run, partial(dead_share, run.network, sample))
    beside = second.evaluate() if second else None
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
        second_loss=beside.loss if beside else None,
        second_accuracy=beside.accuracy if beside else None,
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
