"""What a network's units do: their weights, what activates them most, how the weights change."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Digits
from engine.nn.arrays import Array, Bytes, Indices
from engine.nn.network import Network, Workspace, gradient, layer_views
from engine.training.health import learning

SAMPLE, GRADIENT_ROWS, CHUNK = 2000, 256, 500
"""Digits that units are judged by, digits a gradient is taken of, digits computed at a time."""

BEST = 5
"""Digits kept of those that excite a unit most."""

NEAR_ZERO = 0.01
"""Weights within this share of the largest one count as near zero."""


def pictures(network: Network, shape: tuple[int, int]) -> Array:
    """What each unit of the first layer looks for: its weights, laid out as the digits are.

    shape: rows and columns of a digit -> (units, rows, columns).
    """
    return network.weights[0].T.reshape(-1, *shape)


def ink(digits: Digits) -> Array:
    """How much each pixel differs from digit to digit, 0 … 1: (rows, columns).

    Weights on pixels that never have ink keep the noise they began with; times this they vanish.
    """
    varied = digits.images[:SAMPLE].std(axis=0)
    return np.asarray(varied / max(float(varied.max()), 1e-9), np.float32)


def scale_of(values: Array) -> float:
    """The number that is drawn in full color: 99.5 of 100 values are no larger than it."""
    sizes = np.abs(values[np.isfinite(values)])
    return max(float(np.quantile(sizes, 0.995)), 1e-9) if sizes.size else 1.0


def hidden_layers(network: Network, x: Array) -> Iterator[Array]:
    """What leaves each hidden layer for digits x (n, pixels): (n, width) each."""
    a = x
    for weights, biases in zip(network.weights[:-1], network.biases[:-1], strict=True):
        z = a @ weights + biases
        a = np.empty_like(z)
        network.activation.value(z, a)
        yield a


@dataclass(frozen=True, slots=True)
class Activations:
    """What a sample of digits does to the units of the first layer.

    best (units, at most 5): numbers of the digits that excite each most, the strongest first.
    outputs (units, at most 5): how much. dead (units,): whether no digit makes it learn.
    """

    best: Indices
    outputs: Array
    dead: NDArray[np.bool_]


def activations(
    network: Network, digits: Digits, pause: Callable[[], None] = lambda: None
) -> Activations:
    """Show a sample of the digits to the first layer; `pause` is called between two chunks."""
    outputs, learns = [], np.zeros(network.sizes[1], np.bool_)
    for start in range(0, min(len(digits), SAMPLE), CHUNK):
        x = network.inputs(digits.pixels[start : min(start + CHUNK, SAMPLE)])
        z = x @ network.weights[0] + network.biases[0]  # (n, units)
        if len(network.weights) == 1:
            outputs.append(z)
            learns |= True
        else:
            a = np.empty_like(z)
            network.activation.value(z, a)
            outputs.append(a)
            slope = np.empty_like(z)
            network.activation.slope(z, a, slope)
            learns |= learning(slope)
        pause()
    every = np.concatenate(outputs).T  # (units, n)
    keep = min(BEST, every.shape[1])
    some = np.argpartition(-every, keep - 1, axis=1)[:, :keep]
    order = np.argsort(-np.take_along_axis(every, some, axis=1), axis=1, kind="stable")
    best = np.take_along_axis(some, order, axis=1)
    return Activations(best, np.take_along_axis(every, best, axis=1), ~learns)


def strongest(weights: Array, most: int = 10) -> Indices:
    """Where the weights (n,) largest in size are, in their order: (at most `most`,)."""
    if len(weights) <= most:
        return np.arange(len(weights))
    return np.asarray(np.sort(np.argsort(-np.abs(weights), kind="stable")[:most]))


def leanings(network: Network) -> tuple[tuple[int, int], ...]:
    """For each first-layer unit the class it counts for most, and the one it counts against most.

    Only where the first layer leads straight to the classes; else there is nothing to say: ().
    """
    if len(network.weights) != 2:
        return ()
    out = network.weights[1]
    return tuple(zip(out.argmax(axis=1).tolist(), out.argmin(axis=1).tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Distribution:
    """How numbers are distributed: counts (bins,) from `low` to `high`, and three facts."""

    counts: Indices
    low: float
    high: float
    deviation: float
    largest: float
    near_zero: float
    """The share that is smaller in size than a hundredth of the largest."""


def distribution(values: Array, bins: int = 40) -> Distribution:
    """The distribution of values, as many bins below zero as above; the farthest are clipped."""
    flat = values[np.isfinite(values)].ravel().astype(np.float64)  # no square of it is too large
    if not flat.size:
        return Distribution(np.zeros(bins, np.intp), -1.0, 1.0, 0.0, 0.0, 0.0)
    largest = float(np.abs(flat).max())
    reach = max(min(largest, 5 * float(np.sqrt(np.mean(flat**2))) + 1e-12), 1e-9)
    counts, _ = np.histogram(np.clip(flat, -reach, reach), bins, (-reach, reach))
    near = float((np.abs(flat) <= NEAR_ZERO * largest).mean())
    return Distribution(counts.astype(np.intp), -reach, reach, float(flat.std()), largest, near)


def sample_gradient(network: Network, digits: Digits) -> Workspace:
    """The mean gradient of a few digits, and in `z` the slope of each hidden unit for each."""
    x = network.inputs(digits.pixels[:GRADIENT_ROWS])
    batch = Workspace(network, len(x))
    batch.x[:] = x
    labels: Bytes = digits.labels[:GRADIENT_ROWS]
    gradient(network, batch, labels, scale=1 / len(x))
    return batch


def gradient_distributions(
    network: Network, digits: Digits, bins: int = 40
) -> tuple[Distribution, ...]:
    """How the mean gradient of a few digits is distributed in the weights of each layer."""
    return tuple(distribution(layer, bins) for layer in sample_gradient(network, digits).weights)


def updates(before: Network, after: Network, batches: int) -> tuple[float, ...]:
    """How far each layer's weights moved in a batch on the way, as a share of their length.

    |after - before| / |after| / batches, a number a layer; about 1e-3 is healthy.
    """
    moved, _ = layer_views(after.theta - before.theta, after.sizes)
    ratios = []
    for step, weights in zip(moved, after.weights, strict=True):
        length = float(np.linalg.norm(weights))
        ratios.append(float(np.linalg.norm(step)) / length / max(batches, 1) if length else 0.0)
    return tuple(ratios)


TOO_SLOW, TOO_FAST = 1e-5, 5e-2
"""Update-to-weight ratios that no run needs; a small last layer begins with 0.025 in a good one."""


VERDICTS = (
    (TOO_SLOW, "hardly moves"),
    (1e-4, "slow"),
    (5e-3, "healthy"),
    (TOO_FAST, "restless"),
    (float("inf"), "too fast: lower the rate"),
)
"""Up to which ratio which word holds."""


def verdict(ratio: float) -> str:
    """A word about an update-to-weight ratio."""
    return next((word for limit, word in VERDICTS if ratio < limit), "broken")


def condensed(values: Array, cells: int) -> Array:
    """Values (n,) -> (at most cells,): of neighbors that share a cell the one largest in size."""
    if len(values) <= cells:
        return values
    bins = np.arange(len(values)) * cells // len(values)
    groups = groupby(zip(bins.tolist(), values.tolist(), strict=True), key=lambda pair: pair[0])
    return np.array([max((v for _, v in group), key=abs) for _, group in groups], values.dtype)


def active_share(outputs: Sequence[float] | Array) -> float:
    """The share of a layer's units that a digit excites: outputs above zero."""
    return float((np.asarray(outputs) > 0).mean())
