"""Mode 6, Learn: a network explained number by number, by an example or by the one at hand.

And experiments on real runs.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from engine.errors import EngineError, InputError
from numrec_tui.lessons.shelf import Shelved, find_lesson, shelf
from numrec_tui.lessons.steps import STEPS, Step, nudged, step_of
from numrec_tui.lessons.worked_example import Example
from numrec_tui.modes.learn.experiment_panel import ExperimentPanel
from numrec_tui.modes.learn.figure import Figure
from numrec_tui.modes.learn.menu import ExperimentsMenu
from numrec_tui.modes.learn.picks import FIRST, FIRST_PARAMETER, PICKS
from numrec_tui.modes.learn.yours import Yours
from numrec_tui.modes.mode import CANCEL_LOADING, ModeScreen, Subject
from numrec_tui.session.report import Report
from numrec_tui.storage.lesson_progress import read_progress
from numrec_tui.storage.paths import lessons_folder
from numrec_tui.widgets.field import Field

if TYPE_CHECKING:
    from numrec_tui.session.session import Session

LETTERS = "abc"

OF_EXAMPLE = frozenset(
    ("go", "pick", "answer", "reveal", "edit", "check", "update", "restore", "scroll_words")
)
"""Actions of the worked example."""


class LearnScreen(ModeScreen):
    """The worked example, the network at hand, or an experiment, one of them at a time."""

    name_of_mode = "learn"
    CSS_PATH = Path("screen.tcss")
    AUTO_FOCUS = ""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "go(-1)", "Step", key_display="←→", id="learn.back",
                tooltip="The step before, or the next one"),
        Binding("right", "go(1)", "Step", show=False, id="learn.next"),
        Binding("up", "pick(-1)", "Pick", key_display="↑↓", id="learn.up",
                tooltip="Pick a weight, an input, the rate, the activation …"),
        Binding("down", "pick(1)", "Pick", show=False, id="learn.down"),
        Binding("a", "answer(0)", "Answer", key_display="a b c", id="learn.a",
                tooltip="Answer the question"),
        Binding("b", "answer(1)", "Answer", show=False, id="learn.b"),
        Binding("c", "answer(2)", "Answer", show=False, id="learn.c"),
        Binding("enter", "reveal", "Reveal", id="learn.reveal", tooltip="Show what is asked for"),
        Binding("e", "edit", "Edit", id="learn.edit", tooltip="Change what is picked"),
        Binding("k", "check", "Check", id="learn.check",
                tooltip="Measure the slope: nudge the weight by .001 and see what the loss does"),
        Binding("u", "update", "Update", id="learn.update",
                tooltip="Let all weights take the step, and begin again from there"),
        Binding("backspace", "restore", "Restore", id="learn.restore",
                tooltip="The example as it was at first"),
        Binding("x", "experiments", "Experiments", id="learn.experiments",
                tooltip="Experiments on real runs: rates, momentum, overfitting …"),
        Binding("y", "turn", "Now yours", id="learn.yours",
                tooltip="The same for your own network and a digit of your choice, or back"),
        Binding("pagedown", "scroll_words(1)", "Scroll", show=False, id="learn.scroll_down",
                key_display="pgup pgdn", tooltip="Scroll the explanation"),
        Binding("pageup", "scroll_words(-1)", "Scroll", show=False, id="learn.scroll_up"),
        CANCEL_LOADING,
        Binding("escape", "leave_field", "Cancel", id="learn.leave", tooltip="Leave the field"),
    ]  # fmt: skip

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._example = Example()
        self._step = 0
        self._picked = FIRST
        self._followed = FIRST_PARAMETER
        """The parameter that the steps follow: the one picked last."""
        self._answered: dict[int, int] = {}
        """By step, the choice that was made."""
        self._revealed: set[int] = set()
        self._checked = False
        self._figure, self._words = Static(id="figure"), Static(id="words")
        self._label, self._field = Label(markup=False), Field()
        self._experiments = ExperimentPanel(session)
        self._yours = Yours(session)
        self._came_from = ""
        """The mode that showed what is followed."""

    def panels(self) -> Iterable[Widget]:
        """The network, what is said of it, and a field for what is changed."""
        yield self._figure
        yield VerticalScroll(self._words, id="explanation", can_focus=False)
        yield Horizontal(self._label, self._field, id="edit")
        yield self._yours
        yield self._experiments

    def hear(self, report: Report) -> None:
        """An experiment goes on, whatever mode is in front."""
        self._experiments.hear(report)

    def show_report(self, report: Report) -> None:
        """The network at hand has learned, be it that of an experiment."""
        self._yours.show_report(report)
        self._experiments.show(report)

    def follow(self, subject: Subject, of: str) -> None:
        """Follow what another mode showed."""
        self._came_from = of
        self._bring(self._yours, subject)

    def begin_with(self, subject: str) -> None:
        """Begin with an experiment, by its name or file."""
        try:
            self._begin(find_lesson(subject, lessons_folder()))
        except EngineError as error:
            self.notify(str(error), severity="error")

    def action_turn(self) -> None:
        """From what is explained to the network at hand, or back."""
        self._came_from = ""
        self._bring(None if self._yours.display else self._yours)

    @on(Yours.Left)
    async def _go_back(self) -> None:
        """To the mode that showed what is followed, or to what was explained before."""
        if self._came_from:
            await self.run_action(f"app.mode('{self._came_from}')")
        else:
            self._bring(None)

    def action_experiments(self) -> None:
        """Offer the experiments; or show the one that is under way again."""
        if self._experiments.experiment and not self._experiments.display:
            self._bring(self._experiments)
            return
        folder = lessons_folder()
        menu = ExperimentsMenu(shelf(folder), read_progress(folder))
        self.app.push_screen(menu, self._begin)

    def _begin(self, shelved: Shelved | None) -> None:
        """Begin an experiment; one that is under way ends."""
        if shelved is None:
            return
        self._experiments.action_leave()
        self._experiments.begin(shelved)
        self._bring(self._experiments)

    @on(ExperimentPanel.Ended)
    def _end_experiment(self) -> None:
        if not self._yours.display and not self._experiments.experiment:
            self._bring(None)

    def _bring(self, face: Widget | None, subject: Subject | None = None) -> None:
        """Show the network at hand, an experiment, or (None) what was there before them."""
        if face is None and self._experiments.experiment and not self._experiments.display:
            face = self._experiments
        for each in (self._yours, self._experiments):
            each.display = each is face
        for panel in (self._figure, self.query_one("#explanation")):
            panel.display = face is None
        self.query_one("#edit").display = False
        self.set_focus(face)
        self.refresh_bindings()
        if face is self._yours:
            self._yours.open(subject)
        elif face is None:
            self._show()

    def on_resize(self) -> None:
        """The figure has more room, or less."""
        self.call_after_refresh(self._show)

    @property
    def step(self) -> Step:
        """The step that is shown."""
        return step_of(self._step, self._example, self._followed)

    @property
    def picked(self) -> tuple[str, ...]:
        """The step, then the number or setting that is picked; of another face what it says."""
        if self._yours.display or self._experiments.display:
            return super().picked
        return self.step.title, PICKS[self._picked].term

    @property
    def _is_revealed(self) -> bool:
        return self._step in self._revealed

    def _show(self) -> None:
        step, pick = self.step, PICKS[self._picked]
        known = self._step + self._is_revealed
        drawn = Figure(self._example, self._followed, pick, known, self._figure.content_size.width)
        self._figure.update(drawn.draw())
        self._figure.border_title = "Learn: worked example · y yours · x experiments"
        self._figure.border_subtitle = f"{self._step + 1}/{len(STEPS)} {step.title}"
        self._words.update(self._explained(step))
        panel = self.query_one("#explanation")
        panel.border_title = step.title
        panel.border_subtitle = f"{pick.name} = {pick.show(self._example)}"

    def _explained(self, step: Step) -> Content:
        lines = [Content(step.sentence), Content.styled(step.formula, "$text-muted")]
        known = len(step.lines) - (0 if self._is_revealed else step.hidden)
        for at, line in enumerate(step.lines):
            shown = line if at < known else f"{line.rpartition(' = ')[0] or '?'} = ?"
            lines.append(Content.styled(shown, "bold" if at < known else "bold $text-warning"))
        lines += [Content(""), Content.styled(step.question.text, "$text-primary")]
        lines.append(Content("   ").join(self._choice(step, at) for at in range(3)))
        lines.append(self._verdict(step))
        if self._checked:
            lines += [Content(""), Content(nudged(self._example, self._followed))]
        return Content("\n").join(lines)

    def _choice(self, step: Step, at: int) -> Content:
        text = f"{LETTERS[at]}) {step.question.choices[at]}"
        if self._is_revealed and at == step.question.right:
            return Content.styled(f"{text} ✓", "bold $text-success")
        if self._answered.get(self._step) == at:
            return Content.styled(f"{text} ✗", "$text-error")
        return Content(text)

    def _verdict(self, step: Step) -> Content:
        if not self._is_revealed:
            return Content.styled("a, b or c answers, enter reveals", "$text-muted")
        if self._step + 1 == len(STEPS):
            return Content.styled(
                "u takes the step for good, backspace begins again", "$text-muted"
            )
        said = self._answered.get(self._step)
        if said is None:
            return Content.styled("→ goes on", "$text-muted")
        word = "Right." if said == step.question.right else "Not so."
        return Content(f"{word} → goes on")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a field there is none to leave; of the worked example only what is shown."""
        if action in OF_EXAMPLE and (self._yours.display or self._experiments.display):
            return False
        if action == "leave_field":
            return self.query_one("#edit").display if self.is_mounted else False
        return super().check_action(action, parameters)

    def action_go(self, by: int) -> None:
        """Another step."""
        self._step = max(0, min(len(STEPS) - 1, self._step + by))
        self._checked = False
        self._show()
        self.query_one("#explanation").scroll_home(animate=False)

    def action_scroll_words(self, by: int) -> None:
        """Show more of the explanation where it does not fit."""
        panel = self.query_one("#explanation", VerticalScroll)
        panel.scroll_relative(y=by * max(panel.size.height - 1, 1), animate=False)

    def action_pick(self, by: int) -> None:
        """Pick another number, or another setting."""
        self._picked = (self._picked + by) % len(PICKS)
        followed = PICKS[self._picked].parameter
        if followed is not None and followed != self._followed:
            self._followed = followed
            self._forget()
        self._show()

    def action_answer(self, choice: int) -> None:
        """Answer the question: the first answer counts."""
        if not self._is_revealed:
            self._answered[self._step] = choice
            self._revealed.add(self._step)
            self._show()

    def action_reveal(self) -> None:
        """Show the number without an answer."""
        self._revealed.add(self._step)
        self._show()

    def action_check(self) -> None:
        """Show the measured slope beside the calculated one, or hide it."""
        self._checked = not self._checked
        self._show()
        if self._checked:  # it is the last line
            self.query_one("#explanation").scroll_end(animate=False)

    def action_update(self) -> None:
        """Let all parameters take the step, and go to the first number that changes."""
        self._example = self._example.after_update()
        self._step = 1
        self._forget()
        self._show()

    def action_restore(self) -> None:
        """The example as it was at first."""
        self._example, self._step = Example(), 0
        self._forget()
        self._show()

    def action_edit(self) -> None:
        """Let a value be typed for what is picked."""
        pick = PICKS[self._picked]
        self._label.update(f"{pick.name}:")
        self._field.value = pick.show(self._example)
        self._field.placeholder = ", ".join(pick.choices) or "a number"
        self.query_one("#edit").display = True
        self._field.select_all()
        self.set_focus(self._field)  # at once: the next key is meant for the field
        self.refresh_bindings()

    @on(Input.Submitted)
    def _take(self, event: Input.Submitted) -> None:
        event.stop()
        pick = PICKS[self._picked]
        try:
            self._example = pick.set(self._example, event.value)
        except InputError as error:
            self._label.update(f"{pick.name}: {error}")
            return
        self._forget()
        self.action_leave_field()

    def action_leave_field(self) -> None:
        """Leave the field; what is typed in it is forgotten."""
        self.query_one("#edit").display = False
        self.set_focus(None)
        self.refresh_bindings()
        self._show()

    def _forget(self) -> None:
        """Ask anew: the numbers are others now."""
        self._answered.clear()
        self._revealed = {step for step in self._revealed if step < self._step}
        self._checked = False
