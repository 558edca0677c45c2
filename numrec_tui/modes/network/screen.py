"""Mode 4, Network: the weights as pictures that turn from noise into strokes, and what they do."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from engine.data.dataset import Digits
from engine.nn.arrays import Array
from engine.nn.network import Network
from engine.plural import counted
from numrec_tui import clock
from numrec_tui.insight.units import ink, pictures, updates
from numrec_tui.insight.weight_history import Moment
from numrec_tui.modes.mode import CANCEL_LOADING, FOLLOW, ModeScreen, Subject
from numrec_tui.modes.network.facts import (
    Study,
    captions,
    layer_distributions,
    layer_facts,
    study,
    unit_facts,
)
from numrec_tui.modes.network.histogram import draw_histograms
from numrec_tui.modes.network.layer_sheet import draw_layers
from numrec_tui.modes.network.sheet import Sheet
from numrec_tui.modes.network.time_line import TimeLine
from numrec_tui.modes.network.unit_sheet import draw_unit
from numrec_tui.modes.network.weight_wall import Weights, WeightWall
from numrec_tui.session.report import NetworkView, Report

if TYPE_CHECKING:
    from numrec_tui.session.session import Session

SHEETS = ("unit", "layers", "histograms")

REST = 2.0
"""Seconds between two studies of the network, which cost training a little."""

BREATH = 0.01
"""Seconds a study rests between two chunks of digits."""


class NetworkScreen(ModeScreen):
    """The wall of weights, a time line below it, and a sheet about a unit or the layers."""

    name_of_mode = "network"
    looks = True
    CSS_PATH = Path("screen.tcss")
    AUTO_FOCUS = "WeightWall"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "sheet", "Panel", id="network.sheet",
                tooltip="The next panel: the unit, the layers, histograms"),
        Binding("enter", "close_up", "Close up", show=False, id="network.close_up",
                tooltip="The panel over the whole width, or back"),
        FOLLOW,
        Binding("o", "switch", "On/off", show=False, id="network.switch",
                tooltip="The chosen unit off, to see what is read without it; or on again"),
        CANCEL_LOADING,
        Binding("escape", "wall", "Back", id="network.wall", tooltip="Back to the wall"),
        Binding("comma", "digit(-1)", "Digit", key_display=", .", id="network.previous",
                tooltip="The validation digit before or after"),
        Binding("full_stop", "digit(1)", "Digit", show=False, id="network.next"),
        Binding("a", "scale", "Scale", id="network.scale",
                tooltip="One scale for all units, or each its own"),
        Binding("i", "ink", "Ink", id="network.ink",
                tooltip="Weigh by how much the ink varies, which hides the noise at the edges"),
        Binding("plus,equals_sign", "grow(1)", "Size", key_display="+ -", show=False,
                id="network.larger", tooltip="Larger or smaller pictures"),
        Binding("minus", "grow(-1)", "Size", show=False, id="network.smaller"),
        Binding("less_than_sign", "moment(-1)", "Time", key_display="< >", id="network.back",
                tooltip="Back and forth through the run"),
        Binding("greater_than_sign", "moment(1)", "Time", show=False, id="network.forth"),
        Binding("backspace", "now", "Now", id="network.now", tooltip="Show the network as it is"),
        Binding("f", "fork", "Fork", id="network.fork",
                tooltip="A second run from here, or from the checkpoint ◆ that is shown"),
    ]  # fmt: skip

    class Studied(Message):
        """A study of a network is done."""

        def __init__(self, network: Network, found: Study) -> None:
            self.network, self.found = network, found
            super().__init__()

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._view: NetworkView | None = None
        self._network: Network | None = None
        """What is shown: the view's network, or an earlier one."""
        self._moment: Moment | None = None
        """What is shown of the run's past; None is the network as it is."""
        self._study: Study | None = None
        self._studying = self._wanted = False
        self._rest: clock.Alarm | None = None
        """Until the next study may begin."""
        self._moved: tuple[float, ...] | None = None
        self._digit = self._reported_digit = 0
        self._sheet_shown = SHEETS[0]
        self._weigh = False
        self._ink: Array | None = None
        self._off: frozenset[int] = frozenset()
        """Units of the first layer that are switched off, here and not in the run."""
        self._wall, self._time, self._sheet = WeightWall(), TimeLine(), Sheet()

    def panels(self) -> Iterable[Widget]:
        """The wall and its time on the left, the sheet on the right."""
        yield Vertical(self._wall, self._time, id="left")
        yield self._sheet

    def show_report(self, report: Report) -> None:
        """Follow the digit of other modes; look anew when settings have changed the network."""
        if report.watches < self.session.watches:
            return  # it is older than the digit that was asked for last
        if report.reading.index != self._reported_digit:
            self._reported_digit = self._digit = report.reading.index
            self._show_sheet()

    def show_view(self, view: NetworkView) -> None:
        """Show the network, unless an earlier one is looked at."""
        before, self._view = self._view, view
        same_set = before is not None and before.split is view.split
        if before is None or not same_set or not _continues(before, view):
            self._moment, self._moved, self._ink, self._study = None, None, None, None
            self._off = frozenset()
        elif view.position > before.position:
            batches = round((view.position - before.position) * self._batches)
            self._moved = updates(before.network, view.network, batches)
        if self._moment is not None and self._moment.position > view.position:
            self._moment = None  # the run was set back to before that
        self._digit %= len(view.split.validation)
        if self._moment is None:
            self._show_network(view.network)
        self._show_time()

    @property
    def subject(self) -> Subject:
        """The unit, and the digit that it is shown with."""
        return Subject(row=self._digit, unit=self._wall.chosen)

    @property
    def _batches(self) -> int:
        return self.report.batches if self.report else 1

    def _show_network(self, network: Network, at_once: bool = False) -> None:
        """Show this network on every panel, and begin to study it."""
        resized = self._network is None or self._network.sizes != network.sizes
        if resized:
            self._study = None
        self._network = network
        self._show_wall(at_once)
        self._show_sheet()
        self._study_soon()

    def _show_wall(self, at_once: bool = False) -> None:
        network, view = self._network, self._view
        if network is None or view is None:
            return
        self._wall.show(
            Weights(
                self._pictures(network, view),
                captions(network, view.split.class_names),
                self._study.activations.dead if self._study else None,
                "classes" if len(network.weights) == 1 else "units",
                self._weigh,
                self._off,
            ),
            at_once,
        )

    def _pictures(self, network: Network, view: NetworkView) -> Array:
        digits = view.split.validation
        rows, columns = digits.images.shape[1:]
        drawn = pictures(network, (rows, columns))
        if not self._weigh:
            return drawn
        if self._ink is None:
            self._ink = ink(digits)
        return drawn * self._ink

    def _show_sheet(self) -> None:
        network, view = self._network, self._view
        if network is None or view is None or not self._sheet.display:
            return
        digits, unit = view.split.validation, min(self._wall.chosen, network.sizes[1] - 1)
        hint, off = "v next panel", self._off
        if self._sheet_shown == "unit":
            picture = self._pictures(network, view)[unit]
            facts = unit_facts(network, digits, unit, self._digit, picture, self._study, off)
            is_class = len(network.weights) == 1
            name = f"Class {digits.class_names[unit]}" if is_class else f"Unit {unit}"
            name += ", off" if unit in off else ""
            hint += "" if is_class else "  o on" if unit in off else "  o off"
            self._sheet.border_title = Content(name)
            draw = partial(draw_unit, facts)
        elif self._sheet_shown == "layers":
            less = f" · {counted(len(off), 'unit')} off" if off else ""
            self._sheet.border_title = f"Layers · image #{self._digit}{less}"
            draw = partial(draw_layers, layer_facts(network, digits, self._digit, off))
        else:
            found, moved = self._study, self._moved if self._moment is None else None
            when = f" · epoch {found.position:.1f}" if found else ""
            self._sheet.border_title = f"Histograms{when}"
            draw = partial(draw_histograms, layer_distributions(network, found, moved))
        self._sheet.term = self._sheet_shown
        self._sheet.show(draw, hint)

    def _show_time(self) -> None:
        if self._view is not None:
            self._time.show(self._view.moments, self._moment, self._view.position)

    def _study_soon(self) -> None:
        if self._studying:
            self._wanted = True
        elif self._network is not None and self._view is not None:
            self._studying, self._wanted = True, False
            position = self._view.position if self._moment is None else self._moment.position
            self._begin_study(self._network, self._view.split.validation, position, self._off)

    @work(thread=True, group="study", description="study")
    def _begin_study(
        self, network: Network, validation: Digits, position: float, off: frozenset[int]
    ) -> None:
        found = study(network, validation, position, partial(clock.current.sleep, BREATH), off)
        self.post_message(self.Studied(network, found))

    @on(Studied)
    def _take_in(self, message: Studied) -> None:
        if self._network is not None and message.network.sizes == self._network.sizes:
            self._study = message.found
            self._show_wall()
            self._show_sheet()
        read = message.found.ablation
        if (read.off if read else frozenset()) == self._off:
            self._rest = clock.current.call_later(self, REST, self._end_rest)
        else:  # units were switched meanwhile
            self._end_rest()

    def _end_rest(self) -> None:
        self._studying, self._rest = False, None
        if self._wanted:
            self._study_soon()

    @on(WeightWall.Chosen)
    def _choose(self) -> None:
        self._show_sheet()

    @on(WeightWall.Opened)
    def action_close_up(self) -> None:
        """Give the panel the whole width, or give it back."""
        self.set_class(not self.has_class("-close"), "-close")
        (self._sheet if self.has_class("-close") else self._wall).focus()
        self.refresh_bindings()
        self.call_after_refresh(self._show_sheet)

    def action_wall(self) -> None:
        """Back to the wall."""
        if self.has_class("-close"):
            self.action_close_up()
        self._wall.focus()

    def action_sheet(self) -> None:
        """Show the next panel; in a narrow window, over the wall."""
        if self._sheet.display:
            index = (SHEETS.index(self._sheet_shown) + 1) % len(SHEETS)
            self._sheet_shown = SHEETS[index]
            self._sheet.scroll_home(animate=False)
            self._show_sheet()
        else:
            self.action_close_up()

    def action_digit(self, by: int) -> None:
        """Look at the validation digit before or after."""
        if self._view is not None:
            self._digit = (self._digit + by) % len(self._view.split.validation)
            self._reported_digit = self._digit
            self.session.watch(self._digit)
            self._show_sheet()

    def action_switch(self) -> None:
        """Switch the chosen unit off, or on again; the network that is trained keeps it."""
        self._off ^= {self._wall.chosen}
        self._show_wall(at_once=True)
        self._show_sheet()
        self._study_soon()
        self._study_at_once()

    def action_scale(self) -> None:
        """One scale for all units, or each its own."""
        self._wall.set_common(not self._wall.common)

    def action_ink(self) -> None:
        """Weigh by how much the ink varies, or do not."""
        self._weigh = not self._weigh
        self._show_wall(at_once=True)
        self._show_sheet()

    def action_grow(self, by: int) -> None:
        """Larger or smaller pictures."""
        self._wall.grow(by)

    def action_moment(self, by: int) -> None:
        """Step back or forth through what is kept of the run."""
        if self._view is None:
            return
        now = self._view.position
        here = now if self._moment is None else self._moment.position
        stops = [moment for moment in self._view.moments if moment.position < now]
        before = [moment for moment in stops if moment.position < here]
        after = [moment for moment in stops if moment.position > here]
        if by < 0:
            self._go_to(before[-1] if before else self._moment)
        else:
            self._go_to(after[0] if after else None)

    def action_now(self) -> None:
        """Show the network as it is."""
        self._go_to(None)

    def action_fork(self) -> None:
        """Begin a second run from the checkpoint that is shown, or from where this one stands."""
        self.session.fork(None if self._moment is None else round(self._moment.position))

    @on(TimeLine.Picked)
    def _pick(self, message: TimeLine.Picked) -> None:
        self._go_to(message.moment)

    def _go_to(self, moment: Moment | None) -> None:
        if self._view is None:
            return
        self._moment, now = moment, self._view.network
        self._show_network(now if moment is None else moment.network(now), at_once=True)
        self._show_time()
        self.refresh_bindings()
        self._study_at_once()

    def _study_at_once(self) -> None:
        """Let no study wait: a person does, for what is to be said."""
        if self._rest is not None:
            self._rest.stop()
            self._end_rest()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what makes sense now."""
        if action == "wall":
            return self.has_class("-close")
        if action == "switch":
            return self._network is not None and len(self._network.weights) > 1
        if action == "now":
            return self._moment is not None
        if action == "fork":
            ready = self.report is None or self.report.state in ("ready", "failed")
            return not ready and (self._moment is None or self._moment.is_checkpoint)
        return super().check_action(action, parameters)

    def applies(self, action: str) -> bool:
        """Whether there are other moments to go to."""
        return not action.startswith("moment") or bool(self._view and len(self._view.moments) > 1)


def _continues(before: NetworkView, view: NetworkView) -> bool:
    """Whether a view is of the same run, of the same architecture."""
    return before.run == view.run and before.network.sizes == view.network.sizes
