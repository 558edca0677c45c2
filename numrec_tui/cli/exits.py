"""How the program ends: exit codes, and one sentence on stderr for every mistake."""

import sys
from collections.abc import Callable

from engine.errors import EngineError, SettingsError, UsageError

DONE, FAILED, WRONG_USAGE, TARGET_MISSED, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes. A run ended by SIGTERM or SIGHUP gives 143 or 129."""


def told(do: Callable[[], int]) -> int:
    """Do something; returns the exit code, after a sentence if it was a mistake."""
    try:
        return do()
    except (SettingsError, UsageError) as error:
        return _complain(str(error), WRONG_USAGE)
    except EngineError as error:
        return _complain(str(error), FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED


def _complain(sentence: str, code: int) -> int:
    if sys.stderr is not None:
        sys.stderr.write(f"numrec-tui: {sentence}\n")
    return code
