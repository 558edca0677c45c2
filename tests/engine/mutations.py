"""Files with faults: each is refused in a sentence, or read to something sensible."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from engine.errors import FormatError

Read = TypeVar("Read")


def refusals(
    folder: Path,
    contents: Iterable[bytes],
    read: Callable[[Path], Read],
    check: Callable[[Read], None],
    suffix: str = "",
) -> int:
    """How many of the files are refused. check: raises if what another one gives is not sensible.

    Any other error than a `FormatError` is raised.
    """
    refused = 0
    for number, content in enumerate(contents):
        path = folder / f"{number}{suffix}"  # a disk is slow to write over a file that is there
        path.write_bytes(content)
        try:
            found = read(path)
        except FormatError:
            refused += 1
        else:
            check(found)
        path.unlink()
    return refused
