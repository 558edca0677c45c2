"""The entry point of a worker process: it silences stdout and stderr, then imports the rest.

Otherwise an import that fails would write over the screen of the app.
"""

import os
from typing import Any


def join(buffer: Any, pipe: Any) -> None:
    """Become a worker of a pool, with the plan that comes through the pipe."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    for library in ("OPENBLAS", "MKL", "VECLIB", "OMP"):
        os.environ[f"{library}_{'MAXIMUM' if library == 'VECLIB' else 'NUM'}_THREADS"] = "1"
    from engine.training.parallel.worker import work

    work(pipe.recv(), buffer, pipe)
