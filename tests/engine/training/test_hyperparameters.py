"""Settings: text is understood, ranges hold, and every wrong one is named at once."""

import re
from collections.abc import Callable
from itertools import groupby
from typing import Any, get_args

import numpy as np
import pytest
from pydantic import ValidationError

from engine.errors import SettingsError
from engine.nn.activations import ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.nn.optimizers import OPTIMIZERS, UpdateSettings
from engine.nn.schedules import SCHEDULES, SchedulePoint
from engine.training.hyperparameters import (
    Hyperparameters,
    Knob,
    Scale,
    knobs,
    settings_from,
)

KNOBS = knobs()
NUMBERS = [knob for knob in KNOBS.values() if knob.low is not None]
CHOICES = [knob for knob in KNOBS.values() if knob.choices]
numbers = pytest.mark.parametrize("knob", NUMBERS, ids=lambda knob: knob.name)
choices = pytest.mark.parametrize("knob", CHOICES, ids=lambda knob: knob.name)


def problems(**values: object) -> dict[str, str]:
    """What is said about some values, by the name of the setting."""
    with pytest.raises(SettingsError) as caught:
        settings_from(values)
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "widths"),
    [
        ("256", (256,)),
        ("512,256", (512, 256)),
        ("512, 256", (512, 256)),
        ("512 256", (512, 256)),
        ("512-256", (512, 256)),
        ("none", ()),
    ],
)
def test_hidden_layers_may_be_written_as_a_person_would(text: str, widths: tuple[int, ...]) -> None:
    assert settings_from({"hidden": text}).hidden == widths


@pytest.mark.parametrize("value", [(64,), [64, 32], ()])
def test_hidden_layers_may_be_a_list_of_numbers(value: Any) -> None:
    assert settings_from({"hidden": value}).hidden == tuple(value)


@pytest.mark.parametrize(
    "value", ["0", "64,0", "65537", "many", "12.5", "none,3", "-5", (0,), (1,) * 17, None]
)
def test_hidden_layers_that_cannot_be_are_refused(value: object) -> None:
    assert set(problems(hidden=value)) == {"hidden"}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("learning_rate", "1e-3", 0.001),
        ("batch_size", "128", 128),
        ("shuffle", "false", False),
        ("optimizer", "adam", "adam"),
        ("seed", "4294967295", 2**32 - 1),
    ],
)
def test_other_settings_may_be_text_too(name: str, text: str, value: object) -> None:
    assert getattr(settings_from({name: text}), name) == value


@numbers
def test_the_ends_of_a_range_are_in_it_or_not_as_the_knob_says(knob: Knob) -> None:
    for end, is_open in ((knob.low, knob.low_open), (knob.high, knob.high_open)):
        if is_open:
            assert set(problems(**{knob.name: end})) == {knob.name}
        else:
            assert getattr(settings_from({knob.name: end}), knob.name) == end


@numbers
def test_numbers_outside_their_range_are_refused(knob: Knob) -> None:
    assert knob.low is not None
    assert knob.high is not None
    for value in (knob.low - 1, knob.high + 1, float("nan"), float("inf"), -float("inf")):
        assert set(problems(**{knob.name: value})) == {knob.name}


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("leak", "[0", "1]"),
        ("learning_rate", "(0", "1000]"),
        ("momentum", "[0", "1)"),
        ("batch_size", "[1", "1000000]"),
        ("decay", "(0", "1]"),
        ("decay_epochs", "[1", "100000]"),
        ("weight_decay", "[0", "10]"),
        ("dropout", "[0", "1)"),
        ("epochs", "[1", "100000]"),
        ("target_accuracy", "(0", "1]"),
        ("patience", "[0", "100000]"),
        ("validation_fraction", "(0", "1)"),
        ("seed", "[0", "4294967295]"),
    ],
)
def test_each_number_has_its_range(name: str, low: str, high: str) -> None:
    knob = KNOBS[name]
    assert knob.low_open == (low[0] == "(")
    assert knob.high_open == (high[-1] == ")")
    assert (knob.low, knob.high) == (float(low[1:]), float(high[:-1]))


def test_every_number_is_covered_by_the_table_of_ranges() -> None:
    assert {knob.name for knob in NUMBERS} == set(KNOBS) - {"hidden", "shuffle"} - {
        knob.name for knob in CHOICES
    }


@choices
def test_every_choice_is_accepted(knob: Knob) -> None:
    for choice in knob.choices:
        assert getattr(settings_from({knob.name: choice}), knob.name) == choice


@choices
def test_another_choice_is_refused_and_the_choices_are_named(knob: Knob) -> None:
    said = problems(**{knob.name: "magic"})[knob.name]
    assert "'magic'" in said
    assert all(choice in said for choice in knob.choices)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("activation", ACTIVATIONS),
        ("loss", LOSSES),
        ("initializer", INITIALIZERS),
        ("optimizer", OPTIMIZERS),
        ("schedule", SCHEDULES),
    ],
)
def test_the_choices_are_what_the_network_has(name: str, table: dict[str, object]) -> None:
    assert KNOBS[name].choices == tuple(table)


def test_a_choice_that_is_nearly_right_is_named() -> None:
    assert problems(optimizer="adamm")["optimizer"].endswith("not 'adamm'; did you mean 'adam'")
    assert problems(schedule="one-cycel")["schedule"].endswith("did you mean 'one_cycle'")
    assert problems(loss="magic")["loss"].endswith("not 'magic'")


def reads_momentum(name: str) -> bool:
    """Whether an optimizer's second step depends on the momentum."""
    ends = []
    for momentum in (0.0, 0.9):
        theta, state = np.ones(1), np.zeros((OPTIMIZERS[name].vectors, 1))
        for step in (1, 2):
            to = UpdateSettings(0.1, momentum)
            OPTIMIZERS[name].update(theta, np.full(1, 0.5), state, np.empty(1), step, to)
        ends.append(theta.item())
    return ends[0] != ends[1]


def reads_decay(name: str) -> bool:
    """Whether a schedule's factor after an epoch and a half depends on the decay."""
    return len({SCHEDULES[name](SchedulePoint(1.5, 10, decay, 1)) for decay in (0.3, 0.6)}) == 2


def reads_leak(name: str) -> bool:
    """Whether an activation's value below zero depends on the leak."""
    found = []
    for leak in (0.1, 0.2):
        out = np.empty(1)
        ACTIVATIONS[name](leak).value(np.full(1, -1.0), out)
        found.append(out.item())
    return found[0] != found[1]


OURS = {"optimizer": tuple(OPTIMIZERS), "schedule": tuple(SCHEDULES), "activation": (*ACTIVATIONS,)}


@pytest.mark.parametrize(
    ("knob", "of", "reads"),
    [
        ("momentum", "optimizer", reads_momentum),
        ("decay", "schedule", reads_decay),
        ("leak", "activation", reads_leak),
    ],
)
def test_help_names_just_those_that_a_setting_makes_a_difference_to(
    knob: str, of: str, reads: Callable[[str], bool]
) -> None:
    words = re.findall(r"\w+", KNOBS[knob].help)
    assert {name for name in OURS[of] if name in words} == {
        name for name in OURS[of] if reads(name)
    }


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_says_of_itself_what_others_need_to_know(name: str) -> None:
    activation = ACTIVATIONS[name](0.5)
    assert activation.name == name
    assert activation.takes_leak == reads_leak(name)
    assert activation.leak == (0.5 if activation.takes_leak else 0)
    assert activation.initializer in INITIALIZERS
    z, out = np.array([-30.0, 30.0]), np.empty(2)
    activation.value(z, out)
    slope = np.empty(2)
    activation.slope(z, out, slope)
    assert activation.saturates == bool((abs(slope) < 1e-6).all())


def test_every_wrong_setting_is_named_at_once() -> None:
    said = problems(hidden="0", learning_rate=-1, dropout="x", epochs=2, optimzer="sgd")
    assert set(said) == {"hidden", "learning_rate", "dropout", "optimzer"}


def test_a_refusal_says_what_was_given_and_where() -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from({"learning_rate": -1}, "mine.toml")
    assert str(caught.value) == "mine.toml: learning_rate: must be greater than 0, not -1."


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("learnig_rate", "learning_rate"), ("batch-siz", "batch_size"), ("optimiser", "optimizer")],
)
def test_an_unknown_name_suggests_the_right_one(wrong: str, right: str) -> None:
    said = problems(**{wrong: 1})[wrong]
    assert said.startswith("there is no such setting; did you mean")
    assert right in said


def test_a_name_like_no_other_suggests_nothing() -> None:
    assert problems(xyzzy=1) == {"xyzzy": "there is no such setting"}


def test_settings_do_not_change_after_they_are_made() -> None:
    settings = Hyperparameters()
    with pytest.raises(ValidationError):
        settings.epochs = 5  # type: ignore[misc]


def test_changed_settings_are_new_ones_and_the_rest_is_kept() -> None:
    before = settings_from({"hidden": "32", "momentum": 0.5})
    after = before.changed(learning_rate="0.2")
    assert (before.learning_rate, after.learning_rate) == (0.05, 0.2)
    assert (after.hidden, after.momentum) == ((32,), 0.5)


def test_a_change_is_checked_too() -> None:
    with pytest.raises(SettingsError, match="momentum: must be less than 1"):
        Hyperparameters().changed(momentum=1)


def test_every_setting_has_a_knob_in_the_order_of_the_panel() -> None:
    assert list(KNOBS) == list(Hyperparameters.model_fields)


def test_knobs_of_a_group_stand_together() -> None:
    groups = [knob.group for knob in KNOBS.values()]
    assert [group for group, _ in groupby(groups)] == ["network", "optimizer", "data", "run"]


@pytest.mark.parametrize("knob", KNOBS.values(), ids=list(KNOBS))
def test_a_knob_describes_its_setting(knob: Knob) -> None:
    assert KNOBS[knob.name] is knob
    assert knob.help
    assert 0 < len(knob.warning) <= 46  # it has to fit under the list
    assert knob.group in ("network", "optimizer", "data", "run")
    assert knob.scale in get_args(Scale)
    assert knob.step > 0
    assert "_" not in knob.label
    assert knob.flag == f"--{knob.label.replace(' ', '-')}"
    if knob.scale == "logarithmic":
        assert knob.low is not None
        assert knob.low >= 0


def test_just_these_settings_may_change_while_the_network_learns() -> None:
    assert {knob.name for knob in KNOBS.values() if knob.live} == {
        "learning_rate", "momentum", "weight_decay", "epochs", "target_accuracy",
    }  # fmt: skip


def test_settings_made_directly_are_refused_with_the_same_words() -> None:
    with pytest.raises(SettingsError) as told:
        Hyperparameters(epochs=0, hiden=(3,))  # type: ignore[call-arg]
    assert told.value.problems == {
        "epochs": "must be greater than or equal to 1, not 0",
        "hiden": "there is no such setting; did you mean 'hidden'",
    }
