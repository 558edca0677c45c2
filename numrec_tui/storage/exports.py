"""Files that a key writes: all in one folder, each under a name that nobody has yet."""

from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path

from engine.atomic_write import PRIVATE_FILE, plain_name, private_folder, saving, write_atomic
from engine.errors import SaveError
from numrec_tui.text.escaping import printable_lines


def write(folder: Path, name: str, contents: Mapping[str, str]) -> tuple[Path, ...]:
    """Write files of one name, with a number if that is taken; returns where they are.

    folder: made if it is not there. contents: of the files, by their suffixes, such as ".svg".

    Raises:
        SaveError: the folder cannot be made, or a file not be written; then none is left.
    """
    private_folder(folder, "write to")
    with saving(folder, "write to"):
        stem = plain_name(name)
        tries = (_made(folder, stem, number, tuple(contents)) for number in count(1))
        files = next(filter(None, tries))
    try:
        for file, text in zip(files, contents.values(), strict=True):
            write_atomic(file, printable_lines(text).encode())
    except SaveError:
        for file in files:
            with suppress(OSError):
                file.unlink()
        raise
    return files


def _made(folder: Path, name: str, number: int, suffixes: tuple[str, ...]) -> tuple[Path, ...]:
    """The files with this number, empty, so that nobody else gets them; none if one is there."""
    stem = name if number == 1 else f"{name}-{number}"
    made: list[Path] = []
    for suffix in suffixes:
        file = folder / f"{stem}{suffix}"
        try:
            file.touch(PRIVATE_FILE, exist_ok=False)
        except OSError as error:
            for other in made:
                with suppress(OSError):
                    other.unlink()
            if isinstance(error, FileExistsError):
                return ()
            raise
        made.append(file)
    return tuple(made)
