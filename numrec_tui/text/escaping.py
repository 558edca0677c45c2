"""Text from outside is kept as it came; on its way out it is made safe here, once for each way.

From outside are names, notes, classes, paths, what files hold, and what libraries say of them. On
a terminal it could move the cursor, change the title or turn the line round; in a table it could be
a formula; in a picture, characters that no XML may hold.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, TextIO
from unicodedata import category

REPLACEMENT = "?"
"""What stands for a character that could do something."""

FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|-?inf|nan", re.ASCII | re.IGNORECASE)


def printable(text: str) -> str:
    """One line of characters that a terminal only shows; every blank is a space."""
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def printable_lines(text: str) -> str:
    """The same, but line feeds stay: for text whose lines may begin as they like."""
    return "\n".join(map(printable, text.split("\n")))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    return " " if character == "\t" or category(character) == "Zs" else REPLACEMENT


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV: no cell is a formula; of what is not printable only line feeds stay."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(_cell, row) for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    """A number as it is; text that a spreadsheet would calculate begins with an apostrophe."""
    if not isinstance(value, str) or NUMBER.fullmatch(value):
        return value
    text = printable_lines(value)
    starts = text.lstrip().startswith(FORMULA) or value.startswith(("\t", "\r"))
    return f"'{text}" if starts else text


class PrintableStream:
    """A stream of text that passes on nothing but printable lines; all else is the stream's own.

    stream: where they go. Who makes sequences for a terminal, as Rich does, writes to it directly,
    after making safe what it was given: see `PrintableConsole`.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write text; returns how long it was."""
        self.stream.write(printable_lines(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write one text after another."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)
