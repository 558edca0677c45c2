"""The training loop: a generator that trains between two events and never prints or sleeps.

Not asking for the next event is a pause. All state is in the `Run`, none in the generator, so a
new generator over the same run goes on where the last one stopped.
"""

import math
from collections.abc import Iterator
from time import perf_counter

import numpy as np

from engine.data.augment import OFF, Augmentation, Augmenter
from engine.data.digits import BatchReader, Split
from engine.nn.arrays import Array, Indices
from engine.nn.network import Workspace, draw_masks, gradient
from engine.nn.optimizers import Steering
from engine.nn.schedules import SCHEDULES, Moment
from engine.training.events import EpochDone, Event, Progress, Reason, Started, Stopped
from engine.training.hyperparameters import Hyperparameters
from engine.training.metrics import Evaluation, Evaluator
from engine.training.run import EpochSums, Run


def train(run: Run, split: Split) -> Iterator[Event]:
    """Train until a stop rule holds: yields `Started`, then `Progress` and `EpochDone`, `Stopped`.

    After "patience" the run holds the best epoch's parameters; after "diverged" those before the
    update that would have broken them.
    """
    run.stopped = None
    batch_size = min(run.hyperparameters.batch_size, len(split.train))
    run.batches = math.ceil(len(split.train) / batch_size)
    learner = _Learner(run, split, batch_size)
    validator = Evaluator(run.network, split.validation)
    yield Started(
        run.hyperparameters, run.network.theta.size, len(split.train), len(split.validation)
    )
    while (reason := _reason_to_stop(run)) is None:
        order = epoch_order(run, len(split.train))
        learner.begin_epoch()
        while run.batch < run.batches and not run.interrupt:
            progress = learner.learn(order)
            if progress is None:
                yield _stop(run, "diverged", None)
                return
            yield progress
        if run.batch == run.batches:
            yield _finish_epoch(run, validator)
    if reason == "patience" and run.best is not None:
        run.network.theta[:] = run.best.theta
    yield _stop(run, reason, split)


def augmentation(settings: Hyperparameters, split: Split) -> Augmentation:
    """How the training images are changed: as set, and by itself only where a program drew them."""
    if settings.augment == "off" or (settings.augment == "auto" and not split.drawn):
        return OFF
    return Augmentation(
        settings.rotation, settings.scaling, settings.shear, settings.shift, settings.elastic
    )


def epoch_order(run: Run, images: int) -> Indices | None:
    """The order of the images in the epoch under way, known from the seed and the epoch alone.

    None is the order in which they are stored.
    """
    if not run.hyperparameters.shuffle:
        return None
    return np.random.default_rng((run.hyperparameters.seed, run.epoch)).permutation(images)


class _Learner:
    """Learns one batch after another, in memory made once."""

    def __init__(self, run: Run, split: Split, batch_size: int) -> None:
        self._run = run
        self._labels = split.train.labels
        self._batch_size = batch_size
        self._change = augmentation(run.hyperparameters, split)
        self._augmenter = Augmenter(split.train, self._change, run.hyperparameters.seed)
        self._reader = BatchReader(self._augmenter.digits, batch_size)
        self._workspace = Workspace(run.network, batch_size)
        self._spare = np.empty(PART, run.network.theta.dtype)

    def begin_epoch(self) -> None:
        """Change the training images, if that is wanted."""
        if not self._change:
            return
        began = perf_counter()
        self._augmenter.begin(self._run.epoch)
        self._run.add_seconds(perf_counter() - began)

    def learn(self, order: Indices | None) -> Progress | None:
        """One batch: gradient, then update. None when the numbers explode; no update is made."""
        run, settings = self._run, self._run.hyperparameters
        began = perf_counter()
        start = run.batch * self._batch_size
        stored = slice(start, start + self._batch_size)
        rows = stored if order is None else order[stored]
        labels = self._labels[rows]
        batch = self._workspace.first(len(labels))
        self._reader.read(rows, batch.x)
        if settings.dropout:
            draw_masks(batch, settings.dropout, _dropout_generator(run))
        with np.errstate(over="ignore", invalid="ignore"):  # an explosion is told by the next test
            score = gradient(run.network, batch, labels, dropout=settings.dropout > 0)
        if not _all_finite(score.loss, batch.gradient, run.network.theta):
            return None
        rate = settings.learning_rate * _rate_multiplier(run)
        run.step += 1
        self._update(batch.gradient, score.rows, rate)
        run.last = run.newest
        run.batch += 1
        seconds = perf_counter() - began
        run.add(score, seconds)
        return Progress(
            epoch=run.epoch + 1,
            batch=run.batch,
            batches=run.batches,
            images=score.rows,
            loss=score.loss / score.rows,
            correct=score.correct,
            seconds=seconds,
            learning_rate=rate,
        )

    def _update(self, gradient: Array, rows: int, rate: float) -> None:
        """Apply the update rule, a part of the vector at a time: parts that fit into the cache."""
        run, settings = self._run, self._run.hyperparameters
        steering = Steering(rate, settings.momentum, settings.weight_decay)
        for start in range(0, gradient.size, PART):
            part = slice(start, start + PART)
            mean = gradient[part]
            mean *= 1 / rows
            run.optimizer.update(
                run.network.theta[part],
                mean,
                run.optimizer_state[:, part],
                self._spare[: mean.size],
                run.step,
                steering,
            )


PART = 32_768
"""Parameters updated at a time: 128 KB of each vector."""


def _all_finite(loss: float, gradient: Array, theta: Array) -> bool:
    """Whether the loss and the squared lengths are finite, so that no update can overflow.

    A squared length overflows for numbers from 1e19 on, far below where float32 itself does.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = float(np.dot(gradient, gradient)) + float(np.dot(theta, theta))
    return math.isfinite(loss + lengths)


DROPOUT = 0xD0
"""Keeps the draw of dropout masks apart from every other draw of the same seed."""


def _dropout_generator(run: Run) -> np.random.Generator:
    """A generator for one batch's masks, so that a run resumed anywhere draws the same ones."""
    return np.random.default_rng((run.hyperparameters.seed, run.epoch, run.batch, DROPOUT))


def _rate_multiplier(run: Run) -> float:
    settings = run.hyperparameters
    moment = Moment(run.position, settings.epochs, settings.decay, settings.decay_epochs)
    return SCHEDULES[settings.schedule](moment)


def _finish_epoch(run: Run, validator: Evaluator) -> EpochDone:
    validation = _timed(run, validator)
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
    )
    run.history.append(done)
    return done


def _timed(run: Run, evaluator: Evaluator) -> Evaluation:
    began = perf_counter()
    with np.errstate(over="ignore", invalid="ignore"):
        evaluation = evaluator.evaluate()
    run.seconds += perf_counter() - began
    return evaluation


def _reason_to_stop(run: Run) -> Reason | None:
    """The first stop rule that holds now; none while an epoch is half done, but an interrupt."""
    if run.interrupt:
        return "interrupted"
    settings = run.hyperparameters
    if run.batch or not run.history:
        return None
    if run.history[-1].validation_accuracy >= settings.target_accuracy:
        return "target"
    if run.epoch >= settings.epochs:
        return "epochs"
    if settings.patience and run.best and run.epoch - run.best.epoch >= settings.patience:
        return "patience"
    return None


def _stop(run: Run, reason: Reason, split: Split | None) -> Stopped:
    """The last event; the test images are scored unless the run was cut short."""
    test = None
    if split is not None and reason != "interrupted":
        test = _timed(run, Evaluator(run.network, split.test))
    run.stopped, run.interrupt = reason, False
    return Stopped(reason, run.epoch, run.seconds, run.validation_accuracy, test)
