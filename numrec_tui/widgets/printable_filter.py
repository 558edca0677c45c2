"""The last gate before the screen: whatever a widget draws, a terminal only shows it."""

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from numrec_tui.text.escaping import printable


class PrintableFilter(LineFilter):
    """Makes the text of every line printable; each piece of it stays as wide as it was laid out."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, wherever they are printable: those of nearly every line."""
        del background
        if "".join([segment.text for segment in segments]).isprintable():
            return segments
        return [
            segment if segment.control else Segment(_fitted(segment.text), segment.style)
            for segment in segments
        ]


def _fitted(text: str) -> str:
    return set_cell_size(printable(text), cell_len(text))
