"""A team of processes that learn together, each on one core; this process only watches.

Images, parameters, gradients and the optimizer's memory lie in shared memory without a name, so
that nothing is left behind however it ends. Commands go by pipes, one for many batches; between
two batches the processes meet by counting in shared memory. One that dies or freezes is noticed
within a second, and the run then is as it was at the event before.
"""

import math
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from ctypes import Array as Buffer
from ctypes import c_ubyte
from dataclasses import dataclass, fields
from multiprocessing import connection, resource_tracker
from multiprocessing.sharedctypes import RawArray
from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from engine.data.digits import Digits
from engine.errors import TeamError
from engine.nn.activations import ACTIVATIONS
from engine.nn.losses import LOSSES
from engine.nn.network import Network
from engine.training.layout import Layout
from engine.training.metrics import Evaluation, Evaluator
from engine.training.share import HURRY, Memory, Recipe, Share

Shapes: TypeAlias = Mapping[str, tuple[tuple[int, ...], str]]
"""The shape and the type of each array in shared memory."""

Arrays: TypeAlias = dict[str, NDArray[Any]]

LINE = 64
"""Bytes of a cache line: each array begins with one."""

TICK = 0.02
"""Seconds between two looks at whether somebody waits for the stretch to end."""

BEAT = 0.05
"""Seconds between two signs of life of a process."""

LOOK, MOST_MISSED, MOST_TO_BEGIN = 0.1, 7, 600
"""Seconds between two looks for signs of life, how many may find none, and how many at the start.

Looks are counted, not timed, so that a computer that was asleep is not taken for a dead process.
"""


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


def prepare_for_screens() -> None:
    """To be called before a program replaces `sys.stderr`: later no process could be started."""
    resource_tracker.ensure_running()


class Team:
    """Processes that wait for commands, and what they share with this one.

    shapes: of the arrays of `Memory`, and of `validation_images` and `validation_labels`.
    size: how many processes. They begin to start at once; the first command waits for them.

    Raises:
        TeamError: there is not enough shared memory, or no process can be started.
    """

    def __init__(
        self, recipe: Recipe, layout: Layout, sizes: tuple[int, ...], shapes: Shapes, size: int
    ) -> None:
        context = multiprocessing.get_context("spawn")
        shapes = {**shapes, "rounds": ((size, LINE // 8), "u8"), "beats": ((size, LINE // 8), "u8")}
        self._pipes: list[connection.Connection] = []
        self._processes: list[Any] = []
        try:
            buffer = RawArray(c_ubyte, sum(map(_room, shapes.values())))
            self.arrays = _arrays(buffer, shapes)
            """Everything shared, by name."""
            for rank in range(size):
                ours, theirs = context.Pipe()
                self._pipes.append(ours)
                plan = Plan(recipe, layout, sizes, shapes, rank, size)
                name = f"numrec-tui-{rank + 1}"
                process = context.Process(
                    target=_work, args=(plan, buffer, theirs), name=name, daemon=True
                )
                process.start()
                self._processes.append(process)
                theirs.close()
        except (OSError, ValueError, MemoryError) as error:
            self.close()
            raise TeamError(f"No team of {size} processes can be started: {error}.") from error
        self.memory = memory_of(self.arrays)

    def order(
        self, command: str, *arguments: object, hurried: Callable[[], bool] = lambda: False
    ) -> list[Any]:
        """Give every process a command and wait for the answers, in the order of their ranks.

        hurried: asked again and again; once it is so, a stretch ends after the batch under way.

        Raises:
            TeamError: a process died, froze or failed; then the whole team is gone.
        """
        self.memory.flags[HURRY] = hurried()
        try:
            for pipe in self._pipes:
                pipe.send((command, arguments))
            return self._answers(hurried)
        except (OSError, EOFError):
            self._lose(self._how_it_died())

    def close(self) -> None:
        """Send the processes home, and make sure that they go."""
        for pipe in self._pipes:
            pipe.close()  # whom nobody can command any more ends
        deadline = time.monotonic() + 1.0
        for process in self._processes:
            process.join(max(deadline - time.monotonic(), 0))
        self._kill()

    def _answers(self, hurried: Callable[[], bool]) -> list[Any]:
        answers: dict[int, Any] = {}
        pulse = _Pulse(self.arrays["beats"])
        while len(answers) < len(self._pipes):
            missing = [pipe for rank, pipe in enumerate(self._pipes) if rank not in answers]
            ends = [process.sentinel for process in self._processes]
            ready = connection.wait([*missing, *ends], TICK)
            for pipe in missing:
                if pipe in ready:
                    failed, answer = pipe.recv()
                    if failed:
                        self._lose(f"failed ({answer})")
                    answers[self._pipes.index(pipe)] = answer
            if any(end in ready for end in ends) and len(answers) < len(self._pipes):
                self._lose(self._how_it_died())
            if pulse.is_lost():
                self._lose("does not answer any more")
            self.memory.flags[HURRY] = hurried()
        return [answers[rank] for rank in range(len(self._pipes))]

    def _how_it_died(self) -> str:
        for process in self._processes:
            process.join(0.1)
            if process.exitcode is not None and process.exitcode < 0:
                return f"was ended by signal {-process.exitcode}"
        return "is gone"

    def _lose(self, how: str) -> NoReturn:
        self._kill()
        raise TeamError(f"A process of the team {how}; training stopped where it was last told of.")

    def _kill(self) -> None:
        for process in self._processes:
            process.kill()  # a frozen one hears nothing else
            process.join()


class _Pulse:
    """Looks for signs of life; a process that has not begun to show them is given more time."""

    def __init__(self, beats: NDArray[np.uint64]) -> None:
        self._beats = beats
        self._seen = beats[:, 0].copy()
        self._missed = np.zeros(len(beats), int)
        self._next = time.monotonic() + LOOK

    def is_lost(self) -> bool:
        if time.monotonic() < self._next:
            return False
        now = self._beats[:, 0].copy()
        self._missed = np.where(now == self._seen, self._missed + 1, 0)
        self._seen = now
        self._next = time.monotonic() + LOOK
        return bool((self._missed > np.where(now == 0, MOST_TO_BEGIN, MOST_MISSED)).any())


def _room(shape: tuple[tuple[int, ...], str]) -> int:
    """Bytes of an array, up to the next cache line."""
    size = math.prod(shape[0]) * np.dtype(shape[1]).itemsize
    return math.ceil(size / LINE) * LINE


def _arrays(buffer: Buffer[c_ubyte], shapes: Shapes) -> Arrays:
    """The arrays that lie one after another in a buffer."""
    arrays, start = {}, 0
    for name, (shape, kind) in shapes.items():
        flat: NDArray[Any] = np.frombuffer(memoryview(buffer), kind, math.prod(shape), start)
        arrays[name] = flat.reshape(shape)
        start += _room((shape, kind))
    return arrays


def memory_of(arrays: Arrays) -> Memory:
    """Those of the arrays that a `Share` works on."""
    return Memory(**{field.name: arrays[field.name] for field in fields(Memory)})


# What happens in each process of the team.


class _DesertedError(Exception):
    """Whoever commands has gone."""


def _work(plan: Plan, buffer: Buffer[c_ubyte], pipe: "connection.Connection[Any, Any]") -> None:
    """Follow commands until nobody gives any."""
    for name in ("SIGINT", "SIGHUP"):  # a Ctrl-C in the terminal is for whoever commands
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    _fall_silent()
    threadpool_limits(1)
    arrays = _arrays(buffer, plan.shapes)
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


def _fall_silent() -> None:
    """What a process of a team says must not land on somebody's screen."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


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

    def learn(self, stretch: Any) -> Any:
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
        if looks < YIELDS and hasattr(os, "sched_yield"):
            os.sched_yield()
        else:
            time.sleep(5e-5)
        if looks % LOOKS_FOR_LIFE == 0 and self._pipe.poll():
            raise _DesertedError
