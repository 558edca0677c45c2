"""An experiment under way: which step, what its runs did, what was predicted, what is right.

It follows the reports of the session, whatever mode is in front, and knows nothing of a screen.
"""

from functools import partial
from itertools import combinations
from math import inf
from typing import Literal, TypeAlias

from engine.training.metrics import interval
from numrec_tui.history.rates import stretches
from numrec_tui.lessons.conditions import RunFigures
from numrec_tui.lessons.lesson import Lesson, Step, told
from numrec_tui.session.report import Report
from numrec_tui.session.session import Session

Status: TypeAlias = Literal["to do", "training", "missed", "done"]

OVER = ("finished", "diverged")


class Experiment:
    """A lesson carried out with a session."""

    def __init__(self, session: Session, lesson: Lesson) -> None:
        self.lesson = lesson
        self.at = 0
        """The step, from 0."""
        self.runs: dict[str, RunFigures] = {}
        """What is known of the runs of this experiment."""
        self.predictions: dict[int, int] = {}
        """By step, the choice that was made."""
        self.done: set[int] = set()
        self.failed = False
        """Whether its first run could not begin; the session's report says why."""
        self._session = session
        self._report: Report | None = None
        self._begun: int | None = None
        """Which of the session's runs the step began with; later ones belong to it, too."""
        self._entered: set[int] = set()
        self._rightly: set[int] = set()
        """The steps whose prediction was right."""

    # What a person does.

    def begin(self) -> None:
        """Set the person's run aside, and begin the first step."""
        self._enter()

    def predict(self, choice: int) -> None:
        """Take a prediction; the last one before the answer is known counts."""
        if self.may_predict and choice < len(self.step.choices):
            self.predictions[self.at] = choice

    def go(self, by: int) -> None:
        """Another step: the next one once this one is done, or one before."""
        at = self.at + by
        if not 0 <= at < len(self.lesson.steps) or (by > 0 and not self.is_done):
            return
        new = at not in self.done and at not in self._entered
        self.at = at
        if new:
            self._enter()

    def again(self) -> None:
        """Begin this step's run again, with the settings of the step."""
        self.done.discard(self.at)
        self._enter()

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
        if self.at in self.done or not (self.step.run or self.step.checks):
            return "done"
        report = self._report
        if report is None or self._begun is None:
            return "to do"
        if report.state in OVER and self.own in self.runs:
            return "missed" if self.step.missed(self.runs, self.own) else "done"
        return "training" if report.state == "training" else "to do"

    @property
    def has_begun(self) -> bool:
        """Whether the run of this step is there."""
        return self._report is not None

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
        if not self.step.choices or self.status in ("done", "missed"):
            return False
        report = self._report
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
        check = self.step.missed(self.runs, self.own) if self.status == "missed" else None
        if check is None:
            return ""
        return told(check.otherwise or "That is not what this step is about; r begins again.",
                    self.runs, self.own)  # fmt: skip

    @property
    def score(self) -> tuple[int, int]:
        """How many predictions were right, and how many questions there were so far."""
        asked = [at for at in self.done if self.lesson.steps[at].choices]
        return len(self._rightly & set(asked)), len(asked)

    # What the session does.

    def follow(self, report: Report) -> None:
        """Take in a report."""
        if self._begun is None or report.run < self._begun or report.loading:
            return
        self._report = report
        if report.position:
            self.runs[self.own] = figures_of(report)
        if self.at not in self.done and self.is_done:
            right = self.step.right(self.runs, self.own)
            if self.predictions.get(self.at) == right is not None:
                self._rightly.add(self.at)
            self.done.add(self.at)

    def _enter(self) -> None:
        """Begin the run of this step, if it has one of its own."""
        self._entered.add(self.at)
        self.predictions.pop(self.at, None)
        step = self.step
        if not step.run:
            return
        self._begun = self._report = None
        self.runs.pop(step.run, None)
        settings_for = partial(self.lesson.settings_of, step)
        source = step.data or self.lesson.data
        self._session.experiment(settings_for, source, step.score_on, self._take_number)

    def _take_number(self, number: int | None) -> None:
        """Called in the session's thread; what it has begun is reported next."""
        self._begun = number
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
