"""Chooses the executor: the one that the settings name, or the quickest in a short measurement."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from threadpoolctl import threadpool_limits

from engine.data.dataset import Split
from engine.errors import TeamError
from engine.training.hyperparameters import MOST_PROCESSES
from engine.training.parallel.executor import Executor, PoolExecutor, SerialExecutor
from engine.training.run import Run
from engine.training.threads import SMALL_BATCH, cores

TRIAL = 0.15
"""Seconds of training that are measured, after one call to warm up."""

Learn = Callable[[Executor], int]
"""Trains a range of steps with an executor; returns how many images."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An executor to measure: its name, the BLAS threads of this process, and its factory."""

    name: str
    threads: int
    make: Callable[[], Executor]


def executor_for(run: Run, split: Split, learn: Learn) -> tuple[Executor, str]:
    """The executor of a run, and a sentence that says which it is and why.

    learn: used to measure with `processes="auto"`; the parameters are restored afterwards.

    Raises:
        TeamError: the processes cannot be started.
    """
    processes = run.hyperparameters.processes
    if processes == 1:
        return SerialExecutor(run, split), "one process"
    if processes == "auto":
        return _quickest(run, split, learn)
    return PoolExecutor(run, split, processes), f"{processes} processes"


def _quickest(run: Run, split: Split, learn: Learn) -> tuple[Executor, str]:
    theta, state = run.network.theta.copy(), run.optimizer_state.copy()
    speeds: dict[str, float] = {}
    best: Executor | None = None
    for candidate in _candidates(run, split):
        if run.interrupt and best is not None:
            break
        threadpool_limits(candidate.threads)
        try:
            executor = candidate.make()
            speed = _speed(executor, learn)
        except TeamError:
            continue  # it cannot be started here
        finally:
            run.network.theta[:], run.optimizer_state[:] = theta, state
        if best is not None and speed <= max(speeds.values()):
            executor.close()
        else:
            if best is not None:
                best.close()
            best, chosen = executor, candidate
        speeds[candidate.name] = speed
    if best is None:
        raise TeamError("Nobody could be found to learn.")
    threadpool_limits(chosen.threads)
    return best, _verdict(chosen.name, speeds)


def _candidates(run: Run, split: Split) -> Iterator[Candidate]:
    serial = partial(SerialExecutor, run, split)
    many = min(cores(), MOST_PROCESSES)
    yield Candidate("one process", 1, serial)
    if many > 1 and run.hyperparameters.batch_size >= SMALL_BATCH:
        yield Candidate(f"one process with {many} threads", many, serial)
    while many > 1:
        yield Candidate(f"{many} processes", 1, partial(PoolExecutor, run, split, many))
        many //= 2


def _speed(executor: Executor, learn: Learn) -> float:
    """Images per second; an executor that fails is closed."""
    try:
        learn(executor)
        images, seconds, began = 0, 0.0, perf_counter()
        while seconds < TRIAL:
            images += learn(executor)
            seconds = perf_counter() - began
    except BaseException:
        executor.close()
        raise
    return images / seconds


def _verdict(chosen: str, speeds: dict[str, float]) -> str:
    others = [f"{name} {speed:,.0f}" for name, speed in speeds.items() if name != chosen]
    why = f" ({', '.join(others)})" if others else ""
    return f"{chosen}, quickest at {speeds[chosen]:,.0f} images/s{why}"
