"""A unit switched off in the Network mode: what it does to the readings, and how it comes back."""

import numpy as np
import pytest

from numrec_tui.insight.ablation import ablation, without
from tests.modes.network.visiting import WIDE, drawn, visit


async def test_a_unit_is_switched_off_says_so_and_tells_what_is_read_without_it(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        assert "off" not in here.sheet
        await here.press("right", "o")
        assert here.title == "Unit 1, off"
        assert "unit 1 is switched off" in here.sheet
        assert ", 1 off" in here.wall.border_title
        assert "off" in drawn(here.wall).splitlines()[0]
        await here.studied()
        network, digits = here.screen._network, here.screen._view.split.validation
        found = ablation(network, digits, frozenset({1}))
        assert f"validation {found.whole:.1%} → {found.reduced:.1%} right" in here.sheet
        outputs = [each.predict(digits.images[0]) for each in (network, without(network, {1}))]
        said = [f"{digits.class_names[p.argmax()]} {p.max():.0%}" for p in outputs]
        assert f"#0 read as {said[0]} → {said[1]}" in here.sheet


async def test_the_same_key_switches_it_on_again(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        before = here.sheet
        await here.press("o")
        assert here.sheet != before
        await here.press("o")
        assert here.sheet == before
        assert "off" not in here.wall.border_title


async def test_several_units_are_off_together_and_the_layers_are_without_them(opened):
    lab = opened(hidden=(12, 9))
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await here.press("o", "right", "right", "o", "right")
        assert "units 0, 2 are switched off" in here.sheet
        assert here.title == "Unit 3"
        await here.press("v")
        assert here.title.endswith("2 units off")


async def test_the_network_that_is_trained_keeps_its_unit_and_a_new_run_has_all(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await here.batches(1)
        before = here.screen._view.network.theta.copy()
        await here.press("o")
        await here.studied()
        views = []
        lab.session.look(views.append)
        await here.until(lambda: views)
        np.testing.assert_array_equal(views[0].network.theta, before)
        await here.press("r")
        await here.until(lambda: "off" not in here.wall.border_title)
        assert here.title == "Unit 0"


async def test_while_it_trains_a_unit_stays_off(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await here.press("o")
        await here.batches(2)
        assert here.title == "Unit 0, off"


async def test_classes_cannot_be_switched_off(opened):
    lab = opened(hidden=())
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await here.press("o")
        assert here.title == "Class 0"
        assert "o" not in here.keys


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 60)])
@pytest.mark.short("size1")
async def test_at_every_size_the_sheet_says_that_the_unit_is_off(opened, size):
    lab = opened()
    async with lab.app.run_test(size=size) as pilot:
        here = await visit(lab, pilot)
        await here.press("o", *(["enter"] if size[0] < 80 else []))
        await here.studied()
        assert "unit 0 is switched off" in here.sheet
        assert "right" in here.sheet
