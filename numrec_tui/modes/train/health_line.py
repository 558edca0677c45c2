"""The lines under the progress: while it trains its health, when it rests its curves in words."""

from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from engine.plural import counted
from engine.training.changes import CORRECTION
from numrec_tui.insight.health import Health, SoFar, advice, class_counts, in_words
from numrec_tui.insight.learning_curves import Course, diagnose, mistakes
from numrec_tui.session.report import Report

GENTLE = "Slow at first, to be watched; [b]*[/] is full speed."
"""What is said at the gentle start of a first run."""

ROOMY = 30
"""Rows of the window from which on advice stands below the numbers; else it replaces them."""


class HealthLine(Static):
    """A line or some; empty unless a run has begun.

    While it trains, the health in numbers, and advice when one is off. When it rests, what its
    curves show, below a warning or in place of the numbers, and what is worth doing next.
    """

    DEFAULT_CSS = """
    HealthLine { height: auto; padding: 0 1; color: $text-muted; display: none; }
    HealthLine.-told { display: block; }
    """

    class Hinted(Message):
        """It was told what is worth doing next."""

    def __init__(self) -> None:
        super().__init__()
        self.hints = True
        """Whether it is told what is worth doing next."""
        self.reads_curves = False
        """Whether the curves stand there in words."""
        self._health: Health | None = None
        self._report: Report | None = None
        self._text = Content("")

    def follow(self, report: Report) -> None:
        """What was found about another run no longer holds, nor about a network that broke."""
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
        same_room = _is_one_line(text) and _is_one_line(self._text)
        self._text = text
        self.set_class(bool(text), "-told")
        self.update(text, layout=not same_room)

    @property
    def _is_roomy(self) -> bool:
        return self.app.size.height >= ROOMY

    def _lines(self) -> list[Content]:
        """All there is; in a low window the most important of it."""
        numbers, warning = self._health_lines()
        told = self._curves_in_words() if self._is_roomy or not warning else []
        self.reads_curves = bool(told)
        if self._is_roomy:
            return [*numbers, *warning, *told]
        return warning or told or numbers

    def _health_lines(self) -> tuple[list[Content], list[Content]]:
        """The numbers, and what is off; nothing of a run that is over, or has learned nothing."""
        health, report = self._health, self._report
        if report is None or not _can_be_helped(report):
            return [], []
        gentle = [Content.from_markup(GENTLE)] if report.is_rising else []
        if health is None or (gentle and not self._is_roomy):
            return gentle, []
        room = self.parent.content_size.width - 2 if isinstance(self.parent, Widget) else None
        off = advice(health, so_far(report))
        warning = [Content.styled(f"⚠ {off}", "$text-warning bold")] if off else []
        return [*gentle, Content(in_words(health, room or None))], warning

    def _curves_in_words(self) -> list[Content]:
        """What the curves show of a run that rests, and what is next; nothing of a broken one."""
        report = self._report
        if report is None or report.state not in ("paused", "finished") or report.way_back:
            return []
        course = course_of(report)
        diagnosis = diagnose(course)
        if diagnosis is None:
            return []
        lines = [Content.styled(diagnosis.in_words(short=not self._is_roomy), "$text")]
        if self.hints:
            lines.append(Content.styled(next_steps(mistakes(course)), "$text-primary"))
            self.post_message(self.Hinted())
        return lines


def _is_one_line(text: Content) -> bool:
    """Whether it is the numbers alone, which are never wrapped."""
    return text.plain.startswith(("gradient", "dead", "update")) and "\n" not in text.plain


def next_steps(wrong: int | None) -> str:
    """What is worth doing next, each with its key; wrong: validation images, None if not known."""
    what = "its mistakes" if wrong is None else counted(wrong, "mistake")
    steps = ([] if wrong == 0 else [f"2, f: {what}"]) + ["3: draw one", "4: look inside"]
    return "; ".join(steps)


def _can_be_helped(report: Report) -> bool:
    """Whether something was learned, and more will be."""
    return report.state in ("training", "paused") and report.position > 0


def so_far(report: Report) -> SoFar:
    """How the run of a report has gone."""
    return SoFar(
        report.running,
        report.position,
        _updates(report),
        [point.loss for point in report.validated],
        [point.accuracy for point in report.validated],
        report.train[-1].accuracy if report.train else None,
        class_counts(report.validation),
    )


def course_of(report: Report) -> Course:
    """The run of a report that rests, as its curves are judged."""
    over = report.stopped.reason if report.state == "finished" and report.stopped else None
    corrected = any(
        change.name == CORRECTION and change.epoch >= report.epoch for change in report.changes
    )
    return Course(
        report.running,
        report.history,
        _updates(report),
        class_counts(report.validation),
        report.augmented,
        over,
        between=report.batch > 0 or over == "patience" or corrected,
    )


def _updates(report: Report) -> int:
    return round(report.position * report.batches)
