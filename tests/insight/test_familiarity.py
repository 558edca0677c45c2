"""How far a picture is from what was in training, beside how far those are from each other."""

import numpy as np
import pytest

from engine.data.dataset import Digits
from numrec_tui.insight import familiarity
from numrec_tui.insight.familiarity import distance, in_words, rarity, usual_distances


def dots(*places: int) -> Digits:
    """Pictures of a row of 16 pixels, each with so many full ones from the left."""
    images = np.zeros((len(places), 1, 16), np.uint8)
    for image, count in zip(images, places, strict=True):
        image[0, :count] = 255
    return Digits(images, np.zeros(len(places), np.uint8), 2)


def test_an_image_does_not_count_as_its_own_neighbor() -> None:
    # 0 and 1 differ in 1 pixel, 5 is 4 away from 1: distances 1, 1 and √4
    found = usual_distances(dots(0, 1, 5))
    assert found is not None
    assert found == pytest.approx([1, 1, 2])


def test_two_equal_images_are_as_near_as_can_be() -> None:
    found = usual_distances(dots(3, 3, 12))
    assert found == pytest.approx([0, 0, 3])


def test_chunks_give_the_same_distances(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = usual_distances(dots(*range(12)))
    monkeypatch.setattr(familiarity, "CHUNK", 5)
    assert np.array_equal(whole, usual_distances(dots(*range(12))))  # type: ignore[arg-type]


def test_a_search_that_is_not_wanted_any_more_ends() -> None:
    assert usual_distances(dots(1, 2), go_on=lambda: False) is None


def test_a_picture_farther_than_all_is_the_rarest() -> None:
    usual = np.array([1.0, 1.0, 2.0, 3.0], np.float32)
    assert [rarity(far, usual) for far in (0.5, 2.5, 9.0)] == [0, 0.75, 1]
    assert distance(dots(0).images[0], dots(9).images[0]) == 3  # √9 pixels


def test_it_is_said_in_a_sentence() -> None:
    assert in_words(0.5) == "Pictures like it were in training."
    assert in_words(0.95).startswith("Few like it were in training: 95% of")
    assert in_words(1.0) == "Hardly anything like it was in training."
