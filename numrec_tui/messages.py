"""What the session tells the screen: messages that replace each other, so that none piles up."""

from textual.message import Message

from numrec_tui.report import Report, View


class SessionReport(Message):
    """The session's latest report; an older one that still waits is replaced."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """Only the newest report counts, unless this older one has a sentence to be read."""
        return isinstance(message, SessionReport) and self.report.message is None


class SessionView(Message):
    """The network as it is now; an older view that still waits is replaced."""

    def __init__(self, view: View) -> None:
        self.view = view
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """Only the newest view counts."""
        return isinstance(message, SessionView)
