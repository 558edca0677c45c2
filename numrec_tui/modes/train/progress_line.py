"""How far the run is, how quick, how long it still takes; and why it ended."""

from textual.widgets import Static

from engine.plural import counted
from numrec_tui.insight.accuracy import spread
from numrec_tui.session.report import REASONS, Report

SHORTEST_BAR, LONGEST_BAR = 4, 20
"""Cells the epoch's bar may take; before it gets shorter, words give way."""


def describe(report: Report, width: int) -> str:
    """The text for `width` columns; numbers keep their places while they change."""
    if report.state == "diverged":
        return (
            f"[b $text-error]Diverged[/] in epoch {report.epoch + 1}: the loss is no longer a "
            f"finite number. {_way_back(report)}, [b]r[/] begins anew."
        )
    if report.way_back is not None:
        return f"[b $text-error]Broken[/]: {_trouble(report)}. {_way_back(report)}."
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
        slowly = " slowly" if report.is_rising else ""
        return f"{counted(report.parameters, 'parameter')}, ready. [b]space[/] begins{slowly}."
    return _progress(report, width)


def _way_back(report: Report) -> str:
    """What `h` does."""
    if report.way_back is None or report.way_back.epoch == 0:
        return "[b]h[/] begins again at a rate that learns"
    epoch, rate = report.way_back.epoch, report.way_back.learning_rate
    return f"[b]h[/] goes back to epoch {epoch} with half its rate, {rate:.3g}"


def _trouble(report: Report) -> str:
    """What is wrong with a run whose numbers are still finite."""
    in_the_middle = report.way_back is not None and report.way_back.epoch == report.epoch
    if in_the_middle or not report.validated:
        return "the loss has risen far above what it was"
    last = report.validated[-1]
    return f"the loss is {last.loss:.2g}, {last.accuracy:.0%} of the digits are read right"


def _progress(report: Report, width: int) -> str:
    """Epoch, a bar of what is done of it, then time left and speed as far as there is room.

    First of all what a person has slowed it to.
    """
    epochs = report.running.epochs
    epoch = f"epoch {min(report.epoch + 1, epochs):>{len(str(epochs))}}/{epochs}"
    speed = f"{report.images_per_second:>7,.0f} images/s" if report.images_per_second else ""
    rate = f"{report.batches_per_second:.0f} batches/s" if report.batches_per_second else ""
    left = f"{clock(report.seconds_left)} left" if report.seconds_left is not None else ""
    share = report.batch / report.batches
    words = [f"{share:4.0%}", *filter(None, (rate, left, "" if rate else speed))]
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
    ProgressLine.-long { height: auto; max-height: 4; }
    """

    def show(self, report: Report) -> None:
        """Say where the session stands."""
        is_long = report.state in ("diverged", "finished") or report.way_back is not None
        self.set_class(is_long, "-long")
        self.update(describe(report, self.content_size.width), layout=is_long)
