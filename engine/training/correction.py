"""One misread picture, taught in some seconds: small variations of it among the training images.

Nothing but the parameters changes, so that whoever keeps those of before can go back to them bit
for bit.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.data.augment import Augmentation, Augmenter
from engine.data.dataset import Digits
from engine.errors import DataError
from engine.nn.arrays import Array, Bytes, Indices
from engine.nn.network import Network, Workspace, gradient

SMALL = Augmentation(rotation=6.0, scale=0.06, shear=0.08, shift=1.0, elastic=0.4)
"""How far a variation may be from the picture: still the same drawing for anybody who looks."""

PEN = 0.35
"""How much of the way to a pen wider or narrower by a pixel on each side a variation may go."""

BATCH, TAUGHT, DOUBLED = 256, 8, 200
"""Images in each step, and how many of them are variations: the others are training images, so that
nothing else is forgotten. After 200 steps that were not enough there are twice as many."""

POOL, RIVALS = 5000, 0.5
"""Training images to draw those from, each as it is and augmented; and how many of them are of the
class that the picture is taken for, which are forgotten first. Measured on MNIST: ten corrections
in a row cost 0.2 points, 0.3 with 2,000 images, 0.8 without rivals and augmentation."""

RATE, MOMENTUM = 0.003, 0.9

PULL = 0.1
"""How strongly parameters are pulled back to what they were, beside the gradient."""

MOST_STEPS, LEAST_STEPS = 600, 10

CHECKED, EVERY = 40, 5
"""Variations by which it is seen whether that is enough, and after how many steps each time."""

ENOUGH = 0.85
"""The share of them that is to be read right."""

CORRECTION = 0xC0
"""Keeps its draws apart from every other draw of the same seed."""


@dataclass(frozen=True, slots=True, repr=False)
class Correction:
    """What became of it.

    theta (p,): the parameters now. steps: how many it took. before, after: the share of small
    variations that is read as the right class.
    """

    theta: Array
    steps: int
    before: float
    after: float

    def __repr__(self) -> str:
        return f"Correction({self.before:.0%} -> {self.after:.0%} in {self.steps} steps)"


def variations(image: Bytes, count: int, seed: int) -> Bytes:
    """Pictures that differ a little from one: turned, moved, leaning, with another pen.

    image (rows, columns) -> (count, rows, columns); the same seed gives the same ones.
    """
    shape = image.shape[0], image.shape[1]
    copies = np.repeat(image[None], count, axis=0)
    generator = np.random.default_rng((seed, CORRECTION))
    for row, width in enumerate(generator.uniform(-PEN, PEN, count)):
        copies[row] = with_pen(image, float(width))
    painted = augmented(copies.reshape(count, -1), shape, SMALL, seed)
    varied: Bytes = painted.reshape(count, *shape)
    return varied


def with_pen(image: Bytes, width: float) -> Bytes:
    """A picture as if drawn by a wider or, below zero, a narrower pen.

    width: the share of the way to each pixel's brightest neighbor, or to its darkest one.
    """
    framed = np.pad(image, 1)
    rows, columns = image.shape
    near = [framed[1 + y : 1 + y + rows, 1 + x : 1 + x + columns]
            for y, x in ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))]  # fmt: skip
    end = np.max(near, axis=0) if width > 0 else np.min(near, axis=0)
    mixed = image + abs(width) * (end.astype(np.float32) - image)
    drawn: Bytes = np.rint(mixed).astype(np.uint8)
    return drawn


def share_read(network: Network, images: Bytes, label: int) -> float:
    """The share of pictures (n, rows, columns) that the network takes for a class."""
    outputs = network.predict(images.reshape(len(images), -1))
    return float(np.mean(outputs.argmax(axis=1) == label))


def correct(
    network: Network,
    image: Bytes,
    label: int,
    beside: Digits,
    seed: int = 0,
    go_on: Callable[[], bool] = lambda: True,
) -> Correction | None:
    """Teach a network, which stays as it is, what one picture shows; None if `go_on` said no.

    Each step follows the gradient of some variations of the picture and of images drawn from
    `beside`, those it learns from, and of the distance from where it began:

        g = ∂L/∂θ + 0.1 (θ - θ₀);   v = 0.9 v - 0.003 g;   θ = θ + v.

    It ends once 85 % of other variations are read right, or after 600 steps.

    image (rows, columns): 0-255. label: its true class. seed: the same gives the same bits.

    Raises:
        DataError: the picture has another size, or the network no such class.
    """
    if image.size != network.sizes[0] or not 0 <= label < network.sizes[-1]:
        raise DataError(
            f"The network reads {network.sizes[0]} pixels as {network.sizes[-1]} classes; the "
            f"picture has {image.size}, and is to be class {label}."
        )
    taught = Network(network.sizes, network.activation, network.loss, theta=network.theta.copy())
    checked = variations(image, CHECKED, seed + 1)
    before = share_read(taught, checked, label)
    steps, after = 0, before
    with np.errstate(all="ignore"):
        for steps in _steps(taught, image, label, beside, seed):
            if not go_on():
                return None
            if steps >= LEAST_STEPS and not steps % EVERY:
                after = share_read(taught, checked, label)
                if after >= ENOUGH:
                    break
    return Correction(taught.theta, steps, before, after)


def _steps(network: Network, image: Bytes, label: int, beside: Digits, seed: int) -> Iterator[int]:
    """Change the network step by step, by momentum; yields how many steps were made."""
    generator = np.random.default_rng((seed, CORRECTION, 1))
    many = variations(image, TAUGHT * 16, seed).reshape(TAUGHT * 16, -1)
    rival = next(k for k in np.argsort(-network.predict(image.ravel())).tolist() if k != label)
    pixels, classes = _pool(beside, rival, generator, seed)
    size = min(BATCH, len(pixels))
    batch, labels = Workspace(network, size), np.full(size, label, np.uint8)
    begun, speed = network.theta.copy(), np.zeros_like(network.theta)
    for step in range(1, MOST_STEPS + 1):
        taught = min(TAUGHT * 2 ** ((step - 1) // DOUBLED), size // 2)
        some = generator.choice(len(many), taught, replace=False)
        rows: Indices = generator.choice(len(pixels), size - taught, replace=False)
        batch.x[:taught] = network.inputs(many[some])
        batch.x[taught:] = network.inputs(pixels[rows])
        labels[:taught], labels[taught:] = label, classes[rows]
        gradient(network, batch, labels, scale=1 / size)
        speed *= MOMENTUM
        speed -= RATE * (batch.gradient + PULL * (network.theta - begun))
        network.theta += speed
        yield step


def _pool(
    beside: Digits, rival: int, generator: np.random.Generator, seed: int
) -> tuple[Bytes, Bytes]:
    """Training images and their classes, as they are and augmented: pixels (n, k), labels (n,)."""
    like = generator.permutation(np.flatnonzero(beside.labels == rival))[: round(POOL * RIVALS)]
    rest = generator.permutation(len(beside))[: POOL - len(like)]
    some = beside.take(np.concatenate([rest, like]))
    shape = some.images.shape[1], some.images.shape[2]
    return (
        np.concatenate([some.pixels, augmented(some.pixels, shape, Augmentation(), seed)]),
        np.concatenate([some.labels, some.labels]),
    )


def augmented(pixels: Bytes, shape: tuple[int, int], most: Augmentation, seed: int) -> Bytes:
    """Images (n, k) changed a little, each group of them by a warp of its own."""
    painter = Augmenter(pixels, shape, most, seed)
    painter.begin(0)
    return painter.pixels[np.arange(len(pixels))]


@dataclass(frozen=True, slots=True, repr=False)
class Changed:
    """What else is read otherwise: rows (n,) of digits that were won, and of those that were lost.

    A digit is won if it was misread before and is right now.
    """

    won: Indices
    lost: Indices


def what_changed(before: Network, after: Network, digits: Digits) -> Changed:
    """Which digits one of two networks reads right and the other does not."""
    was, now = (_right(network, digits) for network in (before, after))
    return Changed(np.flatnonzero(~was & now), np.flatnonzero(was & ~now))


def _right(network: Network, digits: Digits) -> NDArray[np.bool_]:
    outputs = network.predict(digits.pixels)
    return np.asarray(outputs.argmax(axis=1) == digits.labels)
