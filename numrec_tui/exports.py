"""Files that a key writes: all in one folder, each under a name that nobody has yet."""

from itertools import count
from pathlib import Path

from engine.errors import SaveError


def claim(folder: Path, name: str, *suffixes: str) -> tuple[Path, ...]:
    """Files of one name, with a number if that is taken; made empty, so that nobody gets them.

    folder: made if it is not there. suffixes: of the files, such as ".svg".

    Raises:
        SaveError: the folder or a file cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        tries = (_made(folder, name, number, suffixes) for number in count(1))
        return next(filter(None, tries))
    except OSError as error:
        raise SaveError(f"Cannot write to {folder}: {error.strerror or error}.") from error


def _made(folder: Path, name: str, number: int, suffixes: tuple[str, ...]) -> tuple[Path, ...]:
    """The files with this number, or nothing if one of them is there."""
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
