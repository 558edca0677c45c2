"""What `train` says while it works: a progress bar and lines for people, or JSON for programs."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from engine.plural import counted
from engine.training import events
from engine.training.metrics import interval
from engine.training.run import Run
from numrec_tui.accuracy import spread, with_interval
from numrec_tui.cli.adviser import Advised
from numrec_tui.cli.scores import Listener, Table, tensorboard
from numrec_tui.report import EVIDENCE, REASONS

NO_BETTER = "That is no better than guessing: always saying the most frequent class does as well."


class Narrator(Protocol):
    """Somebody who is told what happens, and where the model is; None if it is not saved."""

    def __call__(self, event: events.Event | Advised, model: Path | None) -> None:
        """Tell about an event, or what advice there is."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How much is told, in which form, and where else."""

    json: bool = False
    quiet: bool = False
    csv: Path | None = None
    tensorboard: Path | None = None
    note: str = ""
    """What people are told at the start."""


@contextmanager
def narrator(telling: Telling, run: Run) -> Iterator[Narrator]:
    """The right narrator; its progress bar is gone when the block is left."""
    with ExitStack() as stack:
        scores: list[Listener] = [Table(telling.csv, run.history)] if telling.csv else []
        if telling.tensorboard:
            scores.append(stack.enter_context(tensorboard(telling.tensorboard)))
        if telling.json:
            story: Narrator = JsonLines()
        else:
            console = Console(stderr=True, highlight=False, quiet=telling.quiet)
            bar = stack.enter_context(_bar(console))
            story = Story(console, bar, run.hyperparameters.epochs, telling.note)

        def tell(event: events.Event | Advised, model: Path | None) -> None:
            if not isinstance(event, Advised):
                for score in scores:
                    score(event)
            story(event, model)

        yield tell


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("epoch {task.fields[epoch]}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%  {task.fields[speed]}"),
        TimeLeft(compact=True),
        console=console,
        transient=True,
        disable=not console.is_terminal or console.quiet,
    )


class TimeLeft(TimeRemainingColumn):
    """Nothing until there is enough evidence of the pace."""

    def render(self, task: Task) -> Text:
        """The time left, or a blank."""
        return super().render(task) if (task.elapsed or 0) >= EVIDENCE else Text()


class Story:
    """Tells people: a line an epoch and a bar on stderr, the result on stdout."""

    def __init__(self, console: Console, bar: Progress, epochs: int, note: str = "") -> None:
        self._console = console
        self._bar = bar
        self._epochs = epochs
        self._note = note
        self._task = bar.add_task("training", total=None, epoch=f"1/{epochs}", speed="")
        self._images = 0
        self._seconds = 0.0

    def __call__(self, event: events.Event | Advised, model: Path | None) -> None:
        """A line for the start, each epoch and the end, a move of the bar for each batch."""
        match event:
            case events.Stopped():
                self._tell_the_end(event, model)
            case events.Started():
                settings = event.hyperparameters
                if self._note:
                    self._console.print(self._note, soft_wrap=True)
                self._console.print(
                    f"{counted(event.parameters, 'parameter')}, "
                    f"{counted(event.train_images, 'image')} to learn "
                    f"from, {event.validation_images:,} to validate on; {settings.optimizer}, "
                    f"learning rate {settings.learning_rate:g}, batch size {settings.batch_size}; "
                    f"{event.learned_by}."
                )
            case events.Progress():
                self._images += event.images
                self._seconds += event.seconds
                self._bar.update(
                    self._task,
                    total=self._epochs * event.batches,
                    completed=(event.epoch - 1) * event.batches + event.batch,
                    epoch=f"{event.epoch}/{self._epochs}",
                    speed=f"{self._images / max(self._seconds, 1e-9):,.0f} images/s",
                )
            case events.EpochDone():
                self._images, self._seconds = 0, 0.0
                self._console.print(
                    f"epoch {event.epoch:3}   train {event.train_accuracy:7.2%}   validation "
                    f"{event.validation_accuracy:7.2%}{_spread(event)}   {event.seconds:.2f} s   "
                    f"{event.images_per_second:,.0f} images/s",
                    soft_wrap=True,
                )

            case Advised():
                self._console.print(f"Advice: {event.advice}.", style="bold")

    def _tell_the_end(self, event: events.Stopped, model: Path | None) -> None:
        """How it ended, on stdout."""
        self._bar.stop()
        test = event.test
        score = with_interval(test.accuracy, test.images) if test else ""
        score = score and f"; {score} of the test digits read right"
        epochs = counted(event.epoch, "epoch")
        reason = REASONS[event.reason].capitalize()
        print(f"{reason} after {epochs}, {event.seconds:.1f} s{score}.")  # noqa: T201
        if event.better_than_guessing is False:
            print(NO_BETTER)  # noqa: T201
        if model is not None:
            print(f"Saved to {model}")  # noqa: T201
        if event.reason == "interrupted":
            self._console.print("numrec-tui train --resume last goes on.")


class JsonLines:
    """Tells programs: one JSON object a line on stdout."""

    def __init__(self) -> None:
        self._images = 0
        """Those that validate."""

    def __call__(self, event: events.Event | Advised, model: Path | None) -> None:
        """A line for the start, each epoch and the end."""
        match event:
            case events.Started():
                self._images = event.validation_images
                _print(
                    event="started",
                    hyperparameters=event.hyperparameters.model_dump(mode="json"),
                    parameters=event.parameters,
                    train_images=event.train_images,
                    validation_images=event.validation_images,
                    learned_by=event.learned_by,
                )
            case events.EpochDone():
                _print(
                    event="epoch",
                    epoch=event.epoch,
                    train_loss=event.train_loss,
                    train_accuracy=event.train_accuracy,
                    validation_loss=event.validation_loss,
                    validation_accuracy=event.validation_accuracy,
                    validation_interval=_interval(event.validation_accuracy, self._images),
                    seconds=event.seconds,
                    images_per_second=event.images_per_second,
                )
            case Advised():
                _print(event="advice", epoch=event.epoch, advice=event.advice)
            case events.Stopped(test=test):
                _print(
                    event="stopped",
                    reason=event.reason,
                    epoch=event.epoch,
                    seconds=event.seconds,
                    validation_accuracy=event.validation_accuracy,
                    validation_interval=_interval(event.validation_accuracy, self._images),
                    test_accuracy=test.accuracy if test else None,
                    test_interval=_interval(test.accuracy, test.images) if test else None,
                    better_than_guessing=event.better_than_guessing,
                    model=None if model is None else str(model),
                )


def _spread(event: events.EpochDone) -> str:
    """The interval of a validation accuracy, where few images were scored."""
    more = spread(event.validation_accuracy, event.validation_images)
    return f" ({more})" if more else ""


def _interval(accuracy: float | None, images: int) -> tuple[float, float] | None:
    return None if accuracy is None or not images else interval(accuracy, images)


def _print(**values: Any) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()
