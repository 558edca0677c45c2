"""Why a digit is read as it is: its probabilities, the evidence for it, the digits most like it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Digits
from engine.nn.arrays import Array, Bytes, Indices
from engine.nn.network import Network, Workspace, forward
from numrec_tui.insight.predictions import CHUNK, go_on_always


def gradient_times_input(
    network: Network, image: Bytes, k: int, rather_than: int | None = None
) -> Array:
    """How much each pixel counts for class k, and, below zero, against it: gradient × input.

    s = x · dz_k/dx, where z_k is the score of the class before softmax. rather_than: another class
    j, so that it is what counts for k rather than for j: s = x · d(z_k - z_j)/dx.
    image (rows, columns) 0-255 -> s (rows, columns).
    Source: Shrikumar et al., 2016, Not Just a Black Box.
    """
    return mean_gradient_times_input(network, image[None], k, rather_than)


def mean_gradient_times_input(
    network: Network, images: Bytes, k: int, rather_than: int | None = None
) -> Array:
    """How much each pixel counts for class k on average: the mean of `gradient_times_input`.

    images (n, rows, columns) 0-255, at least one -> (rows, columns).
    """
    batch = Workspace(network, len(images))
    batch.x[:] = network.inputs(images)
    with np.errstate(all="ignore"):
        forward(network, batch, learning=True)  # and each z is the slope by now
        slope: NDArray[Any] = network.weights[-1][:, k][None]  # (1, n_in)
        if rather_than is not None:
            slope = slope - network.weights[-1][:, rather_than][None]
        for layer in reversed(range(len(batch.z))):
            slope = (slope * batch.z[layer]) @ network.weights[layer].T  # (n, n_in)
        each = np.nan_to_num(slope * batch.x)
        return np.asarray(each.mean(axis=0).reshape(images.shape[1:]))


def nearest(
    digits: Digits,
    image: Bytes,
    count: int = 3,
    itself: int | None = None,
    go_on: Callable[[], bool] = go_on_always,
) -> Indices | None:
    """The digits whose pixels differ least from the image's, the nearest first: (count,).

    Distances are whole numbers, which float64 adds up exactly on every processor; so those of
    equal pictures are equal, and the first comes first.
    image (rows, columns). itself: where the image is among the digits; it does not count.
    go_on: as for `read`.
    """
    wanted = image.reshape(-1).astype(np.float64)
    distances = np.empty(len(digits))
    for start in range(0, len(digits), CHUNK):
        pixels = digits.pixels[start : start + CHUNK].astype(np.float64)
        distances[start : start + CHUNK] = (
            np.einsum("np,np->n", pixels, pixels) - 2 * (pixels @ wanted) + wanted @ wanted
        )
        if not go_on():
            return None
    if itself is not None:
        distances[itself] = np.inf
    others = len(digits) - (itself is not None)
    return np.argsort(distances, kind="stable")[: min(count, others)]
