"""The IDX format of MNIST: a header of big-endian sizes, then bytes; plain or gzip.

    0, 0, 8, rank | size, size … (unsigned 32 bits each) | one unsigned byte a value

Rank 3 holds images (count, rows, columns) and rank 1 labels (count,).
Source: Y. LeCun, C. Cortes, C. Burges, The MNIST Database, section "File formats".
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from engine.errors import FormatError
from engine.files import write_atomic
from engine.nn.arrays import Bytes
from engine.plural import counted

UNSIGNED_BYTE = 8
LARGEST_FILE = 512 * 2**20
"""What a file may hold once unpacked, in bytes."""

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

    The same values always give the same bytes: no time and no name goes into the gzip header.

    Raises:
        SaveError: the file cannot be written.
    """
    header = bytes([0, 0, UNSIGNED_BYTE, values.ndim])
    sizes = np.array(values.shape, ">u4").tobytes()
    content = header + sizes + values.tobytes()
    if path.suffix == ".gz":
        content = gzip.compress(content, compresslevel=9, mtime=0)
    write_atomic(path, content)


def _read(path: Path, rank: int) -> Bytes:
    content = _content(path)
    if len(content) < 4:
        raise FormatError(path, "header", "at least 4 bytes", f"{len(content)}")
    if content[:3] != bytes([0, 0, UNSIGNED_BYTE]) or content[3] != rank:
        kind = "images" if rank == 3 else "labels"
        wanted = bytes([0, 0, UNSIGNED_BYTE, rank]).hex(" ")
        raise FormatError(path, "first 4 bytes", f"{wanted} (IDX {kind})", content[:4].hex(" "))
    start = 4 + 4 * rank
    if len(content) < start:
        raise FormatError(path, "header", f"{start} bytes", f"{len(content)}")
    sizes = [int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4)]
    if rank > 1 and 0 in sizes:
        raise FormatError(path, "header", "sizes above 0", " x ".join(map(str, sizes)))
    wanted_bytes = math.prod(sizes)
    if wanted_bytes != len(content) - start:
        shape = " x ".join(map(str, sizes))
        raise FormatError(
            path, f"after the header ({shape})", f"{wanted_bytes} bytes", f"{len(content) - start}"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(sizes)


def _content(path: Path) -> bytes:
    """The file's bytes, unpacked when its first two say gzip; never more than `LARGEST_FILE`."""
    try:
        if not path.is_file():
            raise FormatError(path, "file", "a file", "none" if not path.exists() else "a folder")
        if path.stat().st_size > LARGEST_FILE:
            raise FormatError(path, "size", f"at most {LARGEST_FILE} bytes", "more")
        packed = path.read_bytes()
    except OSError as error:
        raise FormatError(path, "file", "a readable file", str(error.strerror)) from error
    if not packed.startswith(_GZIP):
        return packed
    return _unpack(path, packed)


def _unpack(path: Path, packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        content = unpacker.decompress(packed, LARGEST_FILE)
    except zlib.error as error:
        raise FormatError(path, "gzip", "a whole gzip file", f"damage ({error})") from error
    if unpacker.unconsumed_tail:
        raise FormatError(path, "gzip", f"at most {LARGEST_FILE} bytes unpacked", "more")
    if not unpacker.eof:
        raise FormatError(path, "gzip", "a whole gzip file", "one that is cut short")
    if unpacker.unused_data:
        found = f"{counted(len(unpacker.unused_data), 'byte')} after it"
        raise FormatError(path, "gzip", "one gzip file and nothing more", found)
    return content
