"""The own set of drawings: what is saved can be read, whatever ends the program."""

import multiprocessing
from contextlib import suppress

import numpy as np
import pytest

from engine.data import catalog, idx
from engine.errors import DataError, FormatError, SaveError
from numrec_tui import drawings
from numrec_tui.drawings import folder_for, repair, save, take_back

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


def test_the_first_drawing_makes_a_set_that_can_be_read(folder):
    said = draw(folder, 1)
    loaded = catalog.load(folder)
    np.testing.assert_array_equal(loaded.train.images[0], picture(0))
    np.testing.assert_array_equal(loaded.test.images[0], picture(0))
    assert loaded.train.labels.tolist() == [0]
    assert str(said) == (
        f"Saved as a 0 (training and test): the first drawing in {folder}. "
        "A few more, and a network can learn from them."
    )


def test_every_fifth_drawing_is_kept_to_be_tested_on(folder):
    said = draw(folder, 12)
    loaded = catalog.load(folder)
    assert numbers(loaded.train) == [0, 1, 2, 3, 5, 6, 7, 8, 10, 11]
    assert numbers(loaded.test) == [0, 4, 9]
    assert loaded.test.labels.tolist() == [0, 4, 9]
    assert said.drawings == 12


def test_a_set_of_ones_and_twos_has_ten_classes_all_the_same(folder):
    save(folder, picture(0), 1, DIGITS)
    save(folder, picture(1), 2, DIGITS)
    loaded = catalog.load(folder)
    assert loaded.class_names == DIGITS
    assert not loaded.train.named


def test_once_there_are_enough_it_says_how_to_learn_from_them(folder):
    said = draw(folder, 7)
    assert str(said).endswith(f"Learn from them: numrec-tui --data {folder}")
    catalog.load(folder).split("held-out", 0.1, 0)
    assert "--data" not in str(draw(folder.parent / "fewer", 6))


def test_named_classes_are_kept_with_their_names_in_a_folder_of_their_own(tmp_path):
    names = ("Shirt", "Dress")
    folder = folder_for(tmp_path, "my clothes/2", names)
    assert folder == tmp_path / "drawings-my-clothes-2"
    said = save(folder, picture(0), 1, names)
    assert str(said).startswith("Saved as Dress")
    assert catalog.load(folder).class_names == names


def test_digits_of_any_set_go_to_the_same_folder(tmp_path):
    folders = {folder_for(tmp_path, data, DIGITS) for data in ("mnist", "bundled", "drawings")}
    assert folders == {tmp_path / "drawings"}


def test_drawings_of_other_classes_are_not_mixed(folder):
    save(folder, picture(0), 0, DIGITS)
    with pytest.raises(DataError, match="names other classes"):
        save(folder, picture(1), 0, ("Shirt", "Dress"))


@pytest.mark.parametrize("count", [1, 2, 4, 5, 6, 10])
def test_the_last_save_can_be_taken_back(folder, count):
    draw(folder, count)
    assert take_back(folder, picture(count - 1), (count - 1) % 10) == count - 1
    assert draw(folder, 1, first=40).drawings == count
    loaded = catalog.load(folder)
    assert count - 1 not in numbers(loaded.train) + numbers(loaded.test)


def test_what_another_app_saved_since_is_not_taken_back(folder):
    draw(folder, 3)
    with pytest.raises(DataError, match="another one"):
        take_back(folder, picture(1), 1)
    assert len(catalog.load(folder).train) == 3


def steps(monkeypatch, stop_before):
    """Let the program end before its write number `stop_before`."""
    done = 0
    write = idx.write

    def counted(path, values):
        nonlocal done
        if done == stop_before:
            raise KeyboardInterrupt
        done += 1
        write(path, values)

    monkeypatch.setattr(drawings.idx, "write", counted)


@pytest.mark.parametrize("before", [0, 1, 3, 4, 5, 9])
@pytest.mark.parametrize("write", range(4))
def test_ended_between_any_two_writes_nothing_that_was_saved_is_lost(
    folder, monkeypatch, before, write
):
    if before:
        draw(folder, before)
    with monkeypatch.context() as patch:
        steps(patch, write)
        with suppress(KeyboardInterrupt):
            save(folder, picture(before), before % 10, DIGITS)
    repair(folder)
    if before:
        loaded = catalog.load(folder)
        kept = set(numbers(loaded.train) + numbers(loaded.test))
        assert kept >= set(range(before))
    draw(folder, 1, first=50)
    loaded = catalog.load(folder)
    assert {*range(before), 50} <= set(numbers(loaded.train) + numbers(loaded.test))
    for part in (loaded.train, loaded.test):
        assert [number % 10 for number in numbers(part)] == part.labels.tolist()


@pytest.mark.parametrize("write", range(2))
@pytest.mark.parametrize("count", [2, 5])
def test_ended_while_taking_back_the_set_can_still_be_read(folder, monkeypatch, count, write):
    draw(folder, count)
    with monkeypatch.context() as patch:
        steps(patch, write)
        with pytest.raises(KeyboardInterrupt):
            take_back(folder, picture(count - 1), count - 1)
    repair(folder)
    loaded = catalog.load(folder)
    assert set(numbers(loaded.train) + numbers(loaded.test)) >= set(range(count - 1))


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
    for name in catalog.FILES.values():
        idx.write(folder / f"{name}.gz", _values(folder / name))
        (folder / name).unlink()
    draw(folder, 1, first=2)
    assert numbers(catalog.load(folder).train) == [0, 1, 2]
    assert not list(folder.glob("*ubyte"))


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
    loaded = catalog.load(folder)
    assert set(numbers(loaded.train) + numbers(loaded.test)) == {*range(10), *range(100, 110)}
