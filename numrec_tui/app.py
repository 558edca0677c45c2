"""The app: modes, keys that work everywhere, and the session's reports on their way to a screen."""

import asyncio
import gc
import os
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.theme import Theme, ThemeProvider

from engine.errors import SaveError
from engine.training.hyperparameters import Hyperparameters
from engine.training.presets import PRESETS
from engine.training.team import prepare_for_screens
from numrec_tui.exports import write
from numrec_tui.keymap import checked
from numrec_tui.leaving import leaving_on_signals
from numrec_tui.messages import SessionReport, SessionView
from numrec_tui.modes import MODES
from numrec_tui.preferences import read, remember_theme
from numrec_tui.report import Report, View
from numrec_tui.screens.dialog import Palette, once
from numrec_tui.screens.help import HelpScreen
from numrec_tui.screens.mode import ModeScreen
from numrec_tui.settings import exports_folder, preferences_file
from numrec_tui.themes import THEMES

if TYPE_CHECKING:
    from numrec_tui.session import Session

SMALLEST_PALETTE = 6
"""Rows below which the command palette of Textual 8.2 fails on page up."""


class NumrecApp(App[None]):
    """The terminal lab over one session, which it neither owns nor harms."""

    TITLE = "numrec-tui"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-normal"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(key), f"mode('{mode.name}')", mode.title, show=False,
                  id=f"app.{mode.name}", tooltip=mode.about) for key, mode in enumerate(MODES, 1)),
        Binding("question_mark", "help", "Help", key_display="?", id="app.help",
                tooltip="This page"),
        Binding("S", "screenshot", "Screenshot", show=False, key_display="S", id="app.screenshot",
                tooltip="Write the screen as SVG to the exports folder"),
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Save the run and leave"),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
    ]  # fmt: skip

    def __init__(self, session: "Session", preferences: Path | None = None) -> None:
        super().__init__()
        self._preferences_file = preferences
        self._kept_theme = ""
        """The theme that the preferences hold."""
        self._session = session
        self._report: Report | None = None
        self._looked_at: tuple[int, float, Hyperparameters] | None = None
        """The run, its position and its settings at the last view that was asked for."""
        self._holds_garbage = False
        self._opened: set[str] = set()
        """The modes that were opened."""
        for theme in THEMES:
            self.register_theme(theme)
        for mode in MODES:
            self.add_mode(mode.name, partial(mode.open, session))

    def hold_garbage(self) -> None:
        """Look for garbage often, but never through what is here by now, or makes up a mode.

        Otherwise Python stops the screen for 150 ms now and then, to look through all there is and
        to put away many pages of a gallery at once.
        """
        gc.set_threshold(4000, 2, 2)
        gc.freeze()
        self._holds_garbage = True

    async def on_mount(self) -> None:
        """Show the screen; once all of it is there, let the session report."""
        self._event_loop = asyncio.get_running_loop()
        problems = self._take_preferences()
        await self._enter(MODES[0].name)
        for problem in problems:
            self.notify(problem, title="Preferences", severity="warning", markup=False)
        self._session.listen(self._hand_on)

    def _take_preferences(self) -> list[str]:
        """Take over theme and keys as far as they make sense; tells what does not, in sentences."""
        if self._preferences_file is None:
            return []
        preferred = read(self._preferences_file)
        problems = list(preferred.problems)
        if preferred.theme in self.available_themes:
            self.theme = preferred.theme
        elif preferred.theme is not None:
            problems.append(f"There is no theme {preferred.theme!r}; ctrl+p, Theme lists all.")
        self._kept_theme = self.theme
        keys, more = checked(preferred.keys, NumrecApp)
        if keys:
            self.set_keymap(keys)
        self.theme_changed_signal.subscribe(self, self._remember)
        return problems + more

    def _remember(self, theme: Theme) -> None:
        """Keep a theme that was chosen."""
        if self._preferences_file is not None and theme.name != self._kept_theme:
            self._kept_theme = theme.name
            try:
                remember_theme(self._preferences_file, theme.name)
            except SaveError as error:
                self.notify(str(error), severity="warning", markup=False)

    def _hand_on(self, report: Report) -> None:
        """Called in the session's thread: the only thing it does here is to post a message."""
        self.post_message(SessionReport(report))

    def _hand_on_view(self, view: View) -> None:
        self.post_message(SessionView(view))

    def leave(self, code: int) -> None:
        """End the app with an exit code; may be called from a signal handler."""
        self._event_loop.call_soon_threadsafe(partial(self.exit, return_code=code))

    @property
    def mode(self) -> ModeScreen | None:
        """The mode in front; there may be a page over it."""
        screen = next(iter(self.screen_stack), None)
        return screen if isinstance(screen, ModeScreen) else None

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Tell something; paths and what files hold are never markup."""
        del markup
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=False)

    @property
    def busy(self) -> str | None:
        """What is still under way before the screen shows all there is; None if nothing is.

        A run that trains is not: what comes of it next is another thing to be shown.
        """
        if self._session.busy:
            return f"the session: {self._session.busy}"
        mode = self.mode
        return f"{mode.name_of_mode}: {mode.busy}" if mode is not None and mode.busy else None

    @on(SessionReport)
    def _show(self, message: SessionReport) -> None:
        report = self._report = message.report
        self._bring_up_to_date()
        if report.message:
            failed = report.state == "failed" or report.message.startswith("Not saved")
            self.notify(report.message, severity="error" if failed else "information")

    @on(SessionView)
    def _show_view(self, message: SessionView) -> None:
        if self.mode is not None and self.mode.looks and self.mode.is_attached:
            self.mode.show_view(message.view)

    def _bring_up_to_date(self) -> None:
        """Let the mode in front have the latest report, and a view if it has learned since."""
        mode, report = self.mode, self._report
        if mode is None or report is None or not (mode.is_mounted and mode.is_attached):
            return  # it is still being put up, or already taken down because the app ends
        mode.show(report)
        now = (report.run, report.position, report.running)
        if mode.looks and now != self._looked_at:
            self._looked_at = now
            self._session.look(self._hand_on_view)

    async def _enter(self, name: str) -> None:
        """Switch to a mode; what it is made of at first is no garbage."""
        await self.switch_mode(name)
        if self._holds_garbage and name not in self._opened:
            self.call_after_refresh(gc.freeze)
        self._opened.add(name)

    async def action_mode(self, name: str) -> None:
        """Open a mode."""
        await self._enter(name)
        self._looked_at = None
        self._bring_up_to_date()

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Write the screen as SVG, to a name that is free."""
        now = datetime.now().astimezone()
        name = filename or f"{self.current_mode}-{now:%Y-%m-%d-%H%M%S}"
        try:
            folder = Path(path) if path else exports_folder()
            [file] = write(folder, name, {".svg": self.export_screenshot()})
        except SaveError as error:
            self.notify(str(error), severity="error", markup=False)
        else:
            self.notify(f"Screenshot in {file}", markup=False)

    def action_help(self) -> None:
        """Show every key that works now."""
        self.push_screen(HelpScreen(_keys(self)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No palette where there is no room for it."""
        if action == "command_palette":
            return self.size.height >= SMALLEST_PALETTE
        return True

    def action_command_palette(self) -> None:
        """Open the palette."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(Palette(id="--command-palette"))

    def search_themes(self) -> None:
        """Let a theme be chosen."""
        self.push_screen(Palette([ThemeProvider], placeholder="Search for themes…"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette's commands; one that is chosen twice in a burst of keys is done once."""
        for command in self._commands(screen):
            yield command._replace(callback=once(command.callback))

    def _commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action that applies now, presets, and Textual's own."""
        if isinstance(screen, ModeScreen):
            for binding in _bindings(self):
                if binding.action == f"mode('{self.current_mode}')":
                    continue
                if not screen.applies(binding.action):
                    continue
                what = f"{binding.tooltip or binding.description} ({self.get_key_display(binding)})"
                press = partial(self.simulate_key, binding.key)
                yield SystemCommand(binding.description, what, press)
            for name, preset in PRESETS.items():
                use = partial(self._session.use_preset, name)
                yield SystemCommand(f"Preset {name}", f"For the next run: {preset.about}", use)
        for command in super().get_system_commands(screen):
            if command.title not in ("Screenshot", "Quit"):  # ours are told above
                yield command


def _bindings(app: NumrecApp) -> Iterable[Binding]:
    """Each thing that can be done here by a key of ours, once, in the order of declaration."""
    told = set()
    for active in app.screen.active_bindings.values():
        binding = active.binding
        if active.enabled and binding.id and binding.description not in told:
            told.add(binding.description)
            yield binding


def _keys(app: NumrecApp) -> Iterable[tuple[str, str, str]]:
    """The lines of the help page: a key, what it does, and its name among the preferences."""
    for binding in _bindings(app):
        what = binding.tooltip or binding.description
        yield app.get_key_display(binding), what, binding.id or ""
    if app.current_mode == MODES[0].name:
        what = "The next panel; the arrow keys turn a knob, read the chart, change the digit"
        yield "tab", what, ""


def run_app(session: "Session") -> int:
    """Run the app until it is left; the run is saved whatever ends it. Returns the exit code."""
    prepare_for_screens()
    app = NumrecApp(session, preferences_file())
    app.hold_garbage()
    try:
        with leaving_on_signals(app, session):
            app.run()
    finally:
        saved = session.close()  # a SaveError goes on to the command line, which tells it
        if saved:
            _say(saved)
    return app.return_code or 0


def _say(text: str) -> None:
    """Print a line, if there still is somebody to read it."""
    try:
        print(text, flush=True)  # noqa: T201
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):  # or Python tries again to empty them at exit, and fails
            os.dup2(nowhere, stream)
