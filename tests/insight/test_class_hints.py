"""What is said of a small set: a class that lacks images, two classes that look alike."""

import numpy as np

from engine.data.dataset import Digits
from engine.training.hyperparameters import settings_from
from engine.training.run import new_run
from numrec_tui.insight import class_hints
from numrec_tui.insight.class_hints import alike_hint, class_hint, lacking_hint

NAMES = ("anchor", "heart", "wave")


def of(*counts: int) -> Digits:
    """So many images of each class."""
    labels = np.repeat(np.arange(3, dtype=np.uint8), counts)
    return Digits(np.zeros((len(labels), 4, 4), np.uint8), labels, 3, NAMES)


def test_a_class_with_far_fewer_images_than_the_others_is_named() -> None:
    assert lacking_hint(of(20, 4, 18)) == (
        "heart has 4 images to learn from, half of the classes 18 or more: add some of heart."
    )
    assert lacking_hint(of(20, 0, 20)) is not None
    assert "1 image to" in str(lacking_hint(of(1, 3, 3)))


def test_where_all_have_too_few_it_is_not_one_class_that_lacks_some() -> None:
    assert lacking_hint(of(2, 2, 2)) == (
        "anchor has 2 images to learn from; 3 a class are the fewest."
    )


def test_classes_of_about_as_many_images_lack_nothing() -> None:
    assert lacking_hint(of(20, 12, 18)) is None
    assert lacking_hint(of(3, 3, 3)) is None


def test_two_classes_that_are_taken_for_each_other_are_named_with_the_count() -> None:
    digits = of(10, 10, 10)
    predicted = digits.labels.astype(np.intp)
    predicted[:2] = 2  # two anchors are read as waves
    assert alike_hint(digits, predicted) is None  # two may be chance
    predicted[20] = 0  # and a wave as an anchor: 3 of these 20
    assert alike_hint(digits, predicted) == (
        "anchor and wave look alike: 3 of 20 images are taken for the other one; add some of both."
    )


def test_a_network_that_has_not_learned_takes_every_class_for_others() -> None:
    digits = of(10, 10, 10)
    predicted = digits.labels.astype(np.intp)
    predicted[:6] = 2  # 6 anchors are read as waves,
    assert alike_hint(digits, predicted) is not None
    predicted[10:15] = 0  # and 5 hearts as anchors: more than 15 % of all 30
    assert alike_hint(digits, predicted) is None


def test_a_few_mistakes_among_many_images_are_nothing_to_tell() -> None:
    digits = of(100, 100, 100)
    predicted = digits.labels.astype(np.intp)
    predicted[:20] = 1
    assert alike_hint(digits, predicted) is None  # 20 of 200
    predicted[:30] = 1
    assert alike_hint(digits, predicted) is not None  # 30 of 200: 15 %


def test_a_large_set_is_not_spoken_of(monkeypatch) -> None:
    network = new_run(settings_from({"hidden": (4,)}), 16, 3).network
    lacking = of(20, 1, 20)
    assert "heart" in str(class_hint(network, lacking, of(5, 5, 5)))
    monkeypatch.setattr(class_hints, "FEW", 40)
    assert class_hint(network, lacking, of(5, 5, 5)) is None
