"""One process of a team: it follows commands, and meets the others between batches.

It has to start quickly, so nothing is imported here but the engine's lighter parts.
"""

import math
import os
import signal
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from ctypes import Array as Buffer
from ctypes import c_ubyte
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from engine.data.digits import Digits
from engine.nn.activations import ACTIVATIONS
from engine.nn.losses import LOSSES
from engine.nn.network import Network
from engine.training.layout import Layout
from engine.training.metrics import Evaluation, Evaluator
from engine.training.share import Share
from engine.training.shared import HURRY, Learned, Memory, Recipe, Stretch

Shapes: TypeAlias = Mapping[str, tuple[tuple[int, ...], str]]
"""The shape and the type of each array in shared memory."""

Arrays: TypeAlias = dict[str, NDArray[Any]]

LINE = 64
"""Bytes of a cache line: each array begins with one."""

BEAT = 0.05
"""Seconds between two signs of life of a process."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a process has to know, besides what it finds in shared memory."""

    recipe: Recipe
    layout: Layout
    sizes: tuple[int, ...]
    """Of the whole network, dead pixels included."""
    shapes: Shapes
    rank: int
    size: int


def room(shape: tuple[tuple[int, ...], str]) -> int:
    """Bytes of an array, up to the next cache line."""
    size = math.prod(shape[0]) * np.dtype(shape[1]).itemsize
    return math.ceil(size / LINE) * LINE


def arrays_in(buffer: Buffer[c_ubyte], shapes: Shapes) -> Arrays:
    """The arrays that lie one after another in a buffer."""
    arrays, start = {}, 0
    for name, (shape, kind) in shapes.items():
        flat: NDArray[Any] = np.frombuffer(memoryview(buffer), kind, math.prod(shape), start)
        arrays[name] = flat.reshape(shape)
        start += room((shape, kind))
    return arrays


def memory_of(arrays: Arrays) -> Memory:
    """Those of the arrays that a `Share` works on."""
    return Memory(**{field.name: arrays[field.name] for field in fields(Memory)})


class _DesertedError(Exception):
    """Whoever commands has gone."""


def work(plan: Plan, buffer: Buffer[c_ubyte], pipe: Any) -> None:
    """Follow commands until nobody gives any."""
    for name in ("SIGINT", "SIGHUP"):  # a Ctrl-C in the terminal is for whoever commands
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    threadpool_limits(1)
    arrays = arrays_in(buffer, plan.shapes)
    threading.Thread(target=_live, args=(arrays["beats"][plan.rank],), daemon=True).start()
    member = None
    with suppress(EOFError, OSError, _DesertedError):
        while True:
            command, arguments = pipe.recv()
            try:
                member = member or _Member(plan, arrays, pipe)
                answer = getattr(member, command)(*arguments)
            except _DesertedError:
                raise
            except BaseException as error:
                pipe.send((True, f"{type(error).__name__}: {error}"))
                raise
            pipe.send((False, answer))


def _live(beats: NDArray[np.uint64]) -> None:
    while True:
        beats[0] += 1
        time.sleep(BEAT)


class _Member:
    """One process's commands; made when the shared memory has been filled."""

    def __init__(self, plan: Plan, arrays: Arrays, pipe: Any) -> None:
        self._memory = memory_of(arrays)
        self._layout = plan.layout
        meet = _Meeting(arrays["rounds"], plan.rank, pipe)
        self._share = Share(plan.recipe, self._memory, plan.rank, meet)
        recipe = plan.recipe
        activation = ACTIVATIONS[recipe.activation](recipe.leak)
        self._network = Network(plan.sizes, activation, LOSSES[recipe.loss])
        images, labels = arrays["validation_images"], arrays["validation_labels"]
        part = slice(
            plan.rank * len(labels) // plan.size, (plan.rank + 1) * len(labels) // plan.size
        )
        self._evaluator = None
        if part.start < part.stop:
            digits = Digits(images[part], labels[part], plan.sizes[-1])
            self._evaluator = Evaluator(self._network, digits)

    def get_ready(self) -> None:
        """Nothing is left to be done: it is."""

    def begin_epoch(self, epoch: int) -> None:
        self._share.begin_epoch(epoch)

    def learn(self, stretch: Stretch) -> Learned:
        return self._share.learn(stretch, lambda: bool(self._memory.flags[HURRY]))

    def validate(self) -> Evaluation | None:
        if self._evaluator is None:
            return None
        self._layout.unpack(self._memory.theta, self._network.theta)
        return self._evaluator.evaluate()


SPINS, YIELDS, LOOKS_FOR_LIFE = 100, 5_000, 1_000
"""How long a process waits for another at full speed, then leaving the core to others that want
it, then half asleep; and how often it looks whether somebody still commands it."""


class _Meeting:
    """Returns when every process has called it as often as this one.

    Each counts its calls in a cache line of its own; the others only read it.
    """

    def __init__(self, rounds: NDArray[np.uint64], rank: int, pipe: Any) -> None:
        step = rounds.shape[1]
        self._rounds = rounds.reshape(-1).data
        self._own = rank * step
        self._others = [other * step for other in range(len(rounds)) if other != rank]
        self._round = 0
        self._pipe = pipe
        self._lock = threading.Lock()
        self._lock.acquire()

    def __call__(self) -> None:
        self._round += 1
        self._fence()  # what has been written before is seen before the count
        self._rounds[self._own] = self._round
        for other in self._others:
            looks = 0
            while self._rounds[other] < self._round:
                looks += 1
                if looks > SPINS:
                    self._rest(looks)
        self._fence()  # nothing is read before the counts were

    def _fence(self) -> None:
        """Let no processor move memory accesses from one side of this line to the other."""
        self._lock.release()
        self._lock.acquire()

    def _rest(self, looks: int) -> None:
        if looks > YIELDS:
            time.sleep(5e-5)
        elif hasattr(os, "sched_yield"):
            os.sched_yield()
        else:
            time.sleep(0)
        if looks % LOOKS_FOR_LIFE == 0 and self._pipe.poll():
            raise _DesertedError
