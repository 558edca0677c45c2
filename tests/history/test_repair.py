"""Records of the program before, which knobs turned after the end of a run had changed."""

import json
import sqlite3
from pathlib import Path

import pytest

from engine.models import files
from engine.training.changes import Change
from engine.training.loop import train
from engine.training.outcome import to_model
from numrec_tui.cli.commands import run as numrec
from numrec_tui.history.columns import DOUBTFUL
from numrec_tui.history.database import MIGRATIONS, OURS
from numrec_tui.history.history import History, PastRun
from tests.engine import tiny


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NUMREC_HOME", str(tmp_path))
    return tmp_path


def recorded(home: Path, changes: list[Change], rate: float, saved: bool = True) -> PastRun:
    """A run at 0.05 as the first version of the file has it, changed to `rate`, read today."""
    run = tiny.run_on(tiny.split(), learning_rate=0.05)
    for _ in train(run, tiny.split()):
        pass
    model = home / "m.safetensors"
    if saved:
        files.save(model, to_model(run, tiny.data_set()))
    settings = {**run.hyperparameters.model_dump(mode="json"), "learning_rate": rate}
    connection = sqlite3.connect(home / "history.db", isolation_level=None)
    for statement in MIGRATIONS[0]:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {OURS}")
    connection.execute("PRAGMA user_version = 1")
    connection.execute(
        "INSERT INTO runs (key, begun, ended, program, data, network, optimizer, learning_rate, "
        "seed, parameters, processes, epochs, seconds, final, reason, model, settings) VALUES "
        "('k', 1, 2, 'numrec-tui 0', 'tiny', '64-8-10', 'sgd', ?, 0, 610, '1', 3, 1, ?, 'epochs', "
        "?, ?)",
        (rate, run.validation_accuracy, str(model), json.dumps(settings)),
    )
    rows = [
        (1, place, change.epoch, change.name, json.dumps(change.before), json.dumps(change.after))
        for place, change in enumerate(changes)
    ]
    connection.executemany("INSERT INTO changes VALUES (?,?,?,?,?,?)", rows)
    connection.close()
    [found] = History(home / "history.db").runs()
    return found


LATE = [Change(3.0, "learning_rate", 0.05, 0.2), Change(3.0, "learning_rate", 0.2, 0.5)]


def test_a_record_changed_after_the_end_is_mended_from_the_model_file(home) -> None:
    found = recorded(home, LATE, rate=0.5)
    assert (found.learning_rate, bool(found.doubtful)) == (0.05, False)
    assert json.loads(found.settings)["learning_rate"] == 0.05
    assert json.loads(found.began_with)["learning_rate"] == 0.05
    assert History(home / "history.db").changes(1) == ()


def test_without_the_model_file_the_record_is_doubtful_and_every_command_says_so(
    home, capsys
) -> None:
    found = recorded(home, LATE, rate=0.5, saved=False)
    assert found.doubtful
    numrec(["runs", "list"])
    assert "?" in capsys.readouterr().out
    numrec(["runs", "show", "1"])
    assert DOUBTFUL in capsys.readouterr().out
    numrec(["runs", "export", "--json"])
    assert json.loads(capsys.readouterr().out)[0]["doubtful"] is True
    numrec(["runs", "export", "--csv"])
    assert ",True" in capsys.readouterr().out


def test_a_model_file_of_another_run_is_no_witness(home) -> None:
    other = tiny.run_on(tiny.split(), epochs=1)
    for _ in train(other, tiny.split()):
        pass
    files.save(home / "m.safetensors", to_model(other, tiny.data_set()))
    assert recorded(home, LATE, rate=0.5, saved=False).doubtful


def test_what_was_changed_on_the_way_stays_and_tells_what_the_run_began_with(home) -> None:
    found = recorded(home, [Change(1.5, "learning_rate", 0.3, 0.05)], rate=0.05, saved=False)
    assert not found.doubtful  # nothing was changed at its end, so nothing can be wrong
    assert json.loads(found.began_with)["learning_rate"] == 0.3
    assert len(History(home / "history.db").changes(1)) == 1
