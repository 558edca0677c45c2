"""The IDX format of MNIST: a header of big-endian sizes, then bytes; plain or gzip.

    0, 0, 8, rank | size, size … (unsigned 32 bits each) | one unsigned byte a value

Rank 3 holds images (count, rows, columns) and rank 1 labels (count,).
Source: Y. LeCun, C. Cortes, C. Burges, The MNIST Database, section "File formats".
"""

import gzip
import math
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine.atomic_write import write_atomic
from engine.errors import FormatError
from engine.nn.arrays import Bytes
from engine.plural import counted
from engine.read_file import open_file

UNSIGNED_BYTE = 8
LARGEST_FILE = 512 * 2**20
"""What a file may hold once unpacked, in bytes."""

PIECE = 2**17
"""How much is read or unpacked at once, in bytes."""

CHECKED_FIRST = 2**27
"""Values above which a file is read through before memory is taken for it."""

_GZIP = b"\x1f\x8b"


def read_images(path: Path) -> Bytes:
    """Images (count, rows, columns), 0-255, top row first.

    Raises:
        FormatError: the file is not whole IDX images, plain or gzip.
    """
    return _read(path, rank=3)


def read_labels(path: Path, classes: int) -> Bytes:
    """Labels (count,), each below `classes`.

    Raises:
        FormatError: the file is not whole IDX labels, or one of them is too large.
    """
    labels = _read(path, rank=1)
    wrong = np.flatnonzero(labels >= classes)
    if wrong.size:
        first = int(wrong[0])
        raise FormatError(
            path, f"label {first}", f"a class from 0 to {classes - 1}", str(labels[first])
        )
    return labels


def write(path: Path, values: Bytes) -> None:
    """Write images or labels of any rank; gzip where the name ends in `.gz`.

    Raises:
        SaveError: the file cannot be written.
    """
    write_atomic(path, content_of(path, values))


def content_of(path: Path, values: Bytes) -> bytes:
    """What `write` puts into the file.

    The same values always give the same bytes: no time and no name goes into the gzip header.
    """
    header = bytes([0, 0, UNSIGNED_BYTE, values.ndim])
    sizes = np.array(values.shape, ">u4").tobytes()
    content = header + sizes + values.tobytes()
    if path.suffix == ".gz":
        content = gzip.compress(content, compresslevel=9, mtime=0)
    return content


def _read(path: Path, rank: int) -> Bytes:
    """The values of a file, plain or gzip; its header decides before anything else is unpacked."""
    try:
        with open_file(path, LARGEST_FILE) as file:
            sizes = _read_header(path, _unpacked(path, file), rank)
            if math.prod(sizes) > CHECKED_FIRST:  # what turns out to be damaged costs no memory
                file.seek(0)
                _fill(None, path, _unpacked(path, file), sizes)
            file.seek(0)
            values = np.empty(math.prod(sizes), np.uint8)
            _fill(values, path, _unpacked(path, file), sizes)
            return values.reshape(sizes)
    except MemoryError as error:
        raise FormatError(path, "size", "a set that fits into memory", "a larger one") from error


def _read_header(path: Path, pieces: Iterator[bytes], rank: int) -> list[int]:
    """The sizes of the array, once they are known to be possible."""
    head = b""
    while len(head) < _start(rank) and (piece := next(pieces, b"")):
        head += piece
    if len(head) < 4:
        raise FormatError(path, "header", "at least 4 bytes", f"{len(head)}")
    if head[:3] != bytes([0, 0, UNSIGNED_BYTE]) or head[3] != rank:
        kind = "images" if rank == 3 else "labels"
        wanted = bytes([0, 0, UNSIGNED_BYTE, rank]).hex(" ")
        raise FormatError(path, "first 4 bytes", f"{wanted} (IDX {kind})", head[:4].hex(" "))
    start = _start(rank)
    if len(head) < start:
        raise FormatError(path, "header", f"{start} bytes", f"{len(head)}")
    sizes = [int.from_bytes(head[at : at + 4], "big") for at in range(4, start, 4)]
    if rank > 1 and 0 in sizes:
        raise FormatError(path, "header", "sizes above 0", " x ".join(map(str, sizes)))
    return sizes


def _start(rank: int) -> int:
    """Where the values begin."""
    return 4 + 4 * rank


def _fill(values: Bytes | None, path: Path, pieces: Iterator[bytes], sizes: list[int]) -> None:
    """Put what follows the header into `values` (as many as the header says), or only count it."""
    wanted, at = math.prod(sizes), -_start(len(sizes))
    for piece in pieces:
        end = at + len(piece)
        if values is not None and end > 0 and end <= wanted:
            values[max(at, 0) : end] = np.frombuffer(piece, np.uint8)[max(-at, 0) :]
        at = end
        if at > wanted + PIECE:
            break
    if at != wanted:
        shape = " x ".join(map(str, sizes))
        found = str(at) if at <= wanted + PIECE else "more"
        raise FormatError(path, f"after the header ({shape})", f"{wanted} bytes", found)


def _unpacked(path: Path, file: BinaryIO) -> Iterator[bytes]:
    """The file's bytes piece by piece, unpacked when its first two say gzip.

    Raises:
        FormatError: it is a gzip file that is damaged, or unpacks to more than `LARGEST_FILE`.
    """
    piece = file.read(PIECE)
    if not piece.startswith(_GZIP):
        while piece:
            yield piece
            piece = file.read(PIECE)
        return
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    total = 0
    while not unpacker.eof:
        if not piece and not unpacker.unconsumed_tail:
            raise FormatError(path, "gzip", "a whole gzip file", "one that is cut short")
        try:
            content = unpacker.decompress(unpacker.unconsumed_tail + piece, PIECE)
        except zlib.error as error:
            raise FormatError(path, "gzip", "a whole gzip file", f"damage ({error})") from error
        total += len(content)
        if total > LARGEST_FILE:
            raise FormatError(path, "gzip", f"at most {LARGEST_FILE} bytes unpacked", "more")
        if content:
            yield content
        piece = b"" if unpacker.unconsumed_tail else file.read(PIECE)
    rest = len(unpacker.unused_data) + len(piece) + len(file.read(PIECE))
    if rest:
        raise FormatError(
            path, "gzip", "one gzip file and nothing more", f"{counted(rest, 'byte')} after it"
        )
