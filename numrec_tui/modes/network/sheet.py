"""A panel of lines drawn by others: it scrolls, and hands out pens in the theme's colors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from rich.cells import set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from engine.data.area_means import area_means
from engine.nn.arrays import Array, Bytes
from numrec_tui.insight.units import scale_of
from numrec_tui.widgets.digit import half_blocks, shade_strips
from numrec_tui.widgets.signed_colors import Palette, in_border, levels, palette_of

Block: TypeAlias = list[Strip]
"""Lines of one width."""


@dataclass(frozen=True, slots=True)
class Pens:
    """What a drawing is drawn with."""

    text: Style
    muted: Style
    strong: Style
    palette: Palette
    shades: bool
    """Whether digits are drawn with characters instead of grays."""

    def line(self, text: str, width: int, style: Style | None = None) -> Strip:
        """A line of text, cut or filled up to `width`."""
        return Strip([Segment(set_cell_size(text, width), style or self.text)], width)

    def words(self, parts: Sequence[tuple[str, Style]], width: int) -> Strip:
        """A line of differently colored parts, cut or filled up to `width`."""
        strip = Strip([Segment(text, style) for text, style in parts])
        return strip.adjust_cell_length(width, self.text)

    def blank(self, width: int) -> Strip:
        """A line of nothing."""
        return Strip.blank(width, self.text)

    def weights(self, picture: Array, rows: int, columns: int) -> Block:
        """A signed picture (r, c) in `rows` x `columns` pixels, on a scale of its own."""
        small = area_means(picture[None], rows, columns)[0]
        return self.palette.strips(levels(small, scale_of(small)))

    def digit(self, image: Bytes, rows: int, columns: int) -> Block:
        """A digit (r, c) in `rows` x `columns` pixels."""
        small = area_means(image[None].astype(np.float32), rows, columns)[0]
        gray = np.rint(np.clip(small, 0, 255)).astype(np.uint8)
        return shade_strips(gray, self.text) if self.shades else half_blocks(gray)


def beside(pens: Pens, gap: int, *blocks: Block) -> Block:
    """Blocks next to each other, `gap` cells apart; the lower ones get blank lines below."""
    tallest = max(map(len, blocks))
    widths = [block[0].cell_length for block in blocks]
    lines = []
    for y in range(tallest):
        parts = []
        for block, width in zip(blocks, widths, strict=True):
            parts += [block[y] if y < len(block) else pens.blank(width), pens.blank(gap)]
        lines.append(Strip.join(parts[:-1]))
    return lines


def fitted(shape: Sequence[int], columns: int) -> tuple[int, int]:
    """The size of a picture (rows, columns) in its proportions, at most `columns` wide."""
    drawn = max(min(shape[1], columns), 1)
    return max(round(shape[0] * drawn / shape[1]), 1), drawn


Drawing: TypeAlias = Callable[[Pens, int, int], Block]
"""Draws for a width and a height; what is taller is scrolled."""


class Sheet(ScrollView, can_focus=True):
    """Shows the last drawing it was given, and in its border what the colors of signs mean.

    signs: draw without colors; None does so where there are none.
    """

    DEFAULT_CSS = """
    Sheet {
        width: 1fr;
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        & > .sheet--muted { color: $text-muted; }
        & > .sheet--strong { color: $text; text-style: bold; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"sheet--muted", "sheet--strong"}

    def __init__(self, signs: bool | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.signs = signs
        self.term = ""
        """What it shows, in the words of the glossary."""
        self._draw: Drawing | None = None
        self._hint = ""
        self._strips: Block = []
        self._pens: Pens | None = None

    def show(self, draw: Drawing, hint: str = "") -> None:
        """Show this from now on; hint: what stands in the border behind the legend."""
        self._draw, self._hint = draw, hint
        self._redraw()

    def render_line(self, y: int) -> Strip:
        """One line of the drawing."""
        y += self.scroll_offset.y
        width = self.size.width
        if y >= len(self._strips):
            return Strip.blank(width, self.rich_style)
        return self._strips[y].adjust_cell_length(width, self.rich_style)

    def notify_style_update(self) -> None:
        """Another theme, or the focus came or went."""
        super().notify_style_update()
        self._pens = None
        if self.is_running and self.size.width:
            self._redraw()

    def on_resize(self) -> None:
        """Another width, another drawing."""
        self._redraw()

    def _redraw(self) -> None:
        width, height = self.scrollable_content_region.size
        if self._draw is None or width < 1:
            return
        if self._pens is None:
            self._pens = self._new_pens()
        self._strips = self._draw(self._pens, width, height)
        self.border_subtitle = in_border(self._pens.palette.legend("-", "+"), f"  {self._hint}")
        self.virtual_size = Size(width, len(self._strips))
        self.refresh()

    def _new_pens(self) -> Pens:
        style = self.get_component_rich_style
        palette = palette_of(self, self.signs)
        plain = self.app.no_color and self.app.native_ansi_color
        shades = plain if self.signs is None else self.signs
        return Pens(
            text=self.rich_style,
            muted=style("sheet--muted"),
            strong=style("sheet--strong"),
            palette=palette,
            shades=shades,
        )
