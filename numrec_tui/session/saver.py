"""Saves the active run when that is asked for, and reports whether it could be saved."""

from collections.abc import Sequence
from pathlib import Path

from engine.errors import EngineError
from numrec_tui.session.reporter import Reporter
from numrec_tui.session.run_files import Saving
from numrec_tui.session.run_manager import RunManager

NOTHING_YET = "There is nothing to save before the first batch."


class Saver:
    """Turns what `RunFiles` returns and raises into messages of the report."""

    def __init__(self, runs: RunManager, reporter: Reporter) -> None:
        self._runs = runs
        self._files = runs.files
        self._reporter = reporter

    def save(self) -> bool:
        """Write the model; returns whether all that was learned is on disk."""
        try:
            self._files.save(self._runs.active.run)
        except EngineError as error:
            self._reporter.message = f"Not saved: {error}"
            return False
        return True

    def save_and_report(self) -> None:
        """Write the model to its file, and report the path."""
        if self.save():
            file = self._files.file
            saved = f"Saved to {file.path}" if file.saved else ""
            message = " · ".join(filter(None, (saved, file.note))) or NOTHING_YET
            self._reporter.message = message
        self._reporter.report()

    def save_or_warn(self) -> bool:
        """Save the active run before another one replaces it; returns whether that may happen.

        The first time that it cannot be saved it may not, and the report warns.
        """
        active = self._runs.active
        if self.save() or active.warned:
            return True
        active.warned = True
        self._reporter.message = f"{self._reporter.message} Press again to give this run up."
        return False

    def move(self, folder: Path) -> None:
        """Save this run and later ones in another folder."""
        try:
            self._files.move(folder, self._runs.active.run)
        except EngineError as error:
            self._reporter.message = f"Not saved: {error}"
        else:
            self._reporter.message = f"Saved to {self._files.file.path}"
        self.report_news()

    def save_all(self) -> str | None:
        """Write the model and a checkpoint; returns why that failed, None if it did not."""
        self.save()
        self._files.flush(self._runs.active.run)
        self._reporter.message = None  # what is returned says it
        self.report_news()
        return self._files.in_danger

    def try_again(self) -> None:
        """Save what could not be saved, if the last attempt was some time ago."""
        self._files.try_again(self._runs.active.run)
        if self.take_news():
            self._reporter.report()

    def report_news(self) -> None:
        """Report whether the run can be saved, which may have changed in another thread."""
        self.take_news()
        self._reporter.report()

    def take_news(self) -> Sequence[Saving]:
        """Returns what has changed since the last call, and puts it into the next message."""
        return self.note(self._files.news())

    def note(self, news: Sequence[Saving]) -> Sequence[Saving]:
        """Put news into the next message; problems are a state of the report already."""
        for each in news:
            if each.problem is None:
                self._reporter.message = str(each)
        return news
