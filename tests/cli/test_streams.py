"""Outputs that are closed, full, narrow or left: no traceback, and the right exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from numrec_tui import __main__

COMMANDS = [["data", "list"], ["completion", "bash"], ["train", "--help"], ["runs", "list"]]
each_command = pytest.mark.parametrize("words", COMMANDS, ids=" ".join)


def started(words, tmp_path: Path, **how) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NUMREC_HOME": str(tmp_path), **how.pop("environment", {})}
    return subprocess.run(
        [sys.executable, "-m", "numrec_tui", *words],
        env=environment, stderr=subprocess.PIPE, text=True, check=False, **how,
    )  # fmt: skip


@each_command
@pytest.mark.short("data list")
def test_a_reader_that_has_gone_ends_the_program_quietly(words, tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as output:
        ended = started(words, tmp_path, stdout=output)
    expected = 1 if "--help" in words else 141  # Rich, which lays out the help, ends with 1
    assert (ended.returncode, ended.stderr) == (expected, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@each_command
@pytest.mark.short("data list")
def test_a_full_disk_is_told_in_a_sentence(words, tmp_path):
    with Path("/dev/full").open("w") as output:
        ended = started(words, tmp_path, stdout=output)
    assert ended.returncode == 1
    assert ended.stderr == "numrec-tui: Cannot write: No space left on device.\n"


@pytest.mark.skipif(os.name == "nt", reason="needs a shell that closes streams")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.short("<&-")
def test_closed_streams_lead_nowhere(closed, tmp_path):
    train = "-m numrec_tui train --data drawn:200 --epochs 1 --quiet"
    environment = {**os.environ, "NUMREC_HOME": str(tmp_path)}
    ended = subprocess.run(
        ["/bin/sh", "-c", f"exec '{sys.executable}' {train} {closed}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(list((tmp_path / "models").glob("*.safetensors"))) == 1


@each_command
@pytest.mark.short("data list")
def test_what_an_output_cannot_show_is_replaced(words, tmp_path):
    narrow = {"PYTHONIOENCODING": "ascii"}
    ended = started(words, tmp_path, environment=narrow, stdout=subprocess.PIPE)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.isascii()


def test_an_interrupt_while_the_program_is_loaded_is_no_traceback(monkeypatch, capsys):
    class Interrupted:
        def find_spec(self, name, path=None, target=None):
            if name == "numrec_tui.cli.commands":
                raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["numrec-tui", "data", "list"])
    monkeypatch.delitem(sys.modules, "numrec_tui.cli.commands", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupted(), *sys.meta_path])
    with pytest.raises(SystemExit) as left:
        __main__.main()
    assert left.value.code == 130
    assert capsys.readouterr().err == ""
