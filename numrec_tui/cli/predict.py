"""`numrec-tui predict`: the digits in pictures, read by a saved model."""

import contextlib
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from cyclopts import Parameter

from engine.data import pictures as files
from engine.data.normalize import FRAME
from engine.errors import DataError, EngineError, UsageError
from engine.models.files import load
from engine.nn.arrays import Bytes
from engine.nn.network import Network
from numrec_tui.cli.exits import DONE, FAILED, complain
from numrec_tui.cli.flags import MODEL_HELP, LossFlag
from numrec_tui.cli.hints import with_flags
from numrec_tui.cli.ink import picture_lines
from numrec_tui.cli.output import say, say_json

PROMPT = "Picture: "
INKED = 96
"""From here on a pixel is drawn as ink."""


def predict(
    model: Annotated[Path, Parameter(help=MODEL_HELP)],
    /,
    *pictures: Annotated[
        Path,
        Parameter(help="BMP, PNG, JPEG, GIF or WebP files; without any, stdin names one a line"),
    ],
    interactive: Annotated[
        bool, Parameter(help="ask for pictures; a blank line reads the last one again")
    ] = False,
    raw: Annotated[
        bool, Parameter(help="feed pictures of 28x28 untouched; they must be white on black")
    ] = False,
    show: Annotated[
        bool, Parameter(help="draw what the network saw, as is done in a terminal anyway")
    ] = False,
    json: Annotated[bool, Parameter(help="print a JSON object a digit instead of text")] = False,
    loss: LossFlag = None,
) -> int:
    """Read the digits in pictures: every digit found, line by line, from left to right."""
    reader = _reader(model, loss, raw)
    drawn = show or interactive or sys.stdout.isatty()
    printer = Printer(reader, json=json, drawn=drawn and not json)
    results = [printer.tell(picture) for picture in pictures]
    if interactive:
        _converse(printer)
        return DONE
    if not pictures:
        results = [printer.tell(picture) for picture in _listed()]
    return DONE if all(results) else FAILED


@dataclass(frozen=True, slots=True)
class Reader:
    """A network that reads picture files, and what it calls its classes."""

    network: Network
    names: tuple[str, ...]
    raw: bool

    def read(self, path: Path) -> tuple[Bytes, Any]:
        """The digits in a picture as the network sees them, and how probable each class is.

        Returns (n, 28, 28) and (n, classes), n at least 1.

        Raises:
            FormatError: the file is no picture, or has the wrong size for `raw`.
            DataError: there is no ink, or the network answers with what is no number.
        """
        gray = files.read(path)
        seen = files.as_is(gray, path)[None] if self.raw else files.find_digits(gray)
        if not seen.any():
            raise DataError(f"{path}: there is no ink to be seen in this picture.")
        probabilities = self.network.predict(seen)
        if not np.isfinite(probabilities).all():
            raise DataError(f"{path}: the model answers with numbers that are not finite.")
        return seen, probabilities


@dataclass(frozen=True, slots=True)
class Printer:
    """Tells what was read: a line a digit on stdout, a sentence on stderr where it failed."""

    reader: Reader
    json: bool
    drawn: bool

    def tell(self, path: Path) -> bool:
        """Read one picture and tell of it; whether that went well."""
        try:
            seen, probabilities = self.reader.read(path)
        except EngineError as error:
            sys.stdout.flush()  # else a terminal shows the sentence before what came first
            complain(with_flags(error))
            return False
        for index, (digit, row) in enumerate(zip(seen, probabilities, strict=True)):
            if self.json:
                say_json(self._facts(path, index, row))
            else:
                say(self._in_words(path, row))
            if self.drawn:
                say(*picture_lines(digit[None] >= INKED))
        sys.stdout.flush()
        return True

    def _facts(self, path: Path, index: int, row: Any) -> dict[str, Any]:
        best = int(row.argmax())
        return {
            "path": str(path),
            "index": index,
            "digit": best,
            "class": self.reader.names[best],
            "probabilities": [float(probability) for probability in row],
        }

    def _in_words(self, path: Path, row: Any) -> str:
        """`seven.jpg: 7 (98.2%), or 9 (1.1%)`."""
        first, *rest = (-row).argsort(kind="stable")[:2]
        said = f"{path}: {self.reader.names[first]} ({row[first]:.1%})"
        return said + "".join(f", or {self.reader.names[at]} ({row[at]:.1%})" for at in rest)


def _reader(path: Path, loss: str | None, raw: bool) -> Reader:
    model = load(path, loss)
    pixels, *_, classes = model.network.sizes
    if pixels != FRAME * FRAME:
        raise DataError(
            f"{path} reads {pixels} pixels, but pictures are laid out as {FRAME}x{FRAME}; "
            "take a model that was trained with such digits."
        )
    noted = model.notes.get("class_names")
    names = tuple(map(str, range(classes)))
    if isinstance(noted, list) and len(noted) == classes:
        names = tuple(map(str, noted))
    return Reader(model.network, names, raw)


def _listed() -> Iterable[Path]:
    """The paths on stdin, one a line, as they come.

    Raises:
        UsageError: a person sits there, who was not asked for anything.
    """
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("Name the pictures to read, or use --interactive to be asked for them.")
    for line in sys.stdin.buffer:  # bytes: a file's name may be no text at all
        name = os.fsdecode(line.rstrip(b"\r\n"))
        if name.strip():
            yield Path(name)


def _converse(printer: Printer) -> None:
    """Ask for pictures until Ctrl-C or Ctrl-D; a blank line reads the last good one again."""
    last: Path | None = None
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            path = _typed(_ask()) or last
            if path is None:
                complain("There is no picture to read again yet; type a path.")
            elif printer.tell(path):
                last = path
    if sys.stdin is not None and sys.stdin.isatty():
        sys.stderr.write("\n")  # the cursor stands behind the question


def _ask() -> str:
    """One line from the person; the question is no data, so a pipe does not get it."""
    if sys.stdin is None:
        raise EOFError
    if sys.stdin.isatty() and sys.stdout.isatty():
        with contextlib.suppress(ImportError):  # it lets a line be edited; Windows has none
            import readline  # noqa: F401
        return input(PROMPT)
    sys.stderr.write(PROMPT)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


def _typed(line: str) -> Path | None:
    """The path a person typed, or dropped into the terminal with quotes around it."""
    text = line.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    if not text:
        return None
    try:
        return Path(text).expanduser()
    except RuntimeError:  # ~someone who is not there
        return Path(text)
