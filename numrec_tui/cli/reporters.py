"""What `train` says while it works: a progress bar and lines for people, or JSON for programs."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from rich.progress import BarColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from engine.plural import counted
from engine.training import events
from engine.training.metrics import interval
from engine.training.run import Run
from numrec_tui.cli.adviser import Advised
from numrec_tui.cli.exits import complain
from numrec_tui.cli.loggers import Listener, Patient, Table, tensorboard
from numrec_tui.cli.output import console, say, say_json
from numrec_tui.insight.accuracy import spread, with_interval
from numrec_tui.session.report import EVIDENCE, REASONS
from numrec_tui.session.run_files import Saving
from numrec_tui.text.console import PrintableConsole

Reported: TypeAlias = events.Event | Advised | Saving
"""The events that are reported."""

NO_BETTER = "That is no better than guessing: always saying the most frequent class does as well."


class Narrator(Protocol):
    """A listener to events, and the path of the model; None if it is not saved."""

    def __call__(self, event: Reported, model: Path | None) -> None:
        """Tell about an event, or what advice there is."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How much is reported, in which form, and where else."""

    json: bool = False
    quiet: bool = False
    csv: Path | None = None
    tensorboard: Path | None = None
    note: str = ""
    """What is reported at the start."""
    second: bool = False
    """Whether a second set is scored."""


@contextmanager
def narrator(telling: Telling, run: Run) -> Iterator[Narrator]:
    """The right narrator; its progress bar is gone when the block is left."""
    with ExitStack() as stack:
        tables: list[Listener] = (
            [Table(telling.csv, run.history, telling.second)] if telling.csv else []
        )
        if telling.tensorboard:
            tables.append(stack.enter_context(tensorboard(telling.tensorboard)))
        scores = [Patient(table, complain) for table in tables]
        if telling.json:
            story: Narrator = JsonLines()
        else:
            drawn = console(quiet=telling.quiet)
            bar = stack.enter_context(_bar(drawn))
            story = Story(drawn, bar, run.hyperparameters.epochs, telling.note)

        def tell(event: Reported, model: Path | None) -> None:
            if not isinstance(event, Advised | Saving):
                for score in scores:
                    score(event)
            story(event, model)

        yield tell


def _bar(console: PrintableConsole) -> Progress:
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

    def __init__(
        self, console: PrintableConsole, bar: Progress, epochs: int, note: str = ""
    ) -> None:
        self._console = console
        self._bar = bar
        self._epochs = epochs
        self._note = note
        self._task = bar.add_task("training", total=None, epoch=f"1/{epochs}", speed="")
        self._images = 0
        self._seconds = 0.0
        self._second = ""

    def __call__(self, event: Reported, model: Path | None) -> None:
        """A line for the start, each epoch and the end, a move of the bar for each batch."""
        match event:
            case events.Stopped():
                self._tell_the_end(event, model)
            case events.Started():
                settings = event.hyperparameters
                self._second = event.second
                beside = f", {event.second_images:,} of {event.second} beside" * bool(event.second)
                if self._note:
                    self._console.print(self._note, soft_wrap=True)
                self._console.print(
                    f"{counted(event.parameters, 'parameter')}, "
                    f"{counted(event.train_images, 'image')} to learn "
                    f"from, {event.validation_images:,} to validate on{beside}; "
                    f"{settings.optimizer}, learning rate {settings.learning_rate:g}, "
                    f"batch size {settings.batch_size}; {event.learned_by}."
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
                    f"{event.validation_accuracy:7.2%}{_spread(event)}{self._beside(event)}   "
                    f"{event.seconds:.2f} s   "
                    f"{event.images_per_second:,.0f} images/s",
                    soft_wrap=True,
                )

            case events.WorkersReplaced():
                self._console.print(str(event), soft_wrap=True)
            case Advised():
                self._console.print(f"Advice: {event.advice}.", style="bold")

    def _beside(self, event: events.EpochDone) -> str:
        """The score of the second set, by its name."""
        score = event.second_accuracy
        return "" if score is None else f"   {self._second} {score:7.2%}"

    def _tell_the_end(self, event: events.Stopped, model: Path | None) -> None:
        """How it ended, on stdout."""
        self._bar.stop()
        test = event.test
        score = with_interval(test.accuracy, test.images) if test else ""
        score = score and f"; {score} of the test digits read right"
        epochs = counted(event.epoch, "epoch")
        reason = REASONS[event.reason].capitalize()
        say(f"{reason} after {epochs}, {event.seconds:.1f} s{score}.")
        if event.better_than_guessing is False:
            say(NO_BETTER)
        if model is not None:
            say(f"Saved to {model}")
        if event.reason == "interrupted" and model is not None:
            self._console.print("numrec-tui train --resume last goes on.")


class JsonLines:
    """Tells programs: one JSON object a line on stdout."""

    def __init__(self) -> None:
        self._images = 0
        """Those that validate."""

    def __call__(self, event: Reported, model: Path | None) -> None:
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
                    **({"second": event.second} if event.second else {}),
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
                    **_second(event),
                    seconds=event.seconds,
                    images_per_second=event.images_per_second,
                )
            case events.WorkersReplaced():
                complain(str(event))
                _print(
                    event="team",
                    how=event.how,
                    processes=event.processes,
                    fewer=event.fewer,
                    losses=event.losses,
                )
            case Advised():
                _print(event="advice", epoch=event.epoch, advice=event.advice)
            case Saving(notice=None):
                _print(event="saving", problem=event.problem, seconds_at_risk=event.at_risk)
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
                    **({"team": event.team} if event.team else {}),
                )


def _spread(event: events.EpochDone) -> str:
    """The interval of a validation accuracy, where few images were scored."""
    more = spread(event.validation_accuracy, event.validation_images)
    return f" ({more})" if more else ""


def _second(event: events.EpochDone) -> dict[str, float | None]:
    """The scores of a second set, where there is one."""
    if event.second_accuracy is None:
        return {}
    return {"second_loss": event.second_loss, "second_accuracy": event.second_accuracy}


def _interval(accuracy: float | None, images: int) -> tuple[float, float] | None:
    return None if accuracy is None or not images else interval(accuracy, images)


def _print(**values: Any) -> None:
    say_json(values)
    sys.stdout.flush()
