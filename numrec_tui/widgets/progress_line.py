"""How far the run is, how quick, how long it still takes; and why it ended."""

from textual.widgets import Static

from numrec_tui.accuracy import spread
from numrec_tui.report import REASONS, Report

SHORTEST_BAR, LONGEST_BAR = 4, 20
"""Cells the epoch's bar may take; before it gets shorter, words give way."""


def describe(report: Report, width: int) -> str:
    """The text for `width` columns; numbers keep their places while they change."""
    if report.state == "diverged":
        return (
            f"[b $text-error]Diverged[/] in epoch {report.epoch + 1}: the loss is no longer a "
            "finite number. [b]h[/] halves the rate and goes on from the last good epoch, "
            "[b]r[/] begins anew."
        )
    if report.state == "finished" and report.stopped is not None:
        test = report.stopped.test
        more = test and spread(test.accuracy, test.images)
        score = f"; [b]{test.accuracy:.2%}[/]" if test else ""
        score += f" ({more})" if more else ""
        score += " of the test digits read right" if test else ""
        if report.stopped.better_than_guessing is False:
            score += ", [$text-warning]no better than guessing[/]"
        return (
            f"[b $text-success]Finished[/]: {REASONS[report.stopped.reason]}, "
            f"{clock(report.seconds)}{score}. [b]r[/] begins a new run."
        )
    if report.state == "ready":
        return f"{report.parameters:,} parameters, ready. [b]space[/] begins."
    return _progress(report, width)


def _progress(report: Report, width: int) -> str:
    """Epoch, a bar of what is done of it, then time left and speed as far as there is room."""
    epochs = report.running.epochs
    epoch = f"epoch {min(report.epoch + 1, epochs):>{len(str(epochs))}}/{epochs}"
    speed = f"{report.images_per_second:>7,.0f} images/s" if report.images_per_second else ""
    left = f"{clock(report.seconds_left)} left" if report.seconds_left is not None else ""
    share = report.batch / report.batches
    words = [f"{share:4.0%}", *(word for word in (left, speed) if word)]
    while len(words) > 1 and width - len(epoch) - len("  ".join(words)) < SHORTEST_BAR + 2:
        words.pop()
    room = width - len(epoch) - len("  ".join(words)) - 2
    return f"{epoch} {_bar(share, min(room, LONGEST_BAR))} {'  '.join(words)}"


def _bar(share: float, cells: int) -> str:
    full = round(share * cells)
    return "▰" * full + "▱" * (cells - full)


def clock(seconds: float) -> str:
    """Minutes and seconds: 3:07; from an hour on 1:03:07."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class ProgressLine(Static):
    """The line under the chart."""

    DEFAULT_CSS = """
    ProgressLine { height: 1; padding: 0 1; }
    ProgressLine.-long { height: 3; }
    """

    def show(self, report: Report) -> None:
        """Say where the session stands."""
        self.set_class(report.state in ("diverged", "finished"), "-long")
        self.update(describe(report, self.content_size.width), layout=False)
