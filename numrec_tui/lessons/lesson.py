"""A lesson: an experiment in steps, read from a TOML file that anybody may have written.

Each step says what to do and what to watch, may begin a run, may ask for a prediction, and checks
what the run did. The file holds words, settings and conditions, and nothing that is carried out.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from engine.errors import EngineError, SettingsError
from engine.read_file import read_file
from engine.training.hyperparameters import Hyperparameters, knobs, settings_from
from engine.training.presets import preset
from numrec_tui.lessons.conditions import Condition, RunFigures, is_name

LARGEST = 2**16
"""What a lesson's file may hold, in bytes."""

PLACE = re.compile(r"\{(?P<name>[^{}:]*)(?::(?P<run>[^{}]*))?\}")
"""Where a figure or setting stands in a sentence: {accuracy}, {accuracy:low}."""

OWN_BUSINESS = ("processes", "seed")
"""Settings that stay as the person has them."""


class LessonError(EngineError):
    """A lesson's file is not what it has to be."""


def _shown(text: str) -> str:
    """Only what a terminal shows, and does not obey."""
    if not all(letter.isprintable() for letter in text):
        raise ValueError("it holds a character that cannot be shown; write it in one line")
    return " ".join(text.split())


Text = Annotated[str, Field(max_length=600), AfterValidator(_shown)]
Name = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_shown)]
MOST_DOTS = 50
"""Parts of a dotted name; TOML has no limit, and takes a time that grows with their square."""

SettingName = Annotated[str, Field(max_length=40)]
Value = str | int | float | bool | list[int]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Choice(_Part):
    """One possible prediction, and the conditions under which it was right."""

    text: Text
    when: list[Condition] = Field(min_length=1)


class Step(_Part):
    """One step. run: what its run is called; a step without one goes on with the run before."""

    title: Name
    do: Text
    watch: Text = ""
    run: Annotated[str, Field(max_length=40), AfterValidator(_shown)] = ""
    settings: dict[SettingName, Value] = {}
    """What its run has beside the settings of the lesson."""
    data: Text = ""
    """The data of this run; those of the lesson unless named."""
    score_on: Text = ""
    """What is scored beside its validation."""
    chart: Literal["accuracy", "loss"] = "accuracy"
    """What its chart shows at first."""
    knob: Annotated[str, Field(max_length=40)] = ""
    """The setting that the arrow keys turn in this step."""
    question: Text = ""
    choices: list[Choice] = Field([], max_length=3)
    checks: list[Condition] = []
    seen: Text = ""
    """What was seen, said when all checks hold."""

    def right(self, runs: Mapping[str, RunFigures], own: str) -> int | None:
        """Which choice is right, by what the runs did; None if none is."""
        for at, choice in enumerate(self.choices):
            if all(condition.holds(runs, own) for condition in choice.when):
                return at
        return None

    def missed(self, runs: Mapping[str, RunFigures], own: str) -> Condition | None:
        """The first check that does not hold; None if all do."""
        return next((check for check in self.checks if not check.holds(runs, own)), None)


class Lesson(_Part):
    """An experiment. data: what is learned from, as `--data` takes it; empty for what there is."""

    title: Name
    about: Text
    data: Text = ""
    settings: dict[SettingName, Value] = {}
    steps: list[Step] = Field(min_length=1, max_length=30)

    def set_for(self, step: Step) -> Mapping[str, Value]:
        """What a step's run has otherwise than the default preset."""
        return {**self.settings, **step.settings}

    def settings_of(self, step: Step, person: Hyperparameters) -> Hyperparameters:
        """The settings of a step's run; who trains it and by which seed is the person's business.

        Raises:
            SettingsError: the lesson names a setting that there is not, or a wrong value.
        """
        own = {name: getattr(person, name) for name in OWN_BUSINESS}
        values = {**preset("default"), **self.set_for(step), **own}
        return settings_from(values)


def told(sentence: str, runs: Mapping[str, RunFigures], own: str) -> str:
    """A sentence with figures and settings filled in; "?" where something is not known.

    own: the run that a place without a run is about.
    """

    def fill(place: re.Match[str]) -> str:
        run = runs.get(place["run"] or own)
        return run.text(place["name"]) if run else "?"

    return PLACE.sub(fill, sentence)


def read_lesson(path: Path) -> Lesson:
    """Read and check a lesson.

    Raises:
        FormatError: there is no such file, or it cannot be read.
        LessonError: it is not a lesson; the message says where, by the line, and what is wrong.
    """
    try:
        text = read_file(path, LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LessonError(f"{path}: byte {error.start} is no UTF-8; save it as UTF-8.") from error
    for number, written in enumerate(text.splitlines(), 1):
        if written.partition("=")[0].count(".") > MOST_DOTS:
            raise LessonError(f"{path}, line {number}: a name has too many dots.")
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise LessonError(f"{path}: this is no TOML: {error}.") from error
    try:
        lesson = Lesson.model_validate(values)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        line = _line_of(text, fault["loc"])
        raise LessonError(f"{path}, line {line}: {_said(fault)}.") from error
    try:
        settings_from(lesson.settings)
    except SettingsError as error:
        line = _line_of(text, ("settings",))
        raise LessonError(f"{path}, line {line}: {str(error).rstrip('.')}.") from error
    for at, step, problem in _problems(lesson):
        line = _line_of(text, ("steps", at, step))
        raise LessonError(f"{path}, line {line}: {problem}.")
    return lesson


def _said(fault: Mapping[str, Any]) -> str:
    """What pydantic found, in a sentence without its point."""
    name = next((each for each in reversed(fault["loc"]) if isinstance(each, str)), "lesson")
    if fault["type"] == "extra_forbidden":
        return f"there is nothing called {name}"
    if fault["type"] == "missing":
        return f"{name} is missing"
    message = str(fault["msg"]).removeprefix("Value error, ")
    return f"{name}: {message[0].lower()}{message[1:]}"


def _problems(lesson: Lesson) -> Iterator[tuple[int, str, str]]:
    """What no single field tells: the step, the field, what is wrong."""
    known: list[str] = []
    for at, step in enumerate(lesson.steps):
        if step.run in known:
            yield at, "run", f"there is a run {step.run!r} before"
        known += filter(None, [step.run])
        if not known and (step.checks or step.choices):
            yield at, "checks", "there is no run yet that could be checked"
        if step.settings and not step.run:
            yield at, "settings", "settings need a run of their own; give this step a run"
        if step.knob and step.knob not in knobs():
            yield at, "knob", f"there is no setting {step.knob!r}"
        if bool(step.question) != bool(step.choices):
            yield at, "question", "a question needs choices, and choices a question"
        try:
            lesson.settings_of(step, Hyperparameters())
        except SettingsError as error:
            yield at, "settings", str(error).rstrip(".")
        yield from _unknown_runs(at, step, known)
        yield from _unknown_places(at, step, known)


def _unknown_runs(at: int, step: Step, known: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    asked = [("checks", check) for check in step.checks]
    asked += [("choices", condition) for choice in step.choices for condition in choice.when]
    for where, condition in asked:
        for run in condition.runs():
            if run not in known:
                yield at, where, f"there is no run {run!r} by then"


def _unknown_places(at: int, step: Step, known: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    sentences = [("seen", step.seen), *(("checks", check.otherwise) for check in step.checks)]
    for where, sentence in sentences:
        for place in PLACE.finditer(sentence):
            if not is_name(place["name"]):
                yield at, where, f"there is no figure or setting {place['name']!r}"
            if place["run"] and place["run"] not in known:
                yield at, where, f"there is no run {place['run']!r} by then"


def _line_of(text: str, where: Sequence[int | str]) -> int:
    """The line, from 1, in which a field stands: of the lesson, or of its n-th step."""
    lines = text.splitlines()
    first, last = 0, len(lines)
    names = [str(each) for each in where if not isinstance(each, int)]
    steps = [at for at, line in enumerate(lines) if re.match(r"\s*\[\[\s*steps\s*\]\]", line)]
    if names[:1] == ["steps"] and len(where) > 1 and isinstance(where[1], int) and steps:
        at = min(where[1], len(steps) - 1)
        first = steps[at]
        last = steps[at + 1] if at + 1 < len(steps) else last
        names = names[1:]
    elif steps and names[:1] != ["steps"]:
        last = steps[0]
    for at in range(first, last):
        if names and re.match(rf"\s*\[?\"?{re.escape(names[0])}\"?\s*[=.\]]", lines[at]):
            return at + 1
    return first + 1
