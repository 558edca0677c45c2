"""How runs are drawn side by side, and how a run under way stands among those of the history."""

import json
from collections.abc import Iterable, Sequence

from numrec_tui.charts.picture import DOT, LINE, Curve
from numrec_tui.history.differences import told_apart
from numrec_tui.history.history import EpochScores, PastRun
from numrec_tui.session.report import Point, Report

NOW = 0
"""Stands for the run of this app, which no run of the history has for a number."""


DOTS = ("", DOT, "×", "+")
"""The points of curves side by side; the first is a line."""


def dot(index: int) -> str:
    """The points of a curve: four of them all differ, and of sixteen no two in one color."""
    return DOTS[(index + index // len(DOTS)) % len(DOTS)]


def sign(index: int) -> str:
    """What stands beside a run whose curve is drawn."""
    return f"{dot(index)} " if dot(index) else LINE


def labels(runs: Sequence[PastRun]) -> list[str]:
    """Of each run its number and name, and in what its settings differ from those beside it."""
    apart = told_apart([json.loads(run.settings) for run in runs])
    names = (run.name if run.id == NOW else f"#{run.id} {run.name}".rstrip() for run in runs)
    return [f"{name} {differs}".rstrip() for name, differs in zip(names, apart, strict=True)]


def curve(label: str, scores: Iterable[EpochScores | Point], loss: bool, index: int) -> Curve:
    """The validation accuracies or losses of a run, without those that are no numbers."""
    known = [(float(point.epoch), _value(point, loss)) for point in scores]
    kept = [(epoch, value) for epoch, value in known if value is not None]
    x, y = tuple(epoch for epoch, _ in kept), tuple(value for _, value in kept)
    points = dot(index)
    return Curve(label, x, y, joined=not points, dot=points or DOT)


def _value(point: EpochScores | Point, loss: bool) -> float | None:
    if isinstance(point, EpochScores):
        return point.validation_loss if loss else point.validation_accuracy
    return point.loss if loss else point.accuracy


def as_row(report: Report) -> PastRun | None:
    """The run under way, as far as its report tells; None before it has begun."""
    if report.state == "ready":
        return None
    settings, stopped = report.running, report.stopped
    accuracies = [point.accuracy for point in report.validated]
    sizes = (report.validation.pixels.shape[1], *settings.hidden, report.validation.classes)
    seconds = round(report.seconds, 1) if report.seconds < 10 else float(int(report.seconds))
    return PastRun(
        id=NOW,
        name=f"#{report.number} now" if report.number else "now",
        note="",
        begun=0.0,
        ended=0.0,
        program="",
        data=report.data,
        network="-".join(map(str, sizes)),
        optimizer=settings.optimizer,
        learning_rate=settings.learning_rate,
        seed=settings.seed,
        parameters=report.parameters,
        processes=str(settings.processes),
        epochs=report.epoch,
        seconds=seconds,
        best=max(accuracies, default=None),
        final=accuracies[-1] if accuracies else None,
        test=stopped.test.accuracy if stopped and stopped.test else None,
        reason=stopped.reason if stopped else report.state,
        model="",
        checkpoints=None,
        settings=json.dumps(settings.model_dump(mode="json")),
    )
