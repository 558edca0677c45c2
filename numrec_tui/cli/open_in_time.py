"""Opening the app so that a signal in the first moments ends it in order."""

from typing import Any


def open_in_time(*words: Any, **named: Any) -> int:
    """Open the app, as `numrec_tui.cli.open.open_app`, whose import takes a moment."""
    from numrec_tui.terminal.signals import end_at_once_on_signals

    end_at_once_on_signals()
    from numrec_tui.cli.open import open_app

    return open_app(*words, **named)
