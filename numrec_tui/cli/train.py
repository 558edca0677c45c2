"""`numrec-tui train`: a run from start to end without a screen."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Annotated

from cyclopts import Parameter

from engine.errors import SaveError
from engine.models.safetensors_file import save as save_model
from engine.training.events import Stopped
from engine.training.loop import train as train_events
from engine.training.run import Run, new_run, to_model
from numrec_tui.cli.commands import DONE, FAILED, TARGET_MISSED
from numrec_tui.cli.data import DataFlag, load_data
from numrec_tui.cli.flags import ConfigFlag, HyperparameterFlags, PresetFlag, settings
from numrec_tui.cli.narration import narrator
from numrec_tui.settings import models_folder


def train(
    *,
    data: DataFlag = None,
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
    if save is not None:
        _check_writable(save)
    digits = load_data(data)
    split = digits.split(chosen.validation, chosen.validation_fraction, chosen.seed)
    run = new_run(chosen, split.train.pixels.shape[1], split.train.classes)
    target = save or _default_file(digits.name)
    signals: list[int] = []
    with interruptible(run, signals), narrator(json, chosen.epochs) as tell:
        for event in train_events(run, split):
            if isinstance(event, Stopped):
                _save(run, target, digits.name)
                tell.stopped(event, target)
            else:
                tell.event(event)
    if signals:
        return 128 + signals[0]
    return _exit_code(run)


def _exit_code(run: Run) -> int:
    if run.stopped == "diverged":
        return FAILED
    wanted = run.hyperparameters.target_accuracy
    reached = (run.validation_accuracy or 0) >= wanted
    return DONE if reached or wanted == 1 else TARGET_MISSED


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


def _default_file(data: str) -> Path:
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    return models_folder() / f"{data}-{stamp}.safetensors"


def _save(run: Run, target: Path, data: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    save_model(target, to_model(run, data))


def _check_writable(path: Path) -> None:
    """Fail before training rather than after it.

    Raises:
        SaveError: the folder of `path` is missing, or `path` is a folder.
    """
    if path.is_dir():
        raise SaveError(f"Cannot save to {path}: it is a folder; name a file in it.")
    if not path.absolute().parent.is_dir():
        raise SaveError(f"Cannot save to {path}: there is no folder {path.absolute().parent}.")
