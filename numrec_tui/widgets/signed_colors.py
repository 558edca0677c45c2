"""Signed numbers as cells: orange is positive, or for; blue is negative, or against.

Every picture, bar and legend of signed numbers takes its colors from a `Palette`, so that they mean
the same everywhere and in every theme; zero is the background. A terminal of sixteen colors has
red to yellow and blue to cyan. Where there are no colors, shades stand for positive and points and
strokes for negative numbers.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from engine.nn.arrays import Array

STEPS = 8
"""Steps from zero to full color, on each side."""

FULL = 6
"""The level that is the hue itself: of bars, and of the swatches of a legend."""

POSITIVE_SIGNS, NEGATIVE_SIGNS = "░▒▓", ".-="
"""Weak to strong."""

SIGN_LIMITS = (1.5, 3, 5)
"""Levels from which on the signs are used."""

POSITIVE, NEGATIVE = Color.parse("#ff8a1f"), Color.parse("#2f8fff")
"""Orange and blue: the two hues that most color-blind people can tell apart."""

POSITIVE_16 = ((170, 0, 0), (255, 85, 85), (255, 255, 85))
NEGATIVE_16 = ((0, 0, 170), (85, 85, 255), (85, 255, 255))
"""Colors that every terminal of sixteen has, from weak to strong."""

Levels: TypeAlias = NDArray[np.int8]
"""Numbers as steps: -8 … 8."""

Parts: TypeAlias = tuple[tuple[str, Style], ...]
"""A line of differently colored parts."""


@dataclass(frozen=True, slots=True)
class Palette:
    """How levels are drawn: a color for each from -8 to 8; with signs, by characters instead."""

    colors: tuple[RichColor, ...]
    plain: Style
    signs: bool = False

    @property
    def positive(self) -> Style:
        """Of what stands for positive numbers."""
        return self._hue(FULL)

    @property
    def negative(self) -> Style:
        """Of what stands for negative numbers."""
        return self._hue(-FULL)

    def _hue(self, level: int) -> Style:
        if self.signs:
            return self.plain
        return Style(color=self.colors[level + STEPS], bgcolor=self.plain.bgcolor)

    def legend(self, negative: str, positive: str) -> Parts:
        """What the colors mean: a swatch of each with its meaning, as parts of a line."""
        below, above = (NEGATIVE_SIGNS, POSITIVE_SIGNS) if self.signs else ("▇", "▇")
        return (
            (below, self.negative),
            (f" {negative}  ", self.plain),
            (above, self.positive),
            (f" {positive}", self.plain),
        )

    def line(self, top: Levels, bottom: Levels) -> Strip:
        """A row of cells, each with two levels: top (n,) over bottom (n,)."""
        if self.signs:
            means = (top.astype(int) + bottom) / 2
            return Strip([Segment("".join(map(sign, means.tolist())), self.plain)], len(top))
        codes = (top.astype(int) + STEPS) * (2 * STEPS + 1) + bottom + STEPS
        ends = [*(np.flatnonzero(np.diff(codes)) + 1).tolist(), len(codes)]
        segments, start = [], 0
        for end in ends:
            above, below = divmod(int(codes[start]), 2 * STEPS + 1) if len(codes) else (8, 8)
            segments.append(self._cells(above, below, end - start))
            start = end
        return Strip(segments, len(top))

    def strips(self, levels: Levels) -> list[Strip]:
        """A picture (rows, columns) -> ceil(rows / 2) strips."""
        even = np.pad(levels, ((0, len(levels) % 2), (0, 0)))
        return [self.line(*pair) for pair in zip(even[0::2], even[1::2], strict=True)]

    def _cells(self, above: int, below: int, cells: int) -> Segment:
        if above == below == STEPS:
            return Segment(" " * cells, self.plain)
        return colored(self.colors[above], self.colors[below], cells)


def in_border(parts: Parts, more: str = "") -> Text:
    """A legend for the border of a panel, in whose color all but the swatches is written."""
    hues = [Style(color=style.color) if index % 2 == 0 else "" for index, (_, style) in
            enumerate(parts)]  # fmt: skip
    words = zip((text for text, _ in parts), hues, strict=True)
    return Text.assemble(*words, more)


@lru_cache(maxsize=16384)
def colored(above: RichColor, below: RichColor, cells: int) -> Segment:
    """Cells whose halves have these colors; the terminal's own ground is no color to draw with."""
    if above.is_default:
        mark = " " if below.is_default else "▄"
        return Segment(mark * cells, Style(color=below, bgcolor=above))
    return Segment("▀" * cells, Style(color=above, bgcolor=below))


def sign(level: float) -> str:
    """The character of a level, where there are no colors."""
    strength = sum(abs(level) >= limit for limit in SIGN_LIMITS)
    if not strength:
        return " "
    return (POSITIVE_SIGNS if level > 0 else NEGATIVE_SIGNS)[strength - 1]


def levels(values: Array, scale: float | Array) -> Levels:
    """Values in steps of an eighth of `scale`; what is beyond it, or no number, is cut."""
    shares = np.nan_to_num(values / scale, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.asarray(np.rint(np.clip(shares, -1, 1) * STEPS), np.int8)


def palette_of(widget: Widget, signs: bool | None = None) -> Palette:
    """The palette that the widget's background and its terminal ask for."""
    ground = widget.background_colors[1]
    if ground.ansi is not None and not widget.app.current_theme.dark:
        ground = Color(255, 255, 255, ansi=ground.ansi)  # the terminal's own, which is light
    plain = Style(color=widget.rich_style.color, bgcolor=ground.rich_color)
    few = widget.app.console.color_system == "standard"
    in_signs = widget.app.no_color if signs is None else signs
    return Palette(ramp(ground, few), plain, in_signs)


@lru_cache(maxsize=64)
def ramp(ground: Color, few: bool) -> tuple[RichColor, ...]:
    """Seventeen colors from negative over the background to positive."""
    if few:
        steps = range(1, STEPS + 1)
        positive = [_of_16(ground, POSITIVE_16, step) for step in steps]
        negative = [_of_16(ground, NEGATIVE_16, step) for step in steps]
    else:
        far = Color.parse("#fff0d0" if ground.brightness < 0.5 else "#3a1c00")
        cold = Color.parse("#d8ecff" if ground.brightness < 0.5 else "#001d40")
        positive, negative = _blends(ground, POSITIVE, far), _blends(ground, NEGATIVE, cold)
    return (*reversed(negative), ground.rich_color, *positive)


def _blends(ground: Color, hue: Color, end: Color) -> list[RichColor]:
    """From the background to the hue in six steps, and two on toward the far end."""
    shares = (0.12, 0.26, 0.42, 0.6, 0.8, 1.0)
    blends = [ground.blend(hue, share) for share in shares]
    return [color.rich_color for color in (*blends, hue.blend(end, 0.35), hue.blend(end, 0.75))]


def _of_16(ground: Color, colors: tuple[tuple[int, int, int], ...], step: int) -> RichColor:
    if step < 3:  # so that noise does not shout
        return ground.rich_color
    return RichColor.from_rgb(*colors[0 if step < 5 else 1 if step < 7 else 2])
