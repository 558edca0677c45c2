"""What a run's weights were like from its first batch on, and checkpoints to fork it from.

Kept by the thread that trains, whatever is on the screen, and bounded in memory: what is full
drops every second entry, so that the later ones are farther apart and the first one stays.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.nn.arrays import Array
from engine.nn.network import Network, layer_views
from engine.training.run import Run, Snapshot

MOST_MOMENTS, MOMENT_BYTES = 60, 24_000_000
"""Moments kept of a run, and their bytes; two are kept even if they take more."""

MOST_CHECKPOINTS, CHECKPOINT_BYTES = 20, 32_000_000
"""Checkpoints kept beside those that the run itself holds, and their bytes."""

Half: TypeAlias = NDArray[np.float16]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Moment:
    """A network's parameters as they were at `position`, in epochs.

    theta (p,): all parameters. scales: in half precision, what the weights and the biases of each
    layer are shares of, so that none is too large; none where theta is whole, as in a checkpoint.
    """

    position: float
    theta: Half | Array
    scales: tuple[float, ...] = ()

    @property
    def is_checkpoint(self) -> bool:
        """Whether a run can be forked from it."""
        return not self.scales

    def network(self, like: Network) -> Network:
        """The network of that moment, of the architecture of `like`."""
        theta = self.theta.astype(np.float32)
        if self.scales:
            for part, scale in zip(_parts(theta, like), self.scales, strict=True):
                np.multiply(part, scale, out=part)
        return Network(like.sizes, like.activation, like.loss, theta=theta)


def moment_of(position: float, network: Network) -> Moment | None:
    """A copy of the parameters in half precision; None if one of them is not finite."""
    shares = network.theta.copy()
    parts = _parts(shares, network)
    scales = tuple(max(float(part.max()), -float(part.min())) or 1.0 for part in parts)
    if not np.isfinite(scales).all():
        return None
    for part, scale in zip(parts, scales, strict=True):
        np.divide(part, scale, out=part)
    return Moment(position, shares.astype(np.float16), scales)


def _parts(theta: Array, network: Network) -> list[Array]:
    """Views of the weights of each layer and, after them, its biases."""
    layers = zip(*layer_views(theta, network.sizes), strict=True)
    return [part for layer in layers for part in layer]


class _Thinned(Generic[T]):
    """Entries in the order of their positions; when full, every second one but the first goes."""

    def __init__(self) -> None:
        self.positions: list[float] = []
        self.entries: list[T] = []
        self._gap = 0.0

    def wants(self, position: float) -> bool:
        """Whether an entry at `position` is not too near to the last one."""
        if not self.positions:
            return True
        return position > self.positions[-1] and position >= self.positions[-1] + self._gap

    def add(self, position: float, entry: T, most: int) -> None:
        """Take one in, as the last of at most `most`."""
        if len(self.entries) >= most:
            del self.positions[1::2], self.entries[1::2]
            self._gap = 2 * (position - self.positions[0]) / most
        self.positions.append(position)
        self.entries.append(entry)

    def cut(self, position: float) -> None:
        """Forget what came at `position` or later."""
        first = bisect_left(self.positions, position)
        del self.positions[first:], self.entries[first:]

    def copy(self) -> "_Thinned[T]":
        """The same entries, to go on in another way."""
        other = _Thinned[T]()
        other.positions, other.entries = list(self.positions), list(self.entries)
        other._gap = self._gap
        return other


class WeightHistory:
    """The moments of one run, and the ends of its epochs that another run can begin from."""

    def __init__(self) -> None:
        self._moments: _Thinned[Moment] = _Thinned()
        self._checkpoints: _Thinned[Snapshot] = _Thinned()

    def take_in(self, run: Run) -> None:
        """Keep the run as it is now, unless a moment shortly before it is kept already.

        A run that was set back has lost what came later. To be called between two events; of a
        run of n calls some 60 + 30 log2(n / 60) copy anything.
        """
        moments, checkpoints = self._moments, self._checkpoints
        if moments.positions and run.position < moments.positions[-1]:
            moments.cut(run.position)
        if checkpoints.positions and run.epoch < checkpoints.positions[-1]:
            checkpoints.cut(run.epoch)
        size = run.network.theta.size
        if moments.wants(run.position):
            moment = moment_of(run.position, run.network)
            if moment is not None:
                most = max(2, min(MOST_MOMENTS, MOMENT_BYTES // (2 * size)))
                moments.add(run.position, moment, most)
        newest = run.newest
        most = min(MOST_CHECKPOINTS, CHECKPOINT_BYTES // (4 * size + run.optimizer_state.nbytes))
        if newest is not None and most >= 2 and checkpoints.wants(newest.epoch):
            checkpoints.add(newest.epoch, newest, most)

    def checkpoints(self, run: Run) -> dict[int, Snapshot]:
        """The ends of epochs that `run` can be forked from, by the epochs finished there."""
        own = (run.best, run.last, run.newest)
        every = [*self._checkpoints.entries, *(each for each in own if each is not None)]
        return {each.epoch: each for each in every if each.epoch <= run.epoch}

    def moments(self, run: Run) -> tuple[Moment, ...]:
        """All that is kept, in order; where there is a checkpoint, it is that."""
        found = {moment.position: moment for moment in self._moments.entries}
        for epoch, snapshot in self.checkpoints(run).items():
            found[epoch] = Moment(float(epoch), snapshot.theta)
        return tuple(found[position] for position in sorted(found) if position <= run.position)

    def fork(self, run: Run) -> "WeightHistory":
        """The history of a fork, which begins with that of this run up to where it was forked."""
        other = WeightHistory()
        other._moments, other._checkpoints = self._moments.copy(), self._checkpoints.copy()
        other.take_in(run)
        return other
