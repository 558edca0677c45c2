"""What is followed is found, stepped through and typed: digits, layers, units, weights."""

from dataclasses import replace

import pytest

from engine.errors import InputError
from numrec_tui.lessons.followed import Followed, weight_name
from numrec_tui.lessons.own_step import Standing, Weight
from numrec_tui.modes.learn.chosen import Choice, Picture, hint, moved, of_subject, tell, typed
from numrec_tui.modes.mode import Subject
from tests.engine import tiny

PARTS = tiny.split(40, 20)
STANDING = Standing(tiny.run_on(PARTS, hidden=(12, 6)), PARTS)
IMAGE = PARTS.train.images[3]


def told(choice: Choice, held: Weight | None = None) -> Followed:
    return tell(STANDING, choice, held)


@pytest.mark.parametrize(
    ("picker", "layer", "text", "why"),
    [
        ("digit", 0, "20", "A digit is a whole number from 0 to 19."),
        ("layer", 0, "0", "A layer is a whole number from 1 to 3."),
        ("unit", 0, "none", "A unit is a whole number from 0 to 11."),
        ("unit", 2, "ten", "There is no such class; there are 0, 1, 2"),
        ("weight", 0, "12", "Write row, column, such as 4, 4; or bias."),
        ("weight", 0, "8, 0", "A row is a whole number from 0 to 7."),
        ("weight", 1, "12", "A unit is a whole number from 0 to 11."),
    ],
)
def test_what_there_is_not_is_refused(picker: str, layer: int, text: str, why: str) -> None:
    choice = Choice(layer=layer)
    with pytest.raises(InputError) as error:
        typed(choice, told(choice), picker, text)
    assert str(error.value).startswith(why)


@pytest.mark.parametrize(
    ("picker", "layer", "text", "name"),
    [
        ("unit", 0, "11", "→ unit 11 of hidden 1"),
        ("unit", 2, "7", "→ class 7"),
        ("layer", 0, "2", "of hidden 2"),
        ("weight", 0, "(6, 7)", "pixel (6, 7) →"),
        ("weight", 0, " 6 ,7", "pixel (6, 7) →"),
        ("weight", 1, "3", "unit 3 →"),
        ("weight", 2, "Bias", "bias →"),
    ],
)
def test_what_is_typed_is_followed(picker: str, layer: int, text: str, name: str) -> None:
    choice = Choice(layer=layer)
    assert hint(told(choice), picker)
    assert name in weight_name(told(typed(choice, told(choice), picker, text)))


@pytest.mark.parametrize("picker", ["digit", "layer", "unit", "weight"])
def test_a_step_forth_and_a_step_back_come_to_the_same(picker: str) -> None:
    choice = Choice(row=4, layer=1)
    forth = moved(choice, told(choice), picker, 1)
    assert (told(forth).digit.name, told(forth).weight) != (
        told(choice).digit.name, told(choice).weight)  # fmt: skip
    back = moved(forth, told(forth), picker, -1)
    assert told(back).weight == told(choice).weight
    assert told(back).digit.name == told(choice).digit.name


def test_a_weight_that_is_held_stays_unless_the_network_has_no_such() -> None:
    assert told(Choice(), Weight(0, 9, 11)).weight == Weight(0, 9, 11)
    for gone in (Weight(0, 9, 12), Weight(1, 12, 0), Weight(3, 0, 0)):
        assert told(Choice(), gone).weight == told(Choice()).weight


def test_a_drawing_has_the_class_it_is_taken_for_until_that_is_told() -> None:
    choice = of_subject(Choice(row=5), Subject(image=IMAGE, name="your drawing"))
    assert "class" in choice.pickers
    read = told(choice).passed.outputs.argmax()
    assert told(choice).digit.label == read
    assert told(typed(choice, told(choice), "class", "2")).digit.label == 2
    assert moved(choice, told(choice), "digit", 1) == Choice(row=5)


def test_a_digit_of_another_set_keeps_its_class() -> None:
    choice = of_subject(Choice(), Subject(image=IMAGE, name="test digit #3", label=3, unit=7))
    assert choice == Choice(given=choice.given, unit=7)
    assert isinstance(choice.given, Picture)
    assert "class" not in choice.pickers
    assert (told(choice).digit.label, told(choice).weight.target) == (3, 7)


def test_a_class_with_a_long_name_is_typed_whole() -> None:
    names = ("transportation by rail", "transportation by road", *map(str, range(8)))
    parts = replace(
        PARTS, **{each: replace(getattr(PARTS, each), class_names=names)
                  for each in ("train", "validation", "test")}
    )  # fmt: skip
    seen = tell(Standing(STANDING.run, parts), Choice(layer=2), None)
    assert seen.names[:2] == ("transportatio…"[:11] + "…",) * 2
    assert typed(Choice(layer=2), seen, "unit", "transportation by road").unit == 1
