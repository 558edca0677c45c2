"""Files that a key writes: all in one folder, each under a name that nobody has yet."""

from collections.abc import Mapping
from itertools import count
from pathlib import Path

from engine.errors import SaveError
from engine.files import write_atomic


def write(folder: Path, name: str, contents: Mapping[str, str]) -> tuple[Path, ...]:
    """Write files of one name, with a number if that is taken; returns where they are.

    folder: made if it is not there. contents: of the files, by their suffixes, such as ".svg".

    Raises:
        SaveError: the folder cannot be made, or a file not be written; then none is left.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        tries = (_made(folder, name, number, tuple(contents)) for number in count(1))
        files = next(filter(None, tries))
    except OSError as error:
        raise SaveError(f"Cannot write to {folder}: {error.strerror or error}.") from error
    try:
        for file, text in zip(files, contents.values(), strict=True):
            write_atomic(file, text.encode())
    except SaveError:
        for file in files:
            file.unlink(missing_ok=True)
        raise
    return files


def _made(folder: Path, name: str, number: int, suffixes: tuple[str, ...]) -> tuple[Path, ...]:
    """The files with this number, empty, so that nobody else gets them; none if one is there."""
    stem = name if number == 1 else f"{name}-{number}"
    made: list[Path] = []
    for suffix in suffixes:
        file = folder / f"{stem}{suffix}"
        try:
            file.touch(exist_ok=False)
        except FileExistsError:
            for other in made:
                other.unlink()
            return ()
        made.append(file)
    return tuple(made)
