"""Which pixels speak for a class and which against it: signs, and colors where there are some."""

from itertools import groupby
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from engine.nn.arrays import Array

LEVELS = 6
"""Steps of color to each side of zero."""

SIGNED = 0.08
"""Share of the strongest from which on a cell has its sign."""


class SignedMap(Widget):
    """A signed picture, two pixels a cell: + on one color speaks for, - on another against."""

    DEFAULT_CSS = """
    SignedMap {
        width: 100%; height: auto;
        & > .map--for { color: $primary; }
        & > .map--against { color: $warning; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"map--for", "map--against"}

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._levels: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._signs: NDArray[np.int64] = self._levels

    def show(self, values: Array) -> None:
        """Show these: values (rows, columns), the sign of each says what it speaks for."""
        resized = values.shape[0] + 1 >> 1 != len(self._levels)
        cells = cell_means(values)
        strongest = max(float(np.abs(cells).max(initial=0.0)), 1e-12)
        share = cells / strongest
        self._levels = np.rint(np.sign(share) * np.sqrt(np.abs(share)) * LEVELS).astype(np.int64)
        self._signs = np.where(np.abs(share) < SIGNED, 0, np.sign(share)).astype(np.int64)
        self.refresh(layout=resized)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One cell for two rows."""
        return len(self._levels)

    def render_line(self, y: int) -> Strip:
        """One line of cells, with blanks at both sides."""
        width, height = self.size
        row = y - (height - len(self._levels)) // 2
        if not 0 <= row < len(self._levels):
            return Strip.blank(width, self.rich_style)
        cells = zip(self._levels[row].tolist(), self._signs[row].tolist(), strict=True)
        segments = [self._segment(*cell, len(list(run))) for cell, run in groupby(cells)]
        strip = Strip(segments)
        left = (width - strip.cell_length) // 2
        if left < 0:
            return strip.crop(-left, width - left)
        return Strip([*Strip.blank(left, self.rich_style), *strip]).adjust_cell_length(
            width, self.rich_style
        )

    def _segment(self, level: int, sign: int, cells: int) -> Segment:
        text = ("-", " ", "+")[sign + 1] * cells
        if self.app.no_color and self.app.native_ansi_color:
            return Segment(text, self.rich_style + Style(bold=abs(level) > LEVELS // 2))
        kind = "map--for" if level > 0 else "map--against"
        hue = self.get_component_rich_style(kind).color
        color = hue.get_truecolor() if hue else ColorTriplet(255, 255, 255)
        share = abs(level) / LEVELS
        ink = (255, 255, 255) if share < 0.7 else (0, 0, 0)
        back = Color.from_rgb(*(round(part * share) for part in color))
        return Segment(text, Style(color=Color.from_rgb(*ink), bgcolor=back))


def cell_means(values: Array) -> Array:
    """The mean of every two pixels that share a cell: (rows, columns) -> (rows / 2, columns)."""
    padded = np.pad(values, ((0, len(values) % 2), (0, 0)))
    return np.asarray((padded[0::2] + padded[1::2]) / 2)
