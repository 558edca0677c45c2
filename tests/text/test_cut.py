"""Where there is too little room, words are cut; a number never is."""

import pytest
from textual.content import Content

from numrec_tui.charts.legend import heading, reading
from numrec_tui.charts.picture import Curve, Picture
from numrec_tui.history.columns import COLUMNS, share
from numrec_tui.modes.runs.run_table import _cell
from numrec_tui.text.cut import clip, cut, rounded
from numrec_tui.widgets.digit_panel import in_words
from tests.past_runs import past

LONG = past(
    12345, best=1.0, final=1.0, test=1.0, network="784-1024-512-256-10", learning_rate=0.00012345
)


@pytest.mark.parametrize(
    ("text", "cells", "kept"),
    [
        ("100.00%", 6, "…"),
        ("784-256-128-10", 10, "784-256…"),
        ("worst: 4 read as 9: 1,234", 24, "worst: 4 read as 9:…"),
        ("a long name", 7, "a long…"),
        ("fits", 4, "fits"),
        ("nothing", 0, ""),
    ],
)
def test_a_text_is_cut_before_a_number_that_does_not_fit_whole(text, cells, kept):
    assert cut(text, cells) == kept


@pytest.mark.parametrize(
    ("name", "cells", "kept"), [("a long name", 4, "a lo"), ("fits", 4, "fits"), ("name", 0, "n")]
)
def test_of_a_name_at_least_one_letter_is_kept(name, cells, kept):
    assert clip(name, cells) == kept


def test_no_perfect_score_is_cut_by_its_column():
    assert [share(1.0), share(0.99999), share(0.9876)] == ["100.0%", "100.0%", "98.76%"]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_cell_of_the_runs_has_each_of_its_numbers_whole_or_not_at_all(column):
    whole = column.say(LONG).replace("-", " ").replace("#", " ").split()
    shown = _cell(column.say(LONG), column.width).replace("-", " ").replace("#", " ")
    for word in shown.replace("…", " ").split():
        assert word in whole or not any(map(str.isdigit, word))


def test_a_class_that_is_a_number_is_never_another_one():
    assert "25 " not in in_words("255", "254", False, 8).plain


@pytest.mark.parametrize("value", [0.25, -0.25, 12.5, 1234.5, 123456.0, -1e24, 1.5e30])
def test_a_weight_is_rounded_to_the_cells_it_has(value):
    text = rounded(value, 6)
    assert len(text) <= 6
    assert float(text) == pytest.approx(value, rel=0.5)


@pytest.mark.parametrize("width", range(0, 60))
def test_a_legend_never_is_longer_than_its_frame(width):
    curves = tuple(Curve(f"#{place}2345", (1.0,), (0.9876,)) for place in range(1, 5))
    picture = Picture(curves, title="accuracy", x_label="epoch")
    for line in (heading(picture, width), reading(picture, 1.0, width)):
        assert Content.from_markup(line).cell_length <= width
