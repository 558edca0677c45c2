"""Opening the app: the digits are read while Textual is being imported."""

from concurrent.futures import ThreadPoolExecutor

from engine.errors import UsageError
from numrec_tui.cli.data import load_data
from numrec_tui.cli.flags import settings


def open_app(data: str, preset: str | None) -> int:
    """Open the app on a data set; returns the exit code.

    Raises:
        EngineError: the data cannot be read, the preset is unknown, or there is no terminal.
    """
    import sys

    chosen = settings(preset, None, None)
    if not all(stream and stream.isatty() for stream in (sys.stdin, sys.stderr)):
        raise UsageError("The app needs a terminal; `numrec-tui train` works without one.")
    with ThreadPoolExecutor(1) as reader:
        reading = reader.submit(load_data, data)
        from numrec_tui.app import run_app
        from numrec_tui.session import Session
        from numrec_tui.settings import models_folder

        session = Session(reading.result(), chosen, models_folder())
    return run_app(session)
