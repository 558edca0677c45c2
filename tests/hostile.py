"""A home in which everything tries to speak through the program, and what must not come out."""

import os
from pathlib import Path

from engine.data import idx
from engine.data.catalog import FILES
from engine.training.events import EpochDone
from numrec_tui.history.history import History
from tests import scripted
from tests.past_runs import done, past

TITLE = "\x1b]0;PWN\x07"
"""What changes the title of a terminal."""

CONTROLS = f"{TITLE}\x9b31m\x9d0;PWN\x9c\x7f\x08\r\t\u2028"
TURNS = "\u202e\u2066\u200b\u200d\ufeff"
"""What turns a line round, or takes no room."""

MARKUP = "[red]r[/][link=http:evil]l[/link][@click=app.quit]c[/][/nope]\\[b]]]><script>&lt;"

NAME = f"=1+1{CONTROLS}{TURNS}\nforged{MARKUP}"
"""The name or note of a run, a class, a program."""

FILE = NAME.replace("/", "⁄")[:70]
"""The name of a file or folder."""

NO_TEXT = FILE + os.fsdecode(b"\xff\x9b")
"""The same, with bytes that are no text."""


def home(folder: Path) -> None:
    """Runs, preferences and a data set, all of them hostile."""
    history = History(folder / "history.db")
    facts = dict.fromkeys(("data", "network", "program", "optimizer", "model", "processes"), NAME)
    for number, reason in enumerate(("epochs", NAME)):
        scores: list[EpochDone] = [done(1, 0.9)]
        run = history.write(str(number), past(number, reason=reason, **facts), scores, [])
        history.describe(run, NAME, f"\t{NAME}")
    preferences = [f'theme = "{_in_toml(NAME)}"', f'"{_in_toml(NAME)}" = 1', "[keys]"]
    preferences += [f'"train.step" = "{_in_toml(NAME)}"', f'"{_in_toml(NAME)}" = "b"']
    (folder / "preferences.toml").write_text("\n".join(preferences))


def data_set(folder: Path, name: str = FILE) -> Path:
    """A folder with digits whose name is hostile; so are its classes, as far as they may be."""
    digits = scripted.drawn_set()
    digits.test.images[:, 0, 0] = 1
    there = folder / name
    there.mkdir()
    idx.write(there / FILES["training images"], digits.train.images)
    idx.write(there / FILES["training labels"], digits.train.labels)
    idx.write(there / FILES["test images"], digits.test.images)
    idx.write(there / FILES["test labels"], digits.test.labels)
    (there / "classes.txt").write_text("\n".join(f"={place}{MARKUP}" for place in range(10)))
    return there


def _in_toml(text: str) -> str:
    return "".join(f"\\U{ord(character):08x}" for character in text)


def is_harmless(text: str) -> bool:
    """Whether lines of text hold nothing that a terminal would obey, nor a line that was forged."""
    lines = text.split("\n")
    return all(line.isprintable() and not line.startswith("forged") for line in lines)
