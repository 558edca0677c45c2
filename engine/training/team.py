"""A team of processes that learn together, each on one core; this process only watches.

Images, parameters, gradients and the optimizer's memory lie in shared memory without a name, so
that nothing is left behind however it ends. Commands go by pipes, one for many batches; between
two batches the processes meet by counting in shared memory. One that dies or freezes is noticed
within a second, and the run then is as it was at the event before.
"""

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import c_ubyte
from multiprocessing import connection, resource_tracker
from multiprocessing.sharedctypes import RawArray
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from engine.errors import TeamError
from engine.training.layout import Layout
from engine.training.member import LINE, Plan, Shapes, arrays_in, memory_of, room
from engine.training.recruit import join
from engine.training.shared import HURRY, Recipe

TICK = 0.02
"""Seconds between two looks at whether somebody waits for the stretch to end."""

LOOK, MOST_MISSED, MOST_TO_BEGIN = 0.1, 7, 300
"""Seconds between two looks for signs of life, how many may find none, and how many at the start.

Looks are counted, not timed, so that a computer that was asleep is not taken for a dead process.
"""


def prepare_for_screens() -> None:
    """To be called before a program replaces `sys.stderr`: later no process could be started."""
    resource_tracker.ensure_running()


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Let no Ctrl-C reach a process that starts; it is for this one, a moment later."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield  # whoever starts now keeps the mask
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
        if multiprocessing.current_process().daemon:
            raise TeamError(
                "A process that is itself a helper cannot have a team; use one process."
            )
        context = multiprocessing.get_context("spawn")
        shapes = {**shapes, "rounds": ((size, LINE // 8), "u8"), "beats": ((size, LINE // 8), "u8")}
        self._pipes: list[connection.Connection] = []
        self._processes: list[Any] = []
        try:
            buffer = RawArray(c_ubyte, sum(map(room, shapes.values())))
            self.arrays = arrays_in(buffer, shapes)
            """Everything shared, by name."""
            for rank in range(size):
                ours, theirs = context.Pipe()
                self._pipes.append(ours)
                plan = Plan(recipe, layout, sizes, shapes, rank, size)
                name = f"numrec-tui-{rank + 1}"
                process = context.Process(
                    target=join, args=(buffer, theirs), name=name, daemon=True
                )
                with _no_interrupt():
                    process.start()
                self._processes.append(process)
                theirs.close()
                ours.send(plan)
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
        ended = connection.wait([process.sentinel for process in self._processes], 0.1)
        for process in self._processes:
            if process.sentinel in ended:
                process.join(1.0)  # its pipes close a moment before its exit code is known
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
