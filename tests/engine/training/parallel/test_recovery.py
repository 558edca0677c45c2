"""A process that is lost is replaced: the same bits, nothing left over, and it is told."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import pytest

from engine.errors import LostProcessError
from engine.training import loop
from engine.training.events import EpochDone, Event, Progress, Started, Stopped, WorkersReplaced
from engine.training.loop import train
from engine.training.parallel import pool as team
from engine.training.parallel import recovery as mending
from engine.training.parallel.buffers import StepRange
from engine.training.parallel.executor import PoolExecutor, SerialExecutor
from engine.training.run import Run
from tests.engine import tiny

PARTS = tiny.split(train=41, test=31)

EVERYTHING = {
    "learning_rate": 0.01, "dropout": 0.3, "weight_decay": 0.01, "schedule": "cosine",
    "augment": "on", "seed": 4, "hidden": (9, 7), "epochs": 2,
}  # fmt: skip
"""Settings under which everything that could go apart matters."""

pytestmark = pytest.mark.alone

Harm = Callable[[multiprocessing.Process], None]


def workers() -> list[multiprocessing.Process]:
    return [child for child in multiprocessing.active_children() if "numrec" in child.name]  # type: ignore[misc]


def send(number: int) -> Harm:
    def harm(process: multiprocessing.Process) -> None:
        assert process.pid is not None
        os.kill(process.pid, number)

    return harm


@pytest.fixture(autouse=True)
def nobody_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(team, "STOPPED", 0.2)
    yield
    assert workers() == []


@pytest.fixture(scope="module")
def undisturbed() -> Run:
    run = tiny.run_on(PARTS, processes=2, **EVERYTHING)
    list(train(run, PARTS))
    return run


def is_batch(event: Event) -> bool:
    return isinstance(event, Progress) and event.batch == 2


def is_end_of_epoch(event: Event) -> bool:
    return isinstance(event, Progress) and event.batch == event.batches


MOMENTS = {
    "before the first epoch": lambda event: isinstance(event, Started),
    "between two batches": is_batch,
    "before scoring": is_end_of_epoch,
    "between two epochs": lambda event: isinstance(event, EpochDone),
}

kill, end, stop = map(send, (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP))


@pytest.mark.parametrize(
    ("harm", "moment"),
    [*((kill, moment) for moment in MOMENTS.values()), (end, is_batch), (stop, is_batch)],
    ids=[*MOMENTS, "ended", "stopped"],
)
@pytest.mark.short("between two batches")
def test_a_lost_process_is_replaced_and_the_same_bits_come_of_it(
    harm: Harm, moment: Callable[[Event], bool], undisturbed: Run
) -> None:
    run = tiny.run_on(PARTS, processes=2, **EVERYTHING)
    told: list[WorkersReplaced] = []
    harmed = False
    for event in train(run, PARTS):
        if isinstance(event, WorkersReplaced):
            told.append(event)
        if moment(event) and not harmed:
            harmed = True
            harm(workers()[-1])
    assert run.network.theta.tobytes() == undisturbed.network.theta.tobytes()
    assert run.optimizer_state.tobytes() == undisturbed.optimizer_state.tobytes()
    [once] = told
    assert (once.processes, once.fewer, once.losses) == (2, False, 1)
    assert isinstance(event, Stopped)
    assert event.team == "1 process of the team lost; 2 processes at the end."


@pytest.mark.long
def test_all_processes_lost_at_once_are_one_loss(undisturbed: Run) -> None:
    run = tiny.run_on(PARTS, processes=2, **EVERYTHING)
    for event in train(run, PARTS):
        if is_batch(event) and run.epoch == 0:
            for process in workers():
                process.kill()
    assert run.network.theta.tobytes() == undisturbed.network.theta.tobytes()


def test_a_fault_in_a_process_is_told_with_its_reason_until_one_alone_has_it() -> None:
    run = tiny.run_on(PARTS, processes=2)
    events = train(run, PARTS)
    next(events)
    run.hyperparameters = run.hyperparameters.model_copy(update={"schedule": "no such"})
    with pytest.raises(KeyError, match="no such"):
        list(events)
    assert run.hyperparameters.processes == 1


@dataclass(frozen=True, slots=True)
class FailsOnce(StepRange):
    """Fails in the first process that asks for a rate in the second batch, and then never again."""

    note: str = ""

    def rate(self, batch: int) -> float:
        if batch and not Path(self.note).exists():
            Path(self.note).touch()
            raise MemoryError("none left")
        return StepRange.rate(self, batch)


def test_a_fault_that_passes_costs_no_bit(
    undisturbed: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = loop._step_range
    note = str(tmp_path / "failed")
    monkeypatch.setattr(loop, "_step_range", lambda run: FailsOnce(**asdict(plain(run)), note=note))
    run = tiny.run_on(PARTS, processes=2, **EVERYTHING)
    run.pace = 1000.0
    told = [str(event) for event in train(run, PARTS) if isinstance(event, WorkersReplaced)]
    assert len(told) == 1
    assert "failed (MemoryError: none left). It was replaced" in told[0]
    assert run.network.theta.tobytes() == undisturbed.network.theta.tobytes()


def test_after_three_in_a_minute_fewer_go_on_down_to_one() -> None:
    run = tiny.run_on(PARTS, processes=2, epochs=6)
    told: list[WorkersReplaced] = []
    for event in train(run, PARTS):
        if isinstance(event, WorkersReplaced):
            told.append(event)
        if isinstance(event, EpochDone) and workers():
            workers()[0].kill()
    assert [(each.processes, each.fewer) for each in told] == [(2, False), (2, False), (1, True)]
    assert str(told[-1]).startswith("A process of the team was ended by signal 9. Training goes on")
    assert run.stopped == "epochs"
    assert [(change.before, change.after) for change in run.changes] == [(2, 1)]
    assert isinstance(event, Stopped)
    assert event.team == "3 processes of the team lost; one process at the end."


@pytest.mark.long
def test_losses_that_are_far_apart_cost_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mending, "MINUTE", 0.0)
    monkeypatch.setattr(mending, "MOST_LOSSES", 2)
    run = tiny.run_on(PARTS, processes=2, epochs=3)
    for event in train(run, PARTS):
        if isinstance(event, EpochDone) and event.epoch < 3:
            workers()[0].kill()
    assert run.hyperparameters.processes == 2


def test_who_cannot_be_replaced_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    run = tiny.run_on(PARTS, processes=2)
    told: list[WorkersReplaced] = []
    for event in train(run, PARTS):
        if isinstance(event, WorkersReplaced):
            told.append(event)
        if isinstance(event, Started):
            monkeypatch.setattr("engine.training.parallel.pool.RawArray", refuse)
            workers()[0].kill()
    assert [each.processes for each in told] == [2, 2, 1]
    assert "No space left" in told[-1].how
    assert run.stopped == "epochs"


def test_a_run_that_is_to_end_waits_for_no_other_team(monkeypatch: pytest.MonkeyPatch) -> None:
    run = tiny.run_on(PARTS, processes=2, epochs=100_000, learning_rate=1e-6)
    events = train(run, PARTS)
    while run.epoch < 1:
        next(events)
    run.interrupt = True
    for process in workers():
        process.kill()
    made: list[object] = []
    monkeypatch.setattr(mending, "PoolExecutor", made.append)
    list(events)
    assert (run.stopped, made) == ("interrupted", [])


def test_a_process_that_is_only_slow_is_waited_for(undisturbed: Run) -> None:
    """One that is stopped for less than it takes to be lost goes on, as if nothing had been."""
    run = tiny.run_on(PARTS, processes=2, **EVERYTHING)
    told: list[Event] = []
    for event in train(run, PARTS):
        told += [event] if isinstance(event, WorkersReplaced) else []
        if is_batch(event):
            send(signal.SIGSTOP)(workers()[-1])
            send(signal.SIGCONT)(workers()[-1])
    assert told == []
    assert run.network.theta.tobytes() == undisturbed.network.theta.tobytes()


def test_one_that_dies_after_its_answer_is_noticed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "STOPPED", 30.0)  # nobody else notices
    executor = PoolExecutor(tiny.run_on(PARTS, processes=2), PARTS, 2)
    first, second = sorted(workers(), key=lambda process: process.name)
    assert second.pid is not None
    os.kill(second.pid, signal.SIGSTOP)
    looks = count()

    def kill_after_its_answer() -> bool:
        if next(looks) == 15:  # 15 looks at the answers; the first one has nothing to do
            kill(first)
        return False

    with pytest.raises(LostProcessError, match="ended by signal 9"):
        executor._pool.order("get_ready", hurried=kill_after_its_answer)


def test_one_process_has_nobody_to_lose() -> None:
    run = tiny.run_on(PARTS)
    assert SerialExecutor(run, PARTS).processes == 1
    assert not issubclass(SerialExecutor, PoolExecutor)
