"""A set of one's own as a value: what is held out stays so, and every change gives another set."""

import numpy as np
import pytest

from engine.errors import DataError
from numrec_tui.storage.own_set import checked_classes, new_set

HEART, STAR = 0, 1


def picture(number):
    """A drawing that can be told from every other."""
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 10] = 255
    image[0, 0], image[0, 1] = number % 256, number // 256
    return image


def drawn(*labels):
    """A set of hearts and stars with these drawings, each different."""
    own = new_set(("heart", "star"))
    for number, label in enumerate(labels):
        own = own.add(picture(number), label)
    return own


def test_every_fifth_drawing_of_each_class_is_held_out():
    own = drawn(*[HEART] * 12, *[STAR] * 7)
    assert np.flatnonzero(own.held_out).tolist() == [1, 6, 11, 13, 18]


def test_in_turn_it_is_every_fifth_of_each_class_all_the_same():
    own = drawn(*[HEART, STAR] * 10)
    held_out = own.labels[own.held_out]
    assert [np.count_nonzero(held_out == label) for label in (HEART, STAR)] == [2, 2]


def test_moving_a_drawing_keeps_it_held_out_or_not():
    own = drawn(HEART, HEART, HEART)
    for index in range(3):
        moved = own.move(index, STAR)
        assert moved.held_out.tolist() == own.held_out.tolist()
        assert moved.count(STAR) == 1
    assert own.count(STAR) == 0


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("label", [HEART, STAR])
def test_pictures_that_are_the_same_stay_on_one_side(first, label):
    own = drawn(HEART, HEART, STAR)
    for _ in range(6):
        own = own.add(picture(first), label)
    assert {bool(flag) for flag in own.held_out[3:]} == {bool(own.held_out[first])}


def test_what_was_kept_from_being_held_out_is_made_up_for():
    own = drawn(HEART)
    own = own.add(picture(0), HEART).add(picture(5), HEART)
    assert own.held_out.tolist() == [False, False, True]


def test_deleting_a_class_takes_its_drawings_and_renumbers_the_others():
    own = drawn(HEART, STAR, STAR).add_class("moon").add(picture(9), 2)
    less = own.delete_class(HEART)
    assert less.classes == ("star", "moon")
    assert less.labels.tolist() == [0, 0, 1]
    assert less.held_out.tolist() == [False, True, False]
    assert own.classes == ("heart", "star", "moon")


def test_two_classes_are_the_fewest_and_sixty_four_the_most():
    with pytest.raises(DataError, match="2 to 64 classes, not 1"):
        drawn(HEART).delete_class(STAR)
    many = checked_classes([f"rune {number}" for number in range(64)])
    with pytest.raises(DataError, match="2 to 64 classes, not 65"):
        new_set(many).add_class("one more")


@pytest.mark.parametrize(
    "name", ["ᚠ", "☺", "❤️", "two words", "1", "q", "e\N{COMBINING ACUTE ACCENT}"]
)
def test_a_class_may_be_called_by_any_text(name):
    own = drawn(HEART).rename_class(HEART, f"  {name} ")
    assert len(own.classes) == 2
    assert own.classes[1] == "star"
    assert own.classes[0] == checked_classes([name, "x"])[0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "without a name"),
        (" ", "without a name"),
        ("star", "Two classes are called star"),
        ("a\nb", "cannot be shown"),
        ("\x1b[2J", "cannot be shown"),
        ("x" * 41, "at most 40 signs"),
    ],
)
def test_a_name_that_cannot_be_is_refused_in_a_sentence(name, said):
    with pytest.raises(DataError, match=said):
        drawn(HEART).rename_class(HEART, name)


@pytest.mark.parametrize(
    ("labels", "lacks"),
    [
        ((), "two classes need a drawing"),
        ((HEART, HEART, HEART), "two classes need a drawing"),
        ((HEART, STAR), "one class needs a second drawing"),
        ((HEART, STAR, STAR), None),
    ],
)
def test_it_says_what_is_missing_to_learn_from_it(labels, lacks):
    own = drawn(*labels)
    assert own.lacks == lacks
    if lacks:
        with pytest.raises(DataError, match=lacks):
            own.data_set("mine")
    else:
        assert len(own.data_set("mine").test) == 1


def test_sets_are_equal_by_what_is_in_them():
    assert drawn(HEART, STAR) == drawn(HEART, STAR)
    assert drawn(HEART, STAR) != drawn(HEART, HEART)
    assert drawn(HEART) != drawn(HEART).rename_class(STAR, "moon")
