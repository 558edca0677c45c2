"""The line about the network's health under the progress: numbers, and advice when one is off."""

from textual.content import Content
from textual.widget import Widget
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
        self._is_over = False
        self._told: tuple[bool, str | None] = (False, None)

    def show(self, health: Health, report: Report) -> None:
        """Show what was found."""
        settings = report.running
        falls = settings.schedule != "constant" and report.position > settings.epochs / 2
        self._health, self._advice = health, advice(health, settings.activation, falls)
        self._is_over = report.state in ("diverged", "finished")
        self.fit()

    def fit(self) -> None:
        """Say as much as there is room for in the window; what is over says enough itself."""
        roomy, lines = self.screen.size.height >= ROOMY, []
        if self._health is not None and roomy:
            room = self.parent.content_size.width - 2 if isinstance(self.parent, Widget) else None
            lines.append(Content(in_words(self._health, room)))
        off = self._advice if roomy or not self._is_over else None
        if off:
            lines.append(Content.styled(f"⚠ {off}", "$text-warning bold"))
        self.set_class(bool(lines), "-told")
        before, self._told = self._told, (roomy, off)
        self.update(Content("\n").join(lines), layout=self._told != before)
