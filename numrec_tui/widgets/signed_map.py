"""Evidence: which pixels count for a class and which against it, with a legend."""

import numpy as np
from rich.segment import Segment
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from engine.data.area_means import area_means
from engine.nn.arrays import Array
from numrec_tui.widgets.digit_panel import LARGEST
from numrec_tui.widgets.signed_colors import Levels, Palette, levels, palette_of
from numrec_tui.widgets.thumbnails import shrunk

NOTHING: Levels = np.zeros((0, 0), np.int8)


class SignedMap(Widget):
    """A signed picture, two pixels a cell, and below it the legend of the very same picture.

    One that is too large for a panel is shrunk.
    signs: draw with characters instead of colors; None does so where there are no colors.
    """

    DEFAULT_CSS = "SignedMap { width: 100%; height: auto; }"

    def __init__(self, signs: bool | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.signs = signs
        self._levels = NOTHING
        self._name: str | None = None
        self._against = "against"
        self._palette: Palette | None = None

    def show(self, values: Array, name: str | None, against: str = "against") -> None:
        """Show these: values (rows, columns), above zero where they count for `name`.

        name: None while their class is not known. against: what those below zero mean.
        """
        small = shrunk(values.shape[0], values.shape[1], LARGEST)
        if small != values.shape:
            values = area_means(values[None], *small)[0]
        resized = len(values) != len(self._levels)
        strongest = max(float(np.abs(values).max(initial=0.0)), 1e-12)
        share = values / strongest
        self._levels = levels(np.sign(share) * np.sqrt(np.abs(share)), 1.0)
        self._name, self._against = name, against
        self.refresh(layout=resized)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One cell for two rows, and the legend."""
        return self._lines + 1

    @property
    def _lines(self) -> int:
        return (len(self._levels) + 1) // 2

    def notify_style_update(self) -> None:
        """Another theme, other colors."""
        super().notify_style_update()
        self._palette = None

    def render_line(self, y: int) -> Strip:
        """A line of the picture, or the legend, with blanks at both sides."""
        if self._palette is None:
            self._palette = palette_of(self, self.signs)
        if y < self._lines:
            top, *bottom = self._levels[2 * y : 2 * y + 2]
            below = bottom[0] if bottom else np.zeros_like(top)
            return self._centered(self._palette.line(top, below))
        if y > self._lines:
            return Strip.blank(self.size.width, self.rich_style)
        if self._name is None:
            return self._centered(Strip([Segment("not read yet", self.rich_style)]))
        parts = self._palette.legend(self._against, f"for {self._name}")
        return self._centered(Strip([Segment(*part) for part in parts]))

    def _centered(self, strip: Strip) -> Strip:
        width = self.size.width
        left = (width - strip.cell_length) // 2
        if left < 0:
            return strip.crop(0, width)
        blank = Strip.blank(left, self.rich_style)
        return Strip([*blank, *strip]).adjust_cell_length(width, self.rich_style)
