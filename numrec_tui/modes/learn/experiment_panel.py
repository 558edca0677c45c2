"""An experiment in words, with the chart of its runs: what to do, what to watch, what was seen."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from engine.errors import SaveError
from engine.training.hyperparameters import Hyperparameters, knobs
from numrec_tui.lessons.shelf import Shelved
from numrec_tui.modes.run_chart import RUN_CHART_KEYS, RunChart
from numrec_tui.session.experiment import Experiment
from numrec_tui.session.report import Report
from numrec_tui.storage.lesson_progress import Done, now, remember
from numrec_tui.storage.paths import lessons_folder
from numrec_tui.text.setting_text import setting_text

if TYPE_CHECKING:
    from numrec_tui.session.session import Session

CHART_KEYS = tuple(
    key for key in RUN_CHART_KEYS if isinstance(key, Binding) and key.key in ("l", "e", "X")
)
"""What of the chart can be turned here: the quantity, the rate, the axis."""


class ExperimentPanel(Container, can_focus=True):
    """One experiment at a time; hidden while there is none."""

    DEFAULT_CSS = """
    ExperimentPanel { layout: vertical; width: 1fr; height: 1fr; display: none; }
    ExperimentPanel > VerticalScroll {
        height: auto; min-height: 8; max-height: 60%; border: round $foreground 30%; padding: 0 1;
        border-title-color: $text-muted; border-subtitle-color: $text-muted;
        scrollbar-size-vertical: 1;
    }
    ExperimentPanel > RunChart { height: 1fr; }
    ExperimentPanel.-side { layout: horizontal; }
    ExperimentPanel.-side > VerticalScroll { width: 2fr; height: 1fr; max-height: 100%; }
    ExperimentPanel.-side > RunChart { width: 3fr; }
    ExperimentPanel.-alone > VerticalScroll { height: 1fr; max-height: 100%; }
    ExperimentPanel.-alone > RunChart { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "go(1)", "Step", key_display="←→", id="experiment.next",
                tooltip="The next step, once this one is done, or one before"),
        Binding("left", "go(-1)", "Step", show=False, id="experiment.back"),
        Binding("a", "predict(0)", "Predict", key_display="a b c", id="experiment.a",
                tooltip="Say what will happen, before it does"),
        Binding("b", "predict(1)", "Predict", show=False, id="experiment.b"),
        Binding("c", "predict(2)", "Predict", show=False, id="experiment.c"),
        Binding("up", "turn(True)", "Turn", key_display="↑↓", id="experiment.up",
                tooltip="Turn the knob of this step"),
        Binding("down", "turn(False)", "Turn", show=False, id="experiment.down"),
        Binding("backspace", "again", "Again", id="experiment.again", show=False,
                tooltip="Begin this step again, with the settings it had"),
        Binding("enter", "stay", "Go on from here", id="experiment.stay",
                tooltip="End the experiment and keep its last run, to go on from there"),
        Binding("escape", "leave", "Your run", id="experiment.leave",
                tooltip="End the experiment; your run and settings come back as they were"),
        Binding("pagedown", "scroll_words(1)", "Scroll", show=False, id="experiment.scroll_down",
                key_display="pgup pgdn", tooltip="Scroll the words"),
        Binding("pageup", "scroll_words(-1)", "Scroll", show=False, id="experiment.scroll_up"),
        *CHART_KEYS,
    ]  # fmt: skip

    class Ended(Message):
        """The experiment was left."""

    def __init__(self, session: "Session") -> None:
        super().__init__()
        self._session = session
        self._experiment: Experiment | None = None
        self._key = ""
        self._kept = 0
        """How many steps were done when progress was kept last."""
        self._wanted: Hyperparameters | None = None
        self._is_loading = False
        self.words = Static(markup=False)
        self._scroll = VerticalScroll(self.words, can_focus=False)
        self._chart = RunChart("space trains")

    def compose(self) -> ComposeResult:
        """The words, and the chart where there is room for it."""
        yield self._scroll
        yield self._chart

    @property
    def term(self) -> str:
        """What F1 explains first: the knob of the step, or what an experiment is."""
        knob = self._experiment.step.knob if self._experiment else ""
        return knobs()[knob].label if knob else "experiment"

    @property
    def experiment(self) -> Experiment | None:
        """What is under way; None if nothing is."""
        return self._experiment

    def begin(self, shelved: Shelved) -> None:
        """Begin an experiment."""
        if shelved.lesson is None:
            return
        self._key, self._kept = shelved.key, 0
        self._experiment = Experiment(self._session, shelved.lesson)
        self._experiment.begin()
        self._chart.look_at(self._experiment.step.chart)
        self._show()

    def hear(self, report: Report) -> None:
        """Take in a report, whatever mode is in front."""
        experiment = self._experiment
        if experiment is None:
            return
        before = experiment.status
        experiment.follow(report)
        if experiment.status != before and not self.screen.is_current:
            self._tell(experiment)
        if experiment.failed and not experiment.runs:  # its first run could not begin
            self.action_leave()
        self._keep(experiment)

    def _tell(self, experiment: Experiment) -> None:
        """While another mode is in front: the step is over."""
        if experiment.status in ("done", "missed"):
            step = f"Step {experiment.at + 1} of the experiment is {experiment.status}"
            self.app.notify(f"{step}; 6 tells what was seen.")

    def show(self, report: Report) -> None:
        """Show what is reported, while the mode is in front."""
        self._wanted, self._is_loading = report.settings, report.loading is not None
        if self._experiment is not None:
            self._chart.show(report)
            self._show()

    def _keep(self, experiment: Experiment) -> None:
        """Write down how far this was done, if that is further than before."""
        if len(experiment.done) <= self._kept:
            return
        self._kept = len(experiment.done)
        right, asked = experiment.score
        lesson, complete = experiment.lesson, experiment.is_complete
        done = Done(lesson.title, self._kept, len(lesson.steps), right, asked, now(), int(complete))
        try:
            remember(lessons_folder(), self._key, done)
        except SaveError as error:
            self.notify(str(error), severity="warning")

    def _end(self) -> None:
        self._experiment = None
        self.post_message(self.Ended())

    # What is shown.

    def on_resize(self) -> None:
        """Beside each other where there is room, else one above the other, else words alone."""
        self.set_class(self.size.width >= 110, "-side")
        self.set_class(self.size.width < 110 and self.size.height < 19, "-alone")
        self._show()

    def _show(self) -> None:
        experiment = self._experiment
        if experiment is None:
            return
        step, steps = experiment.step, experiment.lesson.steps
        where = f"{experiment.at + 1}/{len(steps)} {experiment.status}"
        self._scroll.border_title = Content(f"{experiment.lesson.title}: {step.title}")
        self._scroll.border_subtitle = Content(where)
        self.words.update(Content("\n").join(self._lines(experiment)))
        self.refresh_bindings()

    def _lines(self, experiment: Experiment) -> list[Content]:
        step = experiment.step
        lines = [Content(step.do)]
        if step.run:
            given = experiment.lesson.set_for(step).items()
            words = ", ".join(f"{knobs()[name].label} {_as_shown(value)}" for name, value in given)
            lines.append(Content.styled(f"Set for it: {words}", "$text-muted"))
        if step.watch:
            lines.append(Content.styled(f"Watch: {step.watch}", "$text-muted"))
        if step.knob and self._wanted is not None:
            value = setting_text(getattr(self._wanted, step.knob))
            lines.append(Content.assemble(f"{knobs()[step.knob].label} ", (f"◂ {value} ▸", "bold")))
        if step.choices:
            lines.append(Content.styled(step.question, "$text-primary"))
            choices = [self._choice(experiment, at) for at in range(len(step.choices))]
            fits = sum(each.cell_length + 3 for each in choices) <= self.words.size.width
            lines.append(Content("   " if fits else "\n").join(choices))
        if experiment.said:
            color = "$text-success" if experiment.is_done else "$text-warning"
            lines += [Content(""), Content.styled(experiment.said, color)]
        lines.append(Content.styled(self._way_on(experiment), "$text-muted"))
        return lines

    def _choice(self, experiment: Experiment, at: int) -> Content:
        text = f"{'abc'[at]}) {experiment.step.choices[at].text}"
        predicted = experiment.predictions.get(experiment.at) == at
        if experiment.right == at:
            return Content.styled(f"{text} ✓", "bold $text-success")
        if predicted and experiment.is_done:
            return Content.styled(f"{text} ✗", "$text-error")
        return Content.styled(text, "reverse" if predicted else "")

    def _way_on(self, experiment: Experiment) -> str:
        if experiment.is_complete:
            right, asked = experiment.score
            score = f"Predicted rightly: {right} of {asked}. " if asked else ""
            return f"{score}Done: escape brings your run back, enter goes on with this one instead."
        if experiment.is_done:
            return "→ goes on"
        return "" if experiment.said else "escape brings your run back"

    # What the keys do.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what makes sense now."""
        experiment = self._experiment
        if experiment is None:
            return False
        step = experiment.step
        offered = {
            "predict": parameters in [(at,) for at in range(len(step.choices))],
            "turn": bool(step.knob),
            "stay": experiment.is_complete,
            "leave": not self._is_loading,  # then escape cancels that
            "chart": bool(self._chart.display),
        }
        return offered.get(action, True)

    def action_go(self, by: int) -> None:
        """Another step."""
        if self._experiment is not None:
            self._experiment.go(by)
            self._keep(self._experiment)
            self._chart.look_at(self._experiment.step.chart)
            self._show()
            self._scroll.scroll_home(animate=False)

    def action_predict(self, choice: int) -> None:
        """Take a prediction."""
        if self._experiment is not None:
            self._experiment.predict(choice)
            self._show()

    def action_turn(self, up: bool) -> None:
        """Turn the knob of this step."""
        if self._experiment is not None and self._experiment.step.knob:
            self._session.turn(self._experiment.step.knob, up)

    def action_again(self) -> None:
        """Begin this step again."""
        if self._experiment is not None:
            self._experiment.again()

    def action_stay(self) -> None:
        """End it, and keep its last run."""
        if self._experiment is not None:
            self._experiment.stay()
            self._end()

    def action_leave(self) -> None:
        """End it; what was there before comes back."""
        if self._experiment is not None:
            self._experiment.leave()
            self._end()

    def action_scroll_words(self, by: int) -> None:
        """Show more of the words where they do not fit."""
        step = by * max(self._scroll.size.height - 1, 1)
        self._scroll.scroll_relative(y=step, animate=False)

    def action_chart(self, what: str) -> None:
        """Turn what the chart shows, or how."""
        self._chart.turn(what)


def _as_shown(value: object) -> str:
    return setting_text(tuple(value) if isinstance(value, list) else value)
