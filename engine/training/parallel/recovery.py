"""An executor that survives the loss of worker processes: they are replaced, the step is repeated.

The order of all sums is fixed and the run is as it was at the event before, so the result has the
same bits as without a loss. Where processes are lost repeatedly, fewer go on, at last this one
alone.
"""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from engine.data.dataset import Split
from engine.errors import LostProcessError, TeamError
from engine.nn.arrays import Indices
from engine.plural import counted
from engine.training.events import WorkersReplaced
from engine.training.metrics import Evaluation
from engine.training.parallel.buffers import StepRange, StepResult
from engine.training.parallel.executor import Executor, PoolExecutor, SerialExecutor
from engine.training.run import Run
from engine.training.threads import limit_threads

MOST_LOSSES, MINUTE = 3, 60.0
"""After that many losses in that many seconds fewer processes go on."""

Answer = TypeVar("Answer")


class ResilientExecutor:
    """Wraps an executor, and replaces it by another one when it loses a process.

    executor: the first one; it is closed with this.
    """

    def __init__(self, run: Run, split: Split, executor: Executor) -> None:
        self._run, self._split = run, split
        self._executor: Executor | None = executor
        self._processes = executor.processes
        self._epoch: tuple[int, Indices | None] | None = None
        """The current epoch, and the order of its images."""
        self._losses: list[float] = []
        """The times of the latest losses."""
        self._lost = 0
        self._repairs: list[WorkersReplaced] = []

    def begin_epoch(self, epoch: int, order: Indices | None) -> None:
        """As `Executor.begin_epoch`."""
        self._epoch = epoch, order
        self._retry(lambda executor: executor.begin_epoch(epoch, order))

    def learn(self, run: Run, step_range: StepRange) -> StepResult:
        """As `Executor.learn`; no batch if a process is lost while the run is being ended."""
        nothing = StepResult(0, 0, 0.0, step_range.loss, 0, 0.0, False)
        return self._retry(lambda executor: executor.learn(run, step_range), nothing)

    def validate(self, run: Run) -> Evaluation:
        """As `Executor.validate`."""
        return self._retry(lambda executor: executor.validate(run))

    def close(self) -> None:
        """Close the executor, so that its memory is free before another one takes as much."""
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.close()

    def repairs(self) -> Iterator[WorkersReplaced]:
        """The replacements since the last call."""
        while self._repairs:
            yield self._repairs.pop(0)

    def in_words(self) -> str:
        """All losses in a sentence; empty if there were none."""
        if not self._lost:
            return ""
        left = "one process" if self._processes == 1 else f"{self._processes} processes"
        return f"{counted(self._lost, 'process', 'processes')} of the team lost; {left} at the end."

    def _retry(self, do: Callable[[Executor], Answer], if_over: Answer | None = None) -> Answer:
        """The result of the executor, or of its replacement. if_over: for a run that is to end."""
        while True:
            assert self._executor is not None  # noqa: S101 - there is one until this is closed
            try:
                return do(self._executor)
            except LostProcessError as error:
                how = str(error)
            self.close()
            if self._run.interrupt and if_over is not None:
                return if_over  # a signal to the process group reached the workers first
            self._replace(how)

    def _replace(self, how: str) -> None:
        """Replace the executor, and prepare the current epoch."""
        while True:
            fewer = self._count_loss()
            self._repairs.append(WorkersReplaced(how, self._processes, fewer, self._lost))
            try:
                self._executor = self._new_executor()
                if self._epoch is not None:
                    self._executor.begin_epoch(*self._epoch)
            except TeamError as error:
                how = str(error)
                self.close()
            else:
                return

    def _count_loss(self) -> bool:
        """Count a loss; returns whether fewer processes go on because of it."""
        now = time.monotonic()
        self._lost += 1
        self._losses = [when for when in self._losses if now - when < MINUTE] + [now]
        if len(self._losses) < MOST_LOSSES:
            return False
        self._losses.clear()
        self._processes -= 1
        self._run.lose_a_process(self._processes)
        return True

    def _new_executor(self) -> Executor:
        if self._processes == 1:
            limit_threads(self._run.hyperparameters.batch_size)
            return SerialExecutor(self._run, self._split)
        return PoolExecutor(self._run, self._split, self._processes)
