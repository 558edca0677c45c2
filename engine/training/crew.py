"""Who does the learning for a run: this process alone, or a team of processes."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

from engine.data.augment import OFF, Augmentation
from engine.data.digits import Split
from engine.nn.arrays import Bytes, Indices
from engine.training.hyperparameters import Hyperparameters
from engine.training.layout import Layout, live_pixels
from engine.training.metrics import Evaluation, Evaluator
from engine.training.run import Run
from engine.training.share import HURRY, Learned, Memory, Recipe, Share, Stretch


class Crew(ABC):
    """Learns stretches of batches for one run; the run itself is touched only between them."""

    def __init__(self, memory: Memory, layout: Layout) -> None:
        self._memory = memory
        self._layout = layout

    def begin_epoch(self, epoch: int, order: Indices | None) -> None:
        """Get ready for an epoch: its order of the images, and the images as they are in it."""
        if order is not None:
            self._memory.order[:] = order
        self._begin_epoch(epoch)

    def learn(self, run: Run, stretch: Stretch) -> Learned:
        """Learn some batches, then let the run have the parameters that came of them.

        Raises:
            TeamError: a process is lost; the run is as it was before.
        """
        network, memory = run.network, self._memory
        self._layout.pack(network.theta, memory.theta)
        for vector, packed in zip(run.optimizer_state, memory.state, strict=True):
            self._layout.pack(vector, packed)
        learned = self._learn(stretch, lambda: run.interrupt or run.hurry)
        self._layout.unpack(memory.theta, network.theta)
        for vector, packed in zip(run.optimizer_state, memory.state, strict=True):
            self._layout.unpack(packed, vector)
        return learned

    @abstractmethod
    def _begin_epoch(self, epoch: int) -> None: ...

    @abstractmethod
    def _learn(self, stretch: Stretch, hurried: Callable[[], bool]) -> Learned: ...

    @abstractmethod
    def validate(self) -> Evaluation:
        """Score the validation images with the parameters that came of the last stretch."""

    def close(self) -> None:  # noqa: B027 - who is alone has nobody to send away
        """Give back what it holds."""


class Alone(Crew):
    """This process does all of it."""

    def __init__(self, run: Run, split: Split) -> None:
        recipe, layout = prepare(run, split)
        images = pack_images(split, layout, own=bool(recipe.augmentation))
        memory = Memory(
            images=images,
            labels=split.train.labels,
            order=np.empty(len(split.train), np.intp),
            theta=np.empty_like(run.network.theta),
            state=np.empty_like(run.optimizer_state),
            gradients=np.zeros((1, layout.total), run.network.theta.dtype),
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

    def validate(self) -> Evaluation:
        """Score the validation images with the run's parameters."""
        return self._validator.evaluate()


def prepare(run: Run, split: Split) -> tuple[Recipe, Layout]:
    """What the shares have to know of a run, and the order of its parameters while it learns."""
    settings, sizes = run.hyperparameters, run.network.sizes
    change = augmentation(settings, split)
    pixels = split.train.pixels
    layout = Layout(sizes, np.arange(pixels.shape[1]) if change else live_pixels(pixels))
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
    )
    return recipe, layout


def augmentation(settings: Hyperparameters, split: Split) -> Augmentation:
    """How the training images are changed: as set, and by itself only where a program drew them."""
    if settings.augment == "off" or (settings.augment == "auto" and not split.drawn):
        return OFF
    return Augmentation(
        settings.rotation, settings.scaling, settings.shear, settings.shift, settings.elastic
    )


def pack_images(split: Split, layout: Layout, own: bool) -> Bytes:
    """The live pixels of the training images (n, live); a copy if they are to be painted on."""
    pixels = split.train.pixels
    if layout.live.size < pixels.shape[1]:
        return np.ascontiguousarray(pixels[:, layout.live])
    return pixels.copy() if own else pixels
