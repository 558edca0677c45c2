"""Executors train the steps of a run: in this process, or in a pool of worker processes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

import numpy as np

from engine.data.augment import OFF, Augmentation
from engine.data.dataset import Split
from engine.nn.arrays import Indices
from engine.training.hyperparameters import Hyperparameters
from engine.training.metrics import Evaluation, Evaluator
from engine.training.packing import Layout, PackedImages, divide
from engine.training.parallel.buffers import SharedBuffers, StepRange, StepResult, WorkerConfig
from engine.training.parallel.shard import Shard
from engine.training.run import Run


class Executor(ABC):
    """Trains step ranges of one run; the run itself is changed only between them."""

    def __init__(self, buffers: SharedBuffers, layout: Layout) -> None:
        self._buffers = buffers
        self._layout = layout
        self.processes = len(buffers.gradients)
        """The number of processes."""
        self.is_ready = False
        """Whether an epoch has begun."""

    def begin_epoch(self, epoch: int, order: Indices | None) -> None:
        """Prepare an epoch: the order of its images, and their augmentation."""
        if order is not None:
            self._buffers.order[:] = order
        self._begin_epoch(epoch)
        self.is_ready = True

    def learn(self, run: Run, step_range: StepRange, patient: bool = False) -> StepResult:
        """Train some batches, then copy parameters and optimizer state to the run.

        patient: use all the time of the range, even if a request waits.

        Raises:
            LostProcessError: a process is lost; the run is unchanged.
        """
        network, buffers = run.network, self._buffers
        self._layout.pack(network.theta, buffers.theta)
        for vector, packed in zip(run.optimizer_state, buffers.state, strict=True):
            self._layout.pack(vector, packed)
        learned = self._learn(step_range, lambda: run.interrupt or (run.hurry and not patient))
        self._layout.unpack(buffers.theta, network.theta)
        for vector, packed in zip(run.optimizer_state, buffers.state, strict=True):
            self._layout.unpack(packed, vector)
        return learned

    @abstractmethod
    def _begin_epoch(self, epoch: int) -> None: ...

    @abstractmethod
    def _learn(self, step_range: StepRange, hurried: Callable[[], bool]) -> StepResult: ...

    @abstractmethod
    def validate(self, run: Run) -> Evaluation:
        """Score the validation images with the run's parameters."""

    def close(self) -> None:  # noqa: B027 - one process has nothing to close
        """End its processes, if it has any, and free its memory."""


class SerialExecutor(Executor):
    """Trains in this process."""

    def __init__(self, run: Run, split: Split) -> None:
        config, layout = prepare(run, split)
        packed = layout.packed(split.train.pixels)
        images, dtype = packed.flat, run.network.theta.dtype
        if config.augmentation and np.may_share_memory(images, split.train.pixels):
            images = images.copy()  # augmentation writes to them
        rows = min(config.batch_size, len(split.train))
        buffers = SharedBuffers(
            images=images,
            labels=split.train.labels,
            has_margin_ink=packed.has_margin_ink(),
            order=np.empty(len(split.train), np.intp),
            theta=np.empty_like(run.network.theta),
            state=np.empty_like(run.optimizer_state),
            gradients=np.zeros((1, layout.total), dtype),
            sums=np.empty((1, rows, layout.sizes[1]), dtype),
            errors=np.empty((rows, layout.sizes[1]), dtype),
            stats=np.zeros((1, 4)),
            flags=np.zeros(2, np.uint8),
        )
        super().__init__(buffers, layout)
        self._shard = Shard(config, buffers)
        self._validator = Evaluator(run.network, split.validation)

    def _begin_epoch(self, epoch: int) -> None:
        self._shard.begin_epoch(epoch)

    def _learn(self, step_range: StepRange, hurried: Callable[[], bool]) -> StepResult:
        return self._shard.learn(step_range, hurried)

    def validate(self, run: Run) -> Evaluation:
        """Score the validation images with the run's parameters."""
        del run  # the validator has its network
        return self._validator.evaluate()


class PoolExecutor(Executor):
    """Trains in a pool of worker processes, each with its shard of pixels, rows and parameters."""

    def __init__(self, run: Run, split: Split, processes: int) -> None:
        from engine.training.parallel.pool import WorkerPool

        config, layout = prepare(run, split, processes)
        train, validation = split.train, split.validation
        vectors, total = run.optimizer_state.shape
        rows, first = min(config.batch_size, len(train)), layout.sizes[1]
        self._pool = WorkerPool(
            config,
            layout,
            run.network.sizes,
            {
                "images": ((len(train) * len(layout.live),), "u1"),
                "labels": ((len(train),), "u1"),
                "has_margin_ink": ((len(train),), "u1"),
                "order": ((len(train),), "i8"),
                "theta": ((total,), "f4"),
                "state": ((vectors, total), "f4"),
                "gradients": ((processes, total), "f4"),
                "sums": ((processes, rows, first), "f4"),
                "errors": ((rows, first), "f4"),
                "stats": ((processes, 4), "f8"),
                "flags": ((2,), "u1"),
                "validation_images": (validation.images.shape, "u1"),
                "validation_labels": ((len(validation),), "u1"),
            },
            processes,
        )
        super().__init__(self._pool.buffers, layout)
        arrays = self._pool.arrays
        try:  # to fill them while the processes are starting
            packed = PackedImages(arrays["images"], len(train), layout.fields)
            packed.fill(train.pixels)
            arrays["labels"][:] = train.labels
            arrays["has_margin_ink"][:] = packed.has_margin_ink()
            arrays["validation_images"][:] = validation.images
            arrays["validation_labels"][:] = validation.labels
            self._pool.order("get_ready")
        except BaseException:
            self._pool.close()
            raise

    def _begin_epoch(self, epoch: int) -> None:
        self._pool.order("begin_epoch", epoch)

    def _learn(self, step_range: StepRange, hurried: Callable[[], bool]) -> StepResult:
        results: list[StepResult] = self._pool.order("learn", step_range, hurried=hurried)
        return results[0]  # all are equal

    def validate(self, run: Run) -> Evaluation:
        """Score the validation images, a part in each process."""
        self._layout.pack(run.network.theta, self._buffers.theta)
        return together(self._pool.order("validate"))

    def close(self) -> None:
        """End the processes."""
        self._pool.close()


def together(parts: Iterable[Evaluation | None]) -> Evaluation:
    """The evaluation of a whole set from those of its parts."""
    scores = [part for part in parts if part is not None]
    images = sum(score.images for score in scores)
    return Evaluation(
        images,
        sum(score.correct for score in scores),
        sum(score.loss * score.images for score in scores) / images,
        np.sum([score.confusion for score in scores], axis=0),
        scores[0].class_names,
    )


def prepare(run: Run, split: Split, shards: int = 1) -> tuple[WorkerConfig, Layout]:
    """The configuration of the shards, and the layout of the parameters during training."""
    settings = run.hyperparameters
    change = augmentation(settings, split)
    margin = not settings.dropout  # dropout masks belong to rows, so these keep their order
    layout = Layout(run.network.sizes, divide(split.train.pixels, shards, margin=margin))
    config = WorkerConfig(
        sizes=layout.sizes,
        activation=settings.activation,
        leak=settings.leak,
        loss=settings.loss,
        optimizer=settings.optimizer,
        batch_size=settings.batch_size,
        dropout=settings.dropout,
        seed=settings.seed,
        shuffle=settings.shuffle,
        augmentation=change,
        shape=(split.train.images.shape[1], split.train.images.shape[2]),
        fields=layout.fields,
    )
    return config, layout


def augmentation(settings: Hyperparameters, split: Split) -> Augmentation:
    """The augmentation of a run; "auto" turns it on where it helps the data set."""
    if settings.augment == "off" or (settings.augment == "auto" and not split.varied):
        return OFF
    return Augmentation(
        settings.rotation, settings.scaling, settings.shear, settings.shift, settings.elastic
    )
