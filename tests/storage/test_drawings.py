"""The own set of drawings: what is saved can be read, whatever ends the program."""

import multiprocessing

import numpy as np
import pytest

from engine.data import catalog, idx
from engine.errors import DataError, FormatError, SaveError
from numrec_tui.storage.drawings import folder_for, save, take_back
from numrec_tui.storage.own_set_files import open_set

DIGITS = tuple("0123456789")


def picture(number):
    """A drawing that can be told from every other."""
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 10] = 255
    image[0, 0] = number + 1
    return image


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "kept" / "drawings"


def draw(folder, count, first=0):
    for number in range(first, first + count):
        said = save(folder, picture(number), number % 10, DIGITS)
    return said


def numbers(digits):
    """Which drawings these are, by the pixel that tells them apart."""
    return [int(image[0, 0]) - 1 for image in digits.images]


def test_the_first_drawing_is_learned_from_and_the_second_of_its_class_is_held_out(folder):
    said = save(folder, picture(0), 7, DIGITS)
    assert str(said) == (
        f"Saved as a 7: the first drawing in {folder}. A few more, and a network can learn from "
        "them."
    )
    said = save(folder, picture(1), 7, DIGITS)
    assert str(said).startswith(f"Saved as a 7 (test): 2 drawings in {folder}")
    loaded = catalog.load(folder)
    assert (numbers(loaded.train), numbers(loaded.test)) == ([0], [1])


def test_a_set_of_ones_and_twos_has_ten_classes_all_the_same(folder):
    for number in range(3):
        save(folder, picture(number), 1 + number % 2, DIGITS)
    loaded = catalog.load(folder)
    assert loaded.class_names == DIGITS
    assert not loaded.train.named


def test_once_there_are_enough_it_says_how_to_learn_from_them(folder):
    said = draw(folder, 12)
    assert str(said).endswith(f"Learn from them: numrec-tui --data {folder}")
    catalog.load(folder).split("held-out", 0.1, 0)
    assert "--data" not in str(draw(folder.parent / "fewer", 10))


def test_named_classes_are_kept_with_their_names_in_a_folder_of_their_own(tmp_path):
    names = ("Shirt", "Dress")
    folder = folder_for(tmp_path, "my clothes/2", names)
    assert folder == tmp_path / "drawings-my-clothes-2"
    assert str(save(folder, picture(0), 1, names)).startswith("Saved as Dress")
    save(folder, picture(1), 1, names)
    assert catalog.load(folder).class_names == names


def test_digits_of_any_set_go_to_the_same_folder(tmp_path):
    folders = {folder_for(tmp_path, data, DIGITS) for data in ("mnist", "bundled", "drawings")}
    assert folders == {tmp_path / "drawings"}


def test_drawings_of_other_classes_are_not_mixed(folder):
    save(folder, picture(0), 0, DIGITS)
    with pytest.raises(DataError, match="other classes than this network"):
        save(folder, picture(1), 0, ("Shirt", "Dress"))


@pytest.mark.parametrize("count", [1, 2, 11, 12])
def test_the_last_save_can_be_taken_back(folder, count):
    draw(folder, count)
    assert take_back(folder, picture(count - 1), (count - 1) % 10) == count - 1
    assert draw(folder, 1, first=40).drawings == count
    own = open_set(folder)
    assert numbers(own) == [*range(count - 1), 40]


def test_what_another_app_saved_since_is_not_taken_back(folder):
    draw(folder, 3)
    with pytest.raises(DataError, match="another one"):
        take_back(folder, picture(1), 1)
    assert len(open_set(folder)) == 3


def older_set(folder, train, test):
    """A set as older versions wrote it: images before labels, the first drawing in both parts."""
    folder.mkdir(parents=True)
    for kind, drawn in (("training", train), ("test", test)):
        labels = np.array([number % 10 for number in drawn], np.uint8)
        idx.write(folder / catalog.FILES[f"{kind} labels"], labels)
        images = np.stack([picture(number) for number in drawn])
        idx.write(folder / catalog.FILES[f"{kind} images"], images)
    (folder / "classes.txt").write_text("\n".join(DIGITS) + "\n")


def test_a_set_of_an_older_version_is_read_with_its_first_drawing_on_one_side(folder):
    older_set(folder, [0, 1, 2, 3, 5], [0, 4])
    own = open_set(folder)
    assert numbers(own) == [0, 1, 2, 3, 5, 4]
    assert own.held_out.tolist() == [False] * 5 + [True]
    draw(folder, 1, first=10)
    loaded = catalog.load(folder)
    assert (numbers(loaded.train), numbers(loaded.test)) == ([0, 1, 2, 3, 5], [4, 10])


def test_a_save_that_an_older_version_did_not_end_costs_no_drawing_with_a_label(folder):
    older_set(folder, [0, 1, 2], [0])
    idx.write(folder / catalog.FILES["training labels"], np.array([0, 1], np.uint8))
    draw(folder, 1, first=11)
    loaded = catalog.load(folder)
    assert (numbers(loaded.train), numbers(loaded.test)) == ([0, 1], [11])


def test_a_damaged_set_is_refused_and_left_as_it_is(folder):
    draw(folder, 2)
    damaged = folder / catalog.FILES["training images"]
    damaged.write_bytes(damaged.read_bytes()[:-5])
    before = damaged.read_bytes()
    with pytest.raises(FormatError, match="after the header"):
        save(folder, picture(2), 2, DIGITS)
    assert damaged.read_bytes() == before


def test_a_set_of_packed_files_grows_packed(folder):
    draw(folder, 2)
    for part, name in catalog.FILES.items():
        if part.startswith("training"):
            idx.write(folder / f"{name}.gz", _values(folder / name))
            (folder / name).unlink()
    draw(folder, 1, first=2)
    assert numbers(open_set(folder)) == [0, 1, 2]
    assert not list(folder.glob("train-*ubyte"))


def _values(path):
    return idx.read_images(path) if "images" in path.name else idx.read_labels(path, 10)


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SaveError, match="Cannot save in"):
        save(tmp_path / "file" / "drawings", picture(0), 0, DIGITS)


def test_a_drawing_of_another_size_is_refused(folder):
    draw(folder, 1)
    with pytest.raises(DataError, match="28 x 28"):
        save(folder, np.ones((8, 8), np.uint8), 0, DIGITS)


def _draw_ten(folder, first):
    draw(folder, 10, first)


@pytest.mark.alone
def test_two_apps_that_save_at_once_lose_nothing(folder):
    spawn = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=_draw_ten, args=(folder, first)) for first in (0, 100)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert set(numbers(open_set(folder))) == {*range(10), *range(100, 110)}
