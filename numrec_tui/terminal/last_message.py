"""The last lines on stderr, written if it can still be written to."""

import os
from typing import TextIO

from numrec_tui.text.escaping import printable


def say(text: str, stream: TextIO | None = None) -> None:
    """Print a line, if there still is somebody to read it. stream: stdout, unless another."""
    try:
        print(printable(text), file=stream, flush=True)
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for number in (1, 2):  # or Python tries again to empty them at exit, and fails
            os.dup2(nowhere, number)
