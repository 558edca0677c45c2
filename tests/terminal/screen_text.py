"""What stands on the screen of a pseudo-terminal, from the bytes that the app has written."""

import re

from rich.cells import cell_len

from tests.screens.pseudo_terminal import Terminal

PIECE = re.compile(rb"\x1b\[(\d*);?(\d*)H|\x1b\[[\d;:<=>?]*[ $]?[@-~]|\x1b[^\[]|([^\x1b]+)")
"""The cursor is moved; another sequence; text."""

SEQUENCE = re.compile(rb"\x1b(\[[\d;:<=>?]*[ $]?[@-~]|[^\[])")


class ScreenText:
    """The screen of a terminal as text; a sign that is two cells wide has a blank behind it."""

    def __init__(self, terminal: Terminal, columns: int = 80, rows: int = 24) -> None:
        self._terminal, self._read = terminal, 0
        self._cells = [[" "] * columns for _ in range(rows)]
        self._x = self._y = 0

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The lines as they are now, by all that was read from the terminal."""
        new = self._terminal.seen[self._read :]
        last = new.rfind(b"\x1b")
        if last >= 0 and not SEQUENCE.match(new, last):
            new = new[:last]  # the rest of it is still to come
        new = new[: len(new) - _unfinished(new)]
        self._read += len(new)
        for found in PIECE.finditer(new):
            row, column, text = found.groups()
            if text is not None:
                self._write(text.decode())
            elif found[0].endswith(b"H"):
                self._y, self._x = int(row or 1) - 1, int(column or 1) - 1
        return ["".join(line) for line in self._cells]

    def _write(self, text: str) -> None:
        for sign in text:
            if sign >= " " and self._y < len(self._cells) and self._x < len(self._cells[0]):
                self._cells[self._y][self._x] = sign
                self._x += cell_len(sign)

    def where(self, words: str) -> tuple[int, int]:
        """The column and the row of words, from 1, as mouse reports count.

        Raises:
            AssertionError: they are not there.
        """
        for row, line in enumerate(self.lines()):
            if (column := line.find(words)) >= 0:
                return column + 1, row + 1
        raise AssertionError(f"{words!r} is not on the screen:\n{self}")


def _unfinished(written: bytes) -> int:
    """How many bytes at the end begin a sign that is not there as a whole."""
    for count in range(1, min(len(written), 3) + 1):
        first = written[-count]
        if first >= 0xC0:
            needed = 2 if first < 0xE0 else 3 if first < 0xF0 else 4
            return count if count < needed else 0
        if first < 0x80:
            return 0
    return 0
