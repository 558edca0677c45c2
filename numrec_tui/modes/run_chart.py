"""The chart of the run under way: accuracy, loss or both, with the runs before to compare with."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Literal, TypeAlias

import numpy as np
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from engine.errors import EngineError
from numrec_tui.charts.chart import Chart
from numrec_tui.charts.picture import DOT, EPOCHS, SECOND_DOT, Curve, Mark, Picture
from numrec_tui.history.differences import told_apart
from numrec_tui.history.rates import rate_curve
from numrec_tui.session.report import Point, Report
from numrec_tui.storage.paths import exports_folder
from numrec_tui.text.setting_text import change_text

Quantity: TypeAlias = Literal["accuracy", "loss", "learning rate"]

SHOWN: tuple[tuple[Quantity, ...], ...] = (("accuracy",), ("loss",), ("accuracy", "loss"))
"""What is drawn, one after another."""

SMOOTHING = ((0.0, ""), (0.8, "smoothed"), (0.95, "very smooth"))
"""How the training curve is smoothed; 0.95 averages some 20 points, which are 2 seconds."""

LAST = (None, 10, 3)
"""How many epochs are seen; None is all of them."""

AXES = (EPOCHS, "update", "second")
"""What is counted along the chart, one after another."""

EARLIER_DOTS = ("+", "×", "∘")
"""The points of earlier runs, the latest first."""

LEAST_ROWS, LEAST_COLUMNS = 14, 90
"""Where two charts have room, one above the other or side by side."""

RUN_CHART_KEYS: tuple[BindingType, ...] = (
    Binding("l", "chart('shown')", "Loss", show=False, id="train.loss",
            tooltip="Loss in place of accuracy, then both where there is room"),
    Binding("k", "chart('smoothing')", "Smooth", show=False, id="train.smooth",
            tooltip="Smooth the training curve: lightly, strongly, not at all"),
    Binding("y", "chart('log')", "Log axis", show=False, id="train.log",
            tooltip="A logarithmic axis for the loss and the learning rate, or back"),
    Binding("x", "chart('last')", "Last epochs", show=False, id="train.last",
            tooltip="Only the last 10 epochs, the last 3, or all"),
    Binding("X", "chart('axis')", "Axis", show=False, key_display="X", id="train.axis",
            tooltip="Epochs, updates or seconds along the chart"),
    Binding("o", "chart('earlier')", "Earlier runs", show=False, id="train.earlier",
            tooltip="Hide the runs before this one on the chart, or show them"),
    Binding("e", "chart('rate')", "Rate", show=False, id="train.rate",
            tooltip="The learning rate in force below the chart, or in its place, or back"),
    Binding("w", "chart('export')", "Export chart", show=False, id="train.export",
            tooltip="Write the chart as SVG and its data as CSV"),
)  # fmt: skip
"""For the screen that the chart is on, whose action `chart` hands on to `RunChart.turn`."""


class RunChart(Container):
    """One chart or two with one cursor; keys turn what is drawn and how."""

    ALLOW_MAXIMIZE: ClassVar[bool | None] = True
    DEFAULT_CSS = """
    RunChart { width: 1fr; height: 1fr; layout: vertical; }
    RunChart.-beside { layout: horizontal; }
    """

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._charts = (Chart(hint), Chart(hint))
        self._report: Report | None = None
        self._earlier: dict[Quantity, list[Curve]] = {}
        self._shown = self._smoothing = self._last = self._axis = 0
        self._log, self._with_earlier, self._with_rate = False, True, False

    def compose(self) -> ComposeResult:
        """The second chart is hidden until both quantities are to be seen."""
        self._charts[1].display = False
        yield from self._charts

    def show(self, report: Report) -> None:
        """Draw the run's curves and those of the runs before it."""
        before, self._report = self._report, report
        if before is None or (before.earlier, before.running) != (report.earlier, report.running):
            self._earlier.clear()
        if before is not None and before.run != report.run:
            self._point(None)
        self._draw()

    def look_at(self, quantity: Literal["accuracy", "loss"]) -> None:
        """Show the accuracy or the loss alone, until a key turns that."""
        self._shown, self._with_rate = SHOWN.index((quantity,)), False
        self._draw()
        self.flush()

    def flush(self) -> None:
        """Draw what was shown last at once."""
        for chart in self._charts:
            chart.flush()

    def offers(self, what: str) -> bool:
        """Whether there is anything to turn."""
        if what == "log":
            return self._quantities != ("accuracy",)
        if what == "earlier":
            return bool(self._report and self._report.earlier)
        return True

    def turn(self, what: str) -> None:
        """Show another quantity, smooth otherwise, …: what the keys are for."""
        match what:
            case "shown":
                choices = [n for n in range(len(SHOWN)) if self._has_room or len(SHOWN[n]) == 1]
                now = self._shown if self._shown in choices else 0
                self._shown = next((n for n in choices if n > now), 0)
                self._with_rate = False
            case "rate":
                self._with_rate = not self._with_rate
            case "smoothing":
                self._smoothing = (self._smoothing + 1) % len(SMOOTHING)
            case "last":
                self._last = (self._last + 1) % len(LAST)
            case "axis":
                self._axis = (self._axis + 1) % len(AXES)
                self._earlier.clear()
                self._point(None)
            case "log":
                self._log = not self._log
            case "earlier":
                self._with_earlier = not self._with_earlier
            case "export":
                self._export()
                return
        self._draw()
        self.flush()
        self.refresh_bindings()

    def on_resize(self) -> None:
        """Another size may have room for two charts, or no longer."""
        self.set_class(self.size.height < LEAST_ROWS, "-beside")
        self._draw()

    @property
    def _has_room(self) -> bool:
        return self.size.height >= LEAST_ROWS or self.size.width >= LEAST_COLUMNS

    @property
    def _quantities(self) -> tuple[Quantity, ...]:
        """What is drawn; of two, the first where there is no room for both."""
        shown = SHOWN[self._shown]
        if self._with_rate:
            return (shown[0], "learning rate") if self._has_room else ("learning rate",)
        return shown if self._has_room else shown[:1]

    def _draw(self) -> None:
        quantities, report = self._quantities, self._report
        hidden = self._charts[1]
        if len(quantities) == 1 and hidden.has_focus:
            self._charts[0].focus()
        hidden.display = len(quantities) == 2
        if report is None:
            return
        axis = AXES[self._axis]
        marks = _marks(report, _scale(axis, report.train, report.batches))
        for chart, quantity in zip(self._charts, quantities, strict=False):
            chart.share = 1 / len(quantities)
            percent = quantity == "accuracy"
            chart.show(
                self._curves(report, quantity),
                marks,
                title=quantity,
                x_label=axis,
                percent=percent,
                log=self._log and not percent,
                last=LAST[self._last] if axis == EPOCHS else None,
                note=self._note(report, quantity),
            )

    def _curves(self, report: Report, quantity: Quantity) -> list[Curve]:
        along = _scale(AXES[self._axis], report.train, report.batches)
        if quantity == "learning rate":
            return [along.of(_rate(report))]
        share = SMOOTHING[self._smoothing][0]
        curves = [
            _curve("train", report.train, quantity, smoothing=share),
            _curve(
                "validation",
                report.validated,
                quantity,
                joined=False,
                images=len(report.validation) if quantity == "accuracy" else 0,
            ),
        ]
        if report.second or report.second_name:
            name = report.second_name or "second set"
            curves.append(_curve(name, report.second, quantity, joined=False, dot=SECOND_DOT))
        if quantity not in self._earlier:
            self._earlier[quantity] = list(_earlier_curves(report, quantity, AXES[self._axis]))
        return [along.of(curve) for curve in curves] + self._earlier[quantity] * self._with_earlier

    def _note(self, report: Report, quantity: Quantity) -> str:
        last = LAST[self._last]
        notes = (
            SMOOTHING[self._smoothing][1] if quantity != "learning rate" else "",
            f"last {last}" if last else "",
            "log" if self._log and quantity != "accuracy" else "",
            "runs hidden"
            if quantity != "learning rate" and report.earlier and not self._with_earlier
            else "",
        )
        return " · ".join(filter(None, notes))

    @on(Chart.Pointed)
    def _follow(self, event: Chart.Pointed) -> None:
        event.stop()
        self._point(event.x)

    def _point(self, x: float | None) -> None:
        for chart in self._charts:
            chart.point(x)

    def _export(self) -> None:
        pictures = [chart.picture for chart in self._charts if chart.display]
        report = self._report
        if report is None or all(picture.span() is None for picture in pictures):
            self.notify("There is no curve to write yet.")
            return
        data = re.sub(r"[^\w.-]+", "-", report.data).strip("-.")
        what = "-".join(picture.title for picture in pictures)
        self._write(pictures, f"{data}-{what}-run{report.number}-{datetime.now():%Y%m%d-%H%M%S}")

    @work(thread=True, group="exports", description="exports")
    def _write(self, pictures: list[Picture], name: str) -> None:
        from numrec_tui.charts.export import export  # not before the first frame

        severity: Literal["information", "error"] = "information"
        try:
            said = str(export(pictures, exports_folder(), name))
        except EngineError as error:
            said, severity = str(error), "error"
        self.app.call_from_thread(self.notify, said, severity=severity, markup=False)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where moments, in epochs, lie along the chart: on a line through these points, and on.

    epochs, places: ascending, from 0 on.
    """

    epochs: tuple[float, ...]
    places: tuple[float, ...]

    def at(self, epoch: float) -> float:
        """The place of a moment."""
        return float(np.interp(epoch, self.epochs, self.places))

    def of(self, curve: Curve) -> Curve:
        """A curve over epochs, as it lies along the chart."""
        if self is SAME:
            return curve
        an_epoch = self.places[-1] / self.epochs[-1] if self.epochs[-1] else 1.0
        return replace(curve, x=tuple(map(self.at, curve.x)), holds=an_epoch)


SAME = _Scale((0.0, 1.0), (0.0, 1.0))
"""Epochs lie where they are."""


def _scale(axis: str, train: Sequence[Point], batches: int) -> _Scale:
    """The scale of a run along an axis. train: its training curve. batches: those of an epoch."""
    if axis == EPOCHS:
        return SAME
    epochs = (0.0, *(point.epoch for point in train))
    if axis == "second":
        return _Scale(epochs, (0.0, *(point.seconds for point in train)))
    return _Scale(epochs, tuple(epoch * batches for epoch in epochs))


def _marks(report: Report, along: _Scale) -> list[Mark]:
    def place(epoch: float) -> float:
        return epoch if along is SAME else along.at(epoch)

    return [
        Mark(place(change.epoch), change_text(change.name, change.before, change.after))
        for change in report.changes
    ]


def _rate(report: Report) -> Curve:
    """The rate in force at every point of the training curve; nothing before there is one."""
    if not report.position:
        return Curve("in force", (), ())
    epochs = [point.epoch for point in report.train]
    return Curve("in force", *rate_curve(report.running, report.changes, epochs, report.position))


def _earlier_curves(report: Report, quantity: Quantity, axis: str) -> Iterable[Curve]:
    """Of each earlier run its validation, which is the fair thing to compare, and what differs."""
    settings = [report.running, *(run.settings or report.running for run in report.earlier)]
    _, *apart = told_apart([one.model_dump(mode="json") for one in settings])
    for run, differs, dot in zip(report.earlier, apart, EARLIER_DOTS, strict=False):
        if run.validated:
            name = f"run {run.run} {differs}".rstrip()
            curve = _curve(name, run.validated, quantity, joined=False, dot=dot, faint=True)
            yield _scale(axis, run.train, run.batches).of(curve)


def _curve(
    label: str,
    points: tuple[Point, ...],
    quantity: Quantity,
    *,
    joined: bool = True,
    dot: str = DOT,
    faint: bool = False,
    smoothing: float = 0.0,
    images: int = 0,
) -> Curve:
    x = tuple(point.epoch for point in points)
    y = tuple(point.loss if quantity == "loss" else point.accuracy for point in points)
    return Curve(label, x, y, joined, dot, faint, smoothing, images)
