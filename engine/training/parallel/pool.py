"""A pool of worker processes that train together, one core each; this process only waits.

Images, parameters, gradients and optimizer state lie in anonymous shared memory, so that nothing
is left behind however it ends. Commands go through pipes, one for many batches; within a batch the
workers synchronize by a barrier in shared memory. A dead worker is noticed at once, a frozen one
after some seconds; a slow one is waited for. Then the whole pool is ended, since the other workers
may be between two barriers. The run is as it was at the event before.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ctypes import c_ubyte
from multiprocessing import connection, resource_tracker
from multiprocessing.sharedctypes import RawArray
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from engine.errors import LostProcessError, TeamError
from engine.training.packing import Layout
from engine.training.parallel.bootstrap import join
from engine.training.parallel.buffers import HURRY, WorkerConfig
from engine.training.parallel.worker import LINE, Plan, Shapes, arrays_in, buffers_of, room

MOST_TO_DIE = 5.0
"""Seconds to wait for a killed process: one that waits for a disk cannot end."""

TICK = 0.02
"""Seconds between two checks of whether the step range is to end."""

LOOK = 0.1
"""Seconds between two checks of the heartbeats.

Checks are counted, not timed, so that suspending the computer does not look like a dead process.
"""

PATIENCE, TO_BEGIN, STOPPED = 30.0, 60.0, 2.0
"""Seconds without a heartbeat after which a process is lost: in general, since a machine may be
busy; until the first one; and where the system says that the process is stopped."""


def prepare_for_screens() -> None:
    """To be called before a program replaces `sys.stderr`: later no process could be started."""
    resource_tracker.ensure_running()


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Block SIGINT while a process starts; this process gets it a moment later."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield  # a process that starts now inherits the mask
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class WorkerPool:
    """Worker processes that wait for commands, and the memory they share with this one.

    shapes: of the arrays of `SharedBuffers`, and of `validation_images` and `validation_labels`.
    size: how many processes. They begin to start at once; the first command waits for them.

    Raises:
        TeamError: there is not enough shared memory, or no process can be started.
    """

    def __init__(
        self,
        config: WorkerConfig,
        layout: Layout,
        sizes: tuple[int, ...],
        shapes: Shapes,
        size: int,
    ) -> None:
        if multiprocessing.current_process().daemon:
            raise TeamError(
                "A process that is itself a helper cannot have a team; use one process."
            )
        context = multiprocessing.get_context("spawn")
        lines = ((size, LINE // 8), "u8")
        shapes = {**shapes, "rounds": lines, "heartbeats": lines}
        self._pipes: list[connection.Connection] = []
        self._processes: list[Any] = []
        try:
            buffer = RawArray(c_ubyte, sum(map(room, shapes.values())))
            self.arrays = arrays_in(buffer, shapes)
            """All shared arrays, by name."""
            for rank in range(size):
                ours, theirs = context.Pipe()
                self._pipes.append(ours)
                plan = Plan(config, layout, sizes, shapes, rank, size)
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
            why = str(error) or "there is not enough memory"
            raise TeamError(f"No team of {size} processes can be started: {why}.") from error
        self.buffers = buffers_of(self.arrays)

    def order(
        self, command: str, *arguments: object, hurried: Callable[[], bool] = lambda: False
    ) -> list[Any]:
        """Send a command to every worker and wait for the answers, in the order of the ranks.

        hurried: polled; once it is true, a step range ends after the current batch.

        Raises:
            LostProcessError: a worker died, froze or raised; then the whole pool has ended.
        """
        self.buffers.flags[HURRY] = hurried()
        try:
            for pipe in self._pipes:
                pipe.send((command, arguments))
            return self._answers(hurried)
        except (OSError, EOFError):
            self._lose(self._how_it_died())

    def close(self) -> None:
        """End the workers; those that do not end are killed."""
        for pipe in self._pipes:
            pipe.close()  # a worker ends when its pipe is closed
        deadline = time.monotonic() + 1.0
        for process in self._processes:
            process.join(max(deadline - time.monotonic(), 0))
        self._kill()

    def _answers(self, hurried: Callable[[], bool]) -> list[Any]:
        answers: dict[int, Any] = {}
        monitor = _HeartbeatMonitor(
            self.arrays["heartbeats"], [process.pid for process in self._processes]
        )
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
            if monitor.is_lost():
                self._lose("does not answer any more")
            self.buffers.flags[HURRY] = hurried()
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
        raise LostProcessError(f"A process of the team {how}.")

    def _kill(self) -> None:
        for process in self._processes:
            process.kill()  # a stopped process handles no other signal
        for process in self._processes:
            process.join(MOST_TO_DIE)


class _HeartbeatMonitor:
    """Notices processes without heartbeats. pids: of the processes, by rank."""

    def __init__(self, heartbeats: NDArray[np.uint64], pids: Sequence[int]) -> None:
        self._heartbeats = heartbeats
        self._pids = pids
        self._seen = heartbeats[:, 0].copy()
        self._missed = np.zeros(len(heartbeats), int)
        self._next = time.monotonic() + LOOK

    def is_lost(self) -> bool:
        if time.monotonic() < self._next:
            return False
        now = self._heartbeats[:, 0].copy()
        self._missed = np.where(now == self._seen, self._missed + 1, 0)
        self._seen = now
        self._next = time.monotonic() + LOOK
        if (self._missed * LOOK > np.where(now == 0, TO_BEGIN, PATIENCE)).any():
            return True
        silent = self._missed * LOOK > STOPPED
        pids = zip(self._pids, silent, strict=True)
        return any(is_silent and _is_stopped(pid) for pid, is_silent in pids)


def _is_stopped(pid: int) -> bool:
    """Whether a child was stopped by a signal; False where the system cannot say."""
    if not hasattr(os, "waitid"):
        return False
    try:
        return os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
    except OSError:
        return False
