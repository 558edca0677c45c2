"""Which crew learns: the one asked for, or the one that a short measurement finds quickest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from threadpoolctl import threadpool_limits

from engine.data.digits import Split
from engine.errors import TeamError
from engine.training.crew import Alone, Crew, Together
from engine.training.hyperparameters import MOST_PROCESSES
from engine.training.run import Run
from engine.training.threads import SMALL_BATCH, cores

TRIAL = 0.15
"""Seconds of learning that decide; as long is learned before, to warm up."""

Learn = Callable[[Crew], int]
"""Lets a crew learn a stretch of the run; returns how many images."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to learn: its name, the BLAS threads of this process, and how its crew is made."""

    name: str
    threads: int
    make: Callable[[], Crew]


def crew_for(run: Run, split: Split, learn: Learn) -> tuple[Crew, str]:
    """Who learns, and in words who that is and why.

    learn: used to measure, if that is asked for; what is learned then is thrown away.

    Raises:
        TeamError: the processes cannot be started.
    """
    processes = run.hyperparameters.processes
    if processes == 1:
        return Alone(run, split), "one process"
    if processes == "auto":
        return _quickest(run, split, learn)
    return Together(run, split, processes), f"{processes} processes"


def _quickest(run: Run, split: Split, learn: Learn) -> tuple[Crew, str]:
    theta, state = run.network.theta.copy(), run.optimizer_state.copy()
    speeds: dict[str, float] = {}
    best: Crew | None = None
    for candidate in _candidates(run, split):
        if run.interrupt and best is not None:
            break
        threadpool_limits(candidate.threads)
        try:
            crew = candidate.make()
            speed = _speed(crew, learn)
        except TeamError:
            continue  # what cannot be had is not the quickest
        finally:
            run.network.theta[:], run.optimizer_state[:] = theta, state
        if best is not None and speed <= max(speeds.values()):
            crew.close()
        else:
            if best is not None:
                best.close()
            best, chosen = crew, candidate
        speeds[candidate.name] = speed
    if best is None:
        raise TeamError("Nobody could be found to learn.")
    threadpool_limits(chosen.threads)
    return best, _verdict(chosen.name, speeds)


def _candidates(run: Run, split: Split) -> Iterator[Candidate]:
    alone = partial(Alone, run, split)
    many = min(cores(), MOST_PROCESSES)
    yield Candidate("one process", 1, alone)
    if many > 1 and run.hyperparameters.batch_size >= SMALL_BATCH:
        yield Candidate(f"one process with {many} threads", many, alone)
    while many > 1:
        yield Candidate(f"{many} processes", 1, partial(Together, run, split, many))
        many //= 2


def _speed(crew: Crew, learn: Learn) -> float:
    """Images a second; a crew that fails is closed."""
    try:
        learn(crew)
        images, seconds, began = 0, 0.0, perf_counter()
        while seconds < TRIAL:
            images += learn(crew)
            seconds = perf_counter() - began
    except BaseException:
        crew.close()
        raise
    return images / seconds


def _verdict(chosen: str, speeds: dict[str, float]) -> str:
    others = [f"{name} {speed:,.0f}" for name, speed in speeds.items() if name != chosen]
    why = f" ({', '.join(others)})" if others else ""
    return f"{chosen}, quickest at {speeds[chosen]:,.0f} images/s{why}"
