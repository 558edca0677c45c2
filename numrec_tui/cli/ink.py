"""Pictures in plain characters, for what goes to stdout."""

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray


def picture_lines(ink: NDArray[np.bool_]) -> list[str]:
    """Pictures side by side; a character is two pixels, one above the other, ink or none.

    ink (n, rows, columns) -> ceil(rows / 2) lines.
    """
    ink = np.pad(ink, ((0, 0), (0, ink.shape[1] % 2), (0, 2)))  # two blanks between pictures
    marks: NDArray[Any] = ink[:, 0::2] + 2 * ink[:, 1::2]
    characters = _half_blocks()
    lines = np.concatenate(list(marks), axis=1).tolist()
    return ["".join(characters[mark] for mark in line).rstrip() for line in lines]


def _half_blocks() -> str:
    """Nothing, above, below, both; in ASCII where the output knows nothing else."""
    try:
        " ▀▄█".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return " '.#"
    return " ▀▄█"
