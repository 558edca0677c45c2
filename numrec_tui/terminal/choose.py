"""Which driver the app has: ours on a terminal of Linux or macOS, Textual's choice elsewhere."""

import sys

from textual.constants import DRIVER
from textual.driver import Driver


def driver_class() -> type[Driver] | None:
    """Ours; None where TEXTUAL_DRIVER names another one (in a browser), and on Windows."""
    if DRIVER or sys.platform == "win32":
        return None
    from numrec_tui.terminal.driver import TerminalDriver

    return TerminalDriver
