"""Messages from the session to the screen; each replaces the one before, so that none queue up."""

from textual.message import Message

from numrec_tui.session.report import NetworkView, Report


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

    def __init__(self, view: NetworkView) -> None:
        self.view = view
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """Only the newest view counts."""
        return isinstance(message, SessionView)


class MayLeave(Message):
    """The session has saved all it could, since somebody wants to leave."""

    def __init__(self, problem: str | None) -> None:
        self.problem = problem
        """Why what was learned would be lost; None if it is saved."""
        super().__init__()
