"""An experiment under way: which step, what its runs did, what was predicted, what is right.

It follows the reports of the session, whatever mode is in front, and knows nothing of a screen.
"""

from itertools import combinations
from math import inf
from typing import Literal, TypeAlias

from engine.training.hyperparameters import Hyperparameters
from engine.training.metrics import interval
from numrec_tui.history.rates import stretches
from numrec_tui.lessons.conditions import RunFigures
from numrec_tui.lessons.lesson import OWN_BUSINESS, Lesson, Step, told
from numrec_tui.session.report import Report
from numrec_tui.session.session import Session

Status: TypeAlias = Literal["to do", "training", "missed", "done"]

OVER = ("finished", "diverged")

OTHERWISE = "That is not what this step is about; r begins again."


class Experiment:
    """A lesson carried out with a session."""

    def __init__(self, session: Session, lesson: Lesson) -> None:
        self.lesson = lesson
        self.at = 0
        """The step that is shown, from 0."""
        self.runs: dict[str, RunFigures] = {}
        """What is known of the runs of this experiment; of a step that is done it stays."""
        self.predictions: dict[int, int] = {}
        """By step, the choice that was made before the answer was known."""
        self.done: set[int] = set()
        self.failed = False
        """Whether the last run could not begin; the session's report says why."""
        self._session = session
        self._latest: Report | None = None
        self._own = ""
        """What the run that was begun last is called."""
        self._begun: int | None = None
        """Which of the session's runs that was; later ones are other attempts at the same."""
        self._asked: Hyperparameters | None = None
        """The settings that it was given."""
        self._data = ""
        """The name of the data that it learns from."""
        self._judged: dict[int, bool] = {}
        """By step, whether the first prediction was right."""

    # What a person does.

    def begin(self) -> None:
        """Set the person's run aside, unless that was done, and begin this step's run."""
        step = self.step
        if not step.run:
            self._skip()
            return
        self._own, self._begun, self._latest = step.run, None, None
        self.runs.pop(step.run, None)
        source = step.data or self.lesson.data
        self._session.experiment(self._settings, source, step.score_on, self._take_number)

    def predict(self, choice: int) -> None:
        """Take a prediction; the last one before the run begins counts."""
        if self.may_predict and choice < len(self.step.choices):
            self.predictions[self.at] = choice

    def go(self, by: int) -> None:
        """Another step: the next one once this one is done, or one before."""
        at = self.at + by
        if not 0 <= at < len(self.lesson.steps) or (by > 0 and not self.is_done):
            return
        self.at = at
        if at in self.done:
            return
        if self.step.run and self.step.run != self._own:
            self.begin()
        elif self._latest is not None:  # it has gone on while another step was shown
            self.follow(self._latest)
        self._skip()

    def again(self) -> None:
        """Begin this step's run again, with the settings of the step."""
        self.done.discard(self.at)
        self.begin()

    def leave(self) -> None:
        """Bring back the person's run and settings."""
        self._session.leave_experiment()

    def stay(self) -> None:
        """Leave the experiment, and go on with its last run."""
        self._session.leave_experiment(stay=True)

    # What is known.

    @property
    def step(self) -> Step:
        """The current step."""
        return self.lesson.steps[self.at]

    @property
    def own(self) -> str:
        """The run that this step is about."""
        named = [step.run for step in self.lesson.steps[: self.at + 1] if step.run]
        return named[-1] if named else ""

    @property
    def status(self) -> Status:
        """How far this step is."""
        if self.at in self.done:
            return "done"
        report = self._latest
        if report is None or self._begun is None or self.own != self._own:
            return "to do"
        if report.state in OVER and self.own in self.runs:
            return "missed" if self._missing else "done"
        return "training" if report.state == "training" else "to do"

    @property
    def has_begun(self) -> bool:
        """Whether the run of this step is there."""
        return self._latest is not None and self.own == self._own

    @property
    def is_done(self) -> bool:
        """Whether this step is done."""
        return self.status == "done"

    @property
    def is_complete(self) -> bool:
        """Whether all steps are done."""
        return self.at + 1 == len(self.lesson.steps) and self.is_done

    @property
    def may_predict(self) -> bool:
        """Whether the answer is not known yet, nor can be seen coming."""
        if not self.step.choices or self.at in self._judged or self.status in ("done", "missed"):
            return False
        report = self._latest
        return not self.step.run or report is None or report.position == 0

    @property
    def right(self) -> int | None:
        """Which choice is right, once this step is done; None if none is, or it is not known."""
        return self.step.right(self.runs, self.own) if self.is_done else None

    @property
    def said(self) -> str:
        """What was seen if the step is done; what is missing if something is."""
        if self.is_done:
            return told(self.step.seen, self.runs, self.own)
        return self._missing if self.status == "missed" else ""

    @property
    def score(self) -> tuple[int, int]:
        """How many of the first predictions were right, and how many questions were answered."""
        return sum(self._judged.values()), len(self._judged)

    @property
    def _missing(self) -> str:
        """What was done otherwise than this step asks for, in a sentence; empty if nothing was."""
        strayed = self._strayed()
        if strayed:
            return f"This run had {strayed}; backspace begins this step again."
        check = self.step.missed(self.runs, self.own)
        if check is None:
            return ""
        return told(check.otherwise or OTHERWISE, self.runs, self.own)

    def _strayed(self) -> str:
        """What of the run is not as the step has set it, and nobody was asked to change."""
        report, asked = self._latest, self._asked
        if report is None or asked is None:
            return ""
        if report.data != self._data:
            return f"other data, {report.data}"
        free = {self.step.knob, *OWN_BUSINESS, *(check.setting for check in self.step.checks)}
        changed = {change.name for change in report.changes}
        for name in type(asked).model_fields:
            used = getattr(report.running, name)
            if name not in free and (used != getattr(asked, name) or name in changed):
                return f"{name.replace('_', ' ')} {RunFigures(report.running, {}).setting(name)}"
        return ""

    # What the session does.

    def follow(self, report: Report) -> None:
        """Take in a report; one of a step that is done, or not shown, changes nothing."""
        if self._begun is None or report.run < self._begun or report.loading:
            return
        shown = self.at not in self.done and self.own == self._own
        if shown and report.position:
            self.runs[self.own] = figures_of(report)
        self._latest = report
        if shown and self.is_done:
            self._judge()

    def _judge(self) -> None:
        """This step is done: was the prediction right?"""
        if self.step.choices:
            right = self.step.right(self.runs, self.own)
            predicted = self.predictions.get(self.at)
            self._judged.setdefault(self.at, predicted is not None and predicted == right)
        self.done.add(self.at)

    def _skip(self) -> None:
        """A step that asks for nothing is done once it is shown."""
        if not (self.step.run or self.step.checks or self.at in self.done):
            self._judge()

    def _settings(self, person: Hyperparameters) -> Hyperparameters:
        """Called in the session's thread, before the run begins."""
        self._asked = self.lesson.settings_of(self.step, person)
        return self._asked

    def _take_number(self, number: int | None, data: str) -> None:
        """Called in the session's thread; what it has begun is reported next."""
        self._begun, self._data = number, data
        self.failed = number is None


def figures_of(report: Report) -> RunFigures:
    """What the session reports of a run, as a lesson asks for it."""
    figures = {
        "epochs": report.position,
        "updates": report.epoch * report.batches + report.batch,
        "seconds": report.seconds,
        "diverged": float(report.state == "diverged"),
    }
    if report.validated:
        last, images = report.validated[-1], len(report.validation)
        low, high = interval(last.accuracy, images)
        figures |= {
            "accuracy": last.accuracy,
            "loss": last.loss,
            "best_accuracy": max(point.accuracy for point in report.validated),
            "interval": (high - low) / 2,
        }
    if report.state == "diverged":
        figures |= {"accuracy": 0.0, "loss": inf}
    if report.train:
        last = report.train[-1]
        figures |= {"train_accuracy": last.accuracy, "train_loss": last.loss}
        figures["lowest_at"] = _rate_at(report, min(report.train, key=lambda each: each.loss).epoch)
    if report.train and report.validated:
        figures["gap"] = figures["train_accuracy"] - figures["accuracy"]
    if report.second:
        figures["second_accuracy"] = report.second[-1].accuracy
    dead = report.history[-1].dead if report.history else None
    if dead is not None:
        figures["dead"] = dead
    test = report.stopped.test if report.stopped else None
    if test is None:
        return RunFigures(report.running, figures)
    figures["test_accuracy"] = test.accuracy
    names = report.validation.class_names or tuple(map(str, range(len(test.confusion))))
    pairs = {
        frozenset((names[one], names[other])): int(test.confusion[one, other])
        + int(test.confusion[other, one])
        for one, other in combinations(range(len(names)), 2)
    }
    return RunFigures(report.running, figures, pairs)


def _rate_at(report: Report, epoch: float) -> float:
    """The learning rate in force at a moment of the run."""
    rate = report.running.rate_at(epoch)
    for begun, _, settings in stretches(report.running, report.changes, report.position):
        if begun <= epoch:
            rate = settings.rate_at(epoch)
    return rate
