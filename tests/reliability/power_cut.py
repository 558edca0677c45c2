"""A power cut: every state the disk may be in when what was not made to last is lost or reordered.

Calls are recorded while a file is written. A cut comes after any of them. Then of each file the
bytes that were not synced are lost, cut at a block, or zeros; and of the names made or changed
since the folder was synced any may be missing. The method is that of SQLite's crash tests.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

BLOCK = 512
"""Bytes that a disk writes at once."""


@dataclass
class Inode:
    """A file's bytes, whatever its name is. synced: how many of them last."""

    content: bytes = b""
    synced: int = 0


@dataclass
class Disk:
    """One folder: what each call has done to it, and what of that lasts."""

    inodes: list[Inode] = field(default_factory=list)
    lasting: dict[str, int] = field(default_factory=dict)
    """Names that are there after a cut, and the inode of each."""
    pending: list[tuple[str, str, int]] = field(default_factory=list)
    """Changes of names that a cut may lose: old name or "", new name, inode."""

    def names(self) -> dict[str, int]:
        """The names as the program sees them."""
        names = dict(self.lasting)
        for change in self.pending:
            _apply(names, change)
        return names

    def after_a_cut(self, random: Random) -> dict[str, bytes]:
        """One of the states a cut may leave."""
        names = dict(self.lasting)
        for change in self.pending:
            if random.random() < 0.5:
                _apply(names, change)
        return {name: self._bytes(self.inodes[inode], random) for name, inode in names.items()}

    def _bytes(self, inode: Inode, random: Random) -> bytes:
        lost = len(inode.content) - inode.synced
        kept = min(random.randrange(0, lost // BLOCK + 2) * BLOCK, lost)
        content = inode.content[: inode.synced + kept]
        return content + bytes(lost - kept) if random.random() < 0.3 else content


def _apply(names: dict[str, int], change: tuple[str, str, int]) -> None:
    before, after, inode = change
    names.pop(before, None)
    if after:
        names[after] = inode


class Recorder:
    """Keeps the disk in step with the calls, and the state after each of them."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.states = folder, list[Disk]()
        self._disk = Disk()
        for path in folder.iterdir():
            content = path.read_bytes()
            self._disk.lasting[path.name] = len(self._disk.inodes)
            self._disk.inodes.append(Inode(content, len(content)))
        self._handles: dict[int, str] = {}
        self._keep()
        self._watch(patch)

    def _watch(self, patch: pytest.MonkeyPatch) -> None:
        make, open_, fdopen = tempfile.mkstemp, os.open, os.fdopen
        sync, replace, unlink = os.fsync, os.replace, os.unlink

        def mkstemp(*args: Any, **options: Any) -> tuple[int, str]:
            handle, name = make(*args, **options)
            self._create(handle, Path(name).name)
            return handle, name

        def opening(path: Any, *args: Any, **options: Any) -> int:
            handle = open_(path, *args, **options)
            if Path(os.fsdecode(path)) == self.folder:
                self._handles[handle] = "."
            return handle

        def fd(handle: int, *args: Any, **options: Any) -> Any:
            file = fdopen(handle, *args, **options)
            return _Written(file, self._write, handle) if handle in self._handles else file

        def fsync(handle: int) -> None:
            sync(handle)
            self._sync(handle)

        def rename(source: Any, target: Any, **options: Any) -> None:
            replace(source, target, **options)
            self._rename(Path(source).name, Path(target).name)

        def remove(path: Any, **options: Any) -> None:
            unlink(path, **options)
            self._rename(Path(path).name, "")

        for module, name, call in [
            (tempfile, "mkstemp", mkstemp), (os, "open", opening), (os, "fdopen", fd),
            (os, "fsync", fsync), (os, "replace", rename), (os, "unlink", remove),
        ]:  # fmt: skip
            patch.setattr(module, name, call)

    def _create(self, handle: int, name: str) -> None:
        self._handles[handle] = name
        self._disk.pending.append(("", name, len(self._disk.inodes)))
        self._disk.inodes.append(Inode())
        self._keep()

    def _write(self, handle: int, content: bytes) -> None:
        inode = self._disk.inodes[self._disk.names()[self._handles[handle]]]
        inode.content += bytes(content)
        self._keep()

    def _sync(self, handle: int) -> None:
        name = self._handles.get(handle)
        if name == ".":
            self._disk.lasting, self._disk.pending = self._disk.names(), []
        elif name is not None:
            inode = self._disk.inodes[self._disk.names()[name]]
            inode.synced = len(inode.content)
        self._keep()

    def _rename(self, before: str, after: str) -> None:
        inode = self._disk.names().get(before, -1)
        if inode >= 0:
            self._disk.pending.append((before, after, inode))
            self._keep()

    def _keep(self) -> None:
        disk = self._disk
        inodes = [Inode(each.content, each.synced) for each in disk.inodes]
        self.states.append(Disk(inodes, dict(disk.lasting), list(disk.pending)))


class _Written:
    """A file whose bytes are told when they leave Python: what waits in a buffer is not written."""

    def __init__(self, file: Any, tell: Callable[[int, bytes], None], handle: int) -> None:
        self._file, self._tell, self._handle = file, tell, handle
        self._waiting = b""

    def write(self, content: bytes) -> int:
        self._waiting += bytes(content)
        return int(self._file.write(content))

    def flush(self) -> None:
        self._file.flush()
        self._tell(self._handle, self._waiting)
        self._waiting = b""

    def fileno(self) -> int:
        return int(self._file.fileno())

    def __enter__(self) -> "_Written":
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()
        self._file.close()


def after_every_cut(
    folder: Path, write: Callable[[], object], into: Path, count: int, seed: int = 0
) -> Iterator[Path]:
    """Write, and show in folder `into`, again and again, what a cut would have left of `folder`.

    count: of states, at least one for each call.
    """
    with pytest.MonkeyPatch.context() as patch:
        recorder = Recorder(folder, patch)
        write()
    random = Random(seed)  # noqa: S311
    into.mkdir(exist_ok=True)
    for number in range(max(count, len(recorder.states))):
        disk = recorder.states[number % len(recorder.states)]
        for path in into.iterdir():
            path.unlink()
        for name, content in disk.after_a_cut(random).items():
            (into / name).write_bytes(content)
        yield into
