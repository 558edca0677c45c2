"""`numrec-tui convert`: between all formats, and nothing lost without a word."""

import json
import sys

import pytest

from engine.models import files
from numrec_tui import __version__

SMALL = ("--hidden", 8, "--batch-size", 10, "--epochs", 2)


@pytest.fixture
def model(numrec, data, tmp_path):
    """A model that was trained with the quadratic loss."""
    path = tmp_path / "model.safetensors"
    numrec("train", "--data", data, *SMALL, "--loss", "quadratic", "--save", path)
    return path


def complaint(answer, code: int) -> str:
    assert answer.code == code
    assert answer.out == ""
    assert answer.err.count("\n") == 1
    return answer.err


def test_the_way_through_all_formats_loses_no_parameter(numrec, model, tmp_path):
    before = files.load(model).network
    first, text, last = tmp_path / "a.onnx", tmp_path / "b.txt", tmp_path / "c.safetensors"
    assert numrec("convert", model, first).code == 0
    assert numrec("convert", first, text).code == 0
    assert numrec("convert", text, last, "--loss", "quadratic").code == 0
    after = files.load(last).network
    assert after.theta.tobytes() == before.theta.tobytes()
    assert repr(after) == repr(before)


def test_to_onnx_and_back_nothing_is_lost_at_all(numrec, model, tmp_path):
    numrec("convert", model, tmp_path / "a.onnx")
    numrec("convert", tmp_path / "a.onnx", tmp_path / "back.safetensors")
    assert (tmp_path / "back.safetensors").read_bytes() == model.read_bytes()


def test_what_was_written_is_told_in_one_line(numrec, model, tmp_path):
    out = tmp_path / "a.onnx"
    answer = numrec("convert", model, out)
    size = f"{out.stat().st_size:,} bytes"
    assert answer.out == f"{out}: 784-8-10, leaky_relu, quadratic, {size}\n"
    assert answer.err == ""


def test_what_the_text_leaves_out_is_told(numrec, model, tmp_path):
    answer = numrec("convert", model, tmp_path / "a.txt")
    assert answer.code == 0
    assert answer.err == (
        "numrec-tui: The text format holds no loss, settings, data set or accuracy; "
        "read it with --loss quadratic.\n"
    )


def test_training_into_text_says_it_too(numrec, data, tmp_path):
    path = tmp_path / "a.txt"
    answer = numrec("train", "--data", data, *SMALL, "--loss", "quadratic", "--save", path)
    assert answer.code == 0
    assert answer.err.endswith(
        "numrec-tui: The text format holds no loss, settings, data set or accuracy; "
        "read it with --loss quadratic.\n"
    )


def test_the_usual_loss_needs_no_flag_to_be_read(numrec, model, tmp_path):
    numrec("convert", model, tmp_path / "a.txt")
    numrec("convert", tmp_path / "a.txt", tmp_path / "b.safetensors")
    answer = numrec("convert", tmp_path / "b.safetensors", tmp_path / "c.txt")
    assert answer.err.endswith("data set or accuracy.\n")
    assert (tmp_path / "c.txt").read_bytes() == (tmp_path / "a.txt").read_bytes()


def test_a_file_that_is_there_stays_unless_force_is_said(numrec, model, tmp_path):
    out = tmp_path / "a.onnx"
    out.write_text("mine")
    assert "is there already; --force replaces it" in complaint(numrec("convert", model, out), 1)
    assert out.read_text() == "mine"
    assert numrec("convert", model, out, "--force").code == 0
    assert files.load(out).network.loss.name == "quadratic"


def test_a_file_can_be_converted_onto_itself_by_force(numrec, model):
    before = model.read_bytes()
    complaint(numrec("convert", model, model), 1)
    assert numrec("convert", model, model, "--force").code == 0
    assert model.read_bytes() == before


def test_an_ending_that_is_no_format_is_told_before_anything_is_read(numrec, tmp_path):
    said = complaint(numrec("convert", tmp_path / "none.txt", tmp_path / "a.pkl"), 2)
    assert "ends in .pkl; a model file ends in .safetensors, .txt (the seed's text) or" in said


def test_a_loss_against_that_of_the_file_is_told(numrec, model, tmp_path):
    out = tmp_path / "a.onnx"
    said = complaint(numrec("convert", model, out, "--loss", "cross_entropy"), 2)
    assert "was trained with quadratic, not with cross_entropy" in said
    assert not out.exists()


def test_an_unknown_loss_is_told(numrec, model, tmp_path):
    said = complaint(numrec("convert", model, tmp_path / "a.onnx", "--loss", "hinge"), 2)
    assert "no loss 'hinge'; the losses are cross_entropy and quadratic" in said


def test_a_missing_model_is_told(numrec, tmp_path):
    said = complaint(numrec("convert", tmp_path / "none.txt", tmp_path / "a.onnx"), 1)
    assert "expected a file, found none" in said


def test_a_missing_folder_is_told(numrec, model, tmp_path):
    assert "Cannot write" in complaint(numrec("convert", model, tmp_path / "no" / "a.txt"), 1)


def test_a_broken_text_is_told_with_its_line(numrec, model, tmp_path):
    text = tmp_path / "a.txt"
    numrec("convert", model, text)
    text.write_text(text.read_text().replace("[biases]", "[bias]"))
    said = complaint(numrec("convert", text, tmp_path / "b.onnx"), 1)
    assert f"{text}: line 8: expected '[biases]', found '[bias]'" in said


def test_without_the_library_onnx_tells_how_to_get_it(numrec, model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    said = complaint(numrec("convert", model, tmp_path / "a.onnx"), 1)
    assert "pip install 'numrec-tui[onnx]'" in said


def test_a_model_knows_the_program_that_made_it(model):
    assert files.load(model).notes["program"] == f"numrec-tui {__version__}"


@pytest.mark.parametrize("suffix", files.suffixes())
def test_train_saves_and_evaluate_reads_every_format(numrec, data, tmp_path, suffix):
    path = tmp_path / f"model{suffix}"
    trained = numrec("train", "--data", data, *SMALL, "--json", "--save", path)
    stopped = json.loads(trained.out.splitlines()[-1])
    assert trained.code == 0
    scored = numrec("evaluate", path, "--data", data, "--json")
    assert json.loads(scored.out)["accuracy"] == stopped["test_accuracy"]


def test_evaluate_takes_the_loss_of_a_text_file(numrec, data, model, tmp_path):
    text = tmp_path / "a.txt"
    numrec("convert", model, text)
    expected = numrec("evaluate", model, "--data", data, "--json").out
    assert numrec("evaluate", text, "--data", data, "--json").out != expected
    answer = numrec("evaluate", text, "--data", data, "--json", "--loss", "quadratic")
    assert answer.out == expected


def test_a_name_without_ending_is_told_before_training(numrec, data, tmp_path):
    said = complaint(numrec("train", "--data", data, *SMALL, "--save", tmp_path / "model"), 2)
    assert "has no ending; a model file ends in .safetensors" in said
    assert not (tmp_path / "model").exists()


def test_what_the_text_cannot_hold_is_told_before_training(numrec, data, tmp_path):
    path = tmp_path / "model.txt"
    words = ("--data", data, *SMALL, "--activation", "tanh", "--save", path)
    said = complaint(numrec("train", *words), 1)
    assert "the seed's text format holds leaky_relu and relu, not tanh" in said
    assert not path.exists()
