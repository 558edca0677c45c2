"""Opening the app: the digits are read while Textual is being imported."""

from pathlib import Path

from engine.errors import UsageError
from numrec_tui.cli.chosen import settings
from numrec_tui.cli.data import find_data, mended, reading_ahead, source_of
from numrec_tui.cli.fetch import offer


def open_app(
    data: str | None = None,
    preset: str | None = None,
    model: Path | None = None,
    loss: str | None = None,
    resume: str | None = None,
    invert: bool = False,
    scale: bool = False,
) -> int:
    """Open the app on a data set, or on a run that was left; returns the exit code.

    Raises:
        EngineError: a file cannot be read, the preset is unknown, or there is no terminal.
    """
    import sys

    if resume is not None and (preset or model):
        raise UsageError("A run that goes on has its settings; leave out --preset and --model.")
    settings(preset, None, None)  # a wrong preset is told before anything is read
    if not all(stream and stream.isatty() for stream in (sys.stdin, sys.stderr)):
        raise UsageError("The app needs a terminal; `numrec-tui train` works without one.")
    from numrec_tui.settings import checkpoints_folder, history_file, models_folder

    found = None
    if resume is not None:
        from numrec_tui.keeper import find

        found = find(checkpoints_folder(), resume)
    if data is None:
        data = found.checkpoint.facts.origin.source if found else "bundled"
    source = source_of(mended(data, invert, scale))
    offer(source)
    digits = reading_ahead(source)
    from engine.models.files import load as load_model
    from engine.training.run import architecture
    from numrec_tui.app import run_app
    from numrec_tui.history import History
    from numrec_tui.session import Session

    start = load_model(model, loss) if model else None
    settled = architecture(start.network) if start else {}
    read = digits()
    session = Session(
        read,
        settings(preset, None, None, settled, read),
        models_folder(),
        source=source,
        find=find_data,
        checkpoints=checkpoints_folder(),
        model=start,
        history=History(history_file()),
        found=found,
        preset=preset or "default",
    )
    return run_app(session)
