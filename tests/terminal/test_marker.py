"""The file that stands while a terminal is taken over."""

import stat
import subprocess
import sys

import pytest

from numrec_tui.terminal.marker import Marker, advice, killed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs locks of POSIX")

HOLD = """
import os, sys
from pathlib import Path
from numrec_tui.terminal.marker import Marker
Marker(Path(sys.argv[1])).set("/dev/pts/9")
os._exit(9)
"""


def test_who_was_killed_is_told_once(tmp_path):
    folder = tmp_path / "new" / "running"
    subprocess.run([sys.executable, "-c", HOLD, folder], check=False)
    assert killed(folder) == ["/dev/pts/9"]
    assert killed(folder) == []


def test_who_lives_or_ended_well_is_not_told(tmp_path):
    marker = Marker(tmp_path)
    marker.set("/dev/pts/8")
    assert killed(tmp_path) == []
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    marker.clear()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_or_holds_rubbish_does_no_harm(tmp_path):
    (tmp_path / "file").touch()
    marker = Marker(tmp_path / "file" / "running")
    marker.set("/dev/pts/8")
    marker.clear()
    (tmp_path / "folder").mkdir()
    (tmp_path / "bytes").write_bytes(b"\xff\x1b]0;x\x07")
    assert killed(tmp_path) == ["\ufffd]0;x"]
    assert killed(tmp_path / "nowhere") == []


def test_the_advice_names_another_terminal_only():
    assert advice([], "/dev/pts/1") is None
    assert "/dev" not in (advice(["/dev/pts/1"], "/dev/pts/1") or "")
    assert "in /dev/pts/2. If" in (advice(["/dev/pts/1", "/dev/pts/2"], "/dev/pts/1") or "")
