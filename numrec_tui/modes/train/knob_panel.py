"""The panel of the hyperparameters: the list, what a knob does, and a field for typing."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Label

from engine.errors import SettingsError
from engine.plural import counted
from engine.training.hyperparameters import Hyperparameters, Knob
from numrec_tui.modes.train.knob_list import KNOBS, RATE, KnobList
from numrec_tui.session.data_report import settings_of
from numrec_tui.session.report import Report
from numrec_tui.text.setting_text import change_text, setting_text
from numrec_tui.widgets.field import Field


def differences(before: Hyperparameters, after: Hyperparameters) -> list[str]:
    """Where settings differ, as a person reads it: "batch size 64→512"."""
    return [
        change_text(knob.name, getattr(before, knob.name), getattr(after, knob.name))
        for knob in KNOBS
        if getattr(before, knob.name) != getattr(after, knob.name)
    ]


RUN_DOWN = 0.1
"""A schedule that leaves no more of the rate than this makes turning it nearly pointless."""


def bent_away(report: Report) -> str:
    """Why a change of the rate does hardly anything now, and what does; empty if it does.

    It has room where the help of a knob is: 3 lines of 22 characters in the lowest window.
    """
    running, position = report.running, report.position
    factor = running.schedule_factor(position)
    if not position or report.rate is None or factor > RUN_DOWN:
        return ""
    name = running.schedule.replace("_", " ")
    share = f"{100 * factor:.2g}%"
    if running.schedule_factor(position + running.epochs * NEXT) > factor:
        return f"{name} is warming up: {share} of it is in force by now"
    if running.schedule in ("step", "exponential"):
        return f"{name} leaves {share} of it: fork with schedule constant"
    return f"{name} leaves {share} of it: raise epochs, or fork with constant"


NEXT = 1e-3
"""A little of the epochs planned, to see where a schedule is going."""


class Knobs(Vertical):
    """The panel; the field is shown only while a value is typed."""

    ALLOW_MAXIMIZE = True

    DEFAULT_CSS = """
    Knobs {
        & > #help { width: 1fr; color: $text-muted; height: 5; padding: 0 1; }
        & > #refusal { width: 1fr; color: $text-error; height: auto; max-height: 4; padding: 0 1; }
        & > Input { height: 1; border: none; background: $surface-lighten-1; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave_field", "Cancel")]

    def __init__(self) -> None:
        super().__init__()
        self._list = KnobList(id="list")
        self._refusal = Label(id="refusal", markup=False)
        self._field = Field(id="field")
        self._help = Label(id="help")
        self._hint = ""
        """Why turning the learning rate does hardly anything now; empty if it does something."""
        self._fit = Hyperparameters(), Hyperparameters(), 0
        """The preset as it fits the data, as it is for large sets, and the number of images."""
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

    @property
    def value(self) -> str:
        """What the chosen knob is set to."""
        return setting_text(getattr(self._list.settings, KNOBS[self._list.chosen].name))

    def show(self, report: Report) -> None:
        """Show the settings, and how many of them differ from the preset they come from."""
        size = report.about_data.size if report.about_data else None
        preset, plain = settings_of(report.preset, size), settings_of(report.preset)
        fit = preset, plain, size.train if size else 0
        self._list.show(report.settings, report.running, preset, plain)
        bent = report.running.schedule != "constant"
        self._list.show_in_force(report.rate if bent else None)
        hint = bent_away(report)
        if (hint, fit) != (self._hint, self._fit):
            self._hint, self._fit = hint, fit
            self._tell_about(KNOBS[self._list.chosen])
        changed = len(differences(preset, report.settings))
        subtitle = report.preset + (f" +{changed}" if changed else "")
        if subtitle != self.border_subtitle:  # setting it draws the whole panel anew
            self.border_subtitle = subtitle

    @on(KnobList.Chosen)
    def _show_help(self) -> None:
        knob = KNOBS[self._list.chosen]
        self._tell_about(knob)
        self._refuse("")

    def _tell_about(self, knob: Knob) -> None:
        if knob is RATE and self._hint:
            self._help.update(f"[$text-warning]{self._hint}[/]")
            return
        when = "at once" if knob.live else "next run"
        fit, plain, images = self._fit
        if getattr(fit, knob.name) != getattr(plain, knob.name):
            usual = setting_text(getattr(plain, knob.name))
            when += f"; ≈ fitted to {counted(images, 'image')}, else {usual}"
        choices = f": {', '.join(map(setting_text, knob.choices))}" if knob.choices else ""
        self._help.update(f"[$text-warning]{knob.warning}[/]\n{knob.help}{choices} ({when})")

    @on(KnobList.TypeAsked)
    def _open_field(self) -> None:
        field, listed = self._field, self._list
        knob = self._typed = KNOBS[listed.chosen]
        value = getattr(listed.settings, knob.name)
        field.value = str(value) if isinstance(value, str | float) else setting_text(value)
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

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a field there is none to leave."""
        return action != "leave_field" or self._field.display

    def action_leave_field(self) -> None:
        """Leave the field and change nothing."""
        self._close_field()
        self._list.focus()

    def _close_field(self) -> None:
        self._refuse("")
        self._field.display = False

    def _refuse(self, reason: str) -> None:
        self._refusal.update(reason)
        self._refusal.display = bool(reason)
