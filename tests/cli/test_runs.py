"""`numrec-tui runs`: listing, showing and exporting what was recorded."""

import csv
import io
import json

import pytest

from engine.training.changes import Change
from numrec_tui.history.export import to_csv, to_json
from numrec_tui.history.history import History
from numrec_tui.storage.paths import home
from tests.past_runs import done, past


@pytest.fixture
def recorded(monkeypatch, tmp_path):
    """Three runs; the second has a name, a note and a change on its way."""
    monkeypatch.setenv("NUMREC_HOME", str(tmp_path / "home"))
    history = History(home() / "history.db")
    history.write("a", past(1), [done(1, 0.8), done(2, 0.9)], [])
    change = Change(1.5, "learning_rate", 0.1, 0.05)
    second = history.write("b", past(2, reason=None, test=None), [done(1, 0.95)], [change])
    history.describe(second, "the, good “one”", "a note\nof two lines")
    history.write("c", past(3, data="fashion-mnist", reason="diverged"), [done(1, 0.1)], [])
    return history


def test_list_shows_the_newest_first(numrec, recorded):
    answer = numrec("runs", "list")
    lines = answer.out.splitlines()
    assert answer.code == 0
    assert lines[0].split()[:4] == ["RUN", "BEGUN", "DATA", "NETWORK"]
    assert [line.split()[0] for line in lines[1:]] == ["#3", "#2", "#1"]
    assert "fashion-mnist" in lines[1]
    assert "diverged" in lines[1]
    assert "the, good “one”" in lines[2]
    assert "90.00%" in lines[3]


def test_list_as_json_has_an_object_a_line_and_as_many_as_asked_for(numrec, recorded):
    answer = numrec("runs", "list", "--json", "--limit", 2)
    told = [json.loads(line) for line in answer.out.splitlines()]
    assert [run["id"] for run in told] == [3, 2]
    assert told[1]["note"] == "a note\nof two lines"
    assert told[1]["settings"]["batch_size"] == 64


def test_an_empty_history_is_told_and_none_is_made(numrec, monkeypatch, tmp_path):
    monkeypatch.setenv("NUMREC_HOME", str(tmp_path / "home"))
    assert "no runs yet" in numrec("runs", "list").out
    assert numrec("runs", "list", "--json").out == ""
    assert numrec("runs", "export", "--json").out == "[]\n"
    assert numrec("runs", "export").out.startswith("id,name,note")
    assert "no runs yet" in numrec("runs", "show", "last").err
    assert not (tmp_path / "home").exists()


def test_show_tells_settings_changes_and_the_curve(numrec, recorded):
    answer = numrec("runs", "show", 2)
    assert answer.code == 0
    assert "the, good “one”" in answer.out
    assert "of two lines" in answer.out
    assert "epoch 1.50: learning_rate 0.1 to 0.05" in answer.out
    assert "batch_size" in answer.out
    assert "95.00%" in answer.out


def test_show_last_shows_the_newest(numrec, recorded):
    assert json.loads(numrec("runs", "show", "last", "--json").out)["id"] == 3


def test_a_long_curve_is_thinned_and_ends_with_the_last_epoch(numrec, recorded):
    number = recorded.write("d", past(4, epochs=505), [done(epoch) for epoch in range(1, 506)], [])
    lines = numrec("runs", "show", number).out.splitlines()
    assert lines[-1].split()[0] == "505"
    assert len(lines) < 90


@pytest.mark.parametrize("word", ["77", "none", "²"])
def test_a_run_that_is_not_there_is_named(numrec, recorded, word):
    answer = numrec("runs", "show", word)
    assert answer.code == 2
    assert f"There is no run '{word}'" in answer.err


def test_limits_below_one_and_two_formats_at_once_are_refused(numrec, recorded):
    assert numrec("runs", "list", "--limit", 0).code == 2
    assert "exclude each other" in numrec("runs", "export", "--csv", "--json").err


def test_exported_csv_read_again_has_every_run_with_its_settings(numrec, recorded):
    rows = list(csv.DictReader(io.StringIO(numrec("runs", "export", "--csv").out)))
    assert [row["id"] for row in rows] == ["3", "2", "1"]
    assert rows[1]["name"] == "the, good “one”"
    assert rows[1]["note"] == "a note\nof two lines"
    assert (rows[2]["epochs"], rows[2]["settings.epochs"]) == ("2", "30")
    assert float(rows[2]["best"]) == 0.9
    assert rows[1]["reason"] == ""


def test_exported_json_read_again_has_the_curves_and_the_changes(numrec, recorded):
    told = json.loads(numrec("runs", "export", "--json").out)
    assert [run["id"] for run in told] == [3, 2, 1]
    assert told[1]["changes"] == [
        {"epoch": 1.5, "name": "learning_rate", "before": 0.1, "after": 0.05}
    ]
    assert [point["validation_accuracy"] for point in told[2]["curves"]] == [0.8, 0.9]


def test_numbers_that_are_none_do_not_break_the_json(recorded):
    recorded.write("d", past(4, test=float("inf")), [done(1, float("-inf"))], [])
    [newest, *_] = json.loads(to_json(recorded, recorded.runs()))
    assert newest["test"] is None
    assert newest["curves"][0]["validation_accuracy"] is None
    assert "inf" not in to_csv(recorded.runs())


def test_the_suffix_of_a_file_says_the_format(numrec, recorded, tmp_path):
    answer = numrec("runs", "export", tmp_path / "runs.json")
    assert answer.out == f"3 runs are in {tmp_path / 'runs.json'}\n"
    assert len(json.loads((tmp_path / "runs.json").read_text())) == 3
    numrec("runs", "export", tmp_path / "runs.csv")
    assert (tmp_path / "runs.csv").read_text() == to_csv(recorded.runs())


def test_a_folder_that_is_not_there_is_a_failure(numrec, recorded, tmp_path):
    answer = numrec("runs", "export", tmp_path / "nowhere" / "runs.csv")
    assert answer.code == 1
    assert "Cannot write" in answer.err


def test_a_damaged_history_is_one_sentence(numrec, recorded):
    recorded.path.write_bytes(b"no database at all" * 300)
    answer = numrec("runs", "list")
    assert answer.code == 1
    assert "was damaged" in answer.err
    assert numrec("runs", "list").code == 0
