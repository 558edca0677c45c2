"""Opening the app: the digits are read while Textual is being imported."""

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import UsageError
from numrec_tui.cli.fetch import offer
from numrec_tui.cli.loading import find_data, named, reading_ahead, source_of
from numrec_tui.cli.settings import settings
from numrec_tui.terminal.signals import cleaning_up_on_signals

if TYPE_CHECKING:
    from numrec_tui.session.session import Session
    from numrec_tui.storage.aside_file import AsideFile, SetAside
    from numrec_tui.storage.checkpoints import FoundCheckpoint


def open_app(
    data: tuple[str, ...] | None = None,
    preset: str | None = None,
    model: Path | None = None,
    warm_start: Path | None = None,
    loss: str | None = None,
    resume: str | None = None,
    invert: bool = False,
    scale: bool = False,
    mode: str = "",
    subject: str = "",
) -> int:
    """Open the app on a data set, or on a run that was left; returns the exit code.

    mode: the one to begin with; the first unless given. subject: what the mode is to begin
    with, such as a lesson.
    A run that an experiment had set aside when the app was killed comes back, unless another is
    asked for.

    Raises:
        EngineError: a file cannot be read, the preset is unknown, or there is no terminal.
    """
    if resume is not None and (preset or model or warm_start):
        raise UsageError(
            "A run that goes on has its settings and weights; leave out --preset, --model and "
            "--warm-start."
        )
    settings(preset, None, None)  # a wrong preset is reported before anything is read
    if not all(stream and stream.isatty() for stream in (sys.stdin, sys.stderr)):
        raise UsageError("The app needs a terminal; `numrec-tui train` works without one.")
    from numrec_tui.terminal.allocator import give_back_memory

    _speak_utf8()
    from numrec_tui.storage.aside_file import AsideFile
    from numrec_tui.storage.paths import (
        aside_folder,
        checkpoints_folder,
        history_file,
        models_folder,
    )

    give_back_memory()  # before there are threads, each with a pool of its own

    found = None
    aside = AsideFile(aside_folder())
    left = _left_by_an_experiment(aside, asked=any((resume, data, preset, model, warm_start)))
    if resume is not None:
        from numrec_tui.storage.checkpoints import find

        found = find(checkpoints_folder(), resume)
    if left is not None:
        found, data = left.found(), (left.source,)
    if data is None:
        data = (found.checkpoint.facts.origin.source if found else "bundled",)
    source = source_of(named(data, invert, scale))
    with cleaning_up_on_signals():
        offer(source)
    digits = reading_ahead(source)
    from engine.models.files import load as load_model
    from engine.training.run import architecture
    from numrec_tui.app import run_app
    from numrec_tui.cli.job import Start
    from numrec_tui.history.history import History
    from numrec_tui.session.config import SessionConfig
    from numrec_tui.session.session import Session

    start = load_model(model, loss) if model else None
    donor = Start(model, warm_start).donor
    settled = architecture(start.network) if start else {}
    read, history = digits(), History(history_file())
    session = Session(
        SessionConfig(
            read,
            left.settings if left else settings(preset, None, None, settled, read),
            models_folder(),
            source=source,
            find=find_data,
            checkpoints=checkpoints_folder(),
            model=start,
            first_layer=donor,
            history=history,
            found=found,
            preset=left.preset if left else preset or "default",
            aside=aside_folder(),
            gentle_start=found is None and history.is_new,
        )
    )
    aside.remove()  # what it held stands by now
    told = found.passed_over if found else ()
    if left is not None:
        _turn_to(session, found, left)
        told += (GONE if left.checkpoints and found is None else BACK,)
    return run_app(session, told, mode, subject)


BACK = "An experiment was cut short; your run and settings are back as they were."


GONE = "An experiment was cut short; your settings are back, but your run cannot be read any more."


def _left_by_an_experiment(aside: "AsideFile", asked: bool) -> "SetAside | None":
    """What an experiment had set aside when its app was killed; None if nothing, or `asked`.

    asked: whether the command line asks for something else. The run is offered again then.
    """
    left = aside.left()
    if left is not None:
        left.unmark()
    return None if asked else left


def _turn_to(session: "Session", found: "FoundCheckpoint | None", left: "SetAside") -> None:
    """Set what had been turned for the next run, or for this one once it goes on."""
    if found is None:
        return
    used = found.checkpoint.facts.hyperparameters
    for name in type(used).model_fields:
        if getattr(used, name) != getattr(left.settings, name):
            session.change(name, getattr(left.settings, name))


def _speak_utf8() -> None:
    """Let the screen be drawn in UTF-8, whatever the locale says; terminals have known it for long.

    A letter that is none, as in a path of any bytes, becomes a question mark.
    """
    for stream in (sys.__stdout__, sys.__stderr__):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
