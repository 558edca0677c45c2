"""The hyperparameters as a list of knobs: chosen with ↑↓, turned with ←→, grouped by subject."""

from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from engine.training.hyperparameters import Hyperparameters, Knob, knobs
from numrec_tui.text.cut import cut
from numrec_tui.text.setting_text import setting_text

KNOBS = tuple(knobs().values())

LINES: tuple[Knob | str, ...] = tuple(
    line for group, of_group in groupby(KNOBS, lambda knob: knob.group)
    for line in (group, *of_group)
)  # fmt: skip
"""The lines of the list: the name of each group, then its knobs."""

IN_FORCE = "in force"
"""The line below the learning rate while a schedule bends it."""

RATE = next(line for line in LINES if isinstance(line, Knob) and line.name == "learning_rate")

BELOW_RATE = LINES.index(RATE) + 1

BENT_LINES = (*LINES[:BELOW_RATE], IN_FORCE, *LINES[BELOW_RATE:])


class KnobList(ScrollView, can_focus=True):
    """A line a knob: name, * where it differs from the preset, value, ● where it acts at once.

    ≈ marks what the preset has fitted to a small set.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "knobs--group",
        "knobs--name",
        "knobs--value",
        "knobs--chosen",
        "knobs--live",
        "knobs--waiting",
    }
    """
    | Class | What it styles |
    | :- | :- |
    | `knobs--group` | The name of a group. |
    | `knobs--name` | A setting's name. |
    | `knobs--value` | Its value. |
    | `knobs--chosen` | The line of the chosen knob. |
    | `knobs--live` | The dot of a setting that changes at once. |
    | `knobs--waiting` | A value that waits for the next run. |
    """

    DEFAULT_CSS = """
    KnobList {
        width: 1fr;
        height: 1fr;
        background: transparent;
        scrollbar-size-vertical: 1;
        & > .knobs--group { color: $text-muted; }
        & > .knobs--name { color: $text-muted; }
        & > .knobs--value { color: $text; text-style: bold; }
        & > .knobs--chosen { background: $surface-lighten-2; color: $text; }
        & > .knobs--live { color: $success; }
        & > .knobs--waiting { color: $warning; text-style: bold; }
        &:focus > .knobs--chosen { background: $primary; color: $text; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", "Choose", show=False, key_display="↑↓", id="knob.up",
                tooltip="Choose a knob"),
        Binding("down", "choose(1)", "Choose", show=False, id="knob.down"),
        Binding("home", "choose(-99)", "First", show=False, id="knob.first",
                tooltip="The first knob"),
        Binding("end", "choose(99)", "Last", show=False, id="knob.last", tooltip="The last knob"),
        Binding("pagedown", "choose_group(1)", "Next group", show=False, id="knob.next_group",
                tooltip="The first knob of the next group"),
        Binding("pageup", "choose_group(-1)", "Previous group", show=False,
                id="knob.previous_group", tooltip="The first knob of the group before"),
        Binding("left", "turn(False)", "Turn", key_display="←→", id="knob.less",
                tooltip="Turn the chosen knob down or up"),
        Binding("right", "turn(True)", "Turn", show=False, id="knob.more"),
        Binding("enter", "type", "Type", id="knob.type", tooltip="Type a value"),
    ]  # fmt: skip

    class Turned(Message):
        """A knob is to be turned by one notch."""

        def __init__(self, setting: str, up: bool) -> None:
            self.setting = setting
            self.up = up
            super().__init__()

    class Typed(Message):
        """A knob is to be set to `value`."""

        def __init__(self, setting: str, value: object) -> None:
            self.setting = setting
            self.value = value
            super().__init__()

    class TypeAsked(Message):
        """A value is to be typed for the chosen knob."""

    class Chosen(Message):
        """Another knob was chosen."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.settings = Hyperparameters()
        self.running = Hyperparameters()
        self.preset = self.plain = Hyperparameters()
        self.chosen = next(i for i, knob in enumerate(KNOBS) if knob.name == "learning_rate")
        self._in_force = ""
        """The rate after the schedule; empty where that is the rate itself."""
        self.virtual_size = Size(0, len(LINES))

    def show(
        self,
        settings: Hyperparameters,
        running: Hyperparameters,
        preset: Hyperparameters,
        plain: Hyperparameters,
    ) -> None:
        """Show what the next run will use, and mark where this run or the preset is different.

        preset: as it fits the data. plain: as it is for a large set.
        """
        shown = settings, running, preset, plain
        if shown != (self.settings, self.running, self.preset, self.plain):
            self.settings, self.running, self.preset, self.plain = shown
            self.refresh()

    def show_in_force(self, rate: float | None) -> None:
        """Show the rate in force below the learning rate; None takes the line away."""
        text = "" if rate is None else setting_text(float(f"{rate:.3g}"))
        if text == self._in_force:
            return
        moved = bool(text) != bool(self._in_force)
        self._in_force = text
        if moved:
            self.virtual_size = Size(0, len(self._lines))
            self.refresh()
        else:
            self.refresh_line(BELOW_RATE)

    @property
    def term(self) -> str:
        """The chosen knob, in the words of the glossary."""
        return KNOBS[self.chosen].label

    @property
    def _lines(self) -> tuple[Knob | str, ...]:
        return BENT_LINES if self._in_force else LINES

    def render_line(self, y: int) -> Strip:
        """One knob, or the name of a group."""
        row, width, lines = y + self.scroll_offset.y, self.size.width, self._lines
        if row >= len(lines):
            return Strip.blank(width, self.rich_style)
        line = lines[row]
        if line is IN_FORCE:
            return self._line_in_force(width)
        if isinstance(line, str):
            rule = f"─ {line} ".ljust(width - 1, "─")
            style = self.rich_style + self._color("knobs--group")
            return Strip([Segment(rule, style)]).adjust_cell_length(width, self.rich_style)
        return self._line_of(line, width)

    def _line_in_force(self, width: int) -> Strip:
        """The rate after the schedule, its digits below those of the rate itself."""
        label = f"   {IN_FORCE}".ljust(max(width - len(self._in_force) - 4, 0))
        name, value = (self.rich_style + self._color(f"knobs--{n}") for n in ("name", "value"))
        parts = [Segment(label, name), Segment(f"{self._in_force}    ", value)]
        return Strip(parts).adjust_cell_length(width, self.rich_style)

    def _line_of(self, knob: Knob, width: int) -> Strip:
        value, current = getattr(self.settings, knob.name), getattr(self.running, knob.name)
        chosen = knob is KNOBS[self.chosen]
        ground = self.get_component_rich_style("knobs--chosen") if chosen else self.rich_style
        waiting = value != current
        kind = "knobs--waiting" if waiting else "knobs--value"
        name = Style() if chosen else self._color("knobs--name")
        shade = Style(bold=True) if chosen and not waiting else self._color(kind)
        shown = f"◂ {setting_text(value)} ▸" if chosen else f"  {setting_text(value)}  "
        dot = "●" if knob.live else "○" if waiting else " "
        room = max(width - len(shown) - 2, 0)
        usual = getattr(self.preset, knob.name)
        star = "*" if value != usual else "≈" if usual != getattr(self.plain, knob.name) else ""
        label = f"{'▸' if chosen else ' '}{cut(knob.label, room - 1 - len(star))}{star}"
        return Strip(
            [
                Segment(label.ljust(room), ground + name),
                Segment(shown, ground + shade),
                Segment(f"{dot} ", ground + self._color("knobs--live" if knob.live else kind)),
            ]
        ).adjust_cell_length(width, ground)

    def _color(self, component: str) -> Style:
        """A component's text color and attributes, over whatever ground the line has."""
        style = self.get_component_rich_style(component)
        return Style(color=style.color, bold=style.bold)

    def action_choose(self, by: int) -> None:
        """Choose the knob `by` lines further down."""
        self.chosen = max(0, min(len(KNOBS) - 1, self.chosen + by))
        knob, lines = KNOBS[self.chosen], self._lines
        row = lines.index(knob)
        heading = isinstance(lines[row - 1], str)  # is to be seen, too
        bent = knob is RATE and lines is BENT_LINES  # and so is what is below it
        region = Region(0, row - heading, 1, 1 + heading + bent)
        self.scroll_to_region(region, animate=False, force=True)
        self.refresh()
        self.post_message(self.Chosen())

    def action_choose_group(self, by: int) -> None:
        """Choose the first knob of another group."""
        groups = list(dict.fromkeys(knob.group for knob in KNOBS))
        index = groups.index(KNOBS[self.chosen].group) + by
        group = groups[max(0, min(len(groups) - 1, index))]
        first = next(k for k, knob in enumerate(KNOBS) if knob.group == group)
        self.action_choose(first - self.chosen)

    def action_turn(self, up: bool) -> None:
        """Turn the chosen knob by one notch."""
        self.post_message(self.Turned(KNOBS[self.chosen].name, up))

    def action_type(self) -> None:
        """Ask for a field in which to type a value."""
        self.post_message(self.TypeAsked())

    def on_click(self, event: events.Click) -> None:
        """Choose the knob that was clicked; a second click lets a value be typed."""
        row = event.y + self.scroll_offset.y
        lines = self._lines
        line = lines[row] if row < len(lines) else ""
        if isinstance(line, str):
            return
        if line is KNOBS[self.chosen]:
            self.action_type()
        else:
            self.action_choose(KNOBS.index(line) - self.chosen)
