"""The first thing that a process of a team does: fall silent. Only then is the rest imported.

Whatever may fail in between would else write over somebody's screen.
"""

import os
from typing import Any


def join(buffer: Any, pipe: Any) -> None:
    """Become a member of a team: its plan comes by the pipe."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    for library in ("OPENBLAS", "MKL", "VECLIB", "OMP"):
        os.environ[f"{library}_{'MAXIMUM' if library == 'VECLIB' else 'NUM'}_THREADS"] = "1"
    from engine.training.member import work

    work(pipe.recv(), buffer, pipe)
