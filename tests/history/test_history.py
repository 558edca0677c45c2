"""The history: several writers, killed writers, damaged and newer files."""

import signal
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import HistoryError
from engine.training.changes import Change
from engine.training.events import EpochDone
from numrec_tui.history import database as history_file
from numrec_tui.history.history import History
from tests.past_runs import done, past


def integrity(path):
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall()
    finally:
        connection.close()


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "home" / "history.db")


def test_what_was_written_is_read_again(history):
    changes = [Change(1.5, "learning_rate", 0.01, 0.02), Change(1.7, "processes", "auto", 1)]
    number = history.write("a", past(), [done(1, 0.91), done(2, 0.9)], changes)
    assert history.runs() == [replace(past(), id=number, best=0.91)]
    assert history.run(number) == history.runs()[0]
    scores = history.scores(number)
    assert [(one.epoch, one.validation_accuracy) for one in scores] == [(1, 0.91), (2, 0.9)]
    assert (scores[0].train_loss, scores[0].train_accuracy, scores[0].seconds) == (0.5, 0.8, 1.5)
    assert history.changes(number) == tuple(changes)


def test_reading_where_there_is_nothing_makes_no_file(history):
    assert history.runs() == []
    assert history.run(1) is None
    assert history.scores(1) == ()
    assert history.changes(1) == ()
    assert not history.path.parent.exists()


def test_the_newest_run_comes_first_and_as_many_as_are_asked_for(history):
    for number in (2, 1, 3):
        history.write(str(number), past(number), [], [])
    assert [run.seed for run in history.runs()] == [3, 2, 1]
    assert [run.seed for run in history.runs(limit=2)] == [3, 2]


def test_a_run_that_was_written_before_keeps_its_row_its_name_and_when_it_began(history):
    number = history.write("a", past(checkpoints="/kept/a"), [done(1), done(2)], [])
    history.describe(number, "the good one", "try it with more units")
    again = history.write("a", past(5, epochs=3), [done(3, 0.97)], [])
    assert again == number
    [run] = history.runs()
    assert (run.name, run.note, run.begun) == ("the good one", "try it with more units", 1000.0)
    assert (run.ended, run.epochs, run.best, run.checkpoints) == (1015.0, 3, 0.97, "/kept/a")
    assert [one.epoch for one in history.scores(number)] == [1, 2, 3]


def test_after_going_back_the_later_epochs_are_forgotten(history):
    number = history.write("a", past(epochs=4), [done(epoch) for epoch in (1, 2, 3, 4)], [])
    history.write("a", past(epochs=2), [done(2, 0.5)], [])
    scores = history.scores(number)
    assert [(one.epoch, one.validation_accuracy) for one in scores] == [(1, 0.9), (2, 0.5)]


def test_numbers_that_are_none_are_kept_as_none(history):
    broken = EpochDone(1, np.inf, 0.1, float("nan"), 0.1, 1.0, 10.0, False)
    number = history.write("a", past(), [broken], [])
    [scores] = history.scores(number)
    assert scores.validation_loss is None
    assert scores.train_loss == np.inf


def test_a_deleted_run_is_gone_with_its_curves_and_its_number_is_not_used_again(history):
    first = history.write("a", past(), [done(1)], [Change(0.5, "momentum", 0.9, 0.8)])
    history.delete(first)
    second = history.write("b", past(), [], [])
    assert [run.id for run in history.runs()] == [second]
    assert second > first
    assert history.scores(first) == ()
    assert history.changes(first) == ()


def test_the_stamp_changes_when_something_is_written(history):
    before = history.stamp()
    history.write("a", past(), [done(1)], [])
    assert history.stamp() != before
    assert history.stamp() == history.stamp()


def test_a_filter_finds_the_words_of_settings(history):
    history.write("a", past(), [], [])
    [run] = history.runs()
    assert "optimizer=" in run.words
    assert "mnist" in run.words


WRITE = """
import sys
from pathlib import Path
from tests.past_runs import done, past
from numrec_tui.history.history import History
history, name, count = History(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for number in range(count):
    key = f"{name}{number}"
    history.write(key, past(number, data=name), [done(1), done(2)], [])
    print(key, flush=True)
"""


def writer(path, name, count):
    return subprocess.Popen(
        [sys.executable, "-c", WRITE, str(path), name, str(count)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.alone
def test_two_programs_write_at_once_and_nothing_is_lost(history):
    writers = [writer(history.path, name, 200) for name in ("a", "b")]
    for one in writers:
        assert one.stdout.readline() == "ready\n"
    for one in writers:
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in writers:
        one.communicate(timeout=50)
        assert one.returncode == 0
    runs = history.runs()
    assert [sum(run.data == name for run in runs) for name in ("a", "b")] == [200, 200]
    assert all(len(history.scores(run.id)) == 2 for run in runs[::20])
    assert integrity(history.path) == [("ok",)]


@pytest.mark.alone
@pytest.mark.long
def test_a_writer_that_is_killed_loses_nothing_it_has_written(history):
    acknowledged = set()
    for attempt in range(5):
        one = writer(history.path, f"{attempt}-", 100_000)
        one.stdout.readline()
        one.stdin.write("go\n")
        one.stdin.flush()
        for _ in range(3 + 4 * attempt):
            acknowledged.add(one.stdout.readline().strip())
        one.send_signal(signal.SIGKILL)
        rest, _ = one.communicate(timeout=20)
        acknowledged.update(line for line in rest.splitlines(keepends=False) if line)
    runs = history.runs()
    assert integrity(history.path) == [("ok",)]
    written = {f"{run.data}{run.seed}" for run in runs}
    assert {key for key in acknowledged if key in written} == acknowledged
    assert all(len(history.scores(run.id)) == 2 for run in runs)


def test_threads_that_begin_the_file_at_once_all_succeed(history):
    threads = [
        threading.Thread(target=history.write, args=(str(number), past(number), [], []))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(run.seed for run in history.runs()) == list(range(8))


def test_somebody_who_reads_keeps_nobody_from_writing(history, monkeypatch):
    history.write("a", past(), [], [])
    monkeypatch.setattr(history_file, "BUSY_SECONDS", 0.01)
    reader = sqlite3.connect(history.path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM runs").fetchone() == (1,)
    history.write("b", past(1), [], [])
    assert reader.execute("SELECT count(*) FROM runs").fetchone() == (1,)  # what it began with
    reader.close()
    assert len(history.runs()) == 2


def test_what_is_written_is_made_to_last(history):
    history.write("a", past(), [], [])
    with history.transaction() as connection:
        [(level,)] = connection.execute("PRAGMA synchronous")
    assert level >= 1  # 0 would leave all of it to the system, and a power cut


def test_a_history_of_a_newer_program_is_refused_and_stays_as_it_is(history):
    history.write("a", past(), [], [])
    with sqlite3.connect(history.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = history.path.read_bytes()
    for call in (history.runs, lambda: history.write("b", past(), [], [])):
        with pytest.raises(HistoryError, match="made by a newer numrec-tui"):
            call()
    assert history.path.read_bytes() == before


def test_a_database_of_somebody_else_is_refused(history):
    history.path.parent.mkdir()
    with sqlite3.connect(history.path) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()
    with pytest.raises(HistoryError, match="is no history of numrec-tui"):
        history.write("a", past(), [], [])


@pytest.mark.parametrize("damage", ["text", "cut", "overwritten"])
@pytest.mark.short("cut")
def test_a_damaged_file_is_set_aside_with_a_sentence_and_a_new_one_begins(history, damage):
    for number in range(50):
        history.write(str(number), past(number), [done(1), done(2)], [])
    content = history.path.read_bytes()
    history.path.write_bytes(
        {
            "text": b"this is no database, and is not meant to be one" * 100,
            "cut": content[: len(content) // 2],
            "overwritten": content[:4096] + b"\xa5" * (len(content) - 4096),
        }[damage]
    )
    damaged = history.path.read_bytes()
    with pytest.raises(HistoryError, match=r"was damaged; it is now history\.db\.damaged-"):
        history.runs()
    assert "a new one begins" in history.set_aside
    [aside] = history.path.parent.glob("*.damaged-*")
    assert aside.read_bytes() == damaged
    assert history.runs() == []
    history.write("a", past(), [], [])
    assert len(history.runs()) == 1


def test_a_file_that_somebody_else_has_set_aside_meanwhile_is_left_alone(history, monkeypatch):
    history.path.parent.mkdir()
    history.path.write_bytes(b"no database at all" * 100)
    before_and_after = iter([(1, 1), (1, 2)])
    monkeypatch.setattr(history_file, "_identity", lambda _path: next(before_and_after))
    with pytest.raises(HistoryError):
        history.runs()
    assert history.path.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HistoryError, match="Cannot keep"):
        History(tmp_path / "file" / "history.db").write("a", past(), [], [])


def test_an_old_sqlite_is_refused_before_it_takes_the_file_for_damaged(history, monkeypatch):
    history.write("a", past(), [], [])
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    with pytest.raises(HistoryError, match=r"No history without SQLite 3\.37"):
        history.runs()


def test_a_run_that_is_written_often_uses_up_one_number(history: History) -> None:
    for _ in range(5):
        assert history.write("a", past(), [], []) == 1
    assert history.write("b", past(), [], []) == 2


def test_runs_with_the_same_settings_hold_them_once(tmp_path):
    history = History(tmp_path / "history.db")
    for number in range(3):
        history.write(f"run {number}", past(number), (), ())
    assert len({id(run.settings) for run in history.runs()}) == 1
