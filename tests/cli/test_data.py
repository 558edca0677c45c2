"""`numrec-tui data`: listing, downloading from a mirror on loopback, showing, and using a set."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import platformdirs
import pytest

from engine.data import catalog, idx
from engine.data.download import mirrors
from engine.data.published import PARTS
from engine.errors import DataError
from numrec_tui.cli import fetch
from numrec_tui.storage import drawings
from numrec_tui.storage.own_set_files import create, folder_named
from numrec_tui.storage.paths import data_folder
from tests import scripted
from tests.mirror import mirror, published_as, small_files
from tests.waiting import wait_until

FILES = small_files()


@pytest.fixture
def served(monkeypatch):
    """A mirror of one's own that has a small set called mnist."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setitem(catalog.PUBLISHED._entries, "mnist", published_as("mnist", FILES))
    with mirror({f"/mnist/{name}": content for name, content in FILES.items()}) as server:
        monkeypatch.setenv("NUMREC_MIRRORS", server.address)
        yield server


@pytest.fixture
def shapes(tmp_path):
    """A folder with a set of three named classes, pictures of 12 rows and 20 columns."""
    labels = (np.arange(60) % 3).astype(np.uint8)
    images = np.zeros((60, 12, 20), np.uint8)
    images[labels == 0, 3:9] = 255
    images[labels == 1, :, 8:12] = 255
    images[labels == 2] = np.eye(12, 20, dtype=np.uint8) * 255
    tested = images[:9].copy()
    tested[:, 0, 0] = 1  # none of them is a training image, too
    folder = tmp_path / "shapes"
    folder.mkdir()
    for name, values in zip(PARTS, (images, labels, tested, labels[:9]), strict=True):
        idx.write(folder / name, values)
    (folder / "classes.txt").write_text("beam\npost\nslope\n")
    return folder


def test_the_list_says_what_there_is(numrec):
    said = numrec("data", "list")
    assert said.code == 0
    for name in ("bundled", "drawn:COUNT", "mnist", "fashion-mnist", "kmnist"):
        assert f"\n{name} " in said.out
    assert str(data_folder()) in said.out


def test_the_list_as_json_says_where_a_set_is(numrec, served):
    before = {facts["name"]: facts for facts in json.loads(numrec("data", "list", "--json").out)}
    assert before["bundled"]["here"]
    assert not before["mnist"]["here"]
    numrec("data", "get", "mnist")
    after = {facts["name"]: facts for facts in json.loads(numrec("data", "list", "--json").out)}
    assert after["mnist"]["here"]
    assert after["mnist"]["where"] == str(data_folder() / "mnist")


def test_a_set_of_ones_own_is_listed_with_its_folder(numrec):
    create(folder_named("runes"), ("a", "b"))
    own, *_ = json.loads(numrec("data", "list", "--json").out)
    assert (own["name"], own["where"]) == ("runes", str(folder_named("runes")))


def test_a_set_is_downloaded_once_and_used_by_its_name(numrec, served):
    said = numrec("data", "get", "mnist")
    assert (said.code, said.err) == (0, "")
    assert "use it with: --data mnist" in said.out
    assert {path.name for path in (data_folder() / "mnist").iterdir()} == set(FILES)
    served.asked.clear()
    assert numrec("data", "get", "mnist").code == 0
    assert served.asked == []
    trained = numrec("train", "--data", "mnist", "--epochs", 1, "--hidden", 4, "--quiet")
    assert trained.code == 0


def test_a_mirror_that_is_down_is_told_in_one_sentence(numrec, served):
    served.always("503")
    said = numrec("data", "get", "mnist")
    assert said.code == 1
    assert said.err.count("\n") == 1
    assert "answers 503" in said.err


def test_what_cannot_be_downloaded_is_refused(numrec):
    said = numrec("data", "get", "bundled")
    assert said.code == 2
    assert "there are mnist, fashion-mnist, kmnist" in said.err


def test_a_set_that_is_not_here_is_told_to_whoever_trains(numrec):
    said = numrec("train", "--data", "kmnist")
    assert said.code == 1
    assert "numrec-tui data get kmnist" in said.err


@pytest.mark.parametrize(
    "address", ["http://example.org/", "ftp://127.0.0.1/", "mirror", "https://[/", "https://"]
)
def test_a_mirror_of_ones_own_has_to_be_https(numrec, monkeypatch, address):
    monkeypatch.setenv("NUMREC_MIRRORS", address)
    said = numrec("data", "get", "mnist")
    assert said.code == 2
    assert "NUMREC_MIRRORS" in said.err
    assert "https://" in said.err


def test_several_mirrors_of_ones_own(monkeypatch):
    monkeypatch.setenv("NUMREC_MIRRORS", "https://a.example/sets/, http://localhost:8000,")
    assert mirrors() == ("https://a.example/sets", "http://localhost:8000")


def test_downloads_are_kept_with_what_can_be_had_again(monkeypatch, tmp_path):
    assert data_folder() == tmp_path / "data"
    monkeypatch.delenv("NUMREC_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert data_folder() == platformdirs.user_cache_path("numrec-tui") / "data"


@pytest.mark.alone
def test_ctrl_c_ends_a_download_and_leaves_nothing(tmp_path):
    """A process of its own, as Ctrl-C is a signal; the mirror is silent after 30 %."""
    content = {f"/mnist/{name}": bytes(10**6) for name in FILES}
    with mirror(content) as server:
        server.always("stall")
        environment = {**os.environ, "NUMREC_MIRRORS": server.address, "NO_PROXY": "*"}
        process = subprocess.Popen(
            [sys.executable, "-m", "numrec_tui", "data", "get", "mnist"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        begun = "data/mnist/.download-*/tmp*"
        wait_until(lambda: list(tmp_path.glob(begun)), "it downloads", process.poll)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert (out, err) == ("", "")
    assert not (tmp_path / "data" / "mnist").exists()


def test_showing_a_folder_counts_and_draws(numrec, shapes):
    said = numrec("data", "show", shapes)
    assert said.code == 0
    assert "shapes: 60 to learn from, 9 to be tested on, 20 x 12 pixels" in said.out
    assert " beam         20          3\n" in said.out
    assert "slope" in said.out
    assert "█" * 20 in said.out  # the beam: rows 3 to 8 of 12, so lines 2 to 4 of 6
    assert "▀▄" in said.out  # the slope


def test_showing_as_json(numrec, shapes):
    facts = json.loads(numrec("data", "show", shapes, "--json").out)
    assert facts["classes"] == ["beam", "post", "slope"]
    assert facts["train_per_class"] == [20, 20, 20]
    assert (facts["rows"], facts["columns"]) == (12, 20)


def test_another_size_and_other_classes_train_and_are_evaluated(numrec, shapes, tmp_path):
    model = tmp_path / "m.safetensors"
    trained = numrec(
        "train", "--data", shapes, "--epochs", 30, "--hidden", 8, "--batch-size", 8,
        "--save", model, "--quiet",
    )  # fmt: skip
    assert trained.code == 0
    said = numrec("evaluate", model, "--data", shapes)
    assert said.code == 0
    assert said.out.startswith("9 of 9 read right: 100.00%")
    assert " beam   100.00%\n" in said.out
    assert "slope   100.00%\n" in said.out


@pytest.mark.parametrize("words", [("data", "list"), ("data", "show")])
@pytest.mark.short("words0")
def test_a_terminal_that_knows_ascii_alone(shapes, words):
    (shapes / "classes.txt").write_text("お\nき\nす\n")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "numrec_tui", *words, *([shapes] if "show" in words else [])]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_packing_passes_on_what_was_asked_for(numrec, monkeypatch, tmp_path):
    asked = {}

    def pack(sources, out, **options):
        options.pop("on_progress")(1, 2)
        asked.update(options, sources=sources, out=out)
        return SimpleNamespace(
            train=1000, test=200, classes=("a", "b"), skipped=("a/x.txt",), doubts=(),
            notes=("Page 2 is not here.",),
        )  # fmt: skip

    monkeypatch.setitem(sys.modules, "engine.data.pack", SimpleNamespace(pack=pack))
    source, out = tmp_path / "pictures", tmp_path / "set"
    words = ("--raw", "--test-fraction", 0.25, "--seed", 7, "--classes", "a,b")
    said = numrec("data", "pack", source, out, *words)
    assert said.code == 0
    assert asked == {
        "sources": [source], "out": out, "raw": True, "repairs": (), "classes": ("a", "b"),
        "test_fraction": 0.25, "seed": 7,
    }  # fmt: skip
    assert "1,000 digits to learn from and 200 to be tested on, 2 classes" in said.out
    assert f"--data {out}/" in said.out
    assert "left out a/x.txt" in said.err
    assert "Page 2 is not here." in said.err


def test_packing_with_a_negative_seed_is_refused(numrec, tmp_path):
    said = numrec("data", "pack", tmp_path, tmp_path / "set", "--seed", -1)
    assert (said.code, said.err) == (2, "numrec-tui: The seed is a whole number from 0, not -1.\n")


def test_evaluating_plain_digits_looks_as_ever(numrec, data, tmp_path):
    model = tmp_path / "m.safetensors"
    numrec("train", "--data", data, "--epochs", 1, "--hidden", 4, "--save", model, "--quiet")
    lines = numrec("evaluate", model, "--data", data).out.splitlines()
    assert [line[:6] for line in lines[1:]] == [f"  {digit}   " for digit in range(10)]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("answer", ["\n", "y\n", "Yes\n"])
def test_the_app_offers_the_download(served, monkeypatch, capfd, answer):
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    fetch.offer("mnist")
    assert "mnist is not here yet. Download 0 MB? [Y/n]" in capfd.readouterr().err
    assert len(served.asked) == 4
    fetch.offer("mnist")  # it is here now
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("answer", ["n\n", "no\n", "what?\n", ""])
def test_nothing_is_downloaded_without_a_yes(served, monkeypatch, answer):
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    fetch.offer("mnist")
    assert served.asked == []


@pytest.mark.parametrize("name", ["bundled", "drawn:60", "./mnist"])
def test_nothing_is_offered_for_what_is_no_published_set(monkeypatch, capfd, name):
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    fetch.offer(name)
    assert capfd.readouterr().err == ""


def test_help_shows_examples(numrec):
    said = numrec("data", "--help").out
    assert "numrec-tui data get fashion-mnist" in said
    assert "NUMREC_MIRRORS" in said


def test_own_drawings_are_made_readable_again_after_a_kill(numrec, home):
    folder = drawings.folder_for(home, "bundled", tuple("0123456789"))
    for number, image in enumerate(scripted.drawn_digits(10).images[:7]):
        drawings.save(folder, image, number % 5, tuple("0123456789"))
    labels = idx.read_labels(folder / "train-labels-idx1-ubyte", 10)
    idx.write(folder / "train-labels-idx1-ubyte", labels[:-1])  # the images were written before
    answer = numrec("data", "show", folder)
    assert answer.code == 0, answer.err


def test_ctrl_c_that_a_library_turned_into_another_error_is_still_ctrl_c():
    with pytest.raises(KeyboardInterrupt), fetch.hearing_ctrl_c() as heard:
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        assert heard()
        raise DataError("No mirror has it.")


def test_without_ctrl_c_an_error_is_what_it_is():
    with pytest.raises(DataError), fetch.hearing_ctrl_c() as heard:
        assert not heard()
        raise DataError("No mirror has it.")
