"""What a person keeps is nobody else's to read; what is named elsewhere is as open as usual."""

import os
import stat
from pathlib import Path

import numpy as np
import pytest

from numrec_tui.cli.commands import run
from numrec_tui.storage import drawings, exports, preferences
from numrec_tui.storage.paths import make_home
from numrec_tui.terminal.marker import Marker
from tests.cli.conftest import data  # noqa: F401 - a fixture

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")


@pytest.fixture
def own(tmp_path, monkeypatch):
    home = tmp_path / "deep" / "home"
    monkeypatch.setenv("NUMREC_HOME", str(home))
    before = os.umask(0o022)
    yield home
    os.umask(before)


def modes(home: Path) -> dict[str, str]:
    """What is more open than it should be, by its name."""
    found = [home, *home.rglob("*")]
    return {
        str(path.relative_to(home)): oct(stat.S_IMODE(path.stat().st_mode))
        for path in found
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    }


def everything(home: Path, data: Path) -> None:  # noqa: F811 - the fixture's value
    marker = Marker(home / "running")
    marker.set("a terminal")  # this makes the home, if the app is first
    marker.clear()
    small = ["--hidden", "8", "--batch-size", "16", "--epochs", "2"]
    assert run(["train", "--data", str(data), *small]) == 0
    drawings.save(home / "drawings", np.ones((28, 28), np.uint8), 3, tuple("0123456789"))
    exports.write(home / "exports", "chart", {".svg": "<svg/>"})
    preferences.remember_theme(home / "preferences.toml", "nord")


def test_everything_at_home_is_private_and_a_named_file_is_as_usual(own, data, tmp_path):  # noqa: F811
    everything(own, data)
    assert {path.name for path in own.iterdir()} >= {"history.db", "models", "checkpoints"}
    assert modes(own) == {}
    named = tmp_path / "out" / "m.safetensors"
    named.parent.mkdir()
    small = ["--hidden", "8", "--batch-size", "16", "--epochs", "1"]
    assert run(["train", "--data", str(data), *small, "--save", str(named)]) == 0
    assert stat.S_IMODE(named.stat().st_mode) == 0o644


def test_a_home_of_an_older_version_becomes_private(own, data):  # noqa: F811
    everything(own, data)
    for path in (own, *own.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    everything(own, data)
    assert modes(own) == {}


def test_a_folder_with_other_things_in_it_stays_as_open_as_it_is(own):
    own.mkdir(parents=True, mode=0o755)
    (own / "holiday.jpg").touch()
    make_home(own)
    assert stat.S_IMODE(own.stat().st_mode) == 0o755
