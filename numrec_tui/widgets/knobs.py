"""The hyperparameters as knobs: chosen with ↑↓, turned with ←→, typed after enter."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Input, Label

from engine.errors import SettingsError
from engine.training.hyperparameters import Hyperparameters, knobs

KNOBS = tuple(knobs().values())


def as_text(value: object) -> str:
    """A setting's value as a person writes it."""
    match value:
        case bool():
            return "on" if value else "off"
        case tuple():
            return ",".join(map(str, value)) or "none"
        case float():
            return f"{value:g}"
        case _:
            return str(value).replace("_", " ")


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: max(length - 1, 0)] + "…"


class KnobList(ScrollView, can_focus=True):
    """The list itself, a line a knob: name, value, ● where a change acts at once."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "knobs--name",
        "knobs--value",
        "knobs--chosen",
        "knobs--live",
        "knobs--waiting",
    }
    """
    | Class | What it styles |
    | :- | :- |
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
        self.chosen = next(i for i, knob in enumerate(KNOBS) if knob.name == "learning_rate")
        self.virtual_size = Size(0, len(KNOBS))

    def show(self, settings: Hyperparameters, running: Hyperparameters) -> None:
        """Show what the next run will use, and mark where this run still uses something else."""
        if (settings, running) != (self.settings, self.running):
            self.settings, self.running = settings, running
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One knob."""
        row = y + self.scroll_offset.y
        if row >= len(KNOBS):
            return Strip.blank(self.size.width, self.rich_style)
        knob, width = KNOBS[row], self.size.width
        value, current = getattr(self.settings, knob.name), getattr(self.running, knob.name)
        chosen = row == self.chosen
        ground = self.get_component_rich_style("knobs--chosen") if chosen else self.rich_style
        waiting = value != current
        kind = "knobs--waiting" if waiting else "knobs--value"
        name = Style() if chosen else self._color("knobs--name")
        shown = f"◂ {as_text(value)} ▸" if chosen else f"  {as_text(value)}  "
        dot = "●" if knob.live else "○" if waiting else " "
        room = max(width - len(shown) - 2, 0)
        label = f"{'▸' if chosen else ' '}{_cut(knob.label, room - 1)}".ljust(room)
        return Strip(
            [
                Segment(label, ground + name),
                Segment(shown, ground + self._color(kind)),
                Segment(f"{dot} ", ground + self._color("knobs--live" if knob.live else kind)),
            ]
        ).adjust_cell_length(width, ground)

    def _color(self, component: str) -> Style:
        """A component's text color and attributes, over whatever ground the line has."""
        style = self.get_component_rich_style(component, partial=True)
        return Style(color=style.color, bold=style.bold)

    def action_choose(self, by: int) -> None:
        """Choose the knob `by` lines further down."""
        self.chosen = max(0, min(len(KNOBS) - 1, self.chosen + by))
        self.scroll_to_region(Region(0, self.chosen, 1, 1), animate=False, force=True)
        self.refresh()
        self.post_message(self.Chosen())

    def action_turn(self, up: bool) -> None:
        """Turn the chosen knob by one notch."""
        self.post_message(self.Turned(KNOBS[self.chosen].name, up))

    def action_type(self) -> None:
        """Ask for a field in which to type a value."""
        self.post_message(self.TypeAsked())

    def on_click(self, event: events.Click) -> None:
        """Choose the knob that was clicked; a second click lets a value be typed."""
        row = event.y + self.scroll_offset.y
        if row == self.chosen:
            self.action_type()
        elif row < len(KNOBS):
            self.action_choose(row - self.chosen)


class Knobs(Vertical):
    """The panel: the list, a line of help, and the field in which a value is typed."""

    ALLOW_MAXIMIZE = True

    DEFAULT_CSS = """
    Knobs {
        & > #help { width: 1fr; color: $text-muted; height: 3; padding: 0 1; }
        & > #refusal { width: 1fr; color: $text-error; height: auto; max-height: 4; padding: 0 1; }
        & > Input { height: 1; border: none; background: $surface-lighten-1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._list = KnobList(id="list")
        self._refusal = Label(id="refusal")
        self._field = Input(id="field", compact=True)
        self._help = Label(id="help")
        self._typed = KNOBS[0]
        """The knob whose value is being typed."""

    def compose(self) -> ComposeResult:
        """The parts; field and refusal are shown only when needed."""
        yield self._list
        yield self._refusal
        yield self._field
        yield self._help

    def on_mount(self) -> None:
        """Begin with the list alone."""
        self.border_title = "Hyperparameters"
        self._field.display = False
        self._refusal.display = False
        self._show_help()

    def show(self, settings: Hyperparameters, running: Hyperparameters) -> None:
        """Show the settings."""
        self._list.show(settings, running)

    @on(KnobList.Chosen)
    def _show_help(self) -> None:
        knob = KNOBS[self._list.chosen]
        when = "at once" if knob.live else "next run"
        self._help.update(f"{knob.help} ({when})")
        self._refuse("")

    @on(KnobList.TypeAsked)
    def _open_field(self) -> None:
        field, listed = self._field, self._list
        knob = self._typed = KNOBS[listed.chosen]
        value = getattr(listed.settings, knob.name)
        field.value = str(value) if isinstance(value, str | float) else as_text(value)
        field.placeholder = ", ".join(knob.choices) or knob.label
        field.display = True
        field.focus()
        field.select_all()

    @on(Input.Submitted)
    def _take_value(self, event: Input.Submitted) -> None:
        event.stop()
        listed = self._list
        knob = self._typed
        try:
            settings = listed.settings.changed(**{knob.name: event.value.strip()})
        except SettingsError as error:
            self._refuse(f"{knob.label} {next(iter(error.problems.values()))}")
            return
        self._close_field()
        self.post_message(KnobList.Typed(knob.name, getattr(settings, knob.name)))
        self._list.focus()

    @on(Input.Blurred)
    def _leave_field(self) -> None:
        """Going elsewhere changes nothing."""
        self._close_field()

    def on_key(self, event: events.Key) -> None:
        """Escape leaves the field and changes nothing."""
        if event.key == "escape" and self._field.display:
            event.stop()
            self._close_field()
            self._list.focus()

    def _close_field(self) -> None:
        self._refuse("")
        self._field.display = False

    def _refuse(self, reason: str) -> None:
        self._refusal.update(reason)
        self._refusal.display = bool(reason)
