"""How the pad looks: its pixels as lines of the screen, the hint, and the pen on them."""

from collections.abc import Sequence

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from engine.nn.arrays import Bytes
from numrec_tui.modes.draw.pen import Point
from numrec_tui.widgets.digit import half_blocks, shade_strips

ON_BLACK = Style(color=Color.from_rgb(170, 170, 170), bgcolor=Color.from_rgb(0, 0, 0))
"""The pad is black in every theme, and so its hint is gray."""


def pad_strips(picture: Bytes, scale: int, shades: Style | None) -> list[Strip]:
    """A picture (rows, columns), each pixel `scale` cells wide and half as many high.

    shades: the style of characters that stand for grays; None draws in grays.
    """
    large = picture.repeat(scale, axis=0).repeat(scale, axis=1)
    return half_blocks(large) if shades is None else shade_strips(large, shades)


def write_hint(strips: list[Strip], lines: Sequence[str], shades: Style | None) -> None:
    """Write lines into the upper part of the strips, above the middle."""
    for row, line in enumerate(lines, len(strips) // 6):
        start = (strips[row].cell_length - len(line)) // 2
        strips[row] = _over(strips[row], start, [Segment(line, shades or ON_BLACK)])


def put_pen(
    strips: list[Strip], picture: Bytes, scale: int, pen: Point, mark: Segment | Color | None
) -> None:
    """Show where the pen is: color the pixel under it, or put a sign in its place.

    pen: (x, y) on the picture. mark: a color, or a sign of one cell.
    """
    column, row = int(pen[0]), int(pen[1])
    for line in range(row * scale // 2, (row * scale + scale + 1) // 2):
        if isinstance(mark, Segment):
            cell = mark
        else:
            halves = ((2 * line) // scale, (2 * line + 1) // scale)
            top, bottom = (mark if half == row else _gray(picture, half, column) for half in halves)
            cell = Segment("▀", Style(color=top, bgcolor=bottom))
        strips[line] = _over(strips[line], column * scale, [cell] * scale)


def _gray(picture: Bytes, row: int, column: int) -> Color:
    return Color.from_rgb(*[17 * (int(picture[row, column]) >> 4)] * 3)


def _over(strip: Strip, start: int, segments: list[Segment]) -> Strip:
    """A strip with some of its cells replaced."""
    end = start + sum(segment.cell_length for segment in segments)
    width = strip.cell_length
    return Strip([*strip.crop(0, start), *segments, *strip.crop(end, width)], width)
