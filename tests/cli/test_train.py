"""`numrec-tui train`: what it prints, what it saves, how it ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.models.safetensors_file import load
from numrec_tui.cli.job import carry_out  # noqa: F401 - imported here, its time counts in no test

SMALL = ("--hidden", 16, "--batch-size", 16)


def test_json_tells_the_start_each_epoch_and_the_end(numrec, data):
    answer = numrec(
        "train", "--data", data, *SMALL, "--epochs", 3, "--learning-rate", 1e-6, "--json"
    )
    lines = [json.loads(line) for line in answer.out.splitlines()]
    assert answer.code == 0
    assert [line["event"] for line in lines] == [
        "started", "epoch", "advice", "epoch", "epoch", "stopped",
    ]  # fmt: skip
    assert set(lines[0]) == {
        "event", "hyperparameters", "parameters", "train_images", "validation_images",
        "learned_by",
    }  # fmt: skip
    assert set(lines[1]) == {
        "event", "epoch", "train_loss", "train_accuracy", "validation_loss",
        "validation_accuracy", "validation_interval", "seconds", "images_per_second",
    }  # fmt: skip
    assert lines[2] == {
        "event": "advice", "epoch": 1, "advice": "it hardly moves: raise the rate",
    }  # fmt: skip
    assert set(lines[-1]) == {
        "event", "reason", "epoch", "seconds", "validation_accuracy", "validation_interval",
        "test_accuracy", "test_interval", "better_than_guessing", "model",
    }  # fmt: skip
    assert lines[0]["hyperparameters"]["hidden"] == [16]
    assert lines[-1]["reason"] == "epochs"


def test_people_get_a_line_an_epoch_on_stderr_and_the_result_on_stdout(numrec, data):
    answer = numrec("train", "--data", data, *SMALL, "--epochs", 2)
    assert answer.err.count("   validation ") == 2
    assert "of the test digits read right" in answer.out
    assert "Saved to" in answer.out


def test_the_saved_model_knows_its_settings_and_data(numrec, data, tmp_path):
    file = tmp_path / "model.safetensors"
    numrec("train", "--data", data, *SMALL, "--epochs", 1, "--seed", 7, "--save", file)
    model = load(file)
    assert model.network.sizes == (784, 16, 10)
    assert model.hyperparameters["seed"] == 7
    assert model.notes["data"] == "digits"


def test_without_save_the_model_goes_to_the_models_folder(numrec, data):
    answer = numrec("train", "--data", data, *SMALL, "--epochs", 1, "--json")
    model = Path(json.loads(answer.out.splitlines()[-1])["model"])
    assert model.is_relative_to(os.environ["NUMREC_HOME"])
    load(model)


def test_without_data_it_learns_from_the_bundled_digits(numrec, tmp_path):
    file = tmp_path / "model.safetensors"
    answer = numrec("train", "--epochs", 1, "--json", "--save", file)
    assert answer.code == 0
    assert load(file).notes["data"] == "bundled"


def test_evaluate_scores_the_saved_model_as_training_did(numrec, data, tmp_path):
    file = tmp_path / "model.safetensors"
    trained = numrec("train", "--data", data, *SMALL, "--epochs", 5, "--json", "--save", file)
    scored = numrec("evaluate", file, "--data", data, "--json")
    result = json.loads(scored.out)
    assert set(result) == {"images", "correct", "accuracy", "interval", "loss", "confusion"}
    assert result["accuracy"] == json.loads(trained.out.splitlines()[-1])["test_accuracy"]
    assert sum(map(sum, result["confusion"])) == result["images"] == 20


def test_evaluate_tells_people_about_each_digit(numrec, data, tmp_path):
    file = tmp_path / "model.safetensors"
    numrec("train", "--data", data, *SMALL, "--epochs", 1, "--save", file)
    answer = numrec("evaluate", file, "--data", data)
    assert "of 20 read right" in answer.out
    assert len(answer.out.splitlines()) == 11


def test_a_target_that_is_reached_gives_0_and_one_that_is_missed_gives_3(numrec, data):
    assert numrec("train", "--data", data, *SMALL, "--until", 0.01, "--json").code == 0
    missed = numrec("train", "--data", data, *SMALL, "--until", 0.999, "--epochs", 1, "--json")
    assert missed.code == 3
    assert json.loads(missed.out.splitlines()[-1])["reason"] == "epochs"


def test_a_run_that_diverges_at_once_says_so_gives_1_and_saves_nothing(numrec, data, tmp_path):
    file = tmp_path / "model.safetensors"
    answer = numrec(
        "train", "--data", data, *SMALL, "--optimizer", "sgd", "--learning-rate", 1000,
        "--weight-decay", 10, "--save", file,
    )  # fmt: skip
    assert answer.code == 1
    assert "no longer a finite number" in answer.err
    assert "No epoch of this run was healthy, so nothing was saved." in answer.err
    assert "Saved to" not in answer.out
    assert not file.exists()


def test_a_flag_beats_the_file_and_the_file_beats_the_preset(numrec, data, tmp_path):
    config = tmp_path / "settings.toml"
    config.write_text("batch-size = 32\nlearning_rate = 0.2\nhidden = [8]\nepochs = 1\n")
    answer = numrec(
        "train", "--data", data, "--preset", "seed", "--config", config,
        "--batch-size", 10, "--json",
    )  # fmt: skip
    chosen = json.loads(answer.out.splitlines()[0])["hyperparameters"]
    assert chosen["batch_size"] == 10
    assert chosen["learning_rate"] == 0.2
    assert chosen["optimizer"] == "sgd"
    assert chosen["shuffle"] is False


@pytest.mark.alone
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX systems")
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.short("SIGTERM")
def test_a_signal_ends_the_run_after_its_batch_and_saves(name, code, data, tmp_path):
    file = tmp_path / "model.safetensors"
    words = ["train", "--data", data, "--epochs", "100000", "--json", "--save", file]
    with subprocess.Popen(
        [sys.executable, "-m", "numrec_tui", *map(str, words)], stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            if '"epoch"' in line and '"event": "epoch"' in line:
                process.send_signal(getattr(signal, name))
                break
        last = process.stdout.read().splitlines()[-1]
    assert process.returncode == code
    assert json.loads(last)["reason"] == "interrupted"
    load(file)


@pytest.mark.alone
def test_a_reader_that_goes_away_ends_the_run_but_saves_it(data, tmp_path):
    file = tmp_path / "model.safetensors"
    words = ["train", "--data", data, "--epochs", "100000", "--json", "--save", file]
    with subprocess.Popen(
        [sys.executable, "-m", "numrec_tui", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141
    load(file)


def test_two_processes_learn_as_one_does(numrec, data):
    answers = [
        numrec("train", "--data", data, *SMALL, "--epochs", 2, "--processes", n, "--json")
        for n in (1, 2)
    ]
    ends = [json.loads(answer.out.splitlines()[-1]) for answer in answers]
    assert ends[0]["validation_accuracy"] == ends[1]["validation_accuracy"]


@pytest.mark.parametrize("how", ["text", "json", "quiet"])
@pytest.mark.short("json")
def test_lost_processes_are_told_at_the_time_and_at_the_end(numrec, data, monkeypatch, how):
    from engine.training.parallel.executor import PoolExecutor

    monkeypatch.setattr("engine.training.parallel.recovery.MOST_LOSSES", 1)

    def lose(self: PoolExecutor, *_arguments: object) -> None:
        self.close()
        self._pool.order("validate")

    monkeypatch.setattr(PoolExecutor, "validate", lose)
    more = [] if how == "text" else [f"--{how}"]
    answer = numrec("train", "--data", data, *SMALL, "--processes", 2, *more)
    assert answer.code == 0
    told = answer.err.splitlines()
    assert told[-1] == "numrec-tui: 1 process of the team lost; one process at the end."
    if how != "quiet":
        [last] = [line for line in told if "Training goes on with one process alone" in line]
        assert "A process of the team is gone." in last
    if how == "json":
        lines = [json.loads(line) for line in answer.out.splitlines()]
        [once] = [line for line in lines if line["event"] == "team"]
        assert (once["processes"], once["fewer"], once["losses"]) == (1, True, 1)
        assert lines[-1]["team"] == "1 process of the team lost; one process at the end."


@pytest.mark.alone
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
@pytest.mark.short("SIGINT")
def test_a_signal_to_the_whole_group_ends_a_team_as_it_ends_one_process(name, code, data, tmp_path):
    file = tmp_path / "model.safetensors"
    words = ["train", "--data", data, "--epochs", 100_000, "--processes", 2, "--save", file]
    with subprocess.Popen(
        [sys.executable, "-m", "numrec_tui", *map(str, words)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        for line in process.stderr:
            if line.startswith("epoch"):
                os.killpg(process.pid, getattr(signal, name))
                break
        rest = process.stderr.read()
    assert process.returncode == code
    assert "Traceback" not in rest
    load(file)
