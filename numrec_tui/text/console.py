"""Rich on a terminal: it may use the terminal's sequences, what it is given to show may not."""

from collections.abc import Iterable
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from numrec_tui.text.escaping import PrintableStream, printable_lines


class PrintableConsole(Console):
    """A console without markup, whose text is made printable. stream: where it draws."""

    def __init__(self, stream: TextIO, *, quiet: bool = False) -> None:
        bare = stream.stream if isinstance(stream, PrintableStream) else stream
        super().__init__(file=bare, markup=False, emoji=False, highlight=False, quiet=quiet)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """As Rich does it, with only the sequences that Rich makes of itself."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else printable_lines(text), style, control)
