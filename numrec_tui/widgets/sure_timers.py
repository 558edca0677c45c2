"""One-shot timers that always fire, however late.

Textual 8.2 leaves out what a timer could not do in time, and of a timer that rings once that is
all it does. A machine that stands still for a moment while such a timer is set (a suspended
process, a busy processor) loses it for ever; the one that ends the pause in drawing after another
mode was chosen leaves the screen as it was.
"""

from typing import Any

from textual import message_pump
from textual.timer import Timer


class SureTimer(Timer):
    """Textual's timer; one that rings once is never left out."""

    def __init__(self, *target: Any, repeat: int | None = None, **how: Any) -> None:
        how["skip"] = how.get("skip", True) and repeat != 0
        super().__init__(*target, repeat=repeat, **how)


def ring_however_late() -> None:
    """From now on all timers of Textual's widgets and screens are such."""
    setattr(message_pump, "Timer", SureTimer)  # noqa: B010 - its type says that it stays the same
