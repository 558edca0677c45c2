"""Several sets are learned from together, and their classes join by name."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.data import catalog, idx, mixture
from engine.data.dataset import DataSet, Digits, Doubt
from engine.data.mixture import Source, mixed, sources
from engine.errors import DataError


def a_set(name: str, classes: tuple[str, ...], each: int = 4, first: int = 0) -> DataSet:
    """Images of 2 x 2 pixels, no two of which are equal: four of each class, and one to test."""

    def part(count: int, start: int) -> Digits:
        labels = np.repeat(np.arange(len(classes), dtype=np.uint8), count)
        numbers = start + np.arange(len(labels), dtype=np.uint32)
        images = numbers.view(np.uint8).reshape(-1, 2, 2)
        return Digits(images, labels, len(classes), classes)

    return DataSet(name, part(each, first), part(1, first + 10_000))


HEARTS = a_set("hearts", ("heart", "star"))
STARS = a_set("stars", ("star", "moon"), first=500)


def counts(digits: Digits) -> dict[str, int]:
    return dict(Counter(digits.class_names[label] for label in digits.labels))


def test_a_class_is_the_same_where_it_has_the_same_name() -> None:
    both = mixed([HEARTS, STARS], [1, 1])
    assert both.name == "hearts,stars"
    assert both.class_names == ("heart", "star", "moon")
    assert counts(both.train) == {"heart": 4, "star": 8, "moon": 4}
    assert counts(both.test) == {"heart": 1, "star": 2, "moon": 1}
    for before, label in ((HEARTS, 0), (STARS, 2)):
        at = {"heart": 0, "moon": 1}[both.class_names[label]]
        wanted = before.train.images[before.train.labels == at]
        np.testing.assert_array_equal(both.train.images[both.train.labels == label], wanted)


def test_a_weight_repeats_images_or_takes_a_part_that_has_each_class() -> None:
    both = mixed([HEARTS, STARS], [2, 0.25])
    assert both.name == "hearts*2,stars*0.25"
    assert counts(both.train) == {"heart": 4, "star": 5, "moon": 1}
    assert both.copies is not None
    assert both.copies.tolist() == [2] * 8 + [1] * 2
    assert len(both.split("test", 0.1, 0).train) == 18
    assert mixed([HEARTS], [1.5]).copies.sum() == 12  # type: ignore[union-attr]


def test_what_is_repeated_is_learned_from_or_validated_on_and_never_both() -> None:
    split = mixed([HEARTS, STARS], [3, 2]).split("held-out", 0.25, 1)
    validated = {image.tobytes() for image in split.validation.images}
    learned = Counter(image.tobytes() for image in split.train.images)
    assert not validated & learned.keys()
    assert len(validated) == len(split.validation) == 4
    assert set(learned.values()) == {2, 3}


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ("mnist", [Source("mnist")]),
        ("mnist,./mine*3", [Source("mnist"), Source("./mine", 3)]),
        ("mnist*0.1,bundled*2.5", [Source("mnist", 0.1), Source("bundled", 2.5)]),
        ("drawn:60:1:0.5*2", [Source("drawn:60:1:0.5", 2)]),
        ("./mine+invert*2,mnist", [Source("./mine+invert", 2), Source("mnist")]),
        ("mnist*12.345678", [Source("mnist", 12.345678)]),
        ("", [Source("")]),
    ],
)
def test_a_list_of_sets_with_weights(names: str, found: list[Source]) -> None:
    assert list(sources(names)) == found
    assert mixture.renamed(names, str) == names


@pytest.mark.parametrize("name", ["a,b", "a*2", "a,b*2", "a,b,c"])
def test_a_folder_may_have_such_a_name(name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).mkdir()
    assert sources(f"./{name}") == (Source(f"./{name}"),)
    assert sources(f"mnist,./{name}*2,bundled")[1] == Source(f"./{name}", 2)
    assert sources(f"{tmp_path}/{name}+invert") == (Source(f"{tmp_path}/{name}+invert"),)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ("mnist,,bundled", "names a set with nothing before or after a comma"),
        (",mnist", "names a set with nothing before or after a comma"),
        ("mnist*0", "has a weight that is not above 0 and at most 1,000"),
        ("mnist*1001", "has a weight that is not above 0 and at most 1,000"),
        ("mnist,no-such-set", "There is no folder no-such-set"),
    ],
)
def test_a_list_that_cannot_be_is_one_sentence(names: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=sentence):
        mixture.find(names, find_one=lambda name: HEARTS if name == "mnist" else catalog.find(name))


def test_images_of_two_sizes_are_a_conflict_that_is_named() -> None:
    large = Digits(np.ones((2, 3, 3), np.uint8), np.array([0, 1], np.uint8), 2, ("sun", "sea"))
    with pytest.raises(DataError, match="of hearts are 2 x 2 pixels, those of large 3 x 3"):
        mixed([HEARTS, DataSet("large", large, large)], [1, 1])


def test_classes_without_names_join_only_if_there_are_as_many() -> None:
    three, two = (a_set(f"of {n}", tuple(map(str, range(n)))) for n in (3, 2))
    assert mixed([three, a_set("more", ("0", "1", "2"), first=700)], [1, 1]).train.classes == 3
    assert mixed([three, HEARTS], [1, 1]).class_names == ("0", "1", "2", "heart", "star")
    with pytest.raises(DataError, match="of 3 and of 2 have no names, and there are 3 and 2"):
        mixed([three, two], [1, 1])


def test_what_is_doubtful_says_about_which_of_the_sets() -> None:
    doubtful = replace(STARS, doubts=(Doubt("It is white.", "invert"),))
    assert [each.what for each in mixed([HEARTS, doubtful], [1, 1]).doubts] == [
        "stars: It is white."
    ]


def test_a_test_image_of_one_that_the_other_learns_from_is_doubtful() -> None:
    swapped = DataSet("swapped", HEARTS.test, HEARTS.train)
    both = mixed([replace(HEARTS, doubts=(Doubt("It is white."),)), swapped], [1, 1])
    assert [each.what for each in both.doubts] == [
        "hearts: It is white.",
        "swapped beside hearts: 8 of the 8 test images are training images too; the test score "
        "says little about unseen ones.",
        "hearts beside swapped: 2 of the 2 test images are training images too; the test score "
        "says little about unseen ones.",
    ]


def test_equal_images_of_two_sets_are_learned_from_or_validated_on_and_never_both() -> None:
    for again in (HEARTS, replace(HEARTS, name="copy")):
        both = mixed([HEARTS, again], [1, 2])
        assert len(both.train) == len(HEARTS.train)
        assert both.copies is not None
        assert both.copies.tolist() == [3] * 8
        split = both.split("held-out", 0.25, 1)
        learned = {image.tobytes() for image in split.train.images}
        assert not learned & {image.tobytes() for image in split.validation.images}


def test_equal_images_of_two_classes_stay_two() -> None:
    other = Digits(HEARTS.train.images, 1 - HEARTS.train.labels, 2, HEARTS.class_names)
    both = mixed([HEARTS, DataSet("other", other, HEARTS.test)], [1, 1])
    assert len(both.train) == 16


def test_more_repeated_images_than_memory_can_hold_are_one_sentence(monkeypatch) -> None:
    monkeypatch.setattr(mixture, "LARGEST_REPEATED", 4 * 8 * 9)
    assert mixed([HEARTS], [10]).copies is not None
    with pytest.raises(DataError, match="shows 88 images in an epoch, 80 of them again"):
        mixed([HEARTS], [11])


def test_folders_and_named_sets_are_found_together(tmp_path: Path) -> None:
    for part, name in catalog.FILES.items():
        digits = HEARTS.train if part.startswith("training") else HEARTS.test
        idx.write(tmp_path / name, digits.images if part.endswith("images") else digits.labels)
    found = mixture.find(f"{tmp_path}*2")
    assert len(found.split("test", 0.1, 0).train) == 16
