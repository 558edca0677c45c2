"""What a lesson can ask of its runs: conditions from a fixed list, over the figures of runs.

A condition names a figure or a setting of a run, and one bound: a number, or another run. There is
nothing in it that could be carried out, so a lesson's file may come from anybody.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.training.hyperparameters import Hyperparameters
from numrec_tui.text.setting_text import setting_text

SHARES = (
    "accuracy", "best_accuracy", "train_accuracy", "test_accuracy", "second_accuracy",
    "gap", "dead", "interval",
)  # fmt: skip
"""Figures from 0 to 1, shown in percent."""

FIGURES: Mapping[str, str] = {
    "accuracy": "share of the validation images read right at the end; 0 after a divergence",
    "best_accuracy": "the same at its best",
    "train_accuracy": "share of the training images read right in the last epoch",
    "test_accuracy": "share of the test images read right at the end",
    "second_accuracy": "share of the second set read right at the end",
    "gap": "by how much the training accuracy is above the validation accuracy",
    "interval": "how far up or down the validation accuracy may be off by chance, 95 times of 100",
    "dead": "share of hidden units that let no gradient through",
    "loss": "loss of the validation images at the end",
    "train_loss": "loss of the training images in the last epoch",
    "epochs": "epochs done",
    "updates": "updates of the weights",
    "seconds": "seconds of training",
    "diverged": "1 if the run diverged, else 0",
    "lowest_at": "the learning rate in force where the training loss was lowest",
}
"""The figures of a run that can be asked for."""

MIXED_UP = re.compile(r"mixed_up (?P<one>\S+) (?P<other>\S+)")
"""Test images of one class that are read as another, and the other way round: "mixed_up 4 9"."""


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What is known of a run: its settings and figures; mixed_up by pairs of class names."""

    settings: Hyperparameters
    figures: Mapping[str, float]
    mixed_up: Mapping[frozenset[str], int] = field(default_factory=dict)

    def value(self, figure: str) -> float | None:
        """A figure; None if this run has none."""
        pair = MIXED_UP.fullmatch(figure)
        if pair:
            return self.mixed_up.get(frozenset(pair.groups()))
        return self.figures.get(figure)

    def setting(self, name: str) -> str:
        """A setting as a person reads it."""
        return setting_text(getattr(self.settings, name))

    def text(self, name: str) -> str:
        """A figure or a setting as a person reads it; "?" if this run has none."""
        if name in Hyperparameters.model_fields and name not in FIGURES:  # loss is a figure here
            return self.setting(name)
        value = self.value(name)
        if value is None:
            return "?"
        if name == "accuracy" and self.figures.get("diverged"):
            return "nothing"
        if not isfinite(value):
            return "infinite" if value > 0 else "no number"
        if name in SHARES:
            return f"{value:.1%}"
        return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def is_name(name: str) -> bool:
    """Whether there is such a figure or setting."""
    return (
        name in FIGURES
        or name in Hyperparameters.model_fields
        or MIXED_UP.fullmatch(name) is not None
    )


BOUNDS = ("at_least", "at_most", "above", "below", "within", "more_than", "equals")


class Condition(BaseModel):
    """One condition, such as {figure = "accuracy", below = "good", by = 0.1}."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    figure: str = Field("", max_length=60)
    setting: str = Field("", max_length=60)
    run: str = Field("", max_length=40)
    """The run it is about; the one of the step unless named."""
    at_least: float | None = None
    at_most: float | None = None
    above: str | None = Field(None, max_length=40)
    """The run whose figure this one is larger than, by `by` at least."""
    below: str | None = Field(None, max_length=40)
    within: str | None = Field(None, max_length=40)
    """The run whose figure this one is no farther from than `by`."""
    more_than: str | None = Field(None, max_length=60)
    """The other figure of the same run that this one is larger than."""
    equals: str | int | float | bool | None = None
    """The value of a setting, as a person writes it."""
    by: float = Field(0.0, ge=0)
    otherwise: str = Field("", max_length=400)
    """What is said if it does not hold."""

    @model_validator(mode="after")
    def _one_of_each(self) -> "Condition":
        if bool(self.figure) == bool(self.setting):
            raise ValueError("a condition names a figure or a setting, one of the two")
        known = Hyperparameters.model_fields
        if self.setting and self.setting not in known:
            raise ValueError(f"there is no setting {self.setting!r}")
        if self.setting and self.equals is None and not _is_number(self.setting):
            raise ValueError(f"{self.setting} is no number; say what it equals")
        for figure in filter(None, (self.figure, self.more_than)):
            if figure not in FIGURES and not MIXED_UP.fullmatch(figure):
                raise ValueError(f"there is no figure {figure!r}; there are {', '.join(FIGURES)}")
        given = [name for name in BOUNDS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"a condition has one of {', '.join(BOUNDS)}, not {len(given)}")
        return self

    def runs(self) -> tuple[str, ...]:
        """The runs it names."""
        named = (self.run, self.above, self.below, self.within)
        return tuple(name for name in named if name)

    def holds(self, runs: Mapping[str, RunFigures], own: str) -> bool:
        """Whether it holds; not where something is not known. own: the run of the step."""
        about = runs.get(self.run or own)
        value, bound = self._value(about), self._bound(runs, about)
        if value is None or bound is None:
            return False
        if self.equals is not None:
            return setting_text(value) == setting_text(bound)
        if self.within is not None:
            return bool(abs(value - bound) <= self.by)
        if self.below is not None:
            return bool(value < bound - self.by)
        if self.at_most is not None:
            return bool(value <= bound)
        return bool(value >= bound if self.at_least is not None else value > bound + self.by)

    def _bound(self, runs: Mapping[str, RunFigures], about: RunFigures | None) -> Any:
        """What the value is compared with."""
        if self.more_than is not None:
            return about.value(self.more_than) if about else None
        given = (self.at_least, self.at_most, self.equals)
        named = self.above or self.below or self.within
        return self._value(runs.get(named)) if named else next(x for x in given if x is not None)

    def _value(self, run: RunFigures | None) -> Any:
        if run is None:
            return None
        return getattr(run.settings, self.setting) if self.setting else run.value(self.figure)


def _is_number(setting: str) -> bool:
    default = Hyperparameters.model_fields[setting].default
    return isinstance(default, int | float) and not isinstance(default, bool)
