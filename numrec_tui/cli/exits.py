"""How the program ends: exit codes, and one sentence on stderr for every mistake."""

import io
import os
import sys
from collections.abc import Callable

from engine.errors import EngineError, SettingsError, UsageError

DONE, FAILED, WRONG_USAGE, TARGET_MISSED, INTERRUPTED, NOBODY_READS = 0, 1, 2, 3, 130, 141
"""Exit codes. A run ended by SIGTERM or SIGHUP gives 143 or 129."""


def told(do: Callable[[], int]) -> int:
    """Do something; returns the exit code, after a sentence if it was a mistake."""
    _make_streams_ready()
    try:
        code = do()
        sys.stdout.flush()
        return code
    except (SettingsError, UsageError) as error:
        return complain(str(error), WRONG_USAGE)
    except EngineError as error:
        return complain(str(error), FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        give_up_output()
        return NOBODY_READS
    except OSError as error:
        give_up_output()
        what = f"Cannot use {error.filename}" if error.filename else "Cannot write"
        return complain(f"{what}: {error.strerror or error}.", FAILED)


def complain(sentence: str, code: int = FAILED) -> int:
    """Say on stderr what went wrong; returns the code."""
    lines = map(printable, sentence.split("\n"))
    sys.stderr.write("numrec-tui: " + "\n".join(lines) + "\n")
    sys.stderr.flush()
    return code


def printable(text: str) -> str:
    """Text on one line: a file's name may hold what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _make_streams_ready() -> None:
    """What is closed leads nowhere, and what an output cannot show is replaced."""
    for name in ("stdin", "stdout", "stderr"):  # in the order of the numbers that are free
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: PTH123, SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def give_up_output() -> None:
    """Nobody takes it; else Python would try again at exit to write what is still waiting."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
