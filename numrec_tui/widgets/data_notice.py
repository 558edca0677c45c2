"""The line under the top bar: data on their way, why a run cannot be saved, doubts about data."""

from textual.content import Content
from textual.widgets import Static

from numrec_tui.session.report import Report


class DataNotice(Static):
    """One line, or none where all is saved and nothing is wrong, or a person has hidden that."""

    DEFAULT_CSS = """
    DataNotice {
        dock: top; height: 1; padding: 0 1; margin-top: 1; display: none;
        background: $warning-muted; color: $text-warning;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    DataNotice.-told { display: block; }
    DataNotice.-unsaved { background: $error-muted; color: $text-error; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._text = ""

    def show(self, report: Report) -> None:
        """Name the first doubt, and how many more there are."""
        facts = report.about_data
        doubts = facts.doubts if facts and not facts.hidden else ()
        more = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
        why = "mends it" if any(doubt.mend for doubt in doubts) else "says more"
        text = f"⚠ Key ! {why}{more}: {doubts[0].what}" if doubts else ""
        if report.unsaved:
            what = "Key s does something about it" if report.in_danger else "It is tried again"
            cause = report.unsaved.rstrip(".").rpartition(": ")[2]  # first: the rest may be cut
            text = f"✗ {cause}. {what}: {report.unsaved}"
        if report.loading:
            text = f"Loading {report.loading} …"
        if (download := report.download) is not None:
            size = f"{download.done / 1e6:.1f} of {download.total / 1e6:.1f} MB"
            text = f"Downloading {download.name}: {size}; escape cancels"
        if text != self._text:
            self.set_class(bool(report.unsaved), "-unsaved")
            self._text = text
            self.set_class(bool(text), "-told")
            self.update(Content(text))
