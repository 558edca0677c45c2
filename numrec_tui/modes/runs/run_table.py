"""A table of runs, drawn line by line: only what is seen costs anything, however many there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from numrec_tui.charts.legend import COLORS
from numrec_tui.history.columns import ARROWS, COLUMNS, Column, fitting
from numrec_tui.history.history import PastRun
from numrec_tui.text.cut import cut

GUTTER = 4
"""Cells before the first column: the cursor, the sign of a marked run's curve, a blank."""


class RunTable(ScrollView, can_focus=True):
    """Runs under a heading; a cursor, and signs beside the marked ones.

    hint: what to say while there are no runs.
    """

    DEFAULT_CSS = f"""
    RunTable {{
        width: 1fr;
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .run-table--heading {{ color: $text-muted; text-style: bold; }}
        & > .run-table--sorted {{ color: $text-primary; text-style: bold; }}
        & > .run-table--hint {{ color: $text-muted; }}
        & > .run-table--cursor {{ background: $surface-lighten-1; text-style: bold; }}
        &:focus > .run-table--cursor {{ background: $primary 30%; }}
        & > .run-table--mark-1 {{ color: {COLORS[0]}; }}
        & > .run-table--mark-2 {{ color: {COLORS[1]}; }}
        & > .run-table--mark-3 {{ color: {COLORS[2]}; }}
        & > .run-table--mark-4 {{ color: {COLORS[3]}; }}
    }}
    """
    PARTS: ClassVar[tuple[str, ...]] = ("heading", "sorted", "hint", "cursor")
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"run-table--{part}" for part in PARTS),
        *(f"run-table--mark-{index}" for index in range(1, len(COLORS) + 1)),
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Run before", show=False, id="runs.up",
                tooltip="The run above"),
        Binding("down", "move(1)", "Run after", show=False, id="runs.down",
                tooltip="The run below"),
        Binding("pageup", "turn_page(-1)", "Page up", show=False, id="runs.page_up",
                tooltip="A page of runs up"),
        Binding("pagedown", "turn_page(1)", "Page down", show=False, id="runs.page_down",
                tooltip="A page of runs down"),
        Binding("home", "move(-1_000_000_000)", "First run", show=False, id="runs.first",
                tooltip="The first run of the table"),
        Binding("end", "move(1_000_000_000)", "Last run", show=False, id="runs.last",
                tooltip="The last run of the table"),
    ]  # fmt: skip

    class Moved(Message):
        """Another run is under the cursor, or the same one has other figures."""

    @dataclass
    class SortAsked(Message):
        """The heading of a column was clicked."""

        column: Column

    @dataclass
    class MarkAsked(Message):
        """The sign of the run under the cursor was clicked, or the run twice."""

    def __init__(self, hint: str = "") -> None:
        super().__init__()
        self.hint = hint
        self.runs: list[PastRun] = []
        self.cursor = 0
        self._signs: Mapping[int, tuple[str, int]] = {}
        self._sorted: tuple[Column, bool] = (COLUMNS[0], True)

    @property
    def term(self) -> str:
        """The column that the runs are sorted by, in the words of the glossary."""
        return self._sorted[0].name

    @property
    def chosen(self) -> PastRun | None:
        """The run under the cursor."""
        return self.runs[self.cursor] if self.runs else None

    def show(self, runs: Sequence[PastRun], column: Column, falls: bool) -> None:
        """Show these, in this order; the cursor stays on its run, or else in its place."""
        before, runs = self.chosen, list(runs)
        if (column, falls) != self._sorted:
            self._sorted = (column, falls)
            self.refresh()
        if len(runs) == len(self.runs) and all(map(_same, runs, self.runs)):
            self._replace_changed(runs)
        else:
            self.runs = runs
            indices = (index for index, run in enumerate(runs) if before and run.id == before.id)
            self.cursor = next(indices, min(self.cursor, max(len(runs) - 1, 0)))
            self._fit()
            self._follow_cursor()
            self.refresh()
        if self.chosen != before:
            self.post_message(self.Moved())

    def show_signs(self, signs: Mapping[int, tuple[str, int]]) -> None:
        """Put signs beside runs: of a run's number the two characters and the color from 0 on."""
        if signs != self._signs:
            self._signs = dict(signs)
            self.refresh()

    def _replace_changed(self, runs: list[PastRun]) -> None:
        pairs = enumerate(zip(self.runs, runs, strict=True))
        changed = [y for y, (old, new) in pairs if old is not new and old != new]
        self.runs = runs
        top = int(self.scroll_offset.y) - 1
        for y in changed:
            self.refresh(Region(0, y - top, self.size.width, 1))

    def _fit(self) -> None:
        self.virtual_size = Size(0, len(self.runs) + 1)

    def on_resize(self) -> None:
        """Other columns may fit now."""
        self._fit()
        self._follow_cursor()

    def action_move(self, by: int) -> None:
        """Move the cursor by so many runs."""
        self._put_cursor(self.cursor + by)

    def action_turn_page(self, by: int) -> None:
        """Move the cursor by so many pages."""
        self._put_cursor(self.cursor + by * max(self.size.height - 2, 1))

    def _put_cursor(self, index: int) -> None:
        index = max(0, min(index, len(self.runs) - 1))
        if self.runs and index != self.cursor:
            self.cursor = index
            self._follow_cursor()
            self.refresh()
            self.post_message(self.Moved())

    def _follow_cursor(self) -> None:
        """Scroll no further than is needed to see the cursor below the heading."""
        rows = max(self.size.height - 1, 1)
        top = int(self.scroll_offset.y)
        top = max(min(top, self.cursor), self.cursor - rows + 1)
        if top != int(self.scroll_offset.y):
            self.scroll_to(y=top, animate=False, immediate=True)

    def on_click(self, event: events.Click) -> None:
        """A heading sorts, a row is chosen, its sign or a second click marks it."""
        at = event.get_content_offset(self)
        if at is None:
            return
        if at.y == 0:
            start = GUTTER
            for column, width in self._columns():
                if start <= at.x <= start + width:
                    self.post_message(self.SortAsked(column))
                start += width + 1
            return
        index = int(self.scroll_offset.y) + at.y - 1
        if index < len(self.runs):
            self._put_cursor(index)
            if at.x < GUTTER or event.chain == 2:
                self.post_message(self.MarkAsked())

    def _columns(self) -> list[tuple[Column, int]]:
        return fitting(self.scrollable_content_region.width - GUTTER)

    def render_line(self, y: int) -> Strip:
        """The heading, or a run."""
        width = self.scrollable_content_region.width
        if y == 0:
            strip = self._heading()
        elif not self.runs:
            styled = self.get_component_rich_style("run-table--hint")
            strip = Strip([Segment(f"{' ' * GUTTER}{self.hint if y == 2 else ''}", styled)])
        else:
            index = int(self.scroll_offset.y) + y - 1
            strip = self._row(index) if index < len(self.runs) else Strip.blank(width)
        return strip.adjust_cell_length(width, self.rich_style).apply_style(self.rich_style)

    def _heading(self) -> Strip:
        chosen, falls = self._sorted
        segments = [Segment(" " * GUTTER)]
        for column, width in self._columns():
            here = column is chosen
            part = "sorted" if here else "heading"
            text = f"{column.name}{ARROWS[falls]}" if here else column.name
            style = self.get_component_rich_style(f"run-table--{part}")
            segments += [Segment(_cell(text, width, column.right), style), Segment(" ")]
        return Strip(segments)

    def _row(self, index: int) -> Strip:
        run = self.runs[index]
        here = index == self.cursor
        base = self.get_component_rich_style("run-table--cursor") if here else Style()
        segments = [Segment("▸" if here else " ", base)]
        sign, color = self._signs.get(run.id, ("  ", 0))
        name = f"run-table--mark-{color % len(COLORS) + 1}"
        tint = self.get_component_rich_style(name, partial=True)
        segments += [Segment(_cell(sign, 2), base + tint), Segment(" ", base)]
        for column, width in self._columns():
            text = _cell(column.say(run), width, column.right)
            segments.append(Segment(f"{text} ", base))
        return Strip(segments).adjust_cell_length(self.scrollable_content_region.width, base)


def _same(one: PastRun, other: PastRun) -> bool:
    return one.id == other.id


def _cell(text: str, width: int, right: bool = False) -> str:
    """Exactly `width` cells; what is cut off is told by dots, and no number is cut."""
    text = "".join(character if character.isprintable() else " " for character in text)
    text = cut(text, width)
    blank = " " * (width - cell_len(text))
    return blank + text if right else text + blank
