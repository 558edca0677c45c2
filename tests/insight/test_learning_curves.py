"""The curves of a run in words: each reading at its threshold, and when nothing may be said."""

import re

import pytest

from engine.training.events import EpochDone
from engine.training.hyperparameters import settings_from
from engine.training.metrics import interval
from numrec_tui.insight.learning_curves import (
    BEGINS_TO,
    BY_HEART,
    FELL,
    FINDINGS,
    GUESSES,
    HOLDS,
    IS_FLAT,
    IS_LOW,
    LOSS_RISES,
    MEMORIZES,
    ONE_EPOCH,
    RISES,
    SWINGS,
    TOO_FEW,
    Course,
    diagnose,
    mistakes,
)
from numrec_tui.lessons.glossary import named_in

MANY = (600,) * 10
"""Validation images of each class: enough for a share of them to count as it is."""


def course(train, valid, losses=None, counts=MANY, train_losses=None, **more) -> Course:
    """Epochs with these accuracies; the losses are what is wrong, unless they are given."""
    settings = settings_from({"schedule": "constant", "dropout": 0.0, **more.pop("settings", {})})
    losses = losses or [1 - each for each in valid]
    train_losses = train_losses or [1 - each for each in train]
    history = [
        EpochDone(epoch, tl, t, vl, v, 1.0, 100.0, False, sum(counts))
        for epoch, (t, v, vl, tl) in enumerate(
            zip(train, valid, losses, train_losses, strict=True), 1
        )
    ]
    return Course(settings, history, more.pop("updates", 1000), counts, **more)


def found(*args, **more):
    said = diagnose(course(*args, **more))
    assert said is not None
    return said


def test_a_network_that_memorizes_is_told_with_what_helps():
    said = found([0.9, 1.0], [0.86, 0.86])
    assert said.finding == MEMORIZES
    assert said.in_words() == (
        "train 100.0%, validation 86.0%: it memorizes the training images (overfitting); "
        "more images, augmentation or dropout help"
    )
    assert said.in_words(short=True) == (
        "train 100.0%, valid 86.0%: overfitting; more images, augmentation, dropout"
    )


@pytest.mark.parametrize(
    ("train", "valid", "finding"),
    [
        (0.971, 0.92, MEMORIZES),  # 5 points
        (0.97, 0.921, BEGINS_TO),
        (0.97, 0.95, BEGINS_TO),  # 2 points
        (0.97, 0.951, HOLDS),
        (0.995, 0.985, MEMORIZES),  # all learned, and a point is missing
        (0.995, 0.986, HOLDS),
        (0.994, 0.984, HOLDS),
    ],
)
def test_how_far_train_is_above_validation(train, valid, finding):
    assert found([train] * 2, [valid] * 2).finding == finding


@pytest.mark.parametrize(
    ("more", "help"),
    [
        ({"augmented": True}, "more images or dropout help"),
        ({"settings": {"dropout": 0.2}}, "more images, augmentation or more dropout help"),
        ({"settings": {"hidden": ()}}, "more images or augmentation help"),
    ],
)
def test_what_is_in_use_is_not_advised_again(more, help):
    assert str(found([1.0] * 2, [0.86] * 2, **more).help) == help


def test_of_few_images_only_a_gap_beyond_the_interval_counts():
    few = (10,) * 10
    assert interval(0.9, 100)[1] == pytest.approx(0.945, abs=1e-3)
    assert found([0.997] * 2, [0.9] * 2, counts=few).finding == MEMORIZES
    assert found([0.99] * 2, [0.9] * 2, counts=few).finding == BEGINS_TO
    said = found([0.95] * 2, [0.9] * 2, counts=few)
    assert said.figures == "train 95.0%, validation 90.0% (82.6-94.5 % of 100)"
    assert said.finding == TOO_FEW  # up to 82.6 % may be true, or 94.5 %


def test_a_handful_of_images_tells_nothing_but_what_is_plain():
    assert found([0.9] * 3, [5 / 6] * 3, counts=(1,) * 6).finding == TOO_FEW
    assert found([0.99] * 3, [3 / 20] * 3, counts=(2,) * 10).finding == MEMORIZES
    assert found([0.1] * 3, [0.1] * 3, counts=(1,) * 10).finding == TOO_FEW  # not "it guesses"


def test_who_guesses_has_hardly_begun_or_needs_another_rate():
    told = found([0.11], [0.105], updates=49)
    assert (told.finding, str(told.help)) == (GUESSES, "space goes on")
    told = found([0.11] * 3, [0.105] * 3, updates=50)
    assert (told.finding, str(told.help)) == (
        GUESSES,
        "another rate or a look at the labels may help",
    )
    assert found([0.2] * 2, [0.107] * 2).finding != GUESSES  # luck reaches 10.6 % of 6,000


def test_who_reads_the_training_images_alone_knows_them_by_heart():
    assert found([0.9] * 3, [0.1] * 3).finding == BY_HEART
    assert found([0.14] * 3, [0.1] * 3).finding == GUESSES


def test_a_run_that_was_better_falls_apart():
    valid, losses = [0.9, 0.95, 0.7], [0.3, 0.2, 0.5]
    told = found([0.7] * 3, valid, losses)
    assert (told.finding, str(told.help)) == (FELL, "a lower rate helps")
    surer = found([0.95] * 3, [0.94, 0.95, 0.94], losses)  # surer of as many mistakes
    assert surer.finding != FELL
    few = (1,) * 10
    assert found([0.7] * 3, [0.9, 0.9, 0.7], losses, counts=few).finding != FELL  # two of ten


def test_a_validation_loss_that_rises_again_is_overfitting_too():
    losses = [0.20, 0.10, 0.11, 0.12, 0.13]
    train, valid = [0.95, 0.97, 0.975, 0.98, 0.985], [0.97] * 5
    assert found(train, valid, losses).finding == LOSS_RISES
    assert found(train, valid, [0.2, 0.12, 0.121, 0.12, 0.13]).finding != LOSS_RISES  # a tenth less
    assert found(train, valid, [0.2, 0.3, 0.11, 0.12, 0.13]).finding != LOSS_RISES  # only just now
    worse = [0.05, 0.03, 0.03, 0.03, 0.04]
    assert found(train, valid, losses, train_losses=worse).finding != LOSS_RISES  # train rises, too
    few = (60,) * 10
    told = found(train, valid, losses, counts=few)
    assert told.finding == LOSS_RISES  # by more than a quarter
    assert found(train, valid, [0.2, 0.11, 0.11, 0.12, 0.13], counts=few).finding != LOSS_RISES


def test_two_falls_of_late_are_swings():
    swinging = [0.9, 0.85, 0.9, 0.85, 0.88]
    told = found([0.88] * 5, swinging)
    assert (told.finding, str(told.help)) == (SWINGS, "a lower rate or less momentum calms it")
    sgd = found([0.88] * 5, swinging, settings={"optimizer": "sgd"})
    assert str(sgd.help) == "a lower rate calms it"
    assert found([0.88] * 5, [0.9, 0.85, 0.9, 0.9, 0.9]).finding != SWINGS
    assert found([0.88] * 5, swinging, counts=(10,) * 10).finding != SWINGS  # by chance


def test_a_curve_that_still_rises_wants_more_epochs():
    rising = [0.8, 0.85, 0.88, 0.9, 0.92]
    told = found(rising, rising)
    assert (told.finding, str(told.help)) == (RISES, "space goes on")
    assert str(found(rising, rising, over="epochs").help) == "more epochs help"
    assert str(found(rising, rising, over="target").help) == "a higher target lets it go on"
    assert str(found(rising, rising, over="patience").help) == "more patience lets it go on"
    by_chance = 0.0028  # a standard error of a difference: √(2·.95·.05 / 6000) = 0.0040
    assert found([0.95] * 5, [0.95, 0.95, 0.95, 0.95, 0.95 + by_chance]).finding != RISES
    assert found([0.95] * 5, [0.95, 0.95, 0.95, 0.95, 0.9545]).finding == RISES
    few = (10,) * 10
    assert found([0.85] * 5, [0.8, 0.82, 0.83, 0.84, 0.85], counts=few).finding != RISES


def test_one_epoch_shows_no_course():
    assert found([0.9], [0.9]).finding == ONE_EPOCH


def test_both_low_and_flat_is_underfitting():
    told = found([0.705] * 5, [0.7] * 5)
    assert (told.finding, str(told.help)) == (IS_LOW, "more units or another rate may help")
    dropped = found([0.705] * 5, [0.7] * 5, settings={"dropout": 0.5})
    assert str(dropped.help) == "less dropout, more units or another rate may help"
    assert found([0.91] * 5, [0.9] * 5).finding != IS_LOW
    assert found([0.705] * 3, [0.7] * 3).finding != IS_LOW  # too short to be flat
    rising = [0.69, 0.69, 0.70, 0.705, 0.71]
    assert found(rising, [0.7] * 5).finding != IS_LOW  # train still rises


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, "is the mean over an epoch"),
        ({"settings": {"dropout": 0.3}}, "dropout holds down"),
        (
            {"settings": {"dropout": 0.3}, "augmented": True},
            "dropout and augmentation hold down",
        ),
    ],
)
def test_validation_above_train_is_explained(more, why):
    told = found([0.9, 0.91], [0.95, 0.95], **more)
    assert told.in_words().endswith(f"validation is above train, which {why}")
    assert "above train" not in found([0.945, 0.945], [0.95, 0.95], **more).in_words()


def test_a_schedule_that_took_the_rate_explains_a_flat_end():
    flat = [0.95, 0.96, 0.97, 0.97, 0.97, 0.97]
    cosine = {"schedule": "cosine", "epochs": 6}
    told = found([0.975] * 6, flat, settings=cosine, over="epochs")
    assert told.in_words().endswith(
        "it is flat, as the rate fell to 0 with the schedule; more epochs may go further"
    )
    steps = {"schedule": "step", "decay": 0.2, "decay_epochs": 3}
    assert "the rate fell to 4.0%" in found([0.975] * 6, flat, settings=steps).in_words()
    assert found([0.975] * 6, flat).finding == IS_FLAT  # a constant rate explains nothing
    early = {"schedule": "one_cycle", "epochs": 1000}  # it is still to rise
    assert found([0.975] * 6, flat, settings=early).finding == IS_FLAT


def test_a_run_without_a_gap_holds_for_others():
    told = found([0.96, 0.965], [0.96, 0.96])
    assert told.finding == HOLDS
    assert str(told.help) == "space goes on"
    assert str(found([0.96, 0.965], [0.96, 0.96], over="target").help) == ""


@pytest.mark.parametrize(
    "nothing",
    [
        course([], []),
        course([0.9], [0.9], [float("inf")]),
        course([0.9], [0.9], train_losses=[float("nan")]),
        Course(settings_from({}), course([0.9], [0.9]).history, 10, (601,) * 10),
    ],
    ids=["no epoch yet", "a broken loss", "a broken training loss", "another set by now"],
)
def test_where_nothing_may_be_said(nothing):
    assert diagnose(nothing) is None


def test_epochs_on_another_validation_set_are_not_compared():
    before = course([0.9] * 4, [0.99] * 4, counts=(5,) * 10)
    now = course([0.95], [0.95])
    grown = Course(now.settings, [*before.history, *now.history], 1000, MANY)
    assert diagnose(grown).finding == ONE_EPOCH


def test_figures_name_the_epoch_where_the_network_is_another_by_now():
    assert found([0.9] * 2, [0.9] * 2, between=True).figures.startswith("epoch 2: train")
    assert found([0.9] * 2, [0.9] * 2).figures.startswith("train")


def test_mistakes_are_counted_or_not_told():
    assert mistakes(course([0.9], [5930 / 6000])) == 70
    assert mistakes(course([0.9], [1.0])) == 0
    assert mistakes(course([0.9], [0.9], between=True)) is None
    assert mistakes(course([], [])) is None
    assert mistakes(Course(settings_from({}), course([0.9], [0.9]).history, 9, (1,))) is None


def test_every_finding_is_explained_in_the_glossary():
    for finding in FINDINGS:
        for text in (finding.words, finding.short):
            assert named_in(re.sub(r"\{\w+\}", "", text)), text
