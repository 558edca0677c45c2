"""Guessing: what it reaches, and how lucky it may be."""

import pytest

from engine.training.guessing import best_guess, guessing_bound, is_guessing


def test_whoever_guesses_always_says_the_most_frequent_class():
    assert best_guess([10, 30, 20]) == 0.5


def test_luck_counts_for_more_among_fewer_images():
    # a tenth each: 0.1 + 1.645 √(0.09 / n)
    assert guessing_bound([10] * 10) == pytest.approx(0.1 + 1.645 * 0.03)
    assert guessing_bound([1000] * 10) == pytest.approx(0.1 + 1.645 * 0.003)


def test_the_same_accuracy_is_luck_among_a_hundred_images_and_skill_among_ten_thousand():
    assert is_guessing(0.12, [10] * 10)
    assert not is_guessing(0.12, [1000] * 10)


def test_in_a_set_of_nine_tenths_of_one_class_ninety_percent_is_guessing():
    assert is_guessing(0.9, [900, 100])
    assert not is_guessing(0.95, [900, 100])


def test_a_set_of_one_class_can_only_be_guessed():
    assert is_guessing(1.0, [7, 0])
