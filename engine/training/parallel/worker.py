"""A worker process: it executes commands, and waits for the others at the barriers of a batch.

It has to start quickly, so only the lighter parts of the engine are imported here.
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

from engine.data.dataset import Digits
from engine.nn.activations import ACTIVATIONS
from engine.nn.losses import LOSSES
from engine.nn.network import Network
from engine.training.metrics import Evaluation, Evaluator
from engine.training.packing import Layout
from engine.training.parallel.buffers import (
    HURRY,
    SharedBuffers,
    StepRange,
    StepResult,
    WorkerConfig,
)
from engine.training.parallel.shard import Shard

Shapes: TypeAlias = Mapping[str, tuple[tuple[int, ...], str]]
"""The shape and the type of each array in shared memory."""

Arrays: TypeAlias = dict[str, NDArray[Any]]

LINE = 64
"""Bytes of a cache line: each array begins with one."""

HEARTBEAT = 0.05
"""Seconds between two heartbeats of a process."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a worker needs besides the shared memory. rank: from 0; size: of the pool."""

    config: WorkerConfig
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


def buffers_of(arrays: Arrays) -> SharedBuffers:
    """Those of the arrays that a `Shard` works on."""
    return SharedBuffers(**{field.name: arrays[field.name] for field in fields(SharedBuffers)})


class _ParentGoneError(Exception):
    """The parent process has ended."""


def work(plan: Plan, buffer: Buffer[c_ubyte], pipe: Any) -> None:
    """Execute commands until the pipe is closed."""
    for name in ("SIGINT", "SIGHUP"):  # a Ctrl-C in the terminal is for the parent
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    threadpool_limits(1)
    arrays = arrays_in(buffer, plan.shapes)
    threading.Thread(target=_beat, args=(arrays["heartbeats"][plan.rank],), daemon=True).start()
    worker = None
    with suppress(EOFError, OSError, _ParentGoneError):
        while True:
            command, arguments = pipe.recv()
            try:
                worker = worker or _Worker(plan, arrays, pipe)
                answer = getattr(worker, command)(*arguments)
            except _ParentGoneError:
                raise
            except BaseException as error:
                pipe.send((True, f"{type(error).__name__}: {error}"))
                raise
            pipe.send((False, answer))


def _beat(heartbeats: NDArray[np.uint64]) -> None:
    while True:
        heartbeats[0] += 1
        time.sleep(HEARTBEAT)


class _Worker:
    """The commands of a worker; made once the shared memory has been filled."""

    def __init__(self, plan: Plan, arrays: Arrays, pipe: Any) -> None:
        self._buffers = buffers_of(arrays)
        self._layout = plan.layout
        wait = _Barrier(arrays["rounds"], plan.rank, pipe)
        self._shard = Shard(plan.config, self._buffers, plan.rank, wait)
        config = plan.config
        activation = ACTIVATIONS[config.activation](config.leak)
        self._network = Network(plan.sizes, activation, LOSSES[config.loss])
        images, labels = arrays["validation_images"], arrays["validation_labels"]
        part = slice(
            plan.rank * len(labels) // plan.size, (plan.rank + 1) * len(labels) // plan.size
        )
        self._evaluator = None
        if part.start < part.stop:
            digits = Digits(images[part], labels[part], plan.sizes[-1])
            self._evaluator = Evaluator(self._network, digits)

    def get_ready(self) -> None:
        """Do nothing: the answer says that the worker is ready."""

    def begin_epoch(self, epoch: int) -> None:
        self._shard.begin_epoch(epoch)

    def learn(self, step_range: StepRange) -> StepResult:
        return self._shard.learn(step_range, lambda: bool(self._buffers.flags[HURRY]))

    def validate(self) -> Evaluation | None:
        if self._evaluator is None:
            return None
        self._layout.unpack(self._buffers.theta, self._network.theta)
        return self._evaluator.evaluate()


SPINS, YIELDS, LOOKS_FOR_LIFE = 100, 5_000, 1_000
"""How many times a process checks the barrier in a busy loop, and then yielding the core, before it
sleeps between checks; and after how many checks it looks whether its parent is alive."""


class _Barrier:
    """Returns when every worker has called it as often as this one.

    Each worker counts its calls in its own cache line, which the others only read.
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
        self._fence()  # writes before the barrier become visible before the count
        self._rounds[self._own] = self._round
        for other in self._others:
            looks = 0
            while self._rounds[other] < self._round:
                looks += 1
                if looks > SPINS:
                    self._rest(looks)
        self._fence()  # reads after the barrier come after those of the counts

    def _fence(self) -> None:
        """A memory fence: no processor moves memory accesses across this call."""
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
            raise _ParentGoneError
