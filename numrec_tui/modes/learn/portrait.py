"""The digit that is followed, the weights that lead to the unit, and the loudest units."""

from collections.abc import Iterable
from math import ceil, sqrt

import numpy as np
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import Static

from engine.data.area_means import area_means
from engine.nn.arrays import Array
from numrec_tui.lessons.followed import Followed, unit_name
from numrec_tui.lessons.own_step import loudest
from numrec_tui.text.cut import rounded
from numrec_tui.widgets.digit import DigitPicture, bar
from numrec_tui.widgets.signed_map import SignedMap
from numrec_tui.widgets.thumbnails import shrunk

SMALL, MEDIUM, LARGE = 14, 28, 56
"""Pixels of the longer side of a picture, in windows of up to 80x24, of 120x34, of 200x60."""

LEGEND = 26
"""Columns of the weights' legend."""

LONGEST_BAR = 30


class Portrait(Horizontal):
    """What the steps are about, in pictures."""

    DEFAULT_CSS = """
    Portrait {
        height: auto; width: 1fr; border: round $foreground 30%; padding: 0 1;
        border-title-color: $text-muted; border-subtitle-color: $text-muted;
    }
    Portrait > * { height: 100%; margin-right: 1; }
    Portrait > Static { width: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._digit, self._weights = DigitPicture(), SignedMap()
        self._loud = Static(markup=False)

    def compose(self) -> Iterable[Widget]:
        """Side by side."""
        yield self._digit
        yield self._weights
        yield self._loud

    def show(self, told: Followed, window: Size) -> None:
        """Show these. window: the size of the terminal, which decides how large."""
        side = side_in(window)
        image = sized(told.digit.image.astype(np.float32), side)
        self._digit.styles.width = image.shape[1]
        self._digit.show(np.rint(image).astype(np.uint8))
        picture = sized(incoming(told), side)
        rows = max(ceil(len(image) / 2), ceil(len(picture) / 2)) + 1
        if self.styles.height is None or self.styles.height.value != rows + 2:
            self.styles.height = rows + 2
        self._weights.styles.width = max(picture.shape[1], LEGEND)
        name = unit_name(told.network, told.names, told.weight.layer, told.weight.target)
        self._weights.show(picture, name.partition(" of ")[0], "less")
        self._loud.update(loud_units(told, rows, self._loud.size.width))


def side_in(window: Size) -> int:
    """The longer side of a picture, in pixels, that leaves room for the words."""
    if window.width >= 160 and window.height >= 50:
        return LARGE
    return MEDIUM if window.width >= 100 and window.height >= 30 else SMALL


def sized(picture: Array, side: int) -> Array:
    """A picture (r, c) with a longer side of at most `side`, each pixel as often as it fits."""
    rows, columns = picture.shape
    times = side // max(rows, columns)
    if times > 1:
        return picture.repeat(times, axis=0).repeat(times, axis=1)
    small = shrunk(rows, columns, side)
    return picture if small == (rows, columns) else area_means(picture[None], *small)[0]


def incoming(told: Followed) -> Array:
    """The weights that lead to the unit: as the digit is laid out, or a square of units below."""
    weights = told.network.weights[told.weight.layer][:, told.weight.target]
    if told.weight.layer == 0:
        return np.nan_to_num(weights.reshape(told.digit.image.shape))
    columns = ceil(sqrt(len(weights)))
    square = np.zeros(ceil(len(weights) / columns) * columns, weights.dtype)
    square[: len(weights)] = np.nan_to_num(weights)
    return square.reshape(-1, columns)


def loud_units(told: Followed, rows: int, width: int) -> Content:
    """The loudest units of the layer, in so many rows, and the one that is followed."""
    layer, chosen = told.weight.layer, told.weight.target
    sent = told.passed.a[layer + 1]
    units = loudest(told.passed, layer)[: max(rows - 1, 1)].tolist()
    if chosen not in units:
        units[-1] = chosen
    most = max(float(np.abs(np.nan_to_num(sent)).max()), 1e-12)
    is_output = layer == len(told.network.weights) - 1
    names = [told.names[unit] if is_output else str(unit) for unit in units]
    longest = max(map(len, names))
    room = min(max(width - longest - 10, 0), LONGEST_BAR)
    lines = [Content.styled("classes" if is_output else "loudest units", "$text-muted")]
    for unit, name in zip(units, names, strict=True):
        value = float(sent[unit])
        mark, style = ("▸", "bold") if unit == chosen else (" ", "")
        text = f"{mark}{name:>{longest}} {rounded(value, 6):>7} {bar(abs(value) / most, room)}"
        lines.append(Content.styled(text, style))
    return Content("\n").join(lines)
