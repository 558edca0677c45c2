"""The app: modes, keys that work everywhere, and the session's reports on their way to a screen."""

import asyncio
import gc
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.filter import LineFilter
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.theme import Theme, ThemeProvider

from engine.errors import SaveError
from engine.training.parallel.pool import prepare_for_screens
from engine.training.presets import PRESETS
from numrec_tui.modes.active_keys import active_bindings, active_keys
from numrec_tui.modes.departure import Departure
from numrec_tui.modes.help_screen import HelpScreen
from numrec_tui.modes.keymap import checked
from numrec_tui.modes.messages import MayLeave, SessionReport, SessionView
from numrec_tui.modes.mode import ModeScreen
from numrec_tui.modes.registry import MODES, Screens, keyed, problems
from numrec_tui.session.report import NetworkView, Report
from numrec_tui.storage.exports import write
from numrec_tui.storage.paths import exports_folder, preferences_file, running_folder
from numrec_tui.storage.preferences import read, remember_theme
from numrec_tui.terminal.choose import driver_class
from numrec_tui.terminal.last_message import say
from numrec_tui.terminal.marker import advice, killed
from numrec_tui.terminal.restore import TERMINAL
from numrec_tui.terminal.signals import leaving_on_signals
from numrec_tui.text.console import PrintableConsole
from numrec_tui.widgets.dialog import Palette, once
from numrec_tui.widgets.drawn_lines import forget_with_widgets
from numrec_tui.widgets.printable_filter import PrintableFilter
from numrec_tui.widgets.sized_screen import SizedScreen
from numrec_tui.widgets.sure_timers import ring_however_late
from numrec_tui.widgets.themes import THEMES

if TYPE_CHECKING:
    from numrec_tui.session.session import Session

SMALLEST_PALETTE = 6
"""Rows below which the command palette of Textual 8.2 fails on page up."""


class NumrecApp(App[None]):
    """The terminal lab over one session, which it neither owns nor harms."""

    TITLE = "numrec-tui"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-normal"), (110, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"mode('{mode.name}')", mode.title, show=False,
                  id=f"app.{mode.name}", tooltip=mode.about) for key, mode in keyed()),
        Binding("question_mark", "help", "Help", key_display="?", id="app.help",
                tooltip="This page"),
        Binding("S", "screenshot", "Screenshot", show=False, key_display="S", id="app.screenshot",
                tooltip="Write the screen as SVG to the exports folder"),
        Binding("q", "quit", "Quit", id="app.quit", tooltip="Save the run and leave"),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
    ]  # fmt: skip

    def __init__(
        self,
        session: "Session",
        preferences: Path | None = None,
        notices: Sequence[str] = (),
        mode: str = "",
        subject: str = "",
    ) -> None:
        forget_with_widgets()
        ring_however_late()
        super().__init__(driver_class=driver_class())
        self._event_loop: asyncio.AbstractEventLoop | None = None
        self._leaving: int | None = None
        """The exit code with which the app is to end."""
        self._panicked = False
        self._preferences_file = preferences
        self._printable = PrintableFilter()
        self._notices = notices
        """What is to be told at first."""
        self._kept_theme = ""
        """The theme that the preferences hold."""
        self._first_mode = mode or next(iter(MODES))
        self._first_subject = subject
        self._session = session
        self._report: Report | None = None
        self._looked_at: tuple[object, ...] | None = None
        """The run, its position and its settings at the last view that was asked for."""
        self._departure = Departure(self, session)
        self._holds_garbage = False
        for theme in THEMES:
            self.register_theme(theme)
        self._screens = Screens(session)
        for name in MODES:
            self.add_mode(name, partial(self._screens.take, name))

    def hold_garbage(self) -> None:
        """Look for garbage often, but never through what is here by now, or makes up a mode.

        Otherwise Python stops the screen for 150 ms now and then, to look through all there is and
        to put away many pages of a gallery at once.
        """
        gc.set_threshold(4000, 2, 2)
        gc.freeze()
        self._holds_garbage = True

    def on_load(self) -> None:
        """From here on the app can be asked to end; it may have been asked before."""
        self._event_loop = asyncio.get_running_loop()
        if self._leaving is not None:
            self.exit(return_code=self._leaving)

    async def on_mount(self) -> None:
        """Show the screen; once all of it is there, let the session report."""
        problems = self._take_preferences()
        await self._enter(self._first_mode)
        if self._first_subject and self.mode is not None:
            self.mode.begin_with(self._first_subject)
        for problem in problems:
            self.notify(problem, title="Preferences", severity="warning", markup=False)
        for notice in self._notices:
            self.notify(notice, severity="warning", markup=False)
        self._session.listen(self._hand_on)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line of every widget goes through; the last of them lets nothing foreign out.

        A screenshot is made of the same lines.
        """
        return [*super().get_line_filters(), self._printable]

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

    def _hand_on_view(self, view: NetworkView) -> None:
        self.post_message(SessionView(view))

    def leave(self, code: int) -> None:
        """End the app with an exit code; may be called from a signal handler, at any time."""
        self._leaving = code
        if self._event_loop is not None:
            with suppress(RuntimeError):  # it is over already
                self._event_loop.call_soon_threadsafe(partial(self.exit, return_code=code))

    def _handle_exception(self, error: Exception) -> None:
        """End the app because of a fault; but none is what a screen misses that is taken down.

        Once the app ends, widgets go while others are still being put up, and look for them.
        """
        if not self._exit:
            super()._handle_exception(error)

    def panic(self, *renderables: RenderableType) -> None:
        """End the app because of a fault."""
        self._panicked = True
        super().panic(*renderables)

    @property
    def exit_code(self) -> int:
        """How the app ended: 1 after a fault, however it was left then."""
        failed = self._panicked or self._exception is not None or self.return_code is None
        return 1 if failed else self.return_code or 0

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
        if self._departure.busy:
            return self._departure.busy
        mode = self.mode
        return f"{mode.name_of_mode}: {mode.busy}" if mode is not None and mode.busy else None

    @on(SessionReport)
    def _show(self, message: SessionReport) -> None:
        report = self._report = message.report
        for screen in self._screens.made:
            if isinstance(screen, ModeScreen):
                screen.hear(report)
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
        now = (report.run, report.position, report.running, report.changes)
        if mode.looks and now != self._looked_at:
            self._looked_at = now
            self._session.look(self._hand_on_view)

    async def _enter(self, name: str) -> None:
        """Switch to a mode; what it is made of at first is no garbage."""
        is_new = name not in self._screens.taken
        await self.switch_mode(name)
        if self._holds_garbage and is_new:
            self.call_after_refresh(gc.freeze)

    async def action_mode(self, name: str) -> None:
        """Open a mode; one of another package that cannot be opened is told."""
        if problem := self._screens.problem(name):
            self.notify(problem, severity="error")
            return
        await self._enter(name)
        self._looked_at = None
        self._bring_up_to_date()

    async def action_quit(self) -> None:
        """Leave once everything is saved; asked again meanwhile, leave at once."""
        trains = self._report is not None and self._report.state == "training"
        self._departure.ask(trains)

    @on(MayLeave)
    def _leave_or_ask(self, message: MayLeave) -> None:
        self._departure.answer(message.problem)

    def action_unsaved(self) -> None:
        """Ask what to do about a run that cannot be saved."""
        problem = self._report and self._report.unsaved
        self._departure.ask_what_to_do(problem or "It is not known why.", leaving=False)

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
        self.push_screen(HelpScreen(active_keys(self)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No palette where there is no room for it."""
        if action == "command_palette":
            return self.size.height >= SMALLEST_PALETTE
        return True

    def action_command_palette(self) -> None:
        """Open the palette."""
        if not isinstance(self.screen, CommandPalette):
            self.push_screen(Palette())

    def get_default_screen(self) -> Screen[object]:
        """The screen below all modes, for a moment."""
        return SizedScreen(id="_default")

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
            for binding in active_bindings(self):
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


def follow_the_terminal() -> None:
    """Let no COLUMNS or LINES of the environment freeze the size: Rich and Textual believe them."""
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)


def _make_app(session: "Session", told: Sequence[str], mode: str, subject: str) -> NumrecApp:
    prepare_for_screens()
    follow_the_terminal()
    notices = [*told, *filter(None, [advice(killed(running_folder()), TERMINAL.name)])]
    sys.stderr.writelines(f"numrec-tui: {notice}\n" for notice in notices)
    TERMINAL.keep_marker(running_folder())
    app = NumrecApp(session, preferences_file(), notices, mode, subject)
    app.error_console = PrintableConsole(sys.stderr)  # what it tells of a crash
    app.hold_garbage()
    return app


def run_app(session: "Session", told: Sequence[str] = (), mode: str = "", subject: str = "") -> int:
    """Run the app until it is left; the run is saved whatever ends it. Returns the exit code.

    told: notices at the start. mode: the one to begin with; the first unless given. subject: what
    it is to begin with, as `ModeScreen.begin_with` takes it.
    """
    saved = None
    with leaving_on_signals(session) as ending:
        try:
            app = _make_app(session, [*problems(), *told], mode, subject)
            ending.asks(app.leave)
            app.run()
        finally:
            lost = None
            try:
                saved = session.close()
            except SaveError as error:
                lost = str(error)
            finally:
                TERMINAL.restore()
            if saved:
                say(saved)
            if lost:
                say(f"numrec-tui: {lost}", sys.stderr)
    code = app.exit_code if ending.code is None else ending.code
    return 1 if lost and not code else code
