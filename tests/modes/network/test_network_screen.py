"""The Network screen by its keys: a unit, the layers, histograms, sizes and themes."""

import numpy as np
import pytest

from numrec_tui.modes.network.histogram import columns
from numrec_tui.modes.network.sheet import Sheet
from numrec_tui.modes.network.unit_sheet import signed_bar
from tests import scripted
from tests.modes.network.visiting import WIDE, visit


async def test_the_unit_tells_its_weights_its_digits_and_where_it_leads(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        assert "speaks for" in here.sheet
        assert "bias +0.00" in here.sheet
        assert here.sheet.count("best ") == 5


async def test_comma_and_full_stop_change_the_digit_here_and_in_the_other_modes(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await here.press("full_stop", "full_stop", "comma")
        assert "#1 " in here.sheet
        await here.until(lambda: here.screen.report.reading.index == 1)
        await here.press("1")
        report = await lab.until(pilot, lambda report: report.reading.index == 1)
        assert report.reading.index == 1


async def test_v_goes_from_the_unit_to_the_layers_to_the_histograms_and_back(opened):
    lab = opened(hidden=(12, 9))
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        assert "to hidden 2" in here.sheet
        await here.press("v")
        assert "hidden 1  12 units" in here.sheet
        assert "hidden 2  9 units" in here.sheet
        assert "✓" in here.sheet
        await here.press("v")
        assert "layer 3   9 → 10" in here.sheet or "layer 2   12 → 9" in here.sheet
        assert "gradient" in here.sheet
        await here.press("v")
        assert here.title == "Unit 0"


async def test_without_a_hidden_layer_the_units_are_the_classes(opened):
    lab = opened(hidden=())
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        assert "Weights of 10 classes" in here.wall.border_title
        assert here.title == "Class 0"
        await here.press("v")
        assert "100%" in here.sheet or "%" in here.sheet


async def test_in_a_narrow_window_enter_shows_the_unit_in_place_and_escape_the_wall(opened):
    lab = opened()
    async with lab.app.run_test(size=(60, 20)) as pilot:
        here = await visit(lab, pilot)
        assert not here.screen.query_one(Sheet).display
        await here.press("right", "enter")
        await here.until(lambda: "speaks for" in here.sheet)
        assert here.title == "Unit 1"
        assert not here.wall.parent.display
        await here.press("escape")
        assert here.wall.has_focus
        assert not here.screen.query_one(Sheet).display
        await here.press("v")
        assert here.screen.query_one(Sheet).display


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 34), (200, 50), (40, 10), (10, 3)])
@pytest.mark.short("size1")
async def test_every_size_can_be_used_and_left(opened, size):
    lab = opened(**scripted.ENDLESS)
    async with lab.app.run_test(size=size) as pilot:
        here = await visit(lab, pilot)
        await here.press("space", "right", "v", "v", "enter", "plus", "minus", "i", "a", "escape")
        await here.until(lambda: here.screen._view.position > 0)
        await here.press("less_than_sign", "q")
    assert lab.app.return_code == 0


@pytest.mark.parametrize("theme", ["textual-light", "dracula", "ansi-dark"])
@pytest.mark.short("dracula")
async def test_every_theme_is_followed(opened, theme):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        lab.app.theme = theme
        await here.press("v")
        assert "hidden 1" in here.sheet


def test_a_signed_bar_goes_from_the_middle_to_its_side():
    assert signed_bar(-0.5, 4) == ("  ██", "    ")
    assert signed_bar(0.375, 4) == ("    ", "█▌  ")
    assert signed_bar(float("nan"), 2) == ("  ", "  ")


def test_a_histogram_shows_even_what_is_rare():
    assert columns(np.array([0, 1, 100]), 2) == ["  █", " ▁█"]
