"""Writing a file: whatever fails, it holds the old bytes or the new ones, and nothing is left."""

import errno
import os
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from engine.atomic_write import LONGEST_NAME, plain_name, write_atomic
from engine.errors import SaveError

posix = pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")

OLD, NEW = b"the old content", b"the new content, which is longer"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "model.bin"
    path.write_bytes(OLD)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_holds_the_content(tmp_path: Path) -> None:
    write_atomic(tmp_path / "new.bin", NEW)
    assert (tmp_path / "new.bin").read_bytes() == NEW
    assert names(tmp_path) == ["new.bin"]


def test_an_old_file_is_replaced_whole(target: Path) -> None:
    write_atomic(target, b"short")
    assert target.read_bytes() == b"short"
    assert names(target.parent) == ["model.bin"]


def test_no_content_is_content_too(target: Path) -> None:
    write_atomic(target, b"")
    assert target.read_bytes() == b""


class FaultyDisk:
    """Counts the calls that reach the disk and lets number `broken` fail."""

    def __init__(self, patch: pytest.MonkeyPatch, broken: int, code: int) -> None:
        self.broken, self.code = broken, code
        self.calls: list[str] = []
        for module, name in [
            (tempfile, "mkstemp"),
            (os, "fsync"),
            (os, "chmod"),
            (os, "replace"),
            (os, "open"),
        ]:
            patch.setattr(module, name, self.counted(name, getattr(module, name)))
        patch.setattr(os, "fdopen", self.fdopen(os.fdopen))

    def counted(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counting(*args: Any, **options: Any) -> Any:
            self.calls.append(name)
            if len(self.calls) == self.broken:
                raise OSError(self.code, os.strerror(self.code))
            return call(*args, **options)

        return counting

    def fdopen(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def opening(*args: Any) -> Any:
            file = call(*args)
            return FaultyFile(
                file, self.counted("write", file.write), self.counted("flush", file.flush)
            )

        return opening


class FaultyFile:
    """A file whose `write` and `flush` are counted."""

    def __init__(self, file: Any, write: Callable[..., Any], flush: Callable[..., Any]) -> None:
        self.file, self.write, self.flush = file, write, flush

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def __enter__(self) -> "FaultyFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()


def complaint(target: Path) -> str | None:
    """What writing the new content says went wrong, if anything."""
    try:
        write_atomic(target, NEW)
    except SaveError as error:
        return str(error)
    return None


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_whichever_call_fails_the_old_content_stays_and_nothing_is_left(
    target: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    failed = []
    for broken in count(1):
        target.write_bytes(OLD)
        with monkeypatch.context() as patch:
            disk = FaultyDisk(patch, broken, code)
            said = complaint(target)
        if said is None:
            assert target.read_bytes() == NEW
        else:
            assert said == f"Cannot write {target}: {os.strerror(code)}."
            assert target.read_bytes() == OLD
            failed.append(disk.calls[-1])
        assert names(target.parent) == ["model.bin"]
        if len(disk.calls) < broken:  # this time no call failed
            break
    # What follows `replace` may fail without a word: the new content stands by then.
    assert failed == ["mkstemp", "open", "write", "flush", "fsync", "chmod", "replace"]


def test_the_bytes_reach_the_disk_before_the_name_does(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FaultyDisk(monkeypatch, broken=0, code=0)
    write_atomic(target, NEW)
    order = [name for name in disk.calls if name in ("write", "flush", "fsync", "replace")]
    assert order[:4] == ["write", "flush", "fsync", "replace"]


@posix
def test_the_new_name_is_made_to_last_too(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FaultyDisk(monkeypatch, broken=0, code=0)
    write_atomic(target, NEW)
    after = disk.calls[disk.calls.index("replace") + 1 :]
    assert after == ["open", "fsync"]


def test_a_write_that_is_broken_off_leaves_the_old_content(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(_handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", broken_off)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(target, NEW)
    assert target.read_bytes() == OLD
    assert names(target.parent) == ["model.bin"]


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "model.bin"
    with pytest.raises(SaveError, match="No such file") as caught:
        write_atomic(path, NEW)
    assert str(path) in str(caught.value)
    assert names(tmp_path) == []


def test_a_folder_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(SaveError, match="folder"):
        write_atomic(tmp_path / "folder", NEW)
    assert names(tmp_path) == ["folder"]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444])
def test_an_old_file_keeps_its_permissions(target: Path, mode: int) -> None:
    target.chmod(mode)
    write_atomic(target, NEW)
    assert target.stat().st_mode & 0o777 == mode


@posix
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_gets_the_permissions_new_files_get(
    tmp_path: Path, umask: int, mode: int
) -> None:
    before = os.umask(umask)
    try:
        write_atomic(tmp_path / "new.bin", NEW)
        assert os.umask(umask) == umask  # and the mask itself is left alone
    finally:
        os.umask(before)
    assert (tmp_path / "new.bin").stat().st_mode & 0o777 == mode


@posix
def test_a_link_stays_a_link_and_what_it_points_to_is_replaced(
    target: Path, tmp_path: Path
) -> None:
    link = tmp_path / "elsewhere" / "link.bin"
    link.parent.mkdir()
    link.symlink_to(target)
    write_atomic(link, NEW)
    assert link.is_symlink()
    assert target.read_bytes() == NEW
    assert not target.is_symlink()
    assert names(link.parent) == ["link.bin"]


@posix
def test_links_that_lead_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(SaveError):
        write_atomic(tmp_path / "a", NEW)


@posix
def test_a_name_as_long_as_the_system_allows_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 125)  # 250 bytes
    write_atomic(path, NEW)
    assert path.read_bytes() == NEW


@posix
@pytest.mark.parametrize("name", ["n" * 300, "null\0byte", "no\udce9text/x"])
def test_a_name_that_cannot_be_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(SaveError, match="Cannot write"):
        write_atomic(tmp_path / name, NEW)


def test_names_are_made_of_what_every_system_allows() -> None:
    assert plain_name("a/b:c\x1b\udce9 d") == "a-b-c-- d"
    assert len(os.fsencode(plain_name("é" * 300))) <= LONGEST_NAME
    assert plain_name("...") == "unnamed"
