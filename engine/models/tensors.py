"""Reading safetensors files with limits: what they hold is checked before it is believed.

Source: https://github.com/huggingface/safetensors, section "Format": 8 bytes of header length,
a header of JSON with strings under `__metadata__`, then the numbers.
"""

import json
import struct
from pathlib import Path

from safetensors import SafetensorError
from safetensors.numpy import load

from engine.errors import FormatError
from engine.nn.arrays import Array

LARGEST_HEADER = 2**20


def read_metadata(
    path: Path, content: bytes, key: str, what: str, largest: int = LARGEST_HEADER
) -> dict[str, str]:
    """The metadata of a file, `key` among it.

    content: the file's bytes. what: what the file is when it has that key. largest: header, bytes.

    Raises:
        FormatError: the header is damaged or too large, or has no such key.
    """
    if len(content) < 8:
        raise FormatError(path, "header", "at least 8 bytes", str(len(content)))
    (length,) = struct.unpack("<Q", content[:8])
    if length > min(largest, len(content) - 8):
        raise FormatError(path, "header", "a header that fits the file", f"{length} bytes")
    try:
        metadata: dict[str, str] = json.loads(content[8 : 8 + length])["__metadata__"]
        if not isinstance(metadata[key], str):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FormatError(path, "metadata", what, "something else") from error
    return metadata


def read_tensors(path: Path, content: bytes) -> dict[str, Array]:
    """The tensors of a file by name.

    Raises:
        FormatError: it is damaged.
    """
    try:
        tensors: dict[str, Array] = load(content)
    except (SafetensorError, KeyError, ValueError) as error:  # the last two: odd types and shapes
        raise FormatError(path, "tensors", "a whole safetensors file", str(error)) from error
    return tensors
