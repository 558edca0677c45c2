"""What is asked about a digit's reading, in which words, and about which classes."""

import numpy as np
import pytest

from engine.nn.activations import ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.nn.network import Network
from numrec_tui.insight.attribution import gradient_times_input, mean_gradient_times_input
from numrec_tui.modes.digits.evidence import MOST_AVERAGED, Asked, alternatives
from numrec_tui.modes.digits.one_digit import OneDigit
from numrec_tui.modes.digits.screen import DigitsScreen
from numrec_tui.widgets.signed_map import SignedMap
from tests import scripted
from tests.screens.settled import settled, until

DIGITS = scripted.drawn_digits(60)
SEVEN = 7
READ = np.array([0, 0, 0.05, 0, 0.25, 0, 0, 0.1, 0, 0.6])
"""A 7 that is read as a 9, or else a 4, or else a 7."""


@pytest.fixture(scope="module")
def reader() -> Network:
    made = Network((784, 8, 10), ACTIVATIONS["relu"](0.0), LOSSES["cross_entropy"])
    made.initialize(INITIALIZERS["he"], np.random.default_rng(1))
    return made


def test_first_it_is_asked_what_speaks_for_the_reading(reader):
    answer = Asked().answer(reader, DIGITS, SEVEN, READ)
    assert (answer.words, answer.name, answer.against) == ("why 9? · v asks more", "9", "against")
    np.testing.assert_array_equal(answer.values, gradient_times_input(reader, DIGITS.images[7], 9))


def test_a_misread_digit_is_compared_with_what_it_is_then_with_the_next_most_probable(reader):
    asked = Asked()
    asked.next_question()
    answer = asked.answer(reader, DIGITS, SEVEN, READ)
    assert (answer.words, answer.name, answer.against) == ("why 9 rather than 7?", "9", "for 7")
    expected = gradient_times_input(reader, DIGITS.images[7], 9, 7)
    np.testing.assert_array_equal(answer.values, expected)
    asked.next_class(1)
    assert asked.answer(reader, DIGITS, SEVEN, READ).words == "why 9 rather than 4?"
    asked.next_class(-2)
    assert asked.answer(reader, DIGITS, SEVEN, READ).words.startswith("why 9 rather than 8")


def test_a_digit_that_is_read_right_is_compared_with_the_second_most_probable_class():
    assert alternatives(READ, label=9)[:2] == [4, 7]
    assert alternatives(np.full(3, np.nan), label=2) == [2, 1]


def test_what_speaks_for_a_class_is_of_that_class_whatever_digit_is_shown(reader):
    asked = Asked()
    asked.next_question()
    asked.next_question()
    answer = asked.answer(reader, DIGITS, SEVEN, READ)
    assert (answer.words, answer.name) == ("speaks for 9: mean of 6", "9")
    nines = DIGITS.images[DIGITS.labels == 9]
    np.testing.assert_array_equal(answer.values, mean_gradient_times_input(reader, nines, 9))
    asked.next_class(1)
    assert asked.answer(reader, DIGITS, SEVEN, READ).words == "speaks for 0: mean of 6"


def test_the_average_is_taken_over_some_digits_of_a_large_set_and_says_over_how_many(reader):
    many = DIGITS.take(np.resize(np.arange(60), 60 * 50))  # 300 of each class
    asked = Asked()
    asked.next_question()
    asked.next_question()
    assert asked.answer(reader, many, 0, READ).words == f"speaks for 9: mean of {MOST_AVERAGED}"


def test_a_class_of_which_there_is_no_digit_is_told(reader):
    asked = Asked()
    asked.next_question()
    asked.next_question()
    answer = asked.answer(reader, DIGITS.take(np.arange(5)), 0, READ)
    assert answer.words == "there is no 9 here"
    assert not answer.values.any()


def question(screen) -> str:
    return str(screen.query_one(OneDigit).border_subtitle)


def legend(screen) -> str:
    map_ = screen.query_one(SignedMap)
    return "\n".join(map_.render_line(y).text for y in range(map_.size.height))


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 34), (200, 60)])
@pytest.mark.short("size1", "size2")
async def test_v_asks_the_next_question_and_the_legend_is_of_the_answer(opened, size):
    lab = opened()
    async with lab.app.run_test(size=size) as pilot:
        await until(pilot, lambda: lab.app.mode is not None and lab.app.mode.report is not None)
        await pilot.press("2")
        await until(pilot, lambda: isinstance(lab.app.mode, DigitsScreen)
                    and lab.app.mode.predictions)  # fmt: skip
        screen = lab.app.mode
        if size[0] < 110:
            assert question(screen) == ""
            await pilot.press("v")
        guess = str(screen.predictions.predicted[0])
        await until(pilot, lambda: question(screen).startswith(f"why {guess}?"))
        assert f"against  ▇ for {guess}" in legend(screen)
        await pilot.press("v")
        await until(pilot, lambda: "rather than" in question(screen))
        other = question(screen).split()[-1].removesuffix("?")
        assert f"for {other}  ▇ for {guess}" in legend(screen)
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: f"rather than {other}" not in question(screen))
        await pilot.press("v")
        await until(pilot, lambda: question(screen).startswith(f"speaks for {guess}: mean"))
        await settled(pilot)
        assert f"against  ▇ for {guess}" in legend(screen)
