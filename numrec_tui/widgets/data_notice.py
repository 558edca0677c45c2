"""The line under the top bar: what can hardly be right about the data, until it is hidden."""

from textual.content import Content
from textual.widgets import Static

from numrec_tui.report import Report


class DataNotice(Static):
    """One line, or none where nothing is wrong or a person has hidden it."""

    DEFAULT_CSS = """
    DataNotice {
        dock: top; height: 1; padding: 0 1; margin-top: 1; display: none;
        background: $warning-muted; color: $text-warning;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    DataNotice.-told { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._told = ""

    def show(self, report: Report) -> None:
        """Name the first doubt, and how many more there are."""
        facts = report.about_data
        doubts = facts.doubts if facts and not facts.hidden else ()
        more = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
        why = "mends it" if any(doubt.mend for doubt in doubts) else "says more"
        told = f"⚠ Key ! {why}{more}: {doubts[0].what}" if doubts else ""
        if told != self._told:
            self._told = told
            self.set_class(bool(told), "-told")
            self.update(Content(told))
