"""A wall of weight pictures, one a unit: it scrolls, it is drawn line by line, one is chosen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from rich.cells import set_cell_size
from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from engine.data.area_means import area_means
from engine.nn.arrays import Array
from engine.plural import counted
from numrec_tui import clock
from numrec_tui.insight.units import scale_of
from numrec_tui.widgets.signed_colors import Levels, Palette, in_border, levels, palette_of

SIDES = (8, 10, 14, 20, 28)
"""Columns that a picture may take."""

ROOMY = 64
"""Columns of a wall from which on its pictures are larger."""

SAMPLE = 64
"""Pictures that the common scale is taken from."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What a wall shows at a time; its titles are made of this and of nothing else.

    pictures (n, rows, columns). captions: a word or two for each, behind its number.
    dead (n,): which are to be marked as dead; None while that is not known.
    """

    pictures: Array
    captions: Sequence[str] = ()
    dead: NDArray[np.bool_] | None = None
    which: str = "units"
    """What has these weights."""
    weighed: bool = False
    """Whether they are weighed by the ink."""
    off: frozenset[int] = frozenset()
    """Which are switched off."""


NOTHING = Weights(np.zeros((0, 1, 1), np.float32))


class WeightWall(ScrollView, can_focus=True):
    """Pictures (n, rows, columns) in a grid, each with its number; `Chosen` tells which is chosen.

    It draws what is in sight, at most three times a second while new weights come in. The titles
    in its border are written whenever, and only when, it is drawn anew, of the same numbers.
    signs: draw with characters instead of colors; None does so where there are no colors.
    """

    DEFAULT_CSS = """
    WeightWall {
        width: 1fr;
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & > .weights--number { color: $text-muted; }
        & > .weights--dead { color: $text-disabled; text-style: italic; }
        & > .weights--off { color: $text-warning; text-style: bold; }
        & > .weights--chosen { color: $text; background: $primary; text-style: bold; }
        & > .weights--frame { color: $primary; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "weights--number",
        "weights--dead",  # the number of a unit that no digit excites
        "weights--off",  # the number of a unit that is switched off
        "weights--chosen",
        "weights--frame",  # on both sides of the chosen picture
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Unit", key_display="←↑↓→", id="weights.left",
                tooltip="Choose a unit"),
        Binding("right", "move(1)", "Unit", show=False, id="weights.right"),
        Binding("up", "row(-1)", "Unit", show=False, key_display="←↑↓→", id="weights.up",
                tooltip="Choose a unit"),
        Binding("down", "row(1)", "Unit", show=False, id="weights.down"),
        Binding("pageup", "page(-1)", "Unit", show=False, id="weights.page_up"),
        Binding("pagedown", "page(1)", "Unit", show=False, id="weights.page_down"),
        Binding("home", "end(False)", "Unit", show=False, id="weights.home"),
        Binding("end", "end(True)", "Unit", show=False, id="weights.end"),
        Binding("enter", "open", "Look", show=False, id="weights.open",
                tooltip="Look at the chosen unit"),
    ]  # fmt: skip
    SECONDS_BETWEEN_BUILDS: ClassVar[float] = 0.33
    MOST_BUSY: ClassVar[float] = 0.05
    """The share of the time that drawing may take: a large wall is drawn less often."""

    term: ClassVar[str] = "unit"
    """What it shows, in the words of the glossary."""

    class Chosen(Message):
        """Another unit is chosen."""

        def __init__(self, unit: int) -> None:
            self.unit = unit
            super().__init__()

    class Opened(Message):
        """The chosen unit is to be looked at closely."""

    def __init__(self, signs: bool | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.signs = signs
        self.chosen = 0
        self.common = True
        """Whether all pictures share a scale; else each has its own."""
        self.scale = 1.0
        """The weight in full color, when all share a scale."""
        self._size_step: int | None = None
        self._side, self._across, self._tall = (1, 1), 1, 2
        self._newest = self._drawn = NOTHING
        self._rows: dict[int, list[Strip]] = {}
        self._palette: Palette | None = None
        self._stale = self._resting = False
        self._spent = 0.0

    def show(self, weights: Weights, at_once: bool = False) -> None:
        """Show these from now on; at_once: without waiting for the wall's next turn."""
        resized = weights.pictures.shape != self._drawn.pictures.shape
        self._newest, self._stale = weights, True
        if resized or at_once or not self._resting:
            self._renew(fit=resized)

    @property
    def _pictures(self) -> Array:
        """What is drawn."""
        return self._drawn.pictures

    def set_common(self, common: bool) -> None:
        """Let all pictures share a scale, or give each its own."""
        self.common = common
        self._renew()

    def grow(self, by: int) -> None:
        """Draw the pictures larger or smaller by a step."""
        step = min(max(self._step + by, 0), len(SIDES) - 1)
        if by < 0 or SIDES[step - 1] < self._pictures.shape[2]:
            self._size_step = step
            self._renew(fit=True)

    @property
    def _step(self) -> int:
        """Which of the sizes is wanted: what was asked for, else what suits the room."""
        if self._size_step is not None:
            return self._size_step
        usual = 2 if self._width >= ROOMY else 1
        larger = (step for step in reversed(range(len(SIDES))) if self._all_fit(SIDES[step]))
        return max(usual, next(larger, 0))

    def _all_fit(self, columns: int) -> bool:
        """Whether every picture would be in sight at this width."""
        count, rows, most = map(int, self._pictures.shape)
        across = (self._width - 1) // (min(columns, most) + 1)
        tall = math.ceil(rows * min(columns, most) / most / 2) + 2
        return across > 0 and math.ceil(count / across) * tall <= self.size.height

    def choose(self, unit: int) -> None:
        """Choose a unit and bring it into sight."""
        unit = min(max(unit, 0), len(self._pictures) - 1)
        if unit < 0 or unit == self.chosen:
            return
        for row in {self.chosen // self._across, unit // self._across}:
            self._rows.pop(row, None)
        self.chosen = unit
        self._scroll_to_chosen()
        self.refresh()
        self.post_message(self.Chosen(unit))

    def render_line(self, y: int) -> Strip:
        """One line of the wall."""
        width = self.size.width
        y += self.scroll_offset.y
        row, line = divmod(y, self._tall)
        if row * self._across >= len(self._pictures):
            return Strip.blank(width, self.rich_style)
        if row not in self._rows:
            began = clock.current.spent()
            self._rows[row] = self._build(row)
            self._spent += clock.current.spent() - began
        return self._rows[row][line].adjust_cell_length(width, self.rich_style)

    def notify_style_update(self) -> None:
        """Another theme, or the focus came or went: draw anew, in other colors."""
        super().notify_style_update()
        self._palette = None
        self._rows = {}
        if self.is_running:
            self._write_titles()

    def on_resize(self) -> None:
        """Other columns."""
        self._renew(fit=True)

    def on_click(self, event: Click) -> None:
        """Choose what is under the mouse; two clicks look at it closely."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        column = min(offset.x // (self._side[1] + 1), self._across - 1)
        unit = (offset.y + self.scroll_offset.y) // self._tall * self._across + column
        if unit < len(self._pictures):
            self.choose(unit)
            if event.chain == 2:
                self.action_open()

    def action_move(self, by: int) -> None:
        """Choose the unit before or after."""
        self.choose(self.chosen + by)

    def action_row(self, by: int) -> None:
        """Choose the unit above or below, if there is one."""
        if 0 <= self.chosen + by * self._across < len(self._pictures):
            self.choose(self.chosen + by * self._across)

    def action_page(self, by: int) -> None:
        """Choose a unit a screenful away."""
        self.choose(self.chosen + by * self._across * max(self.size.height // self._tall, 1))

    def action_end(self, last: bool) -> None:
        """Choose the first unit or the last."""
        self.choose(len(self._pictures) - 1 if last else 0)

    def action_open(self) -> None:
        """Look at the chosen unit closely."""
        self.post_message(self.Opened())

    @property
    def _width(self) -> int:
        """Columns beside the scrollbar."""
        return self.scrollable_content_region.width

    def _measured(self) -> tuple[tuple[int, int], int, int]:
        """Rows and columns of a picture as it is drawn, pictures in a row, lines of a picture.

        As many stand in a row as are near the wanted size; they share the width evenly.
        """
        rows, columns = map(int, self._pictures.shape[1:])
        wide = self._width - 1
        across = max(int(wide / (min(SIDES[self._step], columns) + 1) + 0.6), 1)
        drawn = max(min(wide // across - 1, columns), 1)
        tall = min(max(round(rows * drawn / columns), 1), rows)
        return (tall, drawn), across, math.ceil(tall / 2) + 1

    def _fit(self) -> None:
        self._side, self._across, self._tall = self._measured()
        rows = math.ceil(len(self._pictures) / self._across)
        self.virtual_size = Size(self._width, rows * self._tall)
        self._scroll_to_chosen()

    def _scroll_to_chosen(self) -> None:
        top = self.chosen // self._across * self._tall
        self.scroll_to_region(
            Region(0, top, 1, self._tall), animate=False, force=True, immediate=True
        )

    def _renew(self, fit: bool = False) -> None:
        """Draw what is in sight anew, then rest for as long as the last drawing was costly.

        fit: the pictures may have another size or number than before.
        """
        self._rows, self._stale = {}, False
        self._drawn = self._newest
        if fit:
            self.chosen = min(self.chosen, max(len(self._pictures) - 1, 0))
            self._fit()
        if self.common:
            some = self._pictures[:: max(len(self._pictures) // SAMPLE, 1)]
            self.scale = scale_of(area_means(some, *self._side)) if some.size else 1.0
        self._write_titles()
        self.refresh()
        if self.is_running:
            self._resting = True
            rest = max(self.SECONDS_BETWEEN_BUILDS, self._spent / self.MOST_BUSY)
            self._spent = 0.0
            clock.current.call_later(self, rest, self._end_rest)

    def _write_titles(self) -> None:
        """Say in the border what is drawn, and on what scale."""
        drawn = self._drawn
        if not self._pictures.size or not self.is_running:
            return
        dead = 0 if drawn.dead is None else int(drawn.dead.sum())
        more = f", {dead} dead" if dead else ""
        more += f", {len(drawn.off)} off" if drawn.off else ""
        one = {"classes": "class", "units": "unit"}.get(drawn.which, drawn.which)
        count = counted(len(self._pictures), one, drawn.which)
        self.border_title = f"Weights of {count}{more}"
        full = f"{self.scale:.2g}"
        ends = (f"-{full}", f"+{full}") if self.common else ("-", "+  own scales")
        weighed = " × ink" if drawn.weighed else ""
        self.border_subtitle = in_border(self._colors.legend(*ends), weighed)

    @property
    def _colors(self) -> Palette:
        if self._palette is None:
            self._palette = palette_of(self, self.signs)
        return self._palette

    def _end_rest(self) -> None:
        self._resting = False
        if self._stale:
            self._renew()

    def _levels(self, first: int, end: int) -> Levels:
        """Levels of some pictures, each with a column of nothing before it: (n, lines·2, w+1)."""
        small = area_means(self._pictures[first:end], *self._side)
        scales: float | Array = self.scale
        if not self.common:
            scales = np.array([scale_of(picture) for picture in small])[:, None, None]
        return np.pad(levels(small, scales), ((0, 0), (0, self._side[0] % 2), (1, 0)))

    def _build(self, row: int) -> list[Strip]:
        """All lines of a row of pictures: numbers first."""
        first = row * self._across
        end = min(first + self._across, len(self._pictures))
        drawn = self._levels(first, end)
        lines = drawn.transpose(1, 0, 2).reshape(drawn.shape[1], -1)  # (lines·2, n·(w+1))
        lines = np.pad(lines, ((0, 0), (0, 1)))
        strips = self._colors.strips(lines)
        if first <= self.chosen < end:
            strips = [self._framed(strip, self.chosen - first) for strip in strips]
        return [self._numbers(first, end), *strips]

    def _framed(self, strip: Strip, column: int) -> Strip:
        style = self.get_component_rich_style("weights--frame")
        left, right = column * (self._side[1] + 1), (column + 1) * (self._side[1] + 1)
        bars = [Strip([Segment(bar, style)]) for bar in "▐▌"]
        inside = strip.crop(left + 1, right)
        return Strip.join([strip.crop(0, left), bars[0], inside, bars[1], strip.crop(right + 1)])

    def _numbers(self, first: int, end: int) -> Strip:
        segments = [Segment(" ", self.rich_style)]
        dead, captions = self._drawn.dead, self._drawn.captions
        for unit in range(first, end):
            is_dead = dead is not None and bool(dead[unit])
            is_off = unit in self._drawn.off
            kind = "off" if is_off else "dead" if is_dead else "number"
            more = "dead" if is_dead else captions[unit] if captions else ""
            more = "off" if is_off else more
            kind = "chosen" if unit == self.chosen else kind
            gap = self._side[1] - len(str(unit)) - len(more)
            text = f"{unit}{' ' * max(gap, 1)}{more}"
            style = self.get_component_rich_style(f"weights--{kind}")
            segments.append(Segment(set_cell_size(text, self._side[1]), style))
            segments.append(Segment(" ", self.rich_style))
        return Strip(segments)
