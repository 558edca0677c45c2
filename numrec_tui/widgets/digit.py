"""A digit as a picture, and how probable each class is as bars."""

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from numrec_tui.text.cut import clip

SHADES = " ░▒▓█"
EIGHTHS = " ▏▎▍▌▋▊▉"


class DigitPicture(Widget):
    """A grey picture, two pixels a cell, one above the other; centered in its room, or cut.

    shades: draw with characters instead of colors; None does so where there are no colors.
    """

    DEFAULT_CSS = "DigitPicture { width: 100%; height: auto; }"

    def __init__(
        self, shades: bool | None = None, *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.shades = shades
        self._image: NDArray[np.uint8] = np.zeros((0, 0), np.uint8)
        self._strips: list[Strip] = []

    def get_line_filters(self) -> Sequence[LineFilter]:
        """As of every widget, but for the one that a picture does not need."""
        return for_pictures(super().get_line_filters())

    def show(self, image: NDArray[np.uint8]) -> None:
        """Show this from now on.

        image (rows, columns): 0 is black, 255 white.

        Raises:
            ValueError: the array is not a picture.
        """
        if image.ndim != 2 or image.dtype != np.uint8:
            found = f"{image.dtype} {image.shape}"
            raise ValueError(f"A picture is uint8 (rows, columns), this is {found}.")
        resized = image.shape != self._image.shape
        self._image = image.copy()
        self._strips = half_blocks(image)
        self.refresh(layout=resized)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """One cell a column."""
        return int(self._image.shape[1])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One cell for two rows."""
        return len(self._strips)

    def render_line(self, y: int) -> Strip:
        """One line of the picture, with blanks on both sides."""
        style, (width, height) = self.rich_style, self.size
        row = y - (height - len(self._strips)) // 2
        if not 0 <= row < len(self._strips):
            return Strip.blank(width, style)
        strip = shade_strips(self._image, style)[row] if self._in_shades else self._strips[row]
        left = (width - strip.cell_length) // 2
        if left < 0:
            return strip.crop(-left, width - left)
        blank = Strip.blank(left, style)
        return Strip([*blank, *strip]).extend_cell_length(width, style)

    @property
    def _in_shades(self) -> bool:
        if self.shades is not None:
            return self.shades
        return self.app.no_color and self.app.native_ansi_color


class ProbabilityBars(Widget):
    """A bar for each class; ▸ is before the most probable one, ✓ behind the true one.

    Always in the order of the classes; in too few rows for all only the most probable ones, and
    the last row says so.
    """

    DEFAULT_CSS = """
    ProbabilityBars {
        width: 1fr;
        height: 1fr;
        & > .bars--right { color: $text-success; }
        & > .bars--wrong { color: $text-error; }
        & > .bars--guess { color: $text-primary; }
        & > .bars--other { color: $text-muted; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "bars--right",  # the true class
        "bars--wrong",  # the most probable class, when it is not the true one
        "bars--guess",  # the most probable class, when the true one is unknown
        "bars--other",
    }

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._probabilities: tuple[float, ...] = ()
        self._label: int | None = None
        self._names: tuple[str, ...] = ()
        self._ranked: list[int] = []

    def show(
        self,
        probabilities: Sequence[float],
        label: int | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        """Show these from now on.

        probabilities: one a class; what is not finite is shown as –.
        label: the true class, where known. names: the classes' names, their numbers if None.
        """
        resized = len(probabilities) != len(self._probabilities)
        self._probabilities = tuple(float(p) for p in probabilities)
        self._label = label
        self._names = tuple(names or map(str, range(len(probabilities))))
        known = [p if math.isfinite(p) else -math.inf for p in self._probabilities]
        self._ranked = sorted(range(len(known)), key=lambda index: -known[index])
        if resized:
            self.refresh(layout=True)
        else:
            self.refresh(Region(0, 0, self.size.width, len(self._names)))  # nothing is below

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Enough for bars worth looking at."""
        return 28

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A row a class."""
        return len(self._probabilities)

    def render_line(self, y: int) -> Strip:
        """One class."""
        width, height = self.size
        shown, note = self._shown(height)
        if y >= len(shown):
            text = note if y == len(shown) else ""
            style = self.get_component_rich_style("bars--other")
            return Strip([Segment(text, style)]).adjust_cell_length(width, self.rich_style)
        style = self.get_component_rich_style(self._kind(shown[y]))
        return Strip([Segment(self._row(shown[y], width), style)]).adjust_cell_length(width, style)

    def _shown(self, height: int) -> tuple[list[int], str]:
        """The classes that `height` rows have room for, in their order, and what is left out."""
        every = len(self._ranked)
        if height >= every:
            return sorted(self._ranked), ""
        most = max(height - 1, 1)
        return sorted(self._ranked[:most]), f" top {most} of {every}"

    def _guess(self) -> int | None:
        best = self._ranked[0]
        return best if math.isfinite(self._probabilities[best]) else None

    def _kind(self, index: int) -> str:
        if index == self._label:
            return "bars--right"
        if index == self._guess():
            return "bars--guess" if self._label is None else "bars--wrong"
        return "bars--other"

    def _row(self, index: int, width: int) -> str:
        """`▸7✓ ████████▌  98%`; without the bar when there is no room for it."""
        probability = self._probabilities[index]
        longest = min(max(map(len, self._names)), max(1, width // 2 - 4))
        name = clip(self._names[index], longest).ljust(longest)
        pointer = "▸" if index == self._guess() else " "
        tick = "✓" if index == self._label else " "
        percent = f"{probability:.0%}" if math.isfinite(probability) else "–"
        room = max(width - longest - 8, 0)
        gap = " " if room else ""
        return f"{pointer}{name}{tick}{gap}{bar(probability, room)}{gap}{percent:>4}"


def bar(share: float, width: int) -> str:
    """A bar that fills this share of the width, to an eighth of a cell."""
    share = min(max(share, 0.0), 1.0) if math.isfinite(share) else 0.0
    full, rest = divmod(round(share * width * 8), 8)
    return ("█" * full + EIGHTHS[rest].strip()).ljust(width)


def for_pictures(filters: Sequence[LineFilter]) -> list[LineFilter]:
    """Without the one that translates a terminal's sixteen colors.

    Pictures have none of them, but so many others that it would take a sixth of their time.
    """
    return [each for each in filters if not isinstance(each, ANSIToTruecolor)]


def half_blocks(image: NDArray[np.uint8]) -> list[Strip]:
    """Sixteen greys; equal neighbors share a segment. An odd last row has black below it.

    image (rows, columns) -> ceil(rows / 2) strips.
    """
    [lines] = picture_segments(image[None])
    return [Strip(line, image.shape[1]) for line in lines]


def picture_segments(
    images: NDArray[np.uint8], shades: Style | None = None
) -> list[list[list[Segment]]]:
    """Many pictures at once, which takes a fraction of the time: as half blocks, or in shades.

    images (n, rows, columns) -> for each picture, for each line, its segments.
    """
    if shades is not None:
        return [[list(strip) for strip in shade_strips(image, shades)] for image in images]
    levels = np.pad(images >> 4, ((0, 0), (0, images.shape[1] % 2), (0, 0)))
    pairs = levels[:, 0::2] << 4 | levels[:, 1::2]
    differs = np.ones(pairs.shape, bool)
    differs[..., 1:] = pairs[..., 1:] != pairs[..., :-1]
    starts = np.flatnonzero(differs)
    cells = np.diff(starts, append=pairs.size)
    segments = [*map(half_block, pairs.ravel()[starts].tolist(), cells.tolist())]
    ends = np.cumsum(differs.sum(axis=-1)).tolist()
    lines = [segments[begin:end] for begin, end in pairwise([0, *ends])]
    tall = pairs.shape[1]
    return [lines[at * tall : (at + 1) * tall] for at in range(len(images))]


@lru_cache(maxsize=8192)
def half_block(pair: int, cells: int) -> Segment:
    """Cells whose upper and lower halves have two of the sixteen greys: 16 * upper + lower."""
    above, below = (Color.from_rgb(*[17 * level] * 3) for level in divmod(pair, 16))
    return Segment("▀" * cells, Style(color=above, bgcolor=below))


def shade_strips(image: NDArray[np.uint8], style: Style) -> list[Strip]:
    """The picture in five characters, each for the mean of two pixels.

    image (rows, columns) -> ceil(rows / 2) strips.
    """
    pixels = np.pad(image, ((0, len(image) % 2), (0, 0))).astype(np.float64)
    shades = ((pixels[0::2] + pixels[1::2]) / 2 / 255 * (len(SHADES) - 1)).round().astype(int)
    lines = ("".join(SHADES[shade] for shade in line) for line in shades.tolist())
    return [Strip([Segment(line, style)], image.shape[1]) for line in lines]
