"""The line about the network's health under the progress: numbers, and advice when one is off."""

from textual.content import Content
from textual.widgets import Static

from numrec_tui.health import Health, advice, in_words
from numrec_tui.report import Report

ROOMY = 30
"""Rows of the window from which on the numbers are always there; below, only what is off is."""


class HealthLine(Static):
    """A line, or two when there is advice; in a low window one, or none at all."""

    DEFAULT_CSS = """
    HealthLine { height: auto; padding: 0 1; color: $text-muted; display: none; }
    HealthLine.-told { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._health: Health | None = None
        self._advice: str | None = None
        self._lines = 0

    def show(self, health: Health | None, report: Report) -> None:
        """Show what was found; None while nothing is known."""
        self._health = health
        settings = report.running
        falls = settings.schedule != "constant" and report.position > settings.epochs / 2
        self._advice = advice(health, settings.activation, falls) if health else None
        self.fit()

    def fit(self) -> None:
        """Say as much as there is room for in the window."""
        lines = []
        if self._health is not None and self.screen.size.height >= ROOMY:
            lines.append(Content(in_words(self._health)))
        if self._advice:
            lines.append(Content.styled(f"⚠ {self._advice}", "$text-warning bold"))
        self.set_class(bool(lines), "-told")
        resized, self._lines = len(lines) != self._lines, len(lines)
        self.update(Content("\n").join(lines), layout=resized)
