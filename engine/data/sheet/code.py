"""The squares of a sheet, black for 1: its layout, its page and the names of its classes.

The first row is 11 bytes: version, paper, classes, cells a class, page (from 0), bytes of names
(2, the higher first), and the CRC-32 of these seven. In the rows below are the names in UTF-8,
one a line, and the CRC-32 of the first row and them. So that no part is all black or all white,
every other square is inverted, as on a chessboard.
"""

from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from engine.data.sheet.layout import ACROSS, FEWEST, MOST, MOST_EACH, PAPERS, Layout

Squares = NDArray[np.bool_]
"""Rows of squares (rows, 88), black where true."""

VERSION = 1
LARGEST_NAMES = 240
"""Bytes of names that a sheet holds; names that are longer have to be told when it is read."""


def name_bytes(names: tuple[str, ...]) -> bytes:
    """The names as the squares hold them; nothing where they are too long."""
    content = "\n".join(names).encode()
    return content if len(content) <= LARGEST_NAMES else b""


def encode(layout: Layout, page: int, names: tuple[str, ...]) -> Squares:
    """The squares of a page, from 0."""
    paper = list(PAPERS).index(layout.paper)
    facts = bytes((VERSION, paper, layout.classes, layout.each, page))
    row = _with_checksum(facts + layout.name_bytes.to_bytes(2, "big"))
    content = row
    if layout.name_bytes:
        held = name_bytes(names)
        content += held + crc32(row + held).to_bytes(4, "big")
    content = content.ljust(layout.code_rows * ACROSS // 8, b"\0")
    bits = np.unpackbits(np.frombuffer(content, np.uint8)).reshape(-1, ACROSS)
    return np.asarray(bits.astype(np.bool_) ^ _chessboard(len(bits)))


def decode_layout(squares: Squares) -> tuple[Layout, int] | None:
    """The layout and the page that the first row tells; None where it is damaged.

    squares: one row at least.
    """
    row = _content(squares[:1])
    facts = row[:7]
    if _with_checksum(facts) != row:
        return None
    version, paper, classes, each, page = facts[:5]
    length = int.from_bytes(facts[5:], "big")
    known = version == VERSION and paper < len(PAPERS) and length <= LARGEST_NAMES
    if not (known and FEWEST <= classes <= MOST and 1 <= each <= MOST_EACH):
        return None
    layout = Layout(list(PAPERS)[paper], classes, each, length)
    return (layout, page) if page < layout.pages else None


def decode_names(squares: Squares, layout: Layout) -> tuple[str, ...] | None:
    """The names that all rows tell; none where they hold none, None where they are damaged."""
    if not layout.name_bytes:
        return ()
    content = _content(squares[: layout.code_rows])
    end = ACROSS // 8 + layout.name_bytes
    if crc32(content[:end]).to_bytes(4, "big") != content[end : end + 4]:
        return None
    names = tuple(content[ACROSS // 8 : end].decode("utf-8", "replace").split("\n"))
    return names if len(names) == layout.classes else None


def _with_checksum(facts: bytes) -> bytes:
    return facts + crc32(facts).to_bytes(4, "big")


def _content(squares: Squares) -> bytes:
    return np.packbits(squares ^ _chessboard(len(squares))).tobytes()


def _chessboard(rows: int) -> Squares:
    board: Squares = np.indices((rows, ACROSS)).sum(axis=0) % 2 == 1
    return board
