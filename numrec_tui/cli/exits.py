"""How the program ends: exit codes, and one sentence on stderr for every mistake."""

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO, cast

from engine.errors import EngineError, SettingsError, UsageError
from numrec_tui.cli.hints import with_flags
from numrec_tui.text.escaping import PrintableStream, printable

DONE, FAILED, WRONG_USAGE, TARGET_MISSED, INTERRUPTED, NOBODY_READS = 0, 1, 2, 3, 130, 141
"""Exit codes. A run ended by SIGTERM or SIGHUP gives 143 or 129."""


def run_and_report(do: Callable[[], int]) -> int:
    """Do something; returns the exit code, after a sentence if it was a mistake.

    While it is done, stdout and stderr show nothing but printable text, whatever writes to them.
    """
    _make_streams_ready()
    with _printable_streams():
        code = _run(do)
        _report_plug_ins()
        return code


def _report_plug_ins() -> None:
    """Say which plug-ins failed, if any was asked for; what was done did without them."""
    registry = sys.modules.get("engine.registry")
    for problem in registry.PLUG_INS.take_problems() if registry is not None else ():
        complain(problem)


def _run(do: Callable[[], int]) -> int:
    try:
        code = do()
        sys.stdout.flush()
        return code
    except (SettingsError, UsageError) as error:
        return complain(with_flags(error), WRONG_USAGE)
    except EngineError as error:
        return complain(with_flags(error), FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        give_up_output()
        return NOBODY_READS
    except (MemoryError, OSError) as error:
        return complain(_refused(error), FAILED)


def _refused(error: MemoryError | OSError) -> str:
    """What the system does not give or do, in a sentence."""
    if isinstance(error, MemoryError):
        from engine.training.memory import sentence  # by now it is nearly always imported

        return sentence(error)
    give_up_output()
    what = f"Cannot use {error.filename}" if error.filename else "Cannot write"
    return f"{what}: {error.strerror or error}."


def complain(sentence: str, code: int = FAILED) -> int:
    """Say on stderr what went wrong; returns the code."""
    sys.stderr.write(f"numrec-tui: {printable(sentence)}\n")
    sys.stderr.flush()
    return code


def _make_streams_ready() -> None:
    """What is closed leads nowhere, and what an output cannot show is replaced."""
    for name in ("stdin", "stdout", "stderr"):  # in the order of the numbers that are free
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: PTH123, SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


@contextmanager
def _printable_streams() -> Iterator[None]:
    before = sys.stdout, sys.stderr
    if not isinstance(sys.stdout, PrintableStream):
        sys.stdout, sys.stderr = (cast(TextIO, PrintableStream(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def give_up_output() -> None:
    """Nobody takes it; else Python would try again at exit to write what is still waiting."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
