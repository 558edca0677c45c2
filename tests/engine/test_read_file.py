"""Files are read only when they are ordinary ones, of a bounded size: nothing is waited for."""

import os
from pathlib import Path

import pytest

from engine.data import catalog
from engine.errors import DataError, EngineError, FormatError
from engine.models.files import load as load_model
from engine.read_file import read_file
from engine.training import checkpoint
from numrec_tui.storage import preferences
from numrec_tui.storage import settings_file as config_file
from tests.mirror import small_files

pytestmark = pytest.mark.timeout(20)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


def test_an_ordinary_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    assert read_file(path, 7) == b"content"


def test_a_larger_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with pytest.raises(FormatError, match="at most 6 bytes, found more"):
        read_file(path, 6)


@pytest.mark.parametrize(
    ("name", "found"),
    [("nowhere", "none"), (".", "a folder"), ("pipe", "a pipe (FIFO)"), (os.devnull, "a device")],
)
def test_what_is_no_ordinary_file_is_called_what_it_is(
    tmp_path: Path, pipe: Path, name: str, found: str
) -> None:
    with pytest.raises(FormatError) as caught:
        read_file(tmp_path / name, 100)
    assert caught.value.found == found


def test_a_file_that_became_a_pipe_after_it_was_looked_at_is_not_waited_for(
    tmp_path: Path, pipe: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    look = ordinary.stat()
    monkeypatch.setattr(Path, "stat", lambda _path: look)
    with pytest.raises(FormatError, match="pipe"):
        read_file(pipe, 100)


def test_a_name_with_a_null_byte_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="null byte"):
        read_file(tmp_path / "a\0b", 100)


@pytest.mark.parametrize("suffix", [".safetensors", ".txt", ".onnx"])
def test_a_pipe_as_a_model_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"model{suffix}"
    os.mkfifo(path)
    with pytest.raises(EngineError, match="pipe"):
        load_model(path)


def test_a_pipe_as_a_checkpoint_is_refused(pipe: Path) -> None:
    with pytest.raises(EngineError, match="pipe"):
        checkpoint.read(pipe)


def test_a_pipe_as_class_names_is_refused(tmp_path: Path) -> None:
    for name, content in small_files().items():
        (tmp_path / name).write_bytes(content)
    os.mkfifo(tmp_path / catalog.CLASS_NAMES)
    with pytest.raises(FormatError, match="pipe"):
        catalog.load(tmp_path)


def test_a_pipe_as_settings_is_refused(pipe: Path) -> None:
    with pytest.raises(DataError, match="pipe"):
        config_file.read(pipe)


def test_a_pipe_as_preferences_is_left_out_and_told(pipe: Path) -> None:
    [problem] = preferences.read(pipe).problems
    assert "pipe" in problem


def test_preferences_and_settings_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "preferences.toml"
    path.write_bytes('\ufefftheme = "nord"\n'.encode())
    assert preferences.read(path) == preferences.Preferences(theme="nord")
    path.write_bytes("\ufeffepochs = 3\n".encode())
    assert config_file.read(path) == {"epochs": 3}
