"""Mode 1, Train: steer the hyperparameters, watch the curves, look at a digit being read."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widget import Widget

from engine.errors import EngineError, SaveError
from engine.training.hyperparameters import Hyperparameters, settings_from
from engine.training.small_sets import fitted
from numrec_tui.modes.mode import ModeScreen
from numrec_tui.modes.run_chart import RUN_CHART_KEYS, RunChart
from numrec_tui.modes.train.digit_wall import DigitWall
from numrec_tui.modes.train.health_line import ROOMY, HealthLine
from numrec_tui.modes.train.health_watch import HealthWatch
from numrec_tui.modes.train.knob_list import KnobList
from numrec_tui.modes.train.knob_panel import Knobs
from numrec_tui.modes.train.presets import PresetsScreen
from numrec_tui.modes.train.progress_line import ProgressLine
from numrec_tui.session.report import Report
from numrec_tui.storage.paths import preferences_file, settings_file
from numrec_tui.storage.preferences import read as read_preferences
from numrec_tui.storage.preferences import remember_hints
from numrec_tui.storage.settings_file import read, write
from numrec_tui.widgets.digit_panel import DigitPanel
from numrec_tui.widgets.path_prompt import PathScreen, as_path, is_file

if TYPE_CHECKING:
    from numrec_tui.session.session import Session


WALL_SIZE = 150, 40
"""Columns and rows of a window that has room for a wall of digits."""


class TrainScreen(ModeScreen):
    """Three panels, and a wall of digits where there is room.

    Everything they ask for goes to the session; reports come back.
    """

    name_of_mode = "train"
    CSS_PATH = Path("screen.tcss")
    AUTO_FOCUS = "KnobList"

    BINDINGS: ClassVar[list[BindingType]] = [
        *RUN_CHART_KEYS,
        Binding("f", "fork", "Fork", id="train.fork",
                tooltip="A second run from here, with the settings shown; this one is saved"),
        Binding("comma", "digit(-1)", "Digit", show=False, key_display=", .",
                id="train.previous", tooltip="The digit before or after, from any panel"),
        Binding("full_stop", "digit(1)", "Digit", show=False, id="train.next"),
        Binding("d", "wall", "Digit wall", show=False, id="train.wall",
                tooltip="In a large window: many digits at once, right or wrong, or back"),
        Binding("v", "view", "Digit/chart", id="train.view",
                tooltip="The digit in the chart's place, or back"),
        Binding("u", "undo", "Undo", show=False, id="train.undo",
                tooltip="Take back the last change of a setting"),
        Binding("p", "presets", "Presets", show=False, id="train.presets",
                tooltip="Choose a preset"),
        Binding("t", "settings_file", "Settings file", show=False, id="train.settings_file",
                tooltip="Write the settings to a TOML file, or read them from one"),
        Binding("z", "zoom", "Zoom", show=False, id="train.zoom",
                tooltip="Let the focused panel fill the screen, or back"),
    ]  # fmt: skip

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._knobs = Knobs()
        self._chart = RunChart("space begins, F1 explains")
        self._progress = ProgressLine()
        self._health = HealthLine()
        self._digit, self._wall = DigitPanel(), DigitWall()
        self._watch = HealthWatch(session, count=lambda: self._wall.count)
        self._wants_wall = True
        self._has_hinted = False

    def panels(self) -> Iterable[Widget]:
        """Knobs on the left; chart and digit share the rest, the wall of digits below them."""
        yield self._knobs
        center = Vertical(self._chart, self._progress, self._health, id="center")
        yield Container(center, self._digit, self._wall, id="right")
        yield self._watch

    def on_mount(self) -> None:
        """Tell what is worth doing next, unless that was told before."""
        self._health.hints = read_preferences(preferences_file()).hints

    @property
    def said(self) -> str:
        """What the chosen knob is set to, and what is said below the chart."""
        progress = Content.from_markup(str(self._progress.content)).plain
        return " · ".join((self._knobs.value, str(self._health.content), progress))

    @property
    def busy(self) -> str | None:
        """What is about to be shown anew; None while nothing is."""
        return self._watch.busy

    def show_report(self, report: Report) -> None:
        """Bring every panel up to date."""
        self._knobs.show(report)
        self._digit.show(report.validation, report.reading)
        self._progress.show(report)
        self._health.follow(report)
        self._make_room()
        self._wall.show(report.validation, report.reading.index)
        self._chart.show(report)
        self._watch.follow(report)

    @on(HealthWatch.Found)
    def _show_found(self, found: HealthWatch.Found) -> None:
        """Show the network's health, and the predictions on the wall; not of another run."""
        if self.report is None or found.run != self.report.run:
            return
        self._health.show(found.health)
        self._make_room()
        if found.predictions is not None:
            self._wall.read(found.predictions)

    def _make_room(self) -> None:
        """In a low window the digit gives up two lines for the curves in words."""
        self.set_class(self._health.reads_curves and self.size.height < ROOMY, "-read")

    @on(HealthLine.Hinted)
    def _remember_hints(self) -> None:
        """Tell it no more after this session; where that cannot be kept, it is told again."""
        if not self._has_hinted:
            self._has_hinted = True
            with suppress(SaveError):
                remember_hints(preferences_file())

    def flush(self) -> None:
        """Draw the newest data now, not at the chart's next turn."""
        self._chart.flush()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what makes sense now."""
        if action == "view":
            return self.has_class("-narrow") or self.has_class("-short")
        if action == "wall":
            return self._has_room_for_wall
        if action == "fork":
            return self.report is not None and self.report.state not in ("ready", "failed")
        if action == "chart":
            return self._chart.offers(str(parameters[0]))
        return super().check_action(action, parameters)

    def applies(self, action: str) -> bool:
        """Whether there is something to undo."""
        return action != "undo" or bool(self.report and self.report.can_undo)

    def action_chart(self, what: str) -> None:
        """Turn what the chart shows, or how."""
        self._chart.turn(what)

    def action_fork(self) -> None:
        """Begin a second run from here."""
        self.session.fork()

    def action_digit(self, by: int) -> None:
        """Show the digit before or after."""
        self._digit.action_move(by)

    def action_view(self) -> None:
        """In a small window, show the digit in the chart's place, or back."""
        self.toggle_class("-show-digit")
        panel = self._digit if self.has_class("-show-digit") else self._knobs.query_one(KnobList)
        panel.focus()

    def on_resize(self) -> None:
        """Another size, other keys that make sense, and other panels."""
        self.refresh_bindings()
        self._health.fit()
        self._make_room()
        self._show_wall()

    @property
    def _has_room_for_wall(self) -> bool:
        return self.size.width >= WALL_SIZE[0] and self.size.height >= WALL_SIZE[1]

    def _show_wall(self) -> None:
        self.set_class(self._wants_wall and self._has_room_for_wall, "-walled")
        self.call_after_refresh(self._watch.look_when_due, again=True)

    def action_wall(self) -> None:
        """Show the wall of digits, or give its room to the chart."""
        self._wants_wall = not self._wants_wall
        self._show_wall()

    def action_zoom(self) -> None:
        """Let the focused panel fill the screen, or give the space back."""
        if self.maximized is not None:
            self.minimize()
        elif self.focused is not None:
            panels = (self._knobs, self._chart, self._digit)
            self.maximize(next(node for node in self.focused.ancestors_with_self if node in panels))

    def action_undo(self) -> None:
        """Take back the last change of a setting."""
        self.session.undo()

    def action_presets(self) -> None:
        """Offer the presets."""
        if self.report:
            facts = self.report.about_data
            size = facts.size if facts else None
            menu = PresetsScreen(self.report.settings, self.report.preset, size)
            self.app.push_screen(menu, self._use_preset)

    def _use_preset(self, name: str | None) -> None:
        if name:
            self.session.use_preset(name)

    def action_settings_file(self) -> None:
        """Write the settings to a file, or read them from one."""
        title = "Settings file (TOML, as for train --config)"
        prompt = PathScreen(str(settings_file()), title, "path of a .toml file", _does_with)
        self.app.push_screen(prompt, self._exchange)

    def _exchange(self, typed: str | None) -> None:
        if typed is None or self.report is None:
            return
        path = as_path(typed)
        try:
            if is_file(path):
                self.session.use(self._settings_in(path))
                said = f"Settings read from {path}"
            else:
                write(path, self.report.settings)
                said = f"Settings written to {path}"
        except EngineError as error:
            self.notify(str(error), severity="error")
        else:
            self.notify(said)

    def _settings_in(self, path: Path) -> Hyperparameters:
        """A file's settings; what it does not say fits the data."""
        values, facts = read(path), self.report and self.report.about_data
        chosen = settings_from(values, where=str(path))
        return fitted(values, facts.size) if facts else chosen

    @on(KnobList.Turned)
    def _turn(self, event: KnobList.Turned) -> None:
        self.session.turn(event.setting, event.up)

    @on(KnobList.Typed)
    def _change(self, event: KnobList.Typed) -> None:
        self.session.change(event.setting, event.value)

    @on(DigitWall.Picked)
    def _pick(self, event: DigitWall.Picked) -> None:
        self._digit.go_to(event.index)

    @on(DigitPanel.Moved)
    def _watch_digit(self, event: DigitPanel.Moved) -> None:
        self.session.watch(event.index)


def _does_with(typed: str) -> str:
    """A settings file that is there is read, another one is written; none is written over."""
    if is_file(as_path(typed)):
        return "reads this file into the knobs"
    return "writes the settings to a new file"
