"""Now yours: the nine steps for the network under training, and a digit and weight of one's choice.

What is shown is calculated in a thread, from a copy of the run between two batches.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label, Static
from textual.worker import get_current_worker

from engine.errors import EngineError, InputError
from numrec_tui import clock
from numrec_tui.lessons.followed import Followed, weight_name
from numrec_tui.lessons.own_step import Standing, Weight, take_batch
from numrec_tui.lessons.own_texts import STEPS, TITLES, own_step
from numrec_tui.lessons.own_updates import shown
from numrec_tui.modes.learn.chosen import Choice, hint, moved, of_subject, picked, tell, typed
from numrec_tui.modes.learn.portrait import Portrait
from numrec_tui.modes.mode import Subject
from numrec_tui.session.report import Report, RunView
from numrec_tui.widgets.field import Field

if TYPE_CHECKING:
    from numrec_tui.session.session import Session

OF_BATCH = 6
"""The first step, from 0, that tells of the next batch."""

REST, GLANCE = 2.0, 1.0
"""Seconds between two calculations of a batch, and of a digit alone, while the network trains."""

SHARE = 60
"""How many times as long as it took a calculation rests while the network trains."""


class Yours(Container, can_focus=True):
    """Pictures of digit and unit above, the step in words below."""

    DEFAULT_CSS = """
    Yours { layout: vertical; width: 1fr; height: 1fr; display: none; }
    Yours #picks { height: 1; padding: 0 1; }
    Yours #told {
        height: 1fr; width: 1fr; border: round $foreground 30%; padding: 0 1;
        border-title-color: $text-muted; border-subtitle-color: $text-muted;
        scrollbar-size-vertical: 1;
    }
    Yours #type { height: 1; display: none; background: $panel; padding: 0 1; }
    Yours #type > Label { width: auto; margin-right: 1; color: $text-primary; }
    Yours #type > Input { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "go(-1)", "Step", key_display="←→", id="yours.back",
                tooltip="The step before, or the next one"),
        Binding("right", "go(1)", "Step", show=False, id="yours.next"),
        Binding("up", "change(-1)", "Change", key_display="↑↓", id="yours.up",
                tooltip="Another digit, layer, unit or weight: the louder, the earlier"),
        Binding("down", "change(1)", "Change", show=False, id="yours.down"),
        Binding("tab", "picker(1)", "What", key_display="tab", id="yours.picker",
                tooltip="What the arrows change: the digit, the layer, the unit, the weight"),
        Binding("shift+tab", "picker(-1)", "What", show=False, id="yours.picker_back"),
        Binding("e", "type", "Type", id="yours.type", tooltip="Type which digit, unit or weight"),
        Binding("pagedown", "scroll_words(1)", "Scroll", show=False, id="yours.scroll_down",
                key_display="pgup pgdn", tooltip="Scroll the step"),
        Binding("pageup", "scroll_words(-1)", "Scroll", show=False, id="yours.scroll_up"),
        Binding("escape", "leave_field", "Cancel", id="yours.leave_field",
                tooltip="Leave the field"),
        Binding("escape", "leave", "Back", id="yours.leave",
                tooltip="Back to where you came from"),
    ]  # fmt: skip

    class Seen(Message):
        """A copy of the run; an older one that still waits is replaced."""

        def __init__(self, view: RunView) -> None:
            self.view = view
            super().__init__()

        def can_replace(self, message: Message) -> bool:
            """Only the newest copy counts."""
            return isinstance(message, Yours.Seen)

    class Told(Message):
        """What was chosen has been followed; or `problem` says why not."""

        def __init__(self, choice: Choice, told: Followed | None, cost: float, problem: str = "",
                     ) -> None:  # fmt: skip
            self.choice, self.told, self.cost, self.problem = choice, told, cost, problem
            super().__init__()

    class Left(Message):
        """The person wants to go back."""

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._report: Report | None = None
        self._looked_at: tuple[object, ...] = ()
        """The run, its position and its settings at the last copy that was asked for."""
        self._standing: Standing | None = None
        self._number = 0
        """Which of the session's runs that is."""
        self._choice = self._asked = Choice()
        """What is to be followed, and what is being followed by now."""
        self._held: tuple[Choice, Weight] | None = None
        """The weight that was found for a choice: it stays, whatever becomes loud meanwhile."""
        self._told: Followed | None = None
        self._reported_row = 0
        self._step = self._picker = 0
        self._done = ""
        """What the last batch made of the weight, beside what was calculated before."""
        self._not_before = 0.0
        self._portrait = Portrait()
        self._picks, self._words = Static(id="picks", markup=False), Static(markup=False)
        self._scroll = VerticalScroll(self._words, id="told", can_focus=False)
        self._type = Horizontal(id="type")
        self._label, self._field = Label(markup=False), Field()

    def compose(self) -> Iterable[Widget]:
        """The pictures, what is chosen, the step, and a field for what is typed."""
        yield self._portrait
        yield self._picks
        yield self._scroll
        with self._type:
            yield self._label
            yield self._field

    @property
    def term(self) -> str:
        """What F1 explains first: the title of the step."""
        return TITLES[self._step]

    # What comes in.

    def open(self, subject: Subject | None = None) -> None:
        """Show what the network is now. subject: what another mode shows."""
        self._looked_at, self._not_before = (), 0.0
        self._type.display = False
        if subject is not None:
            self._choice = of_subject(self._choice, subject)
            self._watch()
        if self._report is not None:
            self.show_report(self._report)

    def show_report(self, report: Report) -> None:
        """Look at the run anew when it has changed; follow the digit of other modes."""
        before, self._report = self._report, report
        if before is not None and before.loading != report.loading:
            self.refresh_bindings()
        if not self.display:
            return
        row = report.reading.index
        if report.watches >= self._session.watches and row != self._reported_row:
            self._reported_row = row
            self._choose(replace(self._choice, row=row, given=None))
        now = (report.run, report.position, report.running, report.changes, report.state)
        waits = report.state == "training" and clock.current.now() < self._not_before
        if now != self._looked_at and not waits:
            self._looked_at = now
            self._session.look_at_run(self._hand_on)

    def _hand_on(self, view: RunView) -> None:
        """Called in the session's thread."""
        self.post_message(self.Seen(view))

    @on(Seen)
    def _take(self, message: Seen) -> None:
        """Follow what is chosen in the network as it is now."""
        view, before = message.view, self._standing
        self._standing = Standing(view.run, view.split)
        if before is not None and (before.split is not view.split or self._number != view.number):
            self._held, self._done = None, ""
            if before.split is not view.split:
                self._choice = replace(self._choice, given=None)
        self._number = view.number
        self._calculate()

    @property
    def _trains(self) -> bool:
        return self._report is not None and self._report.state == "training"

    def _calculate(self) -> None:
        """Follow what is chosen; while it trains a batch only if the step tells of it."""
        if self._standing is not None and self.display:
            held = self._held[1] if self._held and self._held[0] == self._choice else None
            whole = self._step >= OF_BATCH or not self._trains
            self._asked = self._choice
            self._compute(self._standing, self._choice, held, whole, whole and self._trains)

    @work(thread=True, exclusive=True, group="yours", description="follow the digit")
    def _compute(
        self, standing: Standing, choice: Choice, held: Weight | None, whole: bool, at_once: bool
    ) -> None:
        """whole: with the next batch. at_once: tell nothing before that is calculated."""
        worker, began = get_current_worker(), clock.current.spent()

        def hand_on(told: Followed | None, problem: str = "") -> None:
            if not worker.is_cancelled:
                cost = clock.current.spent() - began
                self.post_message(self.Told(choice, told, cost, problem))

        try:
            told = tell(standing, choice, held)
            if not at_once:
                hand_on(told)
            if whole and not worker.is_cancelled:
                hand_on(replace(told, update=take_batch(standing, told.digit, told.weight)))
        except (EngineError, MemoryError) as error:
            hand_on(None, str(error) or "There is not enough memory to follow a batch.")

    @on(Told)
    def _take_told(self, message: Told) -> None:
        told = message.told
        if told is None:
            self._words.update(message.problem)
            return
        if message.choice is not self._asked or told.standing is not self._standing:
            return  # something else is followed by now
        if self._choice.given is not None and self._choice.given.label is None:
            given = replace(self._choice.given, label=told.digit.label)
            self._choice = replace(self._choice, given=given)
        self._held = self._choice, told.weight
        self._rest(message.cost, told)
        self._compare(told)
        self._told = told
        self._show()

    def _rest(self, cost: float, told: Followed) -> None:
        """While it trains, look again so late that it costs training next to nothing."""
        rest = max(SHARE * cost, REST if told.update is not None else GLANCE)
        self._not_before = clock.current.now() + rest

    def _compare(self, told: Followed) -> None:
        """Once the batch that was calculated has been taken, say what it really did."""
        before = self._told
        if before is None or before.standing is told.standing:
            return
        update, step = before.update, told.standing.run.step
        if update is not None and update.batch.step == step and before.weight == told.weight:
            became = shown(told.standing.value(told.weight))
            self._done = f"The last batch: calculated {shown(update.after)}, it became {became}."
        else:
            self._done = ""

    # What is shown.

    def on_resize(self) -> None:
        """The pictures have more room, or less."""
        self.call_after_refresh(self._show)

    def _show(self) -> None:
        told = self._told
        if told is None or not self.display:
            return
        self._portrait.show(told, self.app.size)
        when = f"epoch {told.standing.run.position:.2f}"
        state = self._report.state if self._report is not None else ""
        self._portrait.border_title = Content("Learn: now yours")
        self._portrait.border_subtitle = Content(f"{when} · {state}")
        self._show_picks(told)
        step = own_step(self._step, told)
        lines = [Content(step.sentence), Content.styled(step.formula, "$text-muted")]
        lines += [Content.styled(line, "bold" if " = " in line else "") for line in step.lines]
        lines += [Content.styled(line, "$text-muted") for line in self._notes()]
        self._words.update(Content("\n").join(lines))
        self._scroll.border_title = Content(f"{self._step + 1}/{len(STEPS)} {step.title}")
        self._scroll.border_subtitle = Content(weight_name(told))

    def _notes(self) -> Iterable[str]:
        """What is said below a step that tells of the next batch."""
        if self._step < OF_BATCH:
            return
        if self._done and not self._trains:
            yield self._done
        state = self._report.state if self._report is not None else "ready"
        if state in ("ready", "paused"):
            yield "n takes this batch."
        elif state == "training":
            yield "While it trains, this is brought up to date now and then; space pauses."
        else:
            yield "This run takes no batch any more, as it is over."

    def _show_picks(self, told: Followed) -> None:
        pickers = self._choice.pickers
        self._picker %= len(pickers)
        parts = [
            Content.styled(picked(told, name), "reverse" if at == self._picker else "$text-accent")
            for at, name in enumerate(pickers)
        ]
        self._picks.update(Content(" · ").join(parts))

    # What a person asks for.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While something is typed there is a field to leave, and nothing else to do."""
        typing = self.is_mounted and self._type.display
        if action == "leave":
            return not typing and not (self._report is not None and self._report.loading)
        if action == "leave_field":
            return typing
        return not typing

    def action_go(self, by: int) -> None:
        """Another step."""
        self._step = max(0, min(len(STEPS) - 1, self._step + by))
        self._scroll.scroll_home(animate=False)
        self._show()
        if self._step >= OF_BATCH and self._told is not None and self._told.update is None:
            self._calculate()

    def action_picker(self, by: int) -> None:
        """Let the arrows change something else."""
        self._picker = (self._picker + by) % len(self._choice.pickers)
        self._show()

    @property
    def _picked(self) -> str:
        pickers = self._choice.pickers
        return pickers[self._picker % len(pickers)]

    def action_change(self, by: int) -> None:
        """Another digit, layer, unit or weight."""
        if self._told is not None:
            self._choose(moved(self._choice, self._told, self._picked, by))

    def _choose(self, choice: Choice) -> None:
        before, self._choice = self._choice, choice
        self._done = ""
        if choice.row != before.row:
            self._watch()
        self._calculate()

    def _watch(self) -> None:
        """Let other modes show this digit, too."""
        if self._choice.row != self._reported_row:
            self._reported_row = self._choice.row
            self._session.watch(self._choice.row)

    def action_scroll_words(self, by: int) -> None:
        """Show more of the step where it does not fit."""
        self._scroll.scroll_relative(y=by * max(self._scroll.size.height - 1, 1), animate=False)

    def action_type(self) -> None:
        """Let a digit, unit or weight be typed."""
        if self._told is None:
            return
        self._label.update(f"{self._picked}:")
        self._field.value, self._field.placeholder = "", hint(self._told, self._picked)
        self._type.display = True
        self.screen.set_focus(self._field)  # at once: the next key is meant for the field
        self.refresh_bindings()

    @on(Input.Submitted)
    def _take_typed(self, event: Input.Submitted) -> None:
        event.stop()
        if self._told is None:
            return
        try:
            choice = typed(self._choice, self._told, self._picked, event.value)
        except InputError as error:
            self._label.update(f"{self._picked}: {error}")
            return
        self.action_leave_field()
        self._choose(choice)

    def action_leave_field(self) -> None:
        """Leave the field; what is typed in it is forgotten."""
        self._type.display = False
        self.screen.set_focus(self)
        self.refresh_bindings()

    def action_leave(self) -> None:
        """Back to where the person came from."""
        self.post_message(self.Left())
