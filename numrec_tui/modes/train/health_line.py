"""The line about the network's health under the progress: numbers, and advice when one is off."""

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from numrec_tui.insight.health import Health, SoFar, advice, class_counts, in_words
from numrec_tui.session.report import Report

GENTLE = "Slow at first, to be watched; [b]*[/] is full speed."
"""What is said at the gentle start of a first run."""

ROOMY = 30
"""Rows of the window from which on advice stands below the numbers; else it replaces them."""


class HealthLine(Static):
    """A line, or two when there is advice; empty unless a run has begun and is not over."""

    DEFAULT_CSS = """
    HealthLine { height: auto; padding: 0 1; color: $text-muted; display: none; }
    HealthLine.-told { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._health: Health | None = None
        self._report: Report | None = None
        self._text = Content("")

    def follow(self, report: Report) -> None:
        """What was found about another run no longer holds, and a run that is over is silent."""
        if self._report is not None and self._report.run != report.run:
            self._health = None
        self._report = report
        self.fit()

    def show(self, health: Health) -> None:
        """Show what was found about the run."""
        self._health = health
        self.fit()

    def fit(self) -> None:
        """Say as much as there is room for in the window."""
        text = Content("\n").join(self._lines())
        if text == self._text:
            return
        same_room = text.plain.count("\n") == self._text.plain.count("\n") and "⚠" not in (
            text.plain + self._text.plain  # which may be wrapped
        )
        self._text = text
        self.set_class(bool(text), "-told")
        self.update(text, layout=not same_room)

    def _lines(self) -> list[Content]:
        health, report = self._health, self._report
        if report is None or not _can_be_helped(report):
            return []
        gentle = [Content.from_markup(GENTLE)] if report.is_rising else []
        if health is None or (gentle and self.app.size.height < ROOMY):
            return gentle
        room = self.parent.content_size.width - 2 if isinstance(self.parent, Widget) else None
        numbers = Content(in_words(health, room or None))
        off = advice(health, so_far(report))
        if off is None:
            return [*gentle, numbers]
        warning = Content.styled(f"⚠ {off}", "$text-warning bold")
        return [*gentle, numbers, warning] if self.app.size.height >= ROOMY else [warning]


def _can_be_helped(report: Report) -> bool:
    """Whether something was learned, and more will be."""
    return report.state in ("training", "paused") and report.position > 0


def so_far(report: Report) -> SoFar:
    """How the run of a report has gone."""
    return SoFar(
        report.running,
        report.position,
        round(report.position * report.batches),
        [point.loss for point in report.validated],
        [point.accuracy for point in report.validated],
        report.train[-1].accuracy if report.train else None,
        class_counts(report.validation),
    )
