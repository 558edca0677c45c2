"""Defaults fit small sets; what somebody chose is left alone."""

import math

import pytest

from engine.training.hyperparameters import Hyperparameters
from engine.training.presets import preset
from engine.training.small_sets import SetSize, explain, fitted, size_of
from tests.engine import tiny


def updates(settings: Hyperparameters, images: int) -> int:
    held_out = round(settings.validation_fraction * images) * (settings.validation == "held-out")
    return math.ceil((images - held_out) / settings.batch_size)


@pytest.mark.parametrize("images", [51, 60, 100, 250, 1000, 1600])
def test_an_epoch_of_a_small_set_has_two_dozen_updates(images: int) -> None:
    settings = fitted({}, SetSize(images, 3))
    assert settings.batch_size < 64
    assert updates(settings, images) >= 24
    assert updates(settings, images) * settings.epochs >= 1500


@pytest.mark.parametrize("images", [3500, 12_000, 60_000])
def test_a_large_set_is_learned_with_the_plain_defaults(images: int) -> None:
    assert fitted({}, SetSize(images, 10)) == Hyperparameters()


def test_what_was_chosen_is_left_alone() -> None:
    values = {"batch_size": 64, "epochs": 3, "validation": "held-out", "validation_fraction": 0.1}
    assert fitted(values, SetSize(51, 3)) == Hyperparameters(batch_size=64, epochs=3)
    half = fitted({"batch_size": 64}, SetSize(51, 3))
    assert half.batch_size == 64
    assert half.epochs == 60


def test_a_preset_that_sets_its_own_batches_keeps_them() -> None:
    settings = fitted(preset("seed"), SetSize(51, 3))
    assert (settings.batch_size, settings.epochs, settings.validation) == (512, 100, "test")


def test_images_that_stay_the_same_are_not_learned_one_by_one() -> None:
    assert fitted({"augment": "off"}, SetSize(51, 3)).batch_size == 4


def test_of_each_class_one_is_held_out() -> None:
    # 60 images of 10 classes: a tenth would be 6; 10 of 60 are 17 %
    assert fitted({}, SetSize(60, 10)).validation_fraction == 0.17
    assert fitted({}, SetSize(51, 3)).validation_fraction == 0.1


def test_where_too_few_would_be_left_the_test_images_validate_and_that_is_said() -> None:
    size = SetSize(4, 2)
    settings = fitted({}, size)
    assert settings.validation == "test"
    said = explain(settings, Hyperparameters(), size)
    assert "4 images" in said
    assert "too few to hold any out, so the test images validate; from 8 on" in said


def test_a_large_set_needs_no_explanation() -> None:
    assert explain(Hyperparameters(), Hyperparameters(), SetSize(60_000, 10)) == ""


def test_classes_without_images_do_not_count() -> None:
    data = tiny.data_set(train=6)
    assert size_of(data) == SetSize(6, 6)
