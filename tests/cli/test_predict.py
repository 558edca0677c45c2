"""`numrec-tui predict`: pictures in, digits out; a bad picture stops nobody."""

import contextlib
import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.models import files
from engine.models.model import Model
from engine.nn.activations import ACTIVATIONS
from engine.nn.losses import LOSSES
from engine.nn.network import Network
from numrec_tui.cli.commands import run
from tests import photos, scripted
from tests.waiting import PATIENCE


@pytest.fixture(scope="session")
def trained(tmp_path_factory) -> Path:
    """A model that has seen the bundled digits three times."""
    home = tmp_path_factory.mktemp("trained")
    path = home / "model.safetensors"
    with pytest.MonkeyPatch.context() as context:
        context.setenv("NUMREC_HOME", str(home))  # the fixture for it comes with each test, later
        assert run(["train", "--epochs", "3", "--save", str(path), "--quiet"]) == 0
    return path


@pytest.fixture(scope="session")
def twenty(tmp_path_factory) -> list[tuple[Path, int]]:
    return photos.write(tmp_path_factory.mktemp("photos"))


@pytest.fixture
def picture(twenty) -> Path:
    """A photo of a 3 under a shadow."""
    return next(path for path, digit in twenty if path.name == "05-shadow-3.jpg" and digit == 3)


@pytest.fixture
def typed(monkeypatch):
    """What comes in on stdin."""

    def type_(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return type_


def save_model(path: Path, sizes: tuple[int, ...], **notes: object) -> Path:
    network = Network(sizes, ACTIVATIONS["leaky_relu"](0.01), LOSSES["cross_entropy"])
    network.biases[-1][1] = 9  # it always answers with class 1
    files.save(path, Model(network, {}, notes))
    return path


def test_of_twenty_photos_at_least_eighteen_are_read_right(numrec, trained, twenty):
    answer = numrec("predict", trained, *(path for path, _ in twenty), "--json")
    read: dict[str, list[int]] = {}
    for line in map(json.loads, answer.out.splitlines()):
        read.setdefault(line["path"], []).append(line["digit"])
    wrong = [path.name for path, digit in twenty if read.get(str(path)) != [digit]]
    assert len(wrong) <= 2, wrong


def test_a_line_says_the_digit_and_the_runner_up(numrec, trained, picture):
    answer = numrec("predict", trained, picture)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"{picture}: 3 (")
    assert answer.out.endswith("%)\n")
    assert ", or " in answer.out
    assert answer.out.count("\n") == 1


def test_what_the_network_saw_is_drawn_when_asked_for(numrec, trained, picture):
    _, *drawing = numrec("predict", trained, picture, "--show").out.splitlines()
    assert max(map(len, drawing)) <= 28
    assert len(drawing) == 14
    assert "█" in "".join(drawing)


def test_json_holds_every_probability(numrec, trained, picture):
    said = json.loads(numrec("predict", trained, picture, "--json").out)
    assert (said["path"], said["digit"], said["index"]) == (str(picture), 3, 0)
    assert sum(said["probabilities"]) == pytest.approx(1, abs=1e-5)


def test_several_digits_in_a_picture_have_a_line_each(numrec, tmp_path, trained):
    sheet = np.full((100, 300), 230, np.uint8)
    for left in (30, 130, 230):
        sheet[20:80, left : left + 8] = 20
    path = tmp_path / "ones.png"
    Image.fromarray(sheet).save(path)
    lines = numrec("predict", trained, path).out.splitlines()
    assert [line[: len(str(path)) + 3] for line in lines] == [f"{path}: 1"] * 3


def test_a_bad_picture_among_others_stops_nobody(numrec, trained, picture, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_text("no picture")
    answer = numrec("predict", trained, picture, bad, picture)
    assert answer.code == 1
    assert answer.out.count("\n") == 2
    assert answer.err.startswith(f"numrec-tui: {bad}: file: expected a whole BMP")
    assert answer.err.count("\n") == 1


def test_an_empty_sheet_is_told(numrec, trained, tmp_path):
    path = tmp_path / "white.png"
    Image.new("L", (100, 100), 255).save(path)
    answer = numrec("predict", trained, path)
    assert (answer.code, answer.out) == (1, "")
    assert answer.err == f"numrec-tui: {path}: there is no ink to be seen in this picture.\n"


def test_paths_come_in_by_a_pipe(numrec, trained, picture, typed):
    typed(f"{picture}\n\n{picture}\r\n")
    answer = numrec("predict", trained)
    assert (answer.code, answer.out.count(": 3 (")) == (0, 2)


def test_raw_feeds_28_by_28_untouched_and_refuses_the_rest(numrec, tmp_path, picture):
    model = save_model(tmp_path / "m.safetensors", (784, 10))
    network = files.load(model).network
    network.weights[0][5, 7] = 99  # a pixel of the first row says 7
    files.save(model, Model(network))
    speck = np.zeros((28, 28), np.uint8)
    speck[0, 5] = 255
    path = tmp_path / "speck.bmp"
    Image.fromarray(speck).save(path)
    assert f"{path}: 7 (" in numrec("predict", model, path, "--raw").out
    assert f"{path}: 1 (" in numrec("predict", model, path).out  # moved to the middle
    assert "Without --raw the digit is found" in numrec("predict", model, picture, "--raw").err


def test_classes_go_by_their_names(numrec, tmp_path, picture):
    model = save_model(tmp_path / "m.safetensors", (784, 3), class_names=["hat", "shoe", "bag"])
    assert f"{picture}: shoe (" in numrec("predict", model, picture).out
    assert json.loads(numrec("predict", model, picture, "--json").out)["class"] == "shoe"


def test_a_model_of_other_pictures_is_refused(numrec, tmp_path, picture):
    model = save_model(tmp_path / "m.safetensors", (100, 10))
    answer = numrec("predict", model, picture)
    assert (answer.code, answer.out) == (1, "")
    assert "reads 100 pixels, but pictures are laid out as 28x28" in answer.err


def test_a_name_that_would_move_the_cursor_is_shown_harmless(numrec, trained, tmp_path):
    path = tmp_path / "a\x1b[2J\nb.png"
    Image.fromarray(scripted.drawn_digits(1).images[0]).save(path)
    answer = numrec("predict", trained, path)
    assert answer.out.startswith(f"{tmp_path}/a?[2J?b.png: ")


def test_interactive_repeats_after_a_blank_line_and_asks_again_after_an_error(
    numrec, trained, picture, typed
):
    typed(f"\n{picture}\n\nnowhere.png\n\n'{picture}'\n")
    answer = numrec("predict", trained, "--interactive")
    assert answer.code == 0
    assert answer.out.count(": 3 (") == 4
    assert answer.out.count("\n") == 4 * 15  # each with its drawing
    assert answer.err.count("Picture: ") == 7
    assert "no picture to read again yet" in answer.err
    assert "nowhere.png: file: expected a file, found none." in answer.err


@pytest.mark.alone
@pytest.mark.parametrize("ending", [b"\x03", b"\x04"], ids=["Ctrl-C", "Ctrl-D"])
def test_interactive_ends_well_in_a_terminal(trained, picture, ending):
    leader, follower = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "numrec_tui", "predict", str(trained), "--interactive"],
        stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
        preexec_fn=take_terminal, env={**os.environ, "TERM": "dumb"},
    )  # fmt: skip
    os.close(follower)
    try:
        said = read_until(leader, "Picture: ")
        os.write(leader, f"{picture}\n".encode())
        said = read_until(leader, "Picture: ", said.count("Picture: ") + 1, said)
        assert ": 3 (" in said
        for _ in range(40):  # a signal between question and waiting is taken at the next key
            os.write(leader, ending)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(0.5)
                break
        assert child.returncode == 0
        assert "Traceback" not in said
    finally:
        child.kill()
        child.wait()
        os.close(leader)


def take_terminal() -> None:
    import fcntl
    import termios

    signal.signal(signal.SIGINT, signal.default_int_handler)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def read_until(leader: int, word: str, times: int = 1, said: str = "") -> str:
    """Read until a word was said so many times; a child that says nothing more fails the test."""
    while said.count(word) < times:
        assert select.select([leader], [], [], PATIENCE)[0], f"never said: {word!r}; only {said!r}"
        said += os.read(leader, 4096).decode(errors="replace")
    return said


@pytest.mark.alone
def test_no_picture_and_nobody_to_name_one_is_wrong_usage(trained):
    leader, follower = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "numrec_tui", "predict", str(trained)],
        stdin=follower, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    os.close(leader)
    os.close(follower)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("numrec-tui: Name the pictures to read")


@pytest.mark.parametrize("words", [["--version"], ["--help"]])
def test_asking_what_the_program_is_decodes_no_picture(words):
    code = (
        "import sys; from numrec_tui.cli.commands import run; run(sys.argv[1:]);"
        "assert not {'numpy', 'PIL'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
