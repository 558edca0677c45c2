"""`numrec-tui train`: a run from start to end without a screen."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

from cyclopts import Parameter

from engine.errors import SaveError, TeamError
from engine.training.events import Stopped
from engine.training.loop import train as train_events
from engine.training.run import Run, new_run
from engine.training.threads import limit_threads
from numrec_tui.cli.commands import DONE, FAILED, TARGET_MISSED
from numrec_tui.cli.data import DataFlag, load_data
from numrec_tui.cli.flags import ConfigFlag, HyperparameterFlags, PresetFlag, settings
from numrec_tui.cli.narration import narrator
from numrec_tui.model_file import ModelFile, file_in
from numrec_tui.settings import models_folder


def train(
    *,
    data: DataFlag = "bundled",
    preset: PresetFlag = None,
    config: ConfigFlag = None,
    save: Annotated[
        Path | None, Parameter(help="where the model goes [the models folder of the app]")
    ] = None,
    json: Annotated[bool, Parameter(help="print one JSON object a line instead of text")] = False,
    flags: HyperparameterFlags = None,
) -> int:
    """Train without a screen.

    Ctrl-C stops after the batch under way and saves; a second one leaves at once.
    """
    chosen = settings(preset, config, flags)
    digits = load_data(data)
    file = ModelFile(save, digits.name) if save else file_in(models_folder(), digits.name)
    if save and not save.absolute().parent.is_dir():
        raise SaveError(f"Cannot save to {save}: there is no folder {save.absolute().parent}.")
    file.prepare()
    split = digits.split(chosen.validation, chosen.validation_fraction, chosen.seed)
    run = new_run(chosen, split.train.pixels.shape[1], split.train.classes)
    run.pace = PACE
    limit_threads(chosen.batch_size)
    signals: list[int] = []
    with interruptible(run, signals), narrator(json, chosen.epochs) as tell:
        try:
            for event in train_events(run, split):
                if isinstance(event, Stopped):
                    file.save(run)
                try:
                    tell(event, file.path)
                except BrokenPipeError:  # whoever read our output has gone: end, but save the run
                    signals.append(signal.SIGPIPE)
                    run.interrupt = True
                    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except TeamError as error:
            file.save(run)
            if signals:  # it reached the processes, too
                return 128 + signals[0]
            kept = f" Saved to {file.path}." if file.saved else ""
            raise TeamError(f"{error}{kept}") from error
    return 128 + signals[0] if signals else _exit_code(run)


PACE = 0.1
"""Seconds between two moves of the progress bar."""


def _exit_code(run: Run) -> int:
    if run.stopped == "diverged":
        sys.stderr.write(f"numrec-tui: {DIVERGED}\n")
        return FAILED
    wanted = "target_accuracy" in run.hyperparameters.model_fields_set
    return TARGET_MISSED if wanted and run.stopped != "target" else DONE


DIVERGED = (
    "The loss is no longer a finite number, so training stopped; try a smaller --learning-rate."
)


@contextmanager
def interruptible(run: Run, received: list[int]) -> Iterator[None]:
    """Make SIGINT, SIGTERM and SIGHUP end the run after its batch; a second one ends all."""

    def stop(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        run.interrupt = True
        if len(received) > 1:
            raise KeyboardInterrupt

    numbers = [
        getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
    ]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
