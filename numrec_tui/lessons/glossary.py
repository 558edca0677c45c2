"""The glossary: what each word on the screen means, read from `glossary.toml` beside this file.

An entry has two plain sentences, a formula, and where it is of use what to turn. F1 and the help
page show it; no word is explained anywhere else.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("glossary.toml")

SUBJECTS = {
    "train": ("knob", "curves", "health", "choice"),
    "digits": ("digits", "curves"),
    "draw": ("draw", "digits"),
    "network": ("network", "health"),
    "runs": ("runs", "curves"),
    "learn": ("learn", "choice", "knob"),
}
"""Of each mode the subjects of its own words, which are listed before all others."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one word means.

    names: as they stand on the screen, the first heads the entry. turn: empty if nothing is to be.
    """

    subject: str
    names: tuple[str, ...]
    about: str
    formula: str
    turn: str = ""

    @property
    def name(self) -> str:
        """What it is listed by."""
        return self.names[0]


@cache
def entries() -> tuple[Entry, ...]:
    """All of them, in the order of the file."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        Entry(
            subject,
            tuple(each["names"]),
            " ".join(each["about"].split()),
            each["formula"],
            each.get("turn", ""),
        )
        for subject, table in tables.items()
        for each in table
    )


def entry_of(name: str) -> Entry | None:
    """The entry of a word; case does not matter, and _ is a blank. None if there is none."""
    return _by_name().get(_plain(name))


def of_subject(subject: str) -> tuple[Entry, ...]:
    """The entries of one subject."""
    return tuple(entry for entry in entries() if entry.subject == subject)


def named_in(text: str) -> list[Entry]:
    """The entries whose names stand in a text as whole words, in the order of the text.

    Of names that overlap the longest counts: "batch size" is not "batch".
    """
    return [_by_name()[_plain(found)] for found in _any_name().findall(text)]


def listed(mode: str, picked: Iterable[str] = (), said: str = "") -> list[Entry]:
    """All entries, each once, those that are wanted most likely first.

    picked: names of what has the cursor. said: what stands on the screen now. After these come
    the mode's own words, then all others.
    """
    own = [entry for subject in SUBJECTS.get(mode, ()) for entry in of_subject(subject)]
    under_the_cursor = filter(None, map(entry_of, picked))
    return list(dict.fromkeys((*under_the_cursor, *named_in(said), *own, *entries())))


def search(among: Sequence[Entry], words: str) -> list[Entry]:
    """The entries that hold the words: first those with a name that begins with them.

    Then those with them in a name, then those with them in the text.
    """
    wanted = _plain(words)

    def rank(entry: Entry) -> int:
        names = [_plain(name) for name in entry.names]
        if any(name.startswith(wanted) for name in names):
            return 0
        if any(wanted in name for name in names):
            return 1
        return 2 if wanted in _plain(f"{entry.about} {entry.turn}") else 3

    return [entry for entry in sorted(among, key=rank) if rank(entry) < 3]


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("_", " ").split())


@cache
def _by_name() -> dict[str, Entry]:
    return {_plain(name): entry for entry in entries() for name in entry.names}


@cache
def _any_name() -> re.Pattern[str]:
    """Matches each name that has letters, as a whole word; the longest are tried first."""
    names = sorted((name for name in _by_name() if name[0].isalpha()), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)", re.IGNORECASE)
