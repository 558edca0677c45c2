"""A history that is damaged: what is wrong in one row harms no other."""

import json
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from engine.errors import HistoryError
from engine.training.changes import Change
from numrec_tui.cli.commands import run as command
from numrec_tui.history.columns import COLUMNS, matching, sort
from numrec_tui.history.export import to_csv, to_json
from numrec_tui.history.history import History
from numrec_tui.modes.runs.curves import curve, labels
from numrec_tui.modes.runs.run_facts import _lines
from tests.past_runs import done, past

VALUES = [
    None, "", "{", "[]", "null", "\ud7ff", "1e400", "[" * 100_000, '{"a": 1e999}', '{"a": NaN}',
    '{"a": {"b": [1]}}', '"\\ud800"', '{"hidden": "\\udc80"}', b"\xff\xfe", b"", "\x00", -1, 0, 1,
    2**63 - 1, -(2**63), 1e300, -1e300, float("inf"), float("-inf"), "9" * 5000, 0.5,
]  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of four runs in one file, in which any value can stand in any column."""
    history = History(tmp_path_factory.mktemp("whole") / "history.db")
    change = Change(0.5, "learning_rate", 0.1, 0.05)
    for number in range(4):
        scores = [done(epoch, 0.9) for epoch in range(1, 4)]
        history.write(f"run {number}", past(number), scores, [change])
    with sqlite3.connect(history.path, isolation_level=None) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA writable_schema = ON")
        for old, new in ((" STRICT, ", " "), (") STRICT", ")"), (" NOT NULL", "")):
            connection.execute("UPDATE sqlite_schema SET sql = replace(sql, ?, ?)", (old, new))
        connection.execute("UPDATE sqlite_schema SET sql = replace(sql, ' REAL', ' BLOB')")
    connection.close()
    return history.path


@pytest.fixture
def history(whole: Path, tmp_path: Path) -> History:
    shutil.copy(whole, tmp_path / "history.db")
    return History(tmp_path / "history.db")


def put(path: Path, statement: str, *values: object) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement, values)
    connection.close()


def use_all(history: History) -> list[str]:
    """Do all that is done with a history; returns how its runs ended."""
    runs = history.runs()
    for column in COLUMNS:
        sort(runs, column, falls=True)
        for run in runs:
            assert column.say(run).encode() or True
    matching(runs, "adam rate")
    labels(runs)
    to_csv(runs).encode()
    json.loads(to_json(history, runs))
    for run in runs:
        changes, scores = history.changes(run.id), history.scores(run.id)
        list(_lines(run, changes))
        curve("", scores, loss=True, index=0)
        history.run(run.id)
    return [COLUMNS[-1].say(run) for run in runs]


def test_a_whole_history_is_not_called_damaged(history):
    assert use_all(history) == ["done"] * 4


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("begun", 1e300), ("settings", "{"), ("name", b"\xff"), ("parameters", None),
        ("epochs", 2**62), ("learning_rate", "fast"), ("seconds", float("inf")), ("best", 7.0),
    ],
)  # fmt: skip
def test_a_damaged_row_is_shown_as_damaged_and_the_others_stay(history, capfd, column, value):
    put(history.path, f"UPDATE runs SET {column} = ? WHERE id = 2", value)  # noqa: S608
    assert sorted(use_all(history)) == ["done", "done", "done", "✗ damaged"]
    assert command(["runs", "list"]) == 0
    assert capfd.readouterr().out.count("✗ damaged") == 1
    assert command(["runs", "show", "2"]) == 0
    assert f"The record is damaged: {column} cannot be read" in capfd.readouterr().out
    assert command(["runs", "export", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert [one["damage"] for one in told if one["id"] == 2] == [column]
    assert len(told) == 4


@pytest.mark.parametrize("epoch", [float("inf"), float("-inf"), "late", None])
def test_a_change_at_no_place_is_shown_as_damaged_and_exported(history, capfd, epoch):
    put(history.path, "UPDATE changes SET epoch = ? WHERE run = 2", epoch)
    [change] = history.changes(2)
    assert (change.epoch, change.name) == (0.0, "learning_rate (damaged)")
    assert command(["runs", "export", "--json"]) == 0
    assert len(json.loads(capfd.readouterr().out)) == 4


def test_any_value_in_any_place_harms_nothing(history, whole):
    chance = random.Random(13)  # noqa: S311 - places, not secrets
    connection = sqlite3.connect(whole)
    tables = ("runs", "epochs", "changes")
    columns = [
        (table, row[1])
        for table in tables
        for row in connection.execute(f"PRAGMA table_info({table})")
    ]
    connection.close()
    for _ in range(8):
        for table, column in chance.sample(columns, 3):
            value = chance.choice(VALUES)
            try:
                place = "id" if table == "runs" else "run"
                statement = f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {place} = ?"  # noqa: S608
                put(history.path, statement, value, chance.randint(1, 4))
            except (sqlite3.Error, UnicodeEncodeError):  # this one cannot be written
                continue
        use_all(history)


def test_a_file_with_wrong_bytes_harms_nothing(whole, tmp_path):
    chance = random.Random(7)  # noqa: S311 - places, not secrets
    content = whole.read_bytes()
    for number in range(60):
        damaged = bytearray(content)
        for _ in range(chance.choice([1, 3, 30])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        if chance.random() < 0.2:
            del damaged[chance.randrange(len(damaged)) :]
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "history.db").write_bytes(damaged)
        history = History(folder / "history.db")
        try:
            use_all(history)
            history.write("new", past(), [done(1)], [])
        except HistoryError:
            continue


def test_an_old_history_with_a_damaged_row_is_brought_up_to_date(history):
    for column in ("began_with", "doubtful"):
        put(history.path, f"ALTER TABLE runs DROP COLUMN {column}")
    put(history.path, "UPDATE runs SET settings = '{' WHERE id = 1")
    put(history.path, "UPDATE runs SET model = x'ff' WHERE id = 3")
    put(history.path, "UPDATE changes SET epoch = 9.0 WHERE run = 3")
    put(history.path, "PRAGMA user_version = 1")
    assert sorted(use_all(history)) == ["done", "done", "✗ damaged", "✗ damaged"]


def test_a_run_whose_paths_are_no_text_is_recorded_and_found_again(tmp_path):
    history = History(tmp_path / "history.db")
    model = "/home/\udce9/m.safetensors"
    history.write("a", past(model=model, checkpoints="/home/\udce9/c"), [], [])
    assert history.key_of("", "/home/\udce9/c") == "a"
    assert history.runs()[0].model == "/home/\\udce9/m.safetensors"
