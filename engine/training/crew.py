"""Who does the learning for a run: this process alone, or a team of processes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

import numpy as np

from engine.data.augment import OFF, Augmentation
from engine.data.digits import Split
from engine.nn.arrays import Indices
from engine.training.hyperparameters import Hyperparameters
from engine.training.layout import Layout, PackedImages, divide
from engine.training.metrics import Evaluation, Evaluator
from engine.training.run import Run
from engine.training.share import Share
from engine.training.shared import Learned, Memory, Recipe, Stretch


class Crew(ABC):
    """Learns stretches of batches for one run; the run itself is touched only between them."""

    def __init__(self, memory: Memory, layout: Layout) -> None:
        self._memory = memory
        self._layout = layout
        self.is_ready = False
        """Whether an epoch was begun."""

    def begin_epoch(self, epoch: int, order: Indices | None) -> None:
        """Get ready for an epoch: its order of the images, and the images as they are in it."""
        if order is not None:
            self._memory.order[:] = order
        self._begin_epoch(epoch)
        self.is_ready = True

    def learn(self, run: Run, stretch: Stretch, patient: bool = False) -> Learned:
        """Learn some batches, then let the run have the parameters that came of them.

        patient: take the time of the stretch even if the run is in a hurry.

        Raises:
            TeamError: a process is lost; the run is as it was before.
        """
        network, memory = run.network, self._memory
        self._layout.pack(network.theta, memory.theta)
        for vector, packed in zip(run.optimizer_state, memory.state, strict=True):
            self._layout.pack(vector, packed)
        learned = self._learn(stretch, lambda: run.interrupt or (run.hurry and not patient))
        self._layout.unpack(memory.theta, network.theta)
        for vector, packed in zip(run.optimizer_state, memory.state, strict=True):
            self._layout.unpack(packed, vector)
        return learned

    @abstractmethod
    def _begin_epoch(self, epoch: int) -> None: ...

    @abstractmethod
    def _learn(self, stretch: Stretch, hurried: Callable[[], bool]) -> Learned: ...

    @abstractmethod
    def validate(self, run: Run) -> Evaluation:
        """Score the validation images with the run's parameters."""

    def close(self) -> None:  # noqa: B027 - who is alone has nobody to send away
        """Give back what it holds."""


class Alone(Crew):
    """This process does all of it."""

    def __init__(self, run: Run, split: Split) -> None:
        recipe, layout = prepare(run, split)
        packed = layout.packed(split.train.pixels)
        images, dtype = packed.flat, run.network.theta.dtype
        if recipe.augmentation and np.may_share_memory(images, split.train.pixels):
            images = images.copy()  # to be painted on
        rows = min(recipe.batch_size, len(split.train))
        memory = Memory(
            images=images,
            labels=split.train.labels,
            wide=packed.wide(),
            order=np.empty(len(split.train), np.intp),
            theta=np.empty_like(run.network.theta),
            state=np.empty_like(run.optimizer_state),
            gradients=np.zeros((1, layout.total), dtype),
            sums=np.empty((1, rows, layout.sizes[1]), dtype),
            errors=np.empty((rows, layout.sizes[1]), dtype),
            board=np.zeros((1, 4)),
            flags=np.zeros(2, np.uint8),
        )
        super().__init__(memory, layout)
        self._share = Share(recipe, memory)
        self._validator = Evaluator(run.network, split.validation)

    def _begin_epoch(self, epoch: int) -> None:
        self._share.begin_epoch(epoch)

    def _learn(self, stretch: Stretch, hurried: Callable[[], bool]) -> Learned:
        return self._share.learn(stretch, hurried)

    def validate(self, run: Run) -> Evaluation:
        """Score the validation images with the run's parameters."""
        del run  # the validator knows its network
        return self._validator.evaluate()


class Together(Crew):
    """A team of processes, each with its pixels, its rows of every batch, its parameters."""

    def __init__(self, run: Run, split: Split, processes: int) -> None:
        from engine.training.team import Team

        recipe, layout = prepare(run, split, processes)
        train, validation = split.train, split.validation
        vectors, total = run.optimizer_state.shape
        rows, first = min(recipe.batch_size, len(train)), layout.sizes[1]
        self._team = Team(
            recipe,
            layout,
            run.network.sizes,
            {
                "images": ((len(train) * len(layout.live),), "u1"),
                "labels": ((len(train),), "u1"),
                "wide": ((len(train),), "u1"),
                "order": ((len(train),), "i8"),
                "theta": ((total,), "f4"),
                "state": ((vectors, total), "f4"),
                "gradients": ((processes, total), "f4"),
                "sums": ((processes, rows, first), "f4"),
                "errors": ((rows, first), "f4"),
                "board": ((processes, 4), "f8"),
                "flags": ((2,), "u1"),
                "validation_images": (validation.images.shape, "u1"),
                "validation_labels": ((len(validation),), "u1"),
            },
            processes,
        )
        super().__init__(self._team.memory, layout)
        arrays = self._team.arrays
        try:  # to fill them while the processes are starting
            packed = PackedImages(arrays["images"], len(train), layout.fields)
            packed.fill(train.pixels)
            arrays["labels"][:] = train.labels
            arrays["wide"][:] = packed.wide()
            arrays["validation_images"][:] = validation.images
            arrays["validation_labels"][:] = validation.labels
            self._team.order("get_ready")
        except BaseException:
            self._team.close()
            raise

    def _begin_epoch(self, epoch: int) -> None:
        self._team.order("begin_epoch", epoch)

    def _learn(self, stretch: Stretch, hurried: Callable[[], bool]) -> Learned:
        learned: Learned = self._team.order("learn", stretch, hurried=hurried)[
            0
        ]  # all say the same
        return learned

    def validate(self, run: Run) -> Evaluation:
        """Score the validation images, each process a part of them."""
        self._layout.pack(run.network.theta, self._memory.theta)
        return together(self._team.order("validate"))

    def close(self) -> None:
        """End the processes."""
        self._team.close()


def together(parts: Iterable[Evaluation | None]) -> Evaluation:
    """One score from those of parts of a set."""
    scores = [part for part in parts if part is not None]
    images = sum(score.images for score in scores)
    return Evaluation(
        images,
        sum(score.correct for score in scores),
        sum(score.loss * score.images for score in scores) / images,
        np.sum([score.confusion for score in scores], axis=0),
    )


def prepare(run: Run, split: Split, shares: int = 1) -> tuple[Recipe, Layout]:
    """What the shares have to know of a run, and the order of its parameters while it learns."""
    settings = run.hyperparameters
    change = augmentation(settings, split)
    margin = not settings.dropout  # a mask belongs to a place in the batch: no image may leave it
    layout = Layout(run.network.sizes, divide(split.train.pixels, shares, margin=margin))
    recipe = Recipe(
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
    return recipe, layout


def augmentation(settings: Hyperparameters, split: Split) -> Augmentation:
    """How the training images are changed: as set, and by itself where that helps the set."""
    if settings.augment == "off" or (settings.augment == "auto" and not split.varied):
        return OFF
    return Augmentation(
        settings.rotation, settings.scaling, settings.shear, settings.shift, settings.elastic
    )
