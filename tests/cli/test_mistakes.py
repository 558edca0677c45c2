"""Wrong input: one clear sentence, the right exit code, never a traceback."""

import gzip
import os
import re
import subprocess
import sys

import pytest

from engine.data import idx
from engine.data.catalog import FILES
from engine.models import files
from numrec_tui.cli.exits import run_and_report


def complaint(answer, code: int) -> str:
    """The one sentence on stderr, after checking that it is one and that nothing else was said."""
    assert answer.code == code
    assert answer.out == ""
    assert answer.err.startswith("numrec-tui: ")
    assert answer.err.count("\n") == 1
    return answer.err


def test_a_missing_folder(numrec):
    assert "no folder nowhere" in complaint(numrec("train", "--data", "nowhere"), 1)


def test_a_drawn_set_that_cannot_be(numrec):
    assert "drawn:COUNT:SEED:WILDNESS" in complaint(numrec("train", "--data", "drawn:few"), 1)


def test_a_missing_file(numrec, data):
    (data / FILES["test images"]).unlink()
    said = complaint(numrec("train", "--data", data), 1)
    assert "test images are missing" in said


def test_a_truncated_file(numrec, data):
    path = data / FILES["test images"]
    path.write_bytes(path.read_bytes()[:-100])
    said = complaint(numrec("train", "--data", data), 1)
    assert "expected 15680 bytes, found 15580" in said


def test_a_truncated_gzip_file(numrec, data):
    path = data / (FILES["training images"] + ".gz")
    path.write_bytes(path.read_bytes()[:-10])
    assert "cut short" in complaint(numrec("train", "--data", data), 1)


def test_images_and_labels_of_different_count(numrec, data):
    labels = idx.read_labels(data / FILES["training labels"], 10)
    idx.write(data / FILES["training labels"], labels[:-5])
    said = complaint(numrec("train", "--data", data), 1)
    assert "60 training images but 55 training labels" in said


def test_a_label_that_is_no_class(numrec, data):
    path = data / (FILES["test labels"] + ".gz")
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[8 + 3] = 12
    path.write_bytes(gzip.compress(content))
    (data / "classes.txt").write_text("\n".join("0123456789"))
    assert "label 3: expected a class from 0 to 9, found 12" in complaint(
        numrec("train", "--data", data), 1
    )


def test_a_number_that_is_none(numrec, data):
    said = complaint(numrec("train", "--data", data, "--learning-rate", "fast"), 2)
    assert "--learning-rate: must be a valid number, not 'fast'" in said


def test_a_misspelt_flag_suggests_the_right_one(numrec, data):
    assert "--hidden" in complaint(numrec("train", "--data", data, "--hiden", 256), 2)


def test_a_misspelt_command_suggests_the_right_one(numrec):
    assert "Did you mean train?" in complaint(numrec("trian"), 2)


def test_a_word_too_many_points_to_the_commands_help(numrec, data):
    said = complaint(numrec("train", "--data", data, "extra"), 2)
    assert "no use for 'extra' here; numrec-tui train --help says what it takes" in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('model = "mine"', "holds model, which is no setting; give it as --model."),
        ("[train]\nmomentum = 0.5", "has a table [train]; settings stand in none"),
    ],
)
def test_a_file_of_settings_holds_nothing_else(numrec, data, tmp_path, line, said):
    config = tmp_path / "settings.toml"
    config.write_text(line)
    assert said in complaint(numrec("train", "--data", data, "--config", config), 1)


def test_two_wrong_fields_in_a_file_are_both_named(numrec, data, tmp_path):
    config = tmp_path / "settings.toml"
    config.write_text('momentum = 1.5\nbatch_size = "many"\n')
    said = complaint(numrec("train", "--data", data, "--config", config), 2)
    assert "momentum: must be less than 1" in said
    assert "batch_size: must be a valid integer, not 'many'" in said
    assert "settings.toml" in said


def test_a_file_that_is_no_toml(numrec, data, tmp_path):
    config = tmp_path / "settings.toml"
    config.write_text("momentum 1.5")
    assert "is not TOML" in complaint(numrec("train", "--data", data, "--config", config), 1)


def test_a_config_file_that_is_missing(numrec, data):
    assert "Cannot read the config file" in complaint(
        numrec("train", "--data", data, "--config", "none.toml"), 1
    )


def test_an_unknown_preset(numrec, data):
    said = complaint(numrec("train", "--data", data, "--preset", "sede"), 2)
    assert "no preset 'sede'" in said
    assert "did you mean 'seed'" in said


def test_a_save_that_cannot_be_made_is_told_before_training(numrec, data, tmp_path):
    said = complaint(numrec("train", "--data", data, "--save", tmp_path / "no" / "m"), 1)
    assert "there is no folder" in said


@pytest.mark.skipif(os.name == "nt", reason="names are always text there")
def test_a_model_needs_a_name_that_can_be_noted(numrec, data, tmp_path):
    path = os.fsdecode(bytes(tmp_path) + b"/t\xff.safetensors")
    said = complaint(numrec("train", "--data", data, "--epochs", 1, "--save", path), 1)
    assert "this is no name in UTF-8" in said


def test_a_name_cannot_command_the_terminal(numrec):
    assert "x?[31m.txt" in complaint(numrec("evaluate", "x\x1b[31m.txt"), 1)


def test_a_broken_model_has_no_score(numrec, data, tmp_path):
    path = tmp_path / "model.safetensors"
    numrec("train", "--data", data, "--hidden", 8, "--epochs", 1, "--save", path)
    model = files.load(path)
    model.network.theta *= 1e30
    files.save(path, model)
    answer = numrec("evaluate", path, "--data", data, "--json")
    assert "answers with numbers that are not finite" in complaint(answer, 1)


def test_a_held_out_part_that_would_be_empty(numrec, data):
    said = complaint(numrec("train", "--data", data, "--validation-fraction", 0.001), 1)
    assert "choose another fraction" in said


def test_evaluating_what_is_no_model(numrec, data, tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_text("hello, this is text")
    assert str(path) in complaint(numrec("evaluate", path, "--data", data), 1)


def test_the_app_without_a_terminal_points_to_train(data):
    done = subprocess.run(
        [sys.executable, "-m", "numrec_tui", "--data", str(data)],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "needs a terminal" in done.stderr


@pytest.mark.parametrize("words", [("--help",), ("train", "--help"), ("--version",)])
def test_asking_is_no_mistake(numrec, words):
    answer = numrec(*words)
    assert answer.code == 0
    assert answer.out
    assert answer.err == ""


def test_help_names_every_hyperparameter(numrec):
    from engine.training.hyperparameters import knobs

    said = numrec("train", "--help").out
    assert [knob.flag for knob in knobs().values() if knob.flag not in said] == []


def test_a_models_folder_that_cannot_be_made_is_told_before_training(numrec, data, monkeypatch):
    monkeypatch.setenv("NUMREC_HOME", str(data / FILES["test images"]))
    said = complaint(numrec("train", "--data", data), 1)
    assert "Cannot save to" in said


def test_saving_to_what_is_no_ordinary_file(numrec, data, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    said = complaint(numrec("train", "--data", data, "--save", pipe), 1)
    assert "no ordinary file" in said
    assert pipe.is_fifo()


def test_a_network_that_is_too_large(numrec, data):
    said = complaint(numrec("train", "--data", data, "--hidden", "65536,65536"), 2)
    assert "at most 100,000,000 are possible" in said


def test_a_setting_named_twice_in_a_file(numrec, data, tmp_path):
    config = tmp_path / "settings.toml"
    config.write_text("until = 0.9\ntarget-accuracy = 0.8\n")
    assert "twice" in complaint(numrec("train", "--data", data, "--config", config), 1)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
@pytest.mark.alone
def test_a_network_larger_than_the_memory_is_one_sentence(data, tmp_path):
    command = [sys.executable, "-m", "numrec_tui", "train", "--data", str(data)]
    limited = 'ulimit -v 1500000; exec "$@"'
    words = ["sh", "-c", limited, "sh", *command, "--hidden", "8192,4096"]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 2
    assert re.search(r"--hidden: .* takes 3\.\d GB of memory, and there are 1\.\d GB", done.stderr)
    assert done.stderr.count("\n") == 1


def test_memory_that_runs_out_in_a_command_is_one_sentence(monkeypatch, capsys):
    def fail(*_words: object) -> int:
        raise MemoryError("Unable to allocate 9.3 GiB for an array")

    assert run_and_report(fail) == 1
    said = capsys.readouterr().err
    assert said.startswith("numrec-tui: There is not enough memory: Unable to allocate 9.3 GiB")
    assert said.count("\n") == 1
