"""A set of one's own on disk: every program reads it, and whatever ends this one, it is whole."""

import multiprocessing
import os
import signal
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from engine import atomic_write
from engine.data import catalog
from engine.errors import DataError, FormatError
from numrec_tui.cli.loading import find_data, source_of
from numrec_tui.storage import own_set_files, several_files
from numrec_tui.storage.known_sets import known_sets
from numrec_tui.storage.own_set_files import change, create, folder_named, open_set, own_folders
from tests.storage.test_own_set import HEART, STAR, drawn, picture
from tests.waiting import wait_until


@pytest.fixture
def folder(home):
    """A set of hearts and stars without a drawing."""
    folder = folder_named("shapes")
    create(folder, ("heart", "star"))
    return folder


def draw(folder, *numbers):
    """Keep drawings, a heart and a star in turn."""
    for number in numbers:
        change(folder, lambda own, n=number: own.add(picture(n), n % 2))


def test_what_was_drawn_is_read_again_in_its_order(folder):
    draw(folder, *range(9))
    assert open_set(folder) == drawn(*[HEART, STAR] * 4, HEART)


def test_every_program_reads_it_by_its_name_or_its_folder(folder, tmp_path, monkeypatch):
    draw(folder, *range(9))
    monkeypatch.chdir(tmp_path)
    for name in ("shapes", str(folder), "shapes+scale", "shapes*2"):
        found = find_data(name)
        assert found.class_names == ("heart", "star")
    plain = catalog.load(folder)
    assert (len(plain.train), len(plain.test)) == (7, 2)
    assert source_of("shapes,mnist") == f"{folder},mnist"
    assert known_sets()[0].name == "shapes"


def test_its_value_gives_the_same_data_as_its_files(folder):
    draw(folder, *range(9))
    plain, own = catalog.load(folder), open_set(folder).data_set("shapes")
    for one, other in ((plain.train, own.train), (plain.test, own.test)):
        np.testing.assert_array_equal(one.images, other.images)
        np.testing.assert_array_equal(one.labels, other.labels)
    assert plain.varied is own.varied


def test_a_set_with_too_few_drawings_says_what_is_missing(folder):
    draw(folder, 0)
    with pytest.raises(DataError, match="two classes need a drawing"):
        find_data("shapes")


@pytest.mark.parametrize("name", ["", "a/b", "mnist", "drawn:60", "a,b", "a*2", ".x", "x" * 61])
def test_a_name_that_data_would_take_for_something_else_is_refused(home, name):
    with pytest.raises(DataError):
        folder_named(name)


def test_a_second_set_of_the_same_name_is_refused_and_the_first_stays(folder):
    draw(folder, 0)
    with pytest.raises(DataError, match="There is a set called shapes already"):
        create(folder, ("moon", "sun"))
    assert len(open_set(folder)) == 1


def test_what_another_program_has_changed_is_not_overwritten(folder):
    shown = open_set(folder)
    draw(folder, 0)
    with pytest.raises(DataError, match="Another program has changed shapes"):
        change(folder, lambda own: own.rename_class(0, "moon"), expected=shown)
    assert open_set(folder).classes == ("heart", "star")


def test_without_the_file_of_the_order_no_drawing_is_lost(folder):
    draw(folder, *range(6))
    (folder / own_set_files.ORDER).unlink()
    own = open_set(folder)
    assert sorted(int(image[0, 0]) for image in own.images) == list(range(6))
    assert own.held_out.tolist() == [False] * 4 + [True] * 2


class Ended(BaseException):
    """Stands for the end of the program."""


def ending(monkeypatch, before):
    """Let the program end before its file number `before` gets its name."""
    done = 0
    write = several_files.write_atomic

    def write_or_end(path, content, private=False):
        nonlocal done
        if done == before:
            raise Ended
        done += 1
        write(path, content, private)

    monkeypatch.setattr(several_files, "write_atomic", write_or_end)


@pytest.mark.parametrize("before", range(6))
@pytest.mark.parametrize(
    "edit",
    [
        lambda own: own.add(picture(50), STAR),
        lambda own: own.delete_class(HEART),
        lambda own: own.move(1, STAR).add_class("sun"),
    ],
)
@pytest.mark.short("lambda>0-1", "lambda>1-4", "lambda>2-2", "lambda>2-0")
def test_ended_between_any_two_files_the_set_is_as_before_or_as_after(
    folder, monkeypatch, before, edit
):
    draw(folder, *range(7))
    change(folder, lambda own: own.add_class("moon"))
    old = open_set(folder)
    with monkeypatch.context() as patch:
        ending(patch, before)
        with suppress(Ended):
            change(folder, edit)
    assert open_set(folder) == (edit(old) if before else old)
    assert not (folder / several_files.PENDING).exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null\n",
        b"[1]\n",
        b'{"../outside": 1}\nx',
        b'{"classes.txt": 9}\nx',
        b"{\xff\n",
    ],
)
def test_a_pending_file_of_somebody_else_writes_nothing(folder, content):
    draw(folder, *range(3))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / several_files.PENDING).write_bytes(content)
    with pytest.raises(FormatError, match="pending"):
        open_set(folder)
    after = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "pending"}
    assert after == before
    assert not (folder.parent / "outside").exists()


def test_the_latest_set_comes_first_and_the_drawings_of_digits_are_among_them(folder, home):
    create(folder_named("runes"), ("ᚠ", "ᚢ"))
    create(home / "drawings", tuple("0123456789"))
    os.utime(folder, (2_000_000_000, 2_000_000_000))
    assert own_folders()[0] == folder
    assert {path.name for path in own_folders()} == {"shapes", "runes", "drawings"}


def _draw_for_ever(folder: Path) -> None:
    for number in range(100_000):
        change(folder, lambda own, n=number: own.add(picture(n), n % 2))


@pytest.mark.alone
@pytest.mark.long
def test_killed_while_drawings_are_kept_the_set_holds_each_of_them(folder, monkeypatch):
    spawn = multiprocessing.get_context("spawn")
    kept = 0
    for _ in range(3):
        drawer = spawn.Process(target=_draw_for_ever, args=(folder,))
        drawer.start()
        wait_until(lambda least=kept + 5: len(open_set(folder)) > least, "a few drawings")
        os.kill(drawer.pid, signal.SIGKILL)
        drawer.join()
        own = open_set(folder)
        assert len(own) > kept + 5
        assert np.count_nonzero(own.held_out) >= len(own) // 6
        kept = len(own)
        catalog.load(folder)
    assert (folder / "classes.txt").stat().st_mode & 0o777 == atomic_write.PRIVATE_FILE
