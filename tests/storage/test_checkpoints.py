"""Checkpoints on disk: the last three, the newest whole one, whoever is killed while saving."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest

from engine.errors import CheckpointError, FormatError, VersionError
from engine.training import checkpoint
from engine.training.checkpoint import Origin
from engine.training.events import EpochDone
from engine.training.loop import train
from engine.training.run import Run
from numrec_tui.storage import checkpoints as keeping
from numrec_tui.storage.checkpoints import CheckpointManager, find, newest_in, unfinished
from tests.engine import tiny
from tests.waiting import wait_until

PARTS = tiny.split()
ORIGIN = Origin("tiny", "tiny", "0" * 64)
MODEL = Path("m.safetensors")


def run_after(batches: int = 1) -> Run:
    run = tiny.run_on(PARTS, epochs=100)
    list(islice((e for e in train(run, PARTS) if not isinstance(e, EpochDone)), 1 + batches))
    return run


def kept(home: Path, name: str = "run", batches: int = 1) -> Run:
    """A run that was kept once, and left."""
    run = run_after(batches)
    CheckpointManager(home, name, MODEL).close(run, ORIGIN)
    return run


def test_the_last_three_are_kept(tmp_path: Path) -> None:
    run, keeper = run_after(), CheckpointManager(tmp_path, "run", MODEL)
    for step in range(10, 17):
        run.step = step
        keeper.keep(run, ORIGIN)
        keeper.close(run, ORIGIN)
    names = sorted(path.name for path in (tmp_path / "run").glob("*.safetensors"))
    assert names == ["000005.safetensors", "000006.safetensors", "000007.safetensors"]
    assert find(tmp_path, "last").checkpoint.facts.step == 16


def test_nothing_is_written_before_the_first_batch_or_twice(tmp_path: Path) -> None:
    run, keeper = tiny.run_on(PARTS), CheckpointManager(tmp_path, "run", MODEL)
    keeper.close(run, ORIGIN)
    assert list(tmp_path.iterdir()) == []
    run = run_after()
    for _ in range(5):
        keeper.close(run, ORIGIN)
    assert len(list(keeper.folder.glob("*.safetensors"))) == 1  # type: ignore[union-attr]


def test_the_newest_that_is_whole_wins_and_a_broken_one_is_put_aside(tmp_path: Path) -> None:
    run, keeper = run_after(), CheckpointManager(tmp_path, "run", MODEL)
    for step in (10, 11):
        run.step = step
        keeper.close(run, ORIGIN)
    newest = tmp_path / "run" / "000002.safetensors"
    newest.write_bytes(newest.read_bytes()[:-1])
    found = find(tmp_path, "last")
    assert found.checkpoint.facts.step == 10
    assert not newest.exists()
    assert newest.with_suffix(".broken").exists()


def test_a_run_that_is_over_is_not_offered_but_can_be_named(tmp_path: Path) -> None:
    run = tiny.run_on(PARTS)
    list(train(run, PARTS))
    CheckpointManager(tmp_path, "run", MODEL).close(run, ORIGIN)
    assert unfinished(tmp_path) is None
    with pytest.raises(CheckpointError, match="no run to go on with"):
        find(tmp_path, "last")
    assert find(tmp_path, str(tmp_path / "run")).checkpoint.facts.stopped == "epochs"


def test_the_run_that_was_left_last_is_offered(tmp_path: Path) -> None:
    kept(tmp_path, "first")
    kept(tmp_path, "second", batches=3)
    os.utime(tmp_path / "first", (1, 1))
    found = unfinished(tmp_path)
    assert found is not None
    assert found.path.parent.name == "second"
    assert str(found).startswith("tiny, ")
    assert "epoch 0.8" in str(found)


def test_who_goes_on_writes_into_the_same_folder_and_sweeps_it(tmp_path: Path) -> None:
    kept(tmp_path)
    leftover = tmp_path / "run" / ".000002.safetensors.999-x.tmp"
    leftover.write_bytes(b"half")
    found = find(tmp_path, "last")
    run = found.checkpoint.restore()
    run.step += 1
    CheckpointManager(tmp_path, "another", MODEL, found).close(run, ORIGIN)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == [
        "000001.safetensors", "000002.safetensors", "lock",
    ]  # fmt: skip


def test_a_checkpoint_from_elsewhere_is_left_where_it_is(tmp_path: Path) -> None:
    kept(tmp_path / "elsewhere")
    found = find(tmp_path / "home", str(tmp_path / "elsewhere" / "run" / "000001.safetensors"))
    run = found.checkpoint.restore()
    run.step += 1
    CheckpointManager(tmp_path / "home", "mine", MODEL, found).close(run, ORIGIN)
    assert len(list((tmp_path / "elsewhere" / "run").glob("*.safetensors"))) == 1
    assert len(list((tmp_path / "home" / "mine").glob("*.safetensors"))) == 1


def test_a_run_that_somebody_trains_is_neither_offered_nor_taken(tmp_path: Path) -> None:
    run, busy = run_after(), CheckpointManager(tmp_path, "run", MODEL)
    busy.keep(run, ORIGIN)
    wait_until(lambda: busy.folder and newest_in(busy.folder), "a checkpoint is there")
    assert unfinished(tmp_path) is None
    found = newest_in(tmp_path / "run")
    with pytest.raises(CheckpointError, match="by another numrec-tui"):
        CheckpointManager(tmp_path, "run", MODEL, found)
    busy.close(run, ORIGIN)
    assert unfinished(tmp_path) is not None


def test_two_runs_of_one_name_get_two_folders(tmp_path: Path) -> None:
    kept(tmp_path, "run")
    kept(tmp_path, "run")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "run.1"]


def test_only_so_many_runs_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "RUNS_KEPT", 3)
    for number in range(5):
        kept(tmp_path, f"run-{number}")
        os.utime(tmp_path / f"run-{number}", (number, number))
    kept(tmp_path, "newest")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["newest", "run-3", "run-4"]


def test_a_full_disk_is_told_and_the_next_attempt_may_succeed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, keeper = run_after(), CheckpointManager(tmp_path, "run", MODEL)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as context:
        context.setattr(os, "fsync", full)
        keeper.close(run, ORIGIN)
    assert keeper.problem is not None
    assert "No space left on device" in keeper.problem
    keeper.close(run, ORIGIN)
    assert keeper.problem is None
    assert unfinished(tmp_path) is not None


def test_a_home_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    keeper = CheckpointManager(tmp_path / "home", "run", MODEL)
    keeper.close(run_after(), ORIGIN)
    assert keeper.problem is not None
    assert "Cannot keep checkpoints" in keeper.problem


def test_an_epochs_end_is_kept_and_a_long_epoch_every_ten_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(keeping, "monotonic", lambda: clock[0])
    keeper = CheckpointManager(tmp_path, "run", MODEL)
    _started, progress, done = islice(train(run_after(3), PARTS), 3)  # the last batch of four
    assert isinstance(done, EpochDone)
    assert keeper.is_time(done)
    assert not keeper.is_time(progress)
    clock[0] += 10
    assert keeper.is_time(progress)


def test_the_first_checkpoint_comes_after_a_second_of_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(keeping, "monotonic", lambda: clock[0])
    keeper = CheckpointManager(tmp_path, "run", MODEL)
    clock[0] += 60  # the screen is open, and nobody trains
    run = run_after(2)
    _started, progress = islice(train(run, PARTS), 2)
    assert not keeper.is_time(progress)
    clock[0] += 1
    assert keeper.is_time(progress)
    keeper.keep(run, ORIGIN)
    clock[0] += 5
    assert not keeper.is_time(progress)
    keeper.close(run, ORIGIN)


@pytest.mark.parametrize(("writing", "gap", "lost"), [(0.0, 10, 10), (2.0, 8, 10), (6.0, 12, 18)])
def test_what_may_be_lost_counts_the_writing_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writing: float, gap: float, lost: float
) -> None:
    clock = [100.0]
    monkeypatch.setattr(keeping, "monotonic", lambda: clock[0])
    keeper = CheckpointManager(tmp_path, "run", MODEL)
    run = run_after()
    _started, progress = islice(train(run_after(2), PARTS), 2)
    keeper.is_time(progress)

    def slow(path: Path, content: bytes, private: bool) -> None:
        clock[0] += writing

    with monkeypatch.context() as context:
        context.setattr("engine.training.checkpoint.write_atomic", slow)
        keeper.flush(run, ORIGIN)
    kept_at = clock[0] - writing
    clock[0] = kept_at + gap - 0.1
    assert not keeper.is_time(progress)
    clock[0] = kept_at + gap
    assert keeper.is_time(progress)
    assert keeper.at_risk == lost <= 10 + 3 * writing
    keeper.leave()


def test_a_failure_is_tried_again_without_any_event_and_its_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "RETRY", 0.01)
    (tmp_path / "home").write_text("a file")
    keeper, news = CheckpointManager(tmp_path / "home", "run", MODEL), []
    keeper.on_news = lambda: news.append(keeper.problem)
    keeper.keep(run_after(), ORIGIN)
    wait_until(lambda: news, "the failure is told")
    (tmp_path / "home").unlink()
    wait_until(lambda: len(news) == 2, "its end is told")
    assert news[1] is None
    assert newest_in(tmp_path / "home" / "run") is not None
    keeper.leave()


def test_a_word_that_is_no_checkpoint_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="a file, found none"):
        find(tmp_path, "lost")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match="no whole checkpoint"):
        find(tmp_path, str(tmp_path / "empty"))


def test_a_checkpoint_of_another_version_is_told_and_left_alone(tmp_path: Path) -> None:
    kept(tmp_path)
    path = tmp_path / "run" / "000001.safetensors"
    content = path.read_bytes()
    path.write_bytes(content.replace(b'\\"format_version\\":1', b'\\"format_version\\":2'))
    assert path.read_bytes() != content
    with pytest.raises(VersionError, match="version 2"):
        find(tmp_path, "run")
    assert unfinished(tmp_path) is None
    assert path.exists()


def test_files_of_somebody_else_are_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    for name in ("7.safetensors", "000001.safetensors", "2024-best.safetensors"):
        (theirs / name).write_bytes(b"a model, perhaps")
    with pytest.raises(CheckpointError, match="no whole checkpoint"):
        find(tmp_path / "home", str(theirs))
    assert len(list(theirs.iterdir())) == 3


@pytest.mark.parametrize("wanted", ["", " "])
def test_nothing_named_is_no_run(tmp_path: Path, wanted: str) -> None:
    with pytest.raises(CheckpointError, match="No run is named"):
        find(tmp_path, wanted)


@pytest.mark.parametrize("way", ["link", "home/../home/run"])
def test_another_way_to_the_folder_is_the_same_folder(tmp_path: Path, way: str) -> None:
    kept(tmp_path / "home")
    (tmp_path / "link").symlink_to(tmp_path / "home" / "run")
    found = find(tmp_path / "home", str(tmp_path / way))
    keeper = CheckpointManager(tmp_path / "home", "run", MODEL, found)
    assert keeper.folder == (tmp_path / "home" / "run").resolve()
    assert unfinished(tmp_path / "home") is None  # it is locked
    keeper.leave()


def test_a_run_that_went_on_elsewhere_is_not_taken_from_where_it_was(tmp_path: Path) -> None:
    run = kept(tmp_path)
    offered = unfinished(tmp_path)
    run.step += 1
    CheckpointManager(tmp_path, "run", MODEL, find(tmp_path, "last")).close(run, ORIGIN)
    with pytest.raises(CheckpointError, match="has gone on in the meantime"):
        CheckpointManager(tmp_path, "run", MODEL, offered)
    assert unfinished(tmp_path) is not None  # and it is not locked for ever


def test_a_lock_that_cannot_be_opened_harms_nobody(tmp_path: Path) -> None:
    kept(tmp_path, "odd")
    (tmp_path / "odd" / "lock").unlink()
    (tmp_path / "odd" / "lock").mkdir()
    assert unfinished(tmp_path) is None
    with pytest.raises(CheckpointError, match="Cannot use the run in"):
        CheckpointManager(tmp_path, "odd", MODEL, find(tmp_path, "odd"))


def test_whatever_goes_wrong_in_the_writer_is_told_and_the_end_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*_given: object) -> None:
        raise MemoryError

    keeper = CheckpointManager(tmp_path, "run", MODEL)
    monkeypatch.setattr("engine.training.checkpoint.save_tensors", no_memory)
    keeper.close(run_after(), ORIGIN)
    assert keeper.problem == "There is not enough memory."


def test_what_was_found_is_not_written_again(tmp_path: Path) -> None:
    kept(tmp_path)
    found = find(tmp_path, "last")
    CheckpointManager(tmp_path, "run", MODEL, found).close(found.checkpoint.restore(), ORIGIN)
    assert len(list((tmp_path / "run").glob("*.safetensors"))) == 1


# Killed while saving.

SAVER = """
import os, sys
from pathlib import Path
from tests.storage.test_checkpoints import ORIGIN, MODEL, PARTS
from tests.engine import tiny
from numrec_tui.storage.checkpoints import CheckpointManager

run = tiny.run_on(PARTS, hidden=(2000,), optimizer="adam")  # 2 MB a checkpoint
run.batch = run.sums.images = 1
os.write(1, b"r")  # ready
home = Path(sys.argv[1])
while True:
    number = os.read(0, 8)  # which child is wanted
    child = os.fork()
    if child:
        os.write(1, child.to_bytes(4, "little"))
        os.waitpid(child, 0)
        os.write(1, b"e")
        continue
    keeper = CheckpointManager(home, number.decode().strip(), MODEL)
    while True:
        run.step += 1
        keeper.close(run, ORIGIN)
        Path(sys.argv[1], number.decode().strip() + ".told").write_text(str(run.step))
"""


def read_exactly(stream: int, length: int) -> bytes:
    found = b""
    while len(found) < length:
        found += os.read(stream, length - len(found))
    return found


@pytest.mark.alone
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, to start 50 programs quickly")
@pytest.mark.parametrize("moments", [10, 50])
@pytest.mark.short("10")
def test_killed_while_saving_a_checkpoint_is_always_there(tmp_path: Path, moments: int) -> None:
    chance = random.Random(7)  # noqa: S311 - moments, not secrets
    saver = subprocess.Popen(
        [sys.executable, "-c", SAVER, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert saver.stdin is not None
    assert saver.stdout is not None
    asked, answers = saver.stdin.fileno(), saver.stdout.fileno()
    try:
        assert read_exactly(answers, 1) == b"r"
        for number in range(moments):
            os.write(asked, f"{number:8d}".encode())
            child = int.from_bytes(read_exactly(answers, 4), "little")
            folder, told = tmp_path / str(number), tmp_path / f"{number}.told"
            wait_until(told.exists, "it saves")
            time.sleep(chance.uniform(0, 0.06))  # the moment to be killed at
            os.kill(child, signal.SIGKILL)
            assert read_exactly(answers, 1) == b"e"
            found = newest_in(folder, mend=True)  # what is half written gets another name
            assert found is not None
            assert found.checkpoint.facts.step >= int(told.read_text() or 0)
            assert not list(folder.glob("*.broken"))
            assert checkpoint.read(found.path).restore().step == found.checkpoint.facts.step
    finally:
        saver.kill()
        saver.communicate()
