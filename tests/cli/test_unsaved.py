"""A run that cannot be saved: told once, tried again, and at the end put where there is room."""

import errno
import json
import os
import sqlite3
from pathlib import Path

import pytest

from engine.models.safetensors_file import load
from engine.training import checkpoint
from numrec_tui.cli.loggers import Patient, Table
from numrec_tui.history import recorder
from numrec_tui.history.history import History
from numrec_tui.session import last_resort, run_files
from numrec_tui.storage import checkpoints as keeper
from tests.past_runs import done, past

SMALL = ("--hidden", 16, "--batch-size", 16)


class Disk:
    """Refuses to give files their names below a folder; `until` so often."""

    def __init__(self, monkeypatch, folder, code=errno.ENOSPC, until=10**9):
        self.folder, self.code, self.left = str(folder), code, until
        self._replace = os.replace
        monkeypatch.setattr(os, "replace", self.replace)

    def replace(self, source, target, **more):
        if str(target).startswith(self.folder) and self.left > 0:
            self.left -= 1
            raise OSError(self.code, os.strerror(self.code))
        self._replace(source, target, **more)


@pytest.fixture(autouse=True)
def refuge(monkeypatch, tmp_path):
    """Where runs go that can be saved nowhere else."""
    folder = tmp_path / "refuge"
    folder.mkdir()
    monkeypatch.setattr(last_resort, "candidates", lambda: iter([tmp_path / "nowhere", folder]))
    return folder


def left_in(refuge: Path) -> Path:
    [folder] = refuge.iterdir()
    return folder


CODES = [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE, errno.EROFS, errno.EACCES]


@pytest.mark.parametrize("code", CODES, ids=map(errno.errorcode.get, CODES))
@pytest.mark.short("ENOSPC")
def test_whatever_the_disk_says_is_told_once_and_the_run_is_put_elsewhere(
    numrec, data, tmp_path, monkeypatch, refuge, code
):
    Disk(monkeypatch, tmp_path / "models", code)
    Disk(monkeypatch, tmp_path / "checkpoints", code)
    answer = numrec("train", "--data", data, *SMALL, "--epochs", 40)
    told = [line for line in answer.err.splitlines() if line.startswith("numrec-tui: ")]
    assert answer.code == 1
    assert sum("Cannot be saved: " in line for line in told) == 1
    assert os.strerror(code) in told[0]
    assert "NUMREC_HOME=FOLDER" in told[0]
    assert told[-1].endswith(f"--resume {left_in(refuge)} goes on with it.")
    assert checkpoint.read(left_in(refuge) / last_resort.CHECKPOINT).facts.epoch == 40
    load(left_in(refuge) / last_resort.MODEL)
    monkeypatch.undo()


@pytest.mark.parametrize("epochs", [60, 300])
@pytest.mark.short("60")
def test_programs_are_told_and_told_again_when_it_works(
    numrec, data, tmp_path, monkeypatch, epochs
):
    Disk(monkeypatch, tmp_path / "checkpoints", until=3)
    monkeypatch.setattr(keeper, "RETRY", 0.01)
    answer = numrec("train", "--data", data, *SMALL, "--epochs", epochs, "--json", "--until", 1)
    news = [line for line in map(json.loads, answer.out.splitlines()) if line["event"] == "saving"]
    assert [line["problem"] is None for line in news] == [False, True]
    assert "No space left on device" in news[0]["problem"]
    assert answer.err.count("Cannot be saved") == 1
    assert answer.err.count("can be saved again") == 1


def test_a_run_put_elsewhere_goes_on(numrec, data, tmp_path, monkeypatch, refuge):
    with monkeypatch.context() as context:
        Disk(context, tmp_path / "checkpoints")
        numrec("train", "--data", data, *SMALL, "--epochs", 3)
    answer = numrec("train", "--data", data, "--resume", left_in(refuge), "--epochs", 5)
    assert answer.code == 0
    assert answer.err.count("   validation ") == 2


def test_a_table_of_scores_that_cannot_be_written_ends_no_run(tmp_path, monkeypatch):
    said = []
    table = Patient(Table(tmp_path / "s.csv"), said.append)
    disk = Disk(monkeypatch, tmp_path, until=2)
    for epoch in (1, 2, 3, 4):
        table(done(epoch))
    assert disk.left == 0
    assert len(said) == 2
    assert "No space left on device" in said[0]
    assert said[1] == "The scores can be written again."
    assert len((tmp_path / "s.csv").read_text().splitlines()) == 5


def test_a_history_that_others_hold_is_not_waited_for_and_what_is_missing_is_told(
    numrec, data, tmp_path, monkeypatch
):
    monkeypatch.setattr(recorder, "PATIENCE", 0.05)
    history = History(tmp_path / "history.db")
    history.write("a", past(), [], [])
    other = sqlite3.connect(history.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = numrec("train", "--data", data, *SMALL, "--epochs", 3)
    other.close()
    assert answer.code == 0
    assert answer.err.count("The run is not in the history: ") == 1


def test_data_with_an_endless_name_can_be_learned_from(numrec, data, tmp_path):
    named = data.rename(tmp_path / ("é" * 124))  # 248 bytes
    answer = numrec("train", "--data", named, *SMALL, "--epochs", 1)
    assert answer.code == 0
    [model] = (tmp_path / "models").iterdir()
    assert len(os.fsencode(model.name)) < 200


def test_a_checkpoint_that_takes_long_is_told_once(numrec, data, monkeypatch):
    monkeypatch.setattr(keeper.CheckpointManager, "at_risk", 15.2)
    answer = numrec("train", "--data", data, *SMALL, "--epochs", 3, "--json")
    assert answer.err.count("may cost the last 15 s of training") == 1
    [told] = [line for line in answer.out.splitlines() if '"saving"' in line]
    assert json.loads(told) == {"event": "saving", "problem": None, "seconds_at_risk": 15.2}


def test_news_are_told_in_sentences():
    assert "can be saved again" in str(run_files.Saving())
    assert "last 15 s" in str(run_files.Saving(at_risk=15.2))
