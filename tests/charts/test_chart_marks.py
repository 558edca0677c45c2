"""Marks on the chart: what was changed and when, readable also when much was changed."""

import math
import re

import pytest

from numrec_tui.charts.grid import MARK
from numrec_tui.charts.picture import Mark
from tests.screens.charts import accuracies, drawn

NAN, INF = math.nan, math.inf


def test_a_mark_is_a_dotted_line_with_its_text_beside_it():
    rows, roles = drawn(*accuracies(), marks=[Mark(5.0, "learning rate 0.1→0.3")])
    columns = {x for row in roles[:-2] for x, role in enumerate(row) if role == MARK}
    column = rows[0].index("┊")
    assert column == 6 + 27  # the middle of 54 columns
    assert "┊ learning rate 0.1→0.3" in rows[-3]
    assert min(columns) == column
    assert rows[-2][column] == "┴"


def test_in_little_room_only_the_last_word_of_a_mark_is_said():
    rows, _ = drawn(*accuracies(), size=(28, 10), marks=[Mark(5.0, "learning rate 0.1→0.3")])
    assert "0.1→0.3" in "".join(rows)
    assert "learning" not in "".join(rows)


def test_the_text_of_a_mark_never_covers_a_curve_or_another_mark():
    curves, marks = accuracies(), [Mark(x / 2, f"momentum 0→0.{x}") for x in range(1, 20)]
    bare, _ = drawn(*curves)
    marked, roles = drawn(*curves, marks=marks)
    for before, after, kinds in zip(bare, marked, roles, strict=True):
        for was, now, role in zip(before, after, kinds, strict=True):
            assert now == was or (role == MARK and was == " ") or now == "┴"
    assert sum(row.count("┊") for row in marked) > 50


def test_of_marks_in_one_column_the_newest_is_named():
    marks = [Mark(5.0, "rate 1→2"), Mark(5.0, "rate 2→3")]
    text = "".join(drawn(*accuracies(), marks=marks)[0])
    assert "rate 2→3" in text
    assert "rate 1→2" not in text


@pytest.mark.parametrize("x", [NAN, INF, -1.0, 1e300])
def test_a_mark_that_is_nowhere_is_left_out(x):
    assert drawn(*accuracies(), marks=[Mark(x, "never")]) == drawn(*accuracies())


def test_of_many_marks_those_without_room_for_a_name_have_but_a_foot():
    marks = [Mark(x / 4, f"momentum 0→0.{x}") for x in range(1, 40)]
    rows, roles = drawn(*accuracies(), marks=marks)
    lines = {x for row in rows for x, character in enumerate(row) if character == "┊"}
    feet = {x for x, character in enumerate(rows[-2]) if character == "┴"}
    assert lines < feet
    assert {roles[-2][x] for x in feet - lines} == {MARK}
    text = "\n".join(rows)
    assert sum(text.count(f"0→0.{x} ") + text.count(f"0→0.{x}┊") for x in range(1, 40)) >= len(
        lines
    )


def test_names_stand_across_the_lines_of_others():
    marks = [Mark(2.0, "learning rate 0.1→0.3"), Mark(4.0, "momentum 0.9→0.8")]
    rows, _ = drawn(*accuracies(epochs=10), marks=marks, y_limits=(0, 1))
    assert any("┊ learning rate 0.1→0.3" in row for row in rows)
    assert any("┊ momentum 0.9→0.8" in row for row in rows)


def test_a_name_is_never_beside_the_line_of_another():
    marks = [Mark(5.0, "rate 1→2"), Mark(5.2, "rate 2→3")]
    rows, _ = drawn(*accuracies(), marks=marks)
    assert any("rate 1→2 ┊" in row for row in rows)
    assert any("┊ rate 2→3" in row for row in rows)


def test_a_mark_before_the_last_epochs_is_left_out():
    marks = [Mark(5.0, "rate 1→2"), Mark(19.0, "rate 2→3")]
    text = "".join(drawn(*accuracies(epochs=20), marks=marks, last=3)[0])
    assert "rate 2→3" in text
    assert "rate 1→2" not in text


def names_in(rows, marks):
    """Each name that stands in the rows, from the top and from the left: its mark's number."""
    found = []
    for y, row in enumerate(rows):
        for number, mark in enumerate(marks):
            start = row.find(mark.text.split()[-1])
            if start >= 0:
                found.append((y, start, number))
    return [number for _, _, number in sorted(found)]


SIZES = [(40, 10), (60, 12), (80, 16), (150, 30)]
PLACES = [
    [0.2 * n for n in range(1, 30)],
    [1.0, 1.1, 1.2, 5.0, 5.3, 9.9],
    [9.0, 9.2, 9.4, 9.6, 9.8, 10.0],
    [0.1, 0.15, 0.3],
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("places", PLACES)
@pytest.mark.parametrize("text", ["learning rate 0.1→{}", "momentum 0→{}"])
def test_names_are_in_order_of_their_epoch_and_never_one_over_another(size, places, text):
    marks = [Mark(x, text.format(f"{number}!")) for number, x in enumerate(places, 10)]
    rows, roles = drawn(*accuracies(), marks=marks, size=size)
    shown = names_in(rows, marks)
    assert shown == sorted(shown)
    assert shown
    # Whole names: what is written between two lines is a name, in full or short, or a count.
    allowed = {mark.text for mark in marks} | {mark.text.split()[-1] for mark in marks}
    for row, kinds in zip(rows[:-2], roles, strict=False):
        written = "".join(
            character if role == MARK else " " for character, role in zip(row, kinds, strict=True)
        )
        for name in re.split(r"┊|  +", written):
            assert re.sub(r" ?\+\d+$", "", name.strip()) in allowed | {""}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("places", PLACES)
def test_names_and_counts_together_are_as_many_as_the_marks(size, places):
    marks = [Mark(x, f"learning rate 0.1→{number}!") for number, x in enumerate(places, 10)]
    rows, _ = drawn(*accuracies(), marks=marks, size=size)
    text = "\n".join(rows)
    counted = sum(int(count) for count in re.findall(r"\+(\d+)", text))
    assert len(names_in(rows, marks)) + counted == len(marks)


def test_a_mark_without_room_for_a_word_is_counted_behind_the_name_before_it():
    marks = [Mark(x, f"rate {n}→{n + 1}") for n, x in enumerate((3.0, 5.0, 5.2, 5.4, 5.6), 1)]
    rows, _ = drawn(*accuracies(), marks=marks, size=(60, 5))
    names = [name for row in rows for name in re.findall(r"rate \d→\d(?: \+\d)?", row)]
    assert names == ["rate 1→2", "rate 2→3 +2", "rate 5→6"]


def test_marks_in_one_column_are_counted_behind_the_newest():
    marks = [Mark(5.0, "rate 1→2"), Mark(5.0, "rate 2→3"), Mark(5.0, "rate 3→4")]
    assert "rate 3→4 +2" in "".join(drawn(*accuracies(), marks=marks)[0])
