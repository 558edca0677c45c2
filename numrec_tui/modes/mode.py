"""What all modes have in common: the top bar, the keys that steer the run, reports and views."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from engine.nn.arrays import Bytes
from engine.training.hyperparameters import Hyperparameters
from numrec_tui.lessons.glossary import listed
from numrec_tui.modes.data_screen import Chosen, DataScreen
from numrec_tui.modes.doubts_screen import HIDE, DoubtsScreen
from numrec_tui.modes.download_screen import DownloadScreen
from numrec_tui.modes.glossary_screen import GlossaryScreen
from numrec_tui.modes.registry import MODES
from numrec_tui.session.report import NetworkView, Report
from numrec_tui.storage.known_sets import known_sets
from numrec_tui.storage.own_set_files import as_names
from numrec_tui.storage.published_sets import missing
from numrec_tui.widgets.data_notice import DataNotice
from numrec_tui.widgets.key_line import KeyLine
from numrec_tui.widgets.sized_screen import SizedScreen
from numrec_tui.widgets.top_bar import TopBar

if TYPE_CHECKING:
    from numrec_tui.session.session import Session


CANCEL_LOADING = Binding(
    "escape", "cancel_loading", "Cancel", show=False, id="data.stop",
    tooltip="Cancel the download or the loading of data",
)  # fmt: skip
"""For modes with an escape of their own, before that."""

FOLLOW = Binding(
    "y", "follow", "Follow", show=False, id="learn.yours",
    tooltip="Follow this digit, or unit, through the network in Learn, number by number",
)  # fmt: skip
"""For modes that show a subject."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What a mode shows and Learn can follow. row: of a validation digit, or None.

    image (rows, columns), of the size of the data, and its name: a picture that is none of those.
    label: its class; None where that is not known. unit: of the first layer; None for a loud one.
    """

    row: int | None = None
    image: Bytes | None = None
    name: str = ""
    label: int | None = None
    unit: int | None = None


NEEDS: dict[str, Callable[[Report], object]] = {
    "doubts": lambda report: report.about_data and report.about_data.doubts,
    "go_on": lambda report: report.can_go_on,
    "rescue": lambda report: report.way_back,
    "full_speed": lambda report: report.batches_per_second,
    "faster": lambda report: report.batches_per_second,
    "cancel_loading": lambda report: report.loading,
}
"""What there has to be for an action to make sense."""


class ModeScreen(SizedScreen[None]):
    """One mode. What it asks for goes to the session; reports and views of the network come back.

    A mode composes its panels in `panels`, and shows what it is given in `show_report` and, if it
    `looks` at the network, in `show_view`; both are called only while it is in front.
    """

    name_of_mode: ClassVar[str] = ""
    looks: ClassVar[bool] = False
    """Whether the mode wants a copy of the network whenever it has learned."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "start_or_pause", "Run/pause", id="train.toggle",
                tooltip="Start, pause, go on"),
        Binding("n", "step", "Batch", show=False, id="train.step", tooltip="Train one batch"),
        Binding("asterisk", "full_speed", "Full speed", key_display="*", id="train.full_speed",
                tooltip="As many batches a second as there can be"),
        Binding("left_parenthesis", "slower", "Slower", show=False, key_display="(",
                id="train.slower", tooltip="Fewer batches a second, down to one, to watch them"),
        Binding("right_parenthesis", "faster", "Faster", show=False, key_display=")",
                id="train.faster", tooltip="More batches a second, up to full speed"),
        Binding("r", "renew", "New", id="train.renew",
                tooltip="A new run with the settings shown; this one is saved"),
        Binding("g", "go_on", "Go on", id="train.go_on",
                tooltip="Go on with the run that was left"),
        Binding("h", "rescue", "Halve rate", id="train.rescue",
                tooltip="Go back to the last healthy epoch, with half the learning rate it had"),
        Binding("s", "save", "Save", id="train.save", tooltip="Save the model"),
        Binding("exclamation_mark", "doubts", "Data", show=False, key_display="!", id="data.doubts",
                tooltip="What can hardly be right about the data, and what mends it"),
        Binding("D", "data", "Learn from", show=False, key_display="D", id="data.choose",
                tooltip="Choose what to learn from: a set, several together, or a part of one"),
        Binding("f1", "explain", "Glossary", show=False, key_display="F1", id="app.glossary",
                tooltip="What the word under the cursor means, and every other one"),
        CANCEL_LOADING,
    ]  # fmt: skip

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self.session = session
        self.report: Report | None = None
        """What the panels show."""
        self._top_bar = TopBar(
            [(mode.name, mode.title) for mode in MODES.values()], self.name_of_mode
        )
        self._notice = DataNotice()

    def compose(self) -> ComposeResult:
        """The top bar, the mode's own panels, the keys."""
        yield self._top_bar
        yield self._notice
        yield from self.panels()
        yield KeyLine()

    @property
    def picked(self) -> tuple[str, ...]:
        """The glossary's names of what has the cursor: a widget's `term` says what it shows."""
        nodes = self.focused.ancestors_with_self if self.focused is not None else ()
        return tuple(filter(None, (getattr(node, "term", "") for node in nodes)))

    @property
    def said(self) -> str:
        """What the mode says in words now, such as a warning, for the glossary."""
        return ""

    @property
    def busy(self) -> str | None:
        """What the mode is about to show anew, in a few words; None while it shows all it knows."""
        return None

    def panels(self) -> Iterable[Widget]:
        """What stands between top bar and keys."""
        return ()

    def begin_with(self, subject: str) -> None:
        """Begin with something that the mode can show, by its name."""

    def hear(self, report: Report) -> None:
        """Take in a report, even while another mode is in front; `show` follows if this one is."""

    @property
    def subject(self) -> Subject:
        """What Learn can follow, of a mode with the key `FOLLOW`."""
        return Subject()

    def follow(self, subject: Subject, of: str) -> None:
        """Show what another mode showed; of: the name of that mode."""

    def show(self, report: Report) -> None:
        """Bring every panel up to date."""
        before, self.report = self.report, report
        self._top_bar.show(report)
        self._notice.show(report)
        self.show_report(report)
        if before is None or _offers(before) != _offers(report):
            self.refresh_bindings()

    def show_report(self, report: Report) -> None:
        """Bring the mode's own panels up to date."""

    def show_view(self, view: NetworkView) -> None:
        """Show the network as it is now."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what makes sense now."""
        state = self.report.state if self.report else None
        if (needed := NEEDS.get(action)) is not None:
            return bool(self.report and needed(self.report))
        if action in ("start_or_pause", "step") and state in ("diverged", "failed"):
            return None
        return True

    def applies(self, action: str) -> bool:
        """Whether an action whose key works here has anything to work on."""
        del action
        return True

    def action_start_or_pause(self) -> None:
        """Start, pause, go on."""
        self.session.toggle()

    def action_step(self) -> None:
        """Train one batch."""
        self.session.step()

    def action_slower(self) -> None:
        """Train fewer batches a second."""
        self.session.change_rate(faster=False)

    def action_faster(self) -> None:
        """Train more batches a second."""
        self.session.change_rate(faster=True)

    def action_full_speed(self) -> None:
        """Train as many batches a second as there can be."""
        self.session.full_speed()

    def action_renew(self) -> None:
        """Begin a new run with the settings shown."""
        self.session.renew()

    def action_go_on(self) -> None:
        """Take up the run that was left."""
        self.session.go_on()

    def action_rescue(self) -> None:
        """Go on from the last healthy epoch with half the rate of that time."""
        self.session.rescue()

    async def action_follow(self) -> None:
        """Follow what is shown here in Learn."""
        subject = self.subject
        await self.run_action("app.mode('learn')")
        mode = self.app.screen_stack[0]
        if isinstance(mode, ModeScreen):
            mode.follow(subject, self.name_of_mode)

    def action_doubts(self) -> None:
        """Tell what can hardly be right about the data, and offer to mend it."""
        if self.report and self.report.about_data:
            page = DoubtsScreen(self.report.data, self.report.about_data.doubts)
            self.app.push_screen(page, self._mend)

    def action_data(self) -> None:
        """Ask what to learn from, and begin a run on it."""
        now = map(as_names, (self.session.source, self.session.score_on))
        self.app.push_screen(DataScreen(known_sets(), *now), self._learn_from)

    def _learn_from(self, chosen: Chosen | None) -> None:
        if chosen is None:
            return
        if chosen.overfits is not None:
            self._overfit(chosen.overfits)
        begin = partial(self.session.learn_from, chosen.names, chosen.keep_network, chosen.score_on)
        wanted = missing(",".join(filter(None, (chosen.names, chosen.score_on))))
        if not wanted:
            begin()
            return

        def answer(yes: bool | None) -> None:
            if yes:
                begin(download=True)

        self.app.push_screen(DownloadScreen(wanted), answer)

    def _overfit(self, wanted: bool) -> None:
        """Set what lets a network learn its images by heart and shows that, or set it back."""
        usual = Hyperparameters()
        for name, value in (("augment", "off"), ("validation", "test")):
            if wanted:
                self.session.change(name, value)
            elif self.report and getattr(self.report.settings, name) == value:
                self.session.change(name, getattr(usual, name))

    def action_explain(self) -> None:
        """Open the glossary at the word under the cursor."""
        self.app.push_screen(GlossaryScreen(listed(self.name_of_mode, self.picked, self.said)))

    def action_cancel_loading(self) -> None:
        """Stay with the data in use."""
        self.session.cancel_loading()

    def _mend(self, answer: str | None) -> None:
        if answer == HIDE:
            self.session.hide_doubts()
        elif answer:
            self.session.mend(answer)

    async def action_save(self) -> None:
        """Save the model now; where that cannot be done, ask what to do."""
        if self.report is not None and self.report.in_danger:
            await self.run_action("app.unsaved")
        else:
            self.session.save()


def _offers(report: Report) -> tuple[object, ...]:
    """What decides which keys make sense."""
    return report.state, *(bool(needed(report)) for needed in NEEDS.values())
