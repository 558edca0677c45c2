"""The lessons that can be done: ten experiments that are always here, and a person's own."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.errors import EngineError, did_you_mean
from numrec_tui.lessons.lesson import Lesson, LessonError, read_lesson

SUFFIX = ".toml"

LONGEST_PROBLEM = 400
"""Letters of what is said of a file that is wrong."""

BUILT_IN = Path(__file__).parent / "experiments"
"""The folder of those that are always here; the number in a name gives the order."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A lesson on the shelf. key: its name. lesson: None if the file is wrong; problem says why."""

    key: str
    lesson: Lesson | None
    problem: str = ""


@cache
def experiments() -> tuple[Shelved, ...]:
    """Those that are always here, in their order."""
    return tuple(
        Shelved(path.stem.partition("-")[2], read_lesson(path))
        for path in sorted(BUILT_IN.glob(f"*{SUFFIX}"))
    )


def shelf(own: Path) -> tuple[Shelved, ...]:
    """All of them, the person's own last. own: the folder with those."""
    return (*experiments(), *_in(own))


def find_lesson(wanted: str, own: Path) -> Shelved:
    """A lesson by its key, its number in the menu, or its file.

    Raises:
        FormatError: there is no such file.
        LessonError: there is no such lesson, or its file is wrong.
    """
    lessons = shelf(own)
    numbers = {str(number): each for number, each in enumerate(lessons, 1)}
    found = {**numbers, **{each.key: each for each in lessons}}.get(wanted)
    if found is None and Path(wanted).suffix == SUFFIX:
        found = Shelved(Path(wanted).stem, read_lesson(Path(wanted)))
    if found is None:
        keys = {each.key: each for each in lessons}
        hint = did_you_mean(wanted, keys) or f"; there are {', '.join(keys)}, and files ({SUFFIX})"
        raise LessonError(f"There is no lesson {wanted!r}{hint}.")
    if found.lesson is None:
        raise LessonError(found.problem)
    return found


def _in(folder: Path) -> Iterator[Shelved]:
    try:
        paths = sorted(folder.glob(f"*{SUFFIX}"))
    except OSError:
        return
    taken = {each.key for each in experiments()}
    for path in paths:
        key = f"own-{path.stem}" if path.stem in taken or path.stem.isdecimal() else path.stem
        try:
            yield Shelved(key, read_lesson(path))
        except EngineError as error:
            yield Shelved(key, None, str(error)[:LONGEST_PROBLEM])
