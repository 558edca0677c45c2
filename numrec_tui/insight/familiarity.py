"""Whether pictures like this one were in training: how far it is from the nearest of them."""

from collections.abc import Callable

import numpy as np

from engine.data.dataset import Digits
from engine.nn.arrays import Array, Bytes
from engine.nn.pixels import scale_pixels
from numrec_tui.insight.predictions import CHUNK, go_on_always

SAMPLE = 200
"""Training images whose own distance to the nearest other one is measured."""

FEW, HARDLY_ANY = 0.9, 0.99
"""From which share on a picture is told to be rare."""

AMONG = 20_000
"""Training images at most among which the nearest one is looked for."""


def usual_distances(
    digits: Digits, seed: int = 0, go_on: Callable[[], bool] = go_on_always
) -> Array | None:
    """How far training images are from the nearest other one (leave one out): (at most 200,).

    Sorted. The images are a sample, and so are those among which the nearest is looked for, where
    there are many. None if `go_on`, which is asked between two chunks, said no.
    """
    order = np.random.default_rng(seed).permutation(len(digits))[:AMONG]
    some, nearest = order[:SAMPLE], np.full(min(SAMPLE, len(order)), np.inf)
    pixels = _scaled(digits.pixels[some])
    sizes = np.einsum("np,np->n", pixels, pixels)
    for start in range(0, len(order), CHUNK):
        rows = order[start : start + CHUNK]
        others = _scaled(digits.pixels[rows])
        squares = sizes[:, None] + np.einsum("np,np->n", others, others) - 2 * pixels @ others.T
        squares[some[:, None] == rows] = np.inf  # itself
        np.minimum(nearest, squares.min(axis=1), out=nearest)
        if not go_on():
            return None
    return np.sort(np.sqrt(np.maximum(nearest, 0)))


def distance(image: Bytes, other: Bytes) -> float:
    """How far two pictures of one size are from each other: the length of their difference."""
    return float(np.linalg.norm(_scaled(image) - _scaled(other)))


def _scaled(pixels: Bytes) -> Array:
    scaled = np.empty(pixels.shape, np.float32)
    scale_pixels(pixels, scaled)
    return scaled


def rarity(far: float, usual: Array) -> float:
    """The share of training images that are nearer to another one than this picture is: 0 to 1.

    far: its distance to the nearest training image. usual: those of the training images, sorted.
    """
    return float(np.searchsorted(usual, far) / max(len(usual), 1))


def in_words(rare: float) -> str:
    """What a share says about a picture, in a sentence."""
    if rare >= HARDLY_ANY:
        return "Hardly anything like it was in training."
    if rare >= FEW:
        return f"Few like it were in training: {rare:.0%} of those have a nearer one."
    return "Pictures like it were in training."
