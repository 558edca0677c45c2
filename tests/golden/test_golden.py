"""Files of the program before its folders were moved still open, with the same numbers and texts.

They lie beside this file and are never written anew: commit 29446c4 made them, and `expected.json`
holds what it read in them and how its runs went on.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data.catalog import find
from engine.models import files
from engine.training.checkpoint import read as read_checkpoint
from engine.training.events import EpochDone
from engine.training.hyperparameters import settings_from
from engine.training.loop import train
from numrec_tui.app import NumrecApp
from numrec_tui.cli.commands import run as run_command
from numrec_tui.history.history import EpochScores, History, PastRun
from numrec_tui.modes.keymap import binding_keys, checked
from numrec_tui.storage import drawings
from numrec_tui.storage.preferences import read as read_preferences
from numrec_tui.storage.preferences import remember_theme
from numrec_tui.storage.settings_file import read as read_settings
from numrec_tui.storage.settings_file import write as write_settings

HERE = Path(__file__).parent
EXPECTED = json.loads((HERE / "expected.json").read_text())
TIMES = ("seconds", "images_per_second")


def close(value: object) -> Any:
    """Equal but for what another processor rounds otherwise."""
    return pytest.approx(value, rel=1e-4, abs=1e-5)


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder with a copy of every file, which is also where the program is called."""
    folder = tmp_path / "kept"
    shutil.copytree(HERE, folder)
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("NUMREC_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def lines(capfd: pytest.CaptureFixture[str]) -> Callable[..., list[dict[str, Any]]]:
    """What a command writes with `--json`."""

    def call(*words: object) -> list[dict[str, Any]]:
        code = run_command([*map(str, words), "--json"])
        captured = capfd.readouterr()
        assert code == 0, captured.err
        return [json.loads(line) for line in captured.out.splitlines()]

    return call


def test_each_file_is_small() -> None:
    sizes = {path.name: path.stat().st_size for path in HERE.rglob("*") if path.is_file()}
    assert all(size < 100_000 for size in sizes.values()), sizes


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_a_run_left_in_the_middle_of_an_epoch_goes_on_to_the_same_numbers(
    kept: Path, optimizer: str
) -> None:
    expected = EXPECTED[f"checkpoint-{optimizer}"]
    run = read_checkpoint(kept / f"checkpoint-{optimizer}.safetensors").restore()
    assert run.hyperparameters.optimizer == optimizer
    assert (run.epoch, run.batch, run.step) == (2, 4, 26)
    assert run.position == expected["position"]
    assert [[c.epoch, c.name, c.before, c.after] for c in run.changes] == expected["changes"]
    settings = run.hyperparameters
    data = find("./digits")
    split = data.split(settings.validation, settings.validation_fraction, settings.seed)
    ends = [event for event in train(run, split) if isinstance(event, EpochDone)]
    found = [
        [e.epoch, e.train_loss, e.train_accuracy, e.validation_loss, e.validation_accuracy]
        for e in ends
    ]
    assert found == [close(row) for row in expected["epochs"]]
    assert run.network.theta[:5].tolist() == close(expected["theta_first"])
    assert float(run.network.theta.sum(dtype=float)) == close(expected["theta_sum"])


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_the_command_goes_on_with_it(
    lines: Callable[..., list[dict[str, Any]]], optimizer: str
) -> None:
    words = "--resume", f"checkpoint-{optimizer}.safetensors", "--save", "resumed.safetensors"
    *_, last, stopped = lines("train", *words)
    expected = EXPECTED[f"checkpoint-{optimizer}"]["epochs"][-1]
    assert [last["epoch"], last["train_loss"]] == close(expected[:2])
    assert stopped["reason"] == "epochs"


@pytest.mark.parametrize("suffix", [".safetensors", ".txt", ".onnx"])
def test_a_model_of_every_format_reads_digits_as_before(kept: Path, suffix: str) -> None:
    expected = EXPECTED["model"]
    model = files.load(kept / f"model{suffix}")
    network = model.network
    assert list(network.sizes) == expected["sizes"]
    assert (network.activation.name, network.activation.leak) == ("leaky_relu", close(0.01))
    assert network.loss.name == "cross_entropy"
    seen = network.predict(find("./digits").test.images[:3])
    np.testing.assert_allclose(seen, expected["probabilities"], rtol=1e-4, atol=1e-6)
    if suffix != ".txt":  # which holds neither
        assert dict(model.hyperparameters) == expected["hyperparameters"]
        assert dict(model.notes) == expected["notes"]


@pytest.mark.parametrize("suffix", [".safetensors", ".txt"])
def test_a_model_is_written_with_the_same_bytes(kept: Path, suffix: str) -> None:
    files.save(kept / f"again{suffix}", files.load(kept / f"model{suffix}"))
    assert (kept / f"again{suffix}").read_bytes() == (kept / f"model{suffix}").read_bytes()


def test_the_history_has_its_runs_curves_and_changes(kept: Path) -> None:
    history = History(kept / "history.sqlite3")
    runs = history.runs()
    assert [run.id for run in runs] == [2, 1]
    columns = [field.name for field in fields(EpochScores)]
    for run, expected in zip(runs, EXPECTED["history"], strict=True):
        assert {field.name: getattr(run, field.name) for field in fields(PastRun)} == (
            expected["run"]
        )
        assert expected["scores"] == [
            [getattr(epoch, name) for name in columns] for epoch in history.scores(run.id)
        ]
        assert expected["changes"] == [
            [c.epoch, c.name, c.before, c.after] for c in history.changes(run.id)
        ]
    assert [change[1] for change in EXPECTED["history"][0]["changes"]] == [
        "learning_rate",
        "momentum",
    ]


def test_the_history_takes_in_another_run(
    kept: Path, lines: Callable[..., list[dict[str, Any]]]
) -> None:
    shutil.copy(kept / "history.sqlite3", kept.parent / "home" / "history.db")
    lines("train", "--data", "./digits", "--epochs", 1, "--hidden", 4)
    assert [run.id for run in History(kept.parent / "home" / "history.db").runs()] == [3, 2, 1]


def test_preferences_give_the_same_keys_and_the_theme(kept: Path) -> None:
    path, expected = kept / "preferences.toml", EXPECTED["preferences"]
    found = read_preferences(path)
    assert (found.theme, found.keys, list(found.problems)) == (
        expected["theme"],
        expected["keys"],
        [],
    )
    assert list(checked(found.keys, NumrecApp)) == expected["checked"]
    before = path.read_text()
    remember_theme(path, "gruvbox")
    assert path.read_text() == before.replace('"nord"', '"gruvbox"')


def test_everything_that_had_a_key_has_its_name_still() -> None:
    keys = binding_keys(NumrecApp)
    assert EXPECTED["key_ids"].items() <= keys.items()


def test_a_file_of_settings_is_read_and_written_as_before(kept: Path) -> None:
    found = read_settings(kept / "settings.toml")
    assert found == EXPECTED["settings"]
    assert (found["optimizer"], found["schedule"], found["loss"]) == (
        "adamw",
        "one_cycle",
        "quadratic",
    )
    write_settings(kept / "again.toml", settings_from(found))
    assert read_settings(kept / "again.toml") == found


def test_drawings_are_there_and_another_joins_them(kept: Path) -> None:
    folder, expected = kept / "drawings", EXPECTED["drawings"]
    found = find("./drawings")
    assert found.train.labels.tolist() == expected["train"]
    assert found.test.labels.tolist() == expected["test"]
    assert int(found.train.images.sum()) == expected["ink"]
    assert int(found.test.images.sum()) == expected["test_ink"]
    saved = drawings.save(folder, found.train.images[0], 0, tuple("0123456789"))
    assert saved.drawings == 8


def as_before(line: dict[str, Any], expected: dict[str, Any]) -> None:
    """The same names with the same values; a newer program may say more."""
    assert expected.keys() <= line.keys()
    for name, value in expected.items():
        if name not in TIMES:
            assert line[name] == (value if isinstance(value, dict) else close(value)), name


def test_training_tells_the_same_in_json(
    kept: Path, lines: Callable[..., list[dict[str, Any]]]
) -> None:
    expected = [json.loads(line) for line in (kept / "train.jsonl").read_text().splitlines()]
    found = lines(
        "train", "--data", "./digits", "--hidden", 8, "--epochs", 3, "--batch-size", 10,
        "--optimizer", "adam", "--learning-rate", 0.01, "--augment", "off", "--processes", 1,
        "--save", "json.safetensors",
    )  # fmt: skip
    assert len(found) == len(expected) == 5
    for line, before in zip(found, expected, strict=True):
        as_before(line, before)


def test_evaluating_tells_the_same_in_json(
    kept: Path, lines: Callable[..., list[dict[str, Any]]]
) -> None:
    [found] = lines("evaluate", "model.safetensors", "--data", "./digits")
    before = json.loads((kept / "evaluate.jsonl").read_text())
    assert before.keys() <= found.keys()
    assert found["confusion"] == before["confusion"]
    assert [found[name] for name in ("images", "correct", "loss")] == close(
        [before[name] for name in ("images", "correct", "loss")]
    )
