"""Where things are kept: any bytes in a path, no such user, no home, a locale without UTF-8."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.atomic_write import named_path, stored_path
from engine.errors import UsageError
from numrec_tui.storage.paths import data_folder, home
from tests.waiting import PATIENCE

SMALL = ("--hidden", 16, "--batch-size", 16)


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_a_home_and_data_whose_names_are_no_text_keep_a_run_that_goes_on(
    numrec, data, tmp_path, monkeypatch
):
    named = tmp_path / os.fsdecode(b"caf\xe9")
    named.mkdir()
    data = data.rename(named / os.fsdecode(b"digits\xff"))
    monkeypatch.setenv("NUMREC_HOME", str(named))
    answer = numrec("train", "--data", data, *SMALL, "--epochs", 2, "--json")
    assert (answer.code, answer.err.count("annot")) == (0, 0)
    assert len(list((named / "models").iterdir())) == 1
    [folder] = (named / "checkpoints").iterdir()
    assert numrec("runs", "list").out.count("done") == 1
    answer = numrec("train", "--resume", folder.name, "--epochs", 4, "--json")
    last = json.loads(answer.out.splitlines()[-1])
    assert (answer.code, last["epoch"]) == (0, 4)
    assert Path(last["model"]).is_file()
    assert json.loads(numrec("runs", "list", "--json").out)["epochs"] == 4


def test_a_path_of_any_bytes_is_stored_and_found_again():
    for path in ("/home/me/m.safetensors", "/home/\udce9%/x", "/home/é/x"):
        assert named_path(stored_path(path)) == path
        stored_path(path).encode()


@pytest.mark.parametrize("place", ["~nosuchuser/x", "~nosuchuser"])
def test_a_home_of_nobody_is_one_sentence(numrec, monkeypatch, place):
    monkeypatch.setenv("NUMREC_HOME", place)
    for words in (["runs", "list"], ["train", "--epochs", 1], ["data", "list"]):
        answer = numrec(*words)
        assert answer.code == 2
        assert answer.err == f"numrec-tui: NUMREC_HOME names {place}, and there is no such place.\n"


def test_a_relative_home_is_one_from_here(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NUMREC_HOME", "kept")
    assert home() == tmp_path / "kept"
    assert data_folder() == tmp_path / "kept" / "data"


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_home_is_none(monkeypatch, blank):
    monkeypatch.setenv("NUMREC_HOME", blank)
    assert home().name == "numrec-tui"
    assert home().is_absolute()


def test_without_any_home_it_is_said_what_to_set(monkeypatch):
    monkeypatch.setenv("NUMREC_HOME", "")
    monkeypatch.setenv("HOME", "")
    with pytest.raises(UsageError, match="set NUMREC_HOME"):
        home()


@pytest.mark.alone
@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX terminal")
@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "latin-1"}])
@pytest.mark.short("locale0")
def test_a_locale_without_utf8_still_draws_the_screen(data, tmp_path, locale):
    master, slave = pty.openpty()
    environment = {
        **os.environ,
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "TERM": "xterm",
        **locale,
    }
    app = subprocess.Popen(
        [sys.executable, "-m", "numrec_tui", "--data", str(data)],
        stdin=slave, stdout=slave, stderr=slave, env=environment,
        preexec_fn=lambda: os.login_tty(slave),
    )  # fmt: skip
    seen, end = b"", time.monotonic() + PATIENCE
    try:
        while "─".encode() not in seen:
            assert time.monotonic() < end, seen[-2000:]
            assert b"\\u2500" not in seen
            if select.select([master], [], [], 0.1)[0]:
                seen += os.read(master, 65536)
    finally:
        app.kill()
        app.wait()
        os.close(master)
        os.close(slave)
