"""`train --resume`: stopped by a signal or killed, a run goes on as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from engine.models.files import load
from engine.nn.optimizers import OPTIMIZERS
from numrec_tui.cli.job import carry_out  # noqa: F401 - imported here, its time counts in no test
from numrec_tui.storage.checkpoints import unfinished
from tests.waiting import wait_until

LONG = ("--hidden", 16, "--batch-size", 16, "--learning-rate", 1e-4, "--optimizer", "adam",
        "--dropout", 0.2, "--augment", "on", "--schedule", "constant")  # fmt: skip


def started(data: Path, *words: object) -> subprocess.Popen[str]:
    """A whole program that trains, some epochs after its start."""
    program = subprocess.Popen(
        [sys.executable, "-m", "numrec_tui", "train", "--data", str(data), "--json",
         *map(str, (*LONG, *words))],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert program.stdout is not None
    for _ in range(6):
        program.stdout.readline()
    return program


def epochs_of(answer) -> list[int]:
    lines = [json.loads(line) for line in answer.out.splitlines()]
    return [line["epoch"] for line in lines if line["event"] == "epoch"]


@pytest.mark.alone
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.short("SIGTERM")
def test_stopped_by_a_signal_it_ends_with_the_bits_of_a_run_never_stopped(
    numrec, data, tmp_path, name, code
):
    program = started(data, "--epochs", 5000, "--save", tmp_path / "m.safetensors")
    program.send_signal(getattr(signal, name))
    out, err = program.communicate(timeout=30)
    assert program.returncode == code, err
    stopped = json.loads(out.splitlines()[-1])
    assert stopped["reason"] == "interrupted"

    target = stopped["epoch"] + 3
    answer = numrec("train", "--resume", "last", "--epochs", target, "--json")
    assert answer.code == 0, answer.err
    assert epochs_of(answer)[0] == stopped["epoch"] + 1
    whole = tmp_path / "whole.safetensors"
    numrec("train", "--data", data, *LONG, "--epochs", target, "--save", whole)
    resumed = load(tmp_path / "m.safetensors")
    assert resumed.network.theta.tobytes() == load(whole).network.theta.tobytes()


@pytest.mark.alone
def test_killed_it_goes_on_from_the_last_epoch_that_was_kept(numrec, data):
    checkpoints = Path(os.environ["NUMREC_HOME"]) / "checkpoints"
    program = started(data, "--epochs", 100_000)
    wait_until(lambda: list(checkpoints.glob("*/*.safetensors")), "a checkpoint is there")
    assert program.poll() is None
    program.kill()
    program.communicate()
    found = unfinished(checkpoints)
    assert found is not None
    kept = found.checkpoint.facts.epoch
    answer = numrec("train", "--resume", "last", "--epochs", kept + 2, "--json")
    assert epochs_of(answer) == [kept + 1, kept + 2]


def test_a_run_that_is_over_goes_on_when_more_epochs_are_asked_for(numrec, data):
    numrec("train", "--data", data, *LONG, "--epochs", 3)
    (folder,) = (Path(os.environ["NUMREC_HOME"]) / "checkpoints").iterdir()
    answer = numrec("train", "--resume", folder, "--epochs", 5, "--json")
    assert epochs_of(answer) == [4, 5]


def test_a_model_is_trained_further(numrec, data, tmp_path):
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    numrec("train", "--data", data, *LONG, "--epochs", 30, "--save", first)
    answer = numrec(
        "train", "--data", data, "--model", first, "--learning-rate", 1e-9, "--epochs", 1,
        "--json", "--save", second,
    )  # fmt: skip
    assert answer.code == 0, answer.err
    learned = load(second).network
    assert learned.sizes == (784, 16, 10)
    assert abs(learned.theta - load(first).network.theta).max() < 1e-5


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--hidden", 32), "--hidden: cannot change while the network learns."),
        (("--preset", "fast"), "A run that goes on keeps its settings and its weights; leave out"),
        (("--learning-rate", -1), "--learning-rate: must be greater than 0, not '-1'."),
        (("--data", "drawn:100"), "drawn:100 has other digits now; name the same data"),
    ],
)
def test_what_cannot_be_changed_any_more_is_told(numrec, data, words, sentence):
    numrec("train", "--data", data, *LONG, "--epochs", 1)
    (folder,) = (Path(os.environ["NUMREC_HOME"]) / "checkpoints").iterdir()
    answer = numrec("train", "--resume", folder, *words)
    assert answer.code in (1, 2)
    assert sentence in answer.err
    assert answer.err.count("\n") == 1


def test_a_model_of_another_architecture_is_told(numrec, data, tmp_path):
    file = tmp_path / "m.safetensors"
    numrec("train", "--data", data, *LONG, "--epochs", 1, "--save", file)
    answer = numrec("train", "--data", data, "--model", file, "--hidden", "8,8")
    assert (answer.code, answer.err) == (
        2, "numrec-tui: --hidden: the model has (16,), which cannot be changed to (8, 8).\n"
    )  # fmt: skip


def test_there_may_be_nothing_to_go_on_with(numrec):
    answer = numrec("train", "--resume", "last")
    assert answer.code == 1
    assert answer.err.startswith("numrec-tui: There is no run to go on with in ")


def leave_unfinished(folder: Path) -> Path:
    """Let a run that is over be one that was left; returns its newest checkpoint."""
    for path in folder.glob("*-over.safetensors"):
        path.rename(path.with_name(path.name.replace("-over", "")))
    return max(folder.glob("*.safetensors"))


def test_a_later_run_whose_plug_in_is_missing_is_told_and_the_one_before_goes_on(numrec, data):
    checkpoints = Path(os.environ["NUMREC_HOME"]) / "checkpoints"
    numrec("train", "--data", data, *LONG, "--epochs", 1)
    (before,) = checkpoints.iterdir()
    OPTIMIZERS.add("lion", replace(OPTIMIZERS["adam"], name="lion"))
    try:
        trained = numrec("train", "--data", data, "--epochs", 1, "--optimizer", "lion")
        assert trained.code == 0, trained.err
    finally:
        OPTIMIZERS.remove("lion")
    (after,) = set(checkpoints.iterdir()) - {before}
    leave_unfinished(before)
    passed_over = leave_unfinished(after)
    os.utime(before, (1, 1))
    told = (
        f"A run that was left later cannot go on here and is kept: {passed_over}: optimizer: "
        "expected one of sgd, momentum, nesterov, adam, adamw, found 'lion', which is not "
        "installed.\n"
    )
    answer = numrec("train", "--resume", "last", "--epochs", 2, "--json")
    assert epochs_of(answer) == [2]
    assert answer.err == f"numrec-tui: {told}"
    answer = numrec("train", "--resume", "last")
    assert (answer.code, answer.err) == (
        1, f"numrec-tui: There is no run to go on with in {checkpoints}. {told}"
    )  # fmt: skip
    assert passed_over.exists()


def test_a_folder_in_the_checkpoints_can_be_named_from_anywhere(numrec, data):
    numrec("train", "--data", data, *LONG, "--epochs", 1, "--save", data / "mine.safetensors")
    answer = numrec("train", "--resume", "mine", "--epochs", 2, "--json")
    assert epochs_of(answer) == [2]


@pytest.mark.parametrize("suffix", [".safetensors", ".txt", ".onnx"])
def test_a_model_is_no_run_to_go_on_with(numrec, data, tmp_path, suffix):
    file = tmp_path / f"m{suffix}"
    numrec("train", "--data", data, *LONG, "--epochs", 1, "--save", file)
    answer = numrec("train", "--resume", file)
    assert answer.err == (
        f"numrec-tui: {file} is no checkpoint; to begin with a model's weights, "
        "name it by --model.\n"
    )


def test_data_that_were_moved_are_asked_for(numrec, data):
    numrec("train", "--data", data, *LONG, "--epochs", 1)
    (folder,) = (Path(os.environ["NUMREC_HOME"]) / "checkpoints").iterdir()
    moved = data.rename(data.with_name("moved"))
    assert "name where it is now with --data" in numrec("train", "--resume", folder).err
    answer = numrec("train", "--resume", folder, "--data", moved, "--epochs", 2, "--json")
    assert epochs_of(answer) == [2]


def test_a_table_of_scores_keeps_the_epochs_before(numrec, data, tmp_path):
    table = tmp_path / "scores.csv"
    numrec("train", "--data", data, *LONG, "--epochs", 2, "--csv", table)
    (folder,) = (Path(os.environ["NUMREC_HOME"]) / "checkpoints").iterdir()
    numrec("train", "--resume", folder, "--epochs", 3, "--csv", table)
    assert [line.split(",")[0] for line in table.read_text().splitlines()] == ["epoch", *"123"]
