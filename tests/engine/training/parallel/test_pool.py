"""Processes that learn together: the same numbers as one, and nothing left behind when one dies."""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from engine.data.dataset import Split
from engine.errors import TeamError
from engine.nn.optimizers import OPTIMIZERS
from engine.training.events import EpochDone, Progress, Started, Stopped
from engine.training.loop import train
from engine.training.parallel.executor import PoolExecutor
from engine.training.run import Run
from tests.engine import tiny
from tests.waiting import wait_until

PARTS = tiny.split(train=41, test=31)  # batches of 16, 16 and 9: nothing divides evenly

EVERYTHING = {
    "learning_rate": 0.01, "dropout": 0.3, "weight_decay": 0.01, "schedule": "cosine",
    "augment": "on", "seed": 4, "hidden": (9, 7),
}  # fmt: skip
"""Settings under which everything that could go apart matters; odd widths, too."""


def trained(processes: int, parts: Split = PARTS, **values: object) -> Run:
    run = tiny.run_on(parts, processes=processes, **values)
    list(train(run, parts))
    return run


def workers() -> list[multiprocessing.Process]:
    return [child for child in multiprocessing.active_children() if "numrec" in child.name]  # type: ignore[misc]


@pytest.fixture(autouse=True)
def nobody_is_left_behind() -> Iterator[None]:
    yield
    assert workers() == []


def about_the_same(run: Run, other: Run) -> bool:
    return np.allclose(run.network.theta, other.network.theta, atol=1e-5)


# The same numbers


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.short("adamw")
def test_two_processes_learn_what_one_learns(optimizer: str) -> None:
    alone, together = (trained(n, optimizer=optimizer, **EVERYTHING) for n in (1, 2))
    assert about_the_same(alone, together)
    for one, two in zip(alone.history, together.history, strict=True):
        assert two.train_loss == pytest.approx(one.train_loss, abs=1e-4)
        assert two.validation_loss == pytest.approx(one.validation_loss, abs=1e-4)
        assert two.train_accuracy == one.train_accuracy
        assert two.validation_accuracy == one.validation_accuracy


@pytest.mark.parametrize("processes", [3, 4])
@pytest.mark.short("3")
def test_more_processes_do_so_too(processes: int) -> None:
    assert about_the_same(trained(processes, **EVERYTHING), trained(1, **EVERYTHING))


@pytest.mark.long
def test_the_same_number_of_processes_gives_the_same_bits() -> None:
    one, other = (trained(3, **EVERYTHING) for _ in range(2))
    assert one.network.theta.tobytes() == other.network.theta.tobytes()
    assert [done.train_loss for done in one.history] == [done.train_loss for done in other.history]


@pytest.mark.long
def test_a_batch_may_be_smaller_than_the_team() -> None:
    alone, together = (trained(n, batch_size=2, epochs=1) for n in (1, 4))
    assert about_the_same(alone, together)


def test_so_may_the_validation_images() -> None:
    parts = tiny.split(train=20, test=2)
    assert trained(3, parts).history[-1].validation_accuracy in (0, 0.5, 1)


@pytest.mark.long
def test_images_in_stored_order_are_shared_out_too() -> None:
    alone, together = (trained(n, shuffle=False) for n in (1, 2))
    assert about_the_same(alone, together)


def test_an_explosion_is_told_before_the_broken_update() -> None:
    alone, together = (trained(n, learning_rate=1000.0, weight_decay=10.0) for n in (1, 2))
    for run in (alone, together):
        assert run.stopped == "diverged"
        assert np.isfinite(run.network.theta).all()
    assert (together.epoch, together.batch) == (alone.epoch, alone.batch)


# Update settings


def test_each_batch_is_told_when_nobody_asks_for_more_pace() -> None:
    run = tiny.run_on(PARTS, processes=2, epochs=1)
    events = list(train(run, PARTS))
    assert [event.images for event in events if isinstance(event, Progress)] == [16, 16, 9]


def test_a_rate_changed_between_two_batches_acts_at_the_next_one() -> None:
    thetas = []
    for processes in (1, 2):
        run = tiny.run_on(PARTS, processes=processes)
        events = train(run, PARTS)
        list(islice(events, 2))  # started, one batch
        run.change("learning_rate", 0.5)
        list(events)
        thetas.append(run.network.theta)
    np.testing.assert_allclose(thetas[0], thetas[1], atol=1e-5)
    assert not np.allclose(thetas[0], trained(1).network.theta, atol=1e-3)


def test_stopped_in_the_middle_of_an_epoch_it_goes_on_with_any_number_of_processes() -> None:
    run = tiny.run_on(PARTS, processes=2, **EVERYTHING)
    list(islice(train(run, PARTS), 6))  # the generator is dropped: the processes go
    assert workers() == []
    run.hyperparameters = run.hyperparameters.changed(processes=3)
    list(train(run, PARTS))
    assert about_the_same(run, trained(1, **EVERYTHING))


def test_a_team_that_begins_at_an_epochs_end_scores_the_run() -> None:
    accuracies = []
    for processes in (1, 2):
        run = tiny.run_on(PARTS, processes=processes, epochs=1)
        list(islice(train(run, PARTS), 4))  # started, three batches: the score is still to come
        assert run.batch == run.batches
        list(train(run, PARTS))
        accuracies.append(run.history[0].validation_loss)
    assert accuracies[0] == pytest.approx(accuracies[1], abs=1e-4)


@pytest.mark.alone
def test_it_stops_after_the_batch_under_way_when_it_is_interrupted() -> None:
    run = tiny.run_on(PARTS, processes=2, epochs=100_000, learning_rate=1e-6)
    run.pace = 1000.0
    for _ in train(run, PARTS):
        run.interrupt = run.epoch == 1
    assert run.stopped == "interrupted"


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.short("[1]")
def test_a_pace_makes_fewer_events_and_changes_no_bit(processes: int) -> None:
    told = trained(processes, **EVERYTHING)
    run = tiny.run_on(PARTS, processes=processes, **EVERYTHING)
    run.pace = 1000.0
    events = list(train(run, PARTS))
    epoch = [Progress, EpochDone]
    assert [type(event) for event in events] == [Started, *epoch * 3, Stopped]
    assert run.network.theta.tobytes() == told.network.theta.tobytes()
    assert [replace(e, seconds=0, images_per_second=0) for e in run.history] == [
        replace(e, seconds=0, images_per_second=0) for e in told.history
    ]


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.short("[1]")
def test_who_is_in_a_hurry_gets_the_next_event_after_one_batch(processes: int) -> None:
    run = tiny.run_on(PARTS, processes=processes)
    run.pace, run.hurry = 1000.0, True
    events = train(run, PARTS)
    next(events)
    assert [next(events).batch for _ in range(3)] == [1, 2, 3]  # type: ignore[union-attr]
    run.hurry = False
    next(events)  # the epoch's end
    assert next(events).batch == 3  # type: ignore[union-attr]


# Who learns


@pytest.mark.alone
def test_auto_says_whom_it_chose_and_what_it_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.training.parallel.autotune.cores", lambda: 2)
    run = tiny.run_on(PARTS, processes="auto", **EVERYTHING)
    started = next(events := train(run, PARTS))
    assert isinstance(started, Started)
    assert "quickest at" in started.learned_by
    assert "one process" in started.learned_by
    assert "2 processes" in started.learned_by
    list(events)
    assert about_the_same(run, trained(1, **EVERYTHING))  # the measurement left no trace


def test_auto_measures_nothing_but_one_process_on_one_core(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.training.parallel.autotune.cores", lambda: 1)
    started = next(train(tiny.run_on(PARTS, processes="auto"), PARTS))
    assert isinstance(started, Started)
    assert started.learned_by.startswith("one process, quickest at")


@pytest.mark.alone
def test_auto_does_without_a_team_that_dies_while_it_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.training.parallel.autotune.cores", lambda: 2)
    begin = PoolExecutor.begin_epoch

    def die(self: PoolExecutor, *arguments: object) -> None:
        workers()[0].kill()
        begin(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(PoolExecutor, "begin_epoch", die)
    run = tiny.run_on(PARTS, processes="auto", **EVERYTHING)
    started = next(events := train(run, PARTS))
    assert workers() == []
    assert isinstance(started, Started)
    assert started.learned_by.startswith("one process, quickest at")
    list(events)
    assert about_the_same(run, trained(1, **EVERYTHING))


# Dead pixels


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_leaving_out_pixels_that_are_never_lit_changes_nothing(
    weight_decay: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = tiny.split(train=41, test=31)
    parts.train.images[:, :, :3] = 0  # 24 of 64 pixels; they are lit in the validation images
    without = trained(1, parts, weight_decay=weight_decay)
    monkeypatch.setattr("engine.training.packing.live_pixels", lambda _pixels: np.arange(64))
    assert about_the_same(without, trained(1, parts, weight_decay=weight_decay))


def test_images_that_are_all_black_can_be_learned_from() -> None:
    parts = tiny.split()
    parts.train.images[:] = 0
    assert trained(1, parts).stopped == "epochs"


# When something happens: see test_mending.py


def test_too_little_shared_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.training.parallel.pool.RawArray", refuse)
    with pytest.raises(TeamError, match="No space left"):
        trained(2)


PARENT = """
import multiprocessing, sys
from engine.training.loop import train
from tests.engine import tiny

if __name__ == "__main__":
    parts = tiny.split()
    run = tiny.run_on(parts, processes=2, epochs=100_000, learning_rate=1e-6)
    run.pace = 0.05
    for event in train(run, parts):
        if run.epoch == 3 and run.batch == 0:
            print(*(child.pid for child in multiprocessing.active_children()), flush=True)
"""


@pytest.mark.alone
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.short("[9]")
def test_no_process_outlives_its_parent_however_that_ends(
    number: signal.Signals, tmp_path: Path
) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    parent = subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert parent.stdout is not None
    children = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(children) == 2
    parent.send_signal(number)
    parent.wait()
    wait_until(lambda: not any(map(is_alive, children)), "no child is left")


@pytest.mark.alone
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_who_waits_for_another_notices_that_the_parent_is_gone(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT_THAT_IS_ASKED)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    parent = subprocess.Popen(
        [sys.executable, script],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    assert parent.stdout is not None
    assert parent.stdin is not None
    stopped, waiting = [int(pid) for pid in parent.stdout.readline().split()]
    os.kill(stopped, signal.SIGSTOP)
    try:
        parent.stdin.write("\n")
        parent.stdin.flush()
        assert parent.stdout.readline() == "waits\n"
        parent.kill()
        parent.wait()
        wait_until(lambda: not is_alive(waiting), "the one that waits is gone")
    finally:
        for pid in (stopped, waiting):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


PARENT_THAT_IS_ASKED = """
import multiprocessing
from itertools import count
from engine.training.loop import train
from engine.training.parallel.pool import WorkerPool
from tests.engine import tiny
order, asked = WorkerPool.order, []
def looked_at(team, command, *arguments, hurried=lambda: False):
    looks = count()
    def look():
        if asked and next(looks) == 10:
            print("waits", flush=True)
        return hurried()
    return order(team, command, *arguments, hurried=look)
WorkerPool.order = looked_at
if __name__ == "__main__":
    parts = tiny.split()
    run = tiny.run_on(parts, processes=2, epochs=100_000, learning_rate=1e-6)
    for event in train(run, parts):
        if run.epoch == 3 and run.batch == 1 and not asked:
            print(*(child.pid for child in multiprocessing.active_children()), flush=True)
            asked.append(input())
"""


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
