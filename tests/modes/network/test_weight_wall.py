"""The wall of weights: a picture a unit, chosen by keys or clicks, and its scale."""

import re

import numpy as np
from textual.app import App, ComposeResult
from textual.content import Content

from engine.data.area_means import area_means
from numrec_tui.insight.units import scale_of
from numrec_tui.modes.network.weight_wall import SAMPLE, Weights, WeightWall
from numrec_tui.widgets.signed_colors import levels, sign
from tests.modes.network.visiting import WIDE, Visit, drawn, visit
from tests.screens.settled import until


async def test_every_unit_has_its_picture_and_its_number(opened):
    lab = opened(hidden=(40,))
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        assert "Weights of 40 units" in here.wall.border_title
        assert drawn(here.wall).split()[0] == "0"
        await here.press("end")
        assert here.title == "Unit 39"
        assert " 39 " in drawn(here.wall)


async def test_the_arrows_choose_a_unit_and_the_sheet_follows(opened):
    lab = opened(hidden=(40,))
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await here.press("right")
        assert here.title == "Unit 1"
        await here.press("down")
        below = here.wall.chosen
        assert below > 2
        await here.press("up", "left", "left")
        assert here.title == "Unit 0"
        await here.press("pagedown")
        assert here.wall.chosen > below
        await here.press("home", "up")
        assert here.wall.chosen == 0


async def test_a_click_chooses_a_unit_and_two_look_at_it_closely(opened):
    lab = opened(hidden=(40,))
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await pilot.click(WeightWall, offset=(20, 4))
        assert here.title == "Unit 1"
        await pilot.click(WeightWall, offset=(20, 4), times=2)
        await pilot.pause()
        assert not here.wall.parent.display


async def test_the_wall_changes_while_the_network_learns(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        before = here.wall._pictures
        await here.batches(3)
        await here.until(lambda: not np.allclose(here.wall._pictures, before))
        await here.press("v", "v")
        await here.until(lambda: "e-0" in here.sheet)
        assert here.screen._moved is not None


async def test_a_gives_each_unit_its_own_scale_and_back(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        assert "own" not in here.wall.border_subtitle
        await here.press("a")
        assert "own scales" in here.wall.border_subtitle
        await here.press("a")
        assert "own" not in here.wall.border_subtitle


async def test_i_takes_the_noise_away_where_there_is_never_ink(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        assert here.wall._pictures[0, 0].any()
        await here.press("i")
        assert not here.wall._pictures[0, 0].any()
        assert "ink" in here.wall.border_subtitle


async def test_plus_and_minus_change_the_size_of_the_pictures(opened):
    lab = opened(hidden=(200,))
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        usual = here.wall._side
        await here.press("plus")
        assert here.wall._side > usual
        await here.press("minus", "minus")
        assert here.wall._side < usual
        await here.press(*["plus"] * 8, *["minus"] * 8)  # both ends hold


async def shown_as_written(here: Visit) -> None:
    """The border gives the scale that the wall is drawn on."""
    await here.until(lambda: not here.wall._stale)
    wall = here.wall
    some = wall._pictures[:: max(len(wall._pictures) // SAMPLE, 1)]
    drawn_on = scale_of(area_means(some, *wall._side))
    written = Content.from_markup(str(wall.border_subtitle)).plain
    assert re.match(rf"▇ -{drawn_on:.2g}  ▇ \+{drawn_on:.2g}", written), written


async def test_the_legend_of_the_wall_gives_the_scale_that_it_is_drawn_on(opened):
    lab = opened(hidden=(48,))
    async with lab.app.run_test(size=(200, 50)) as pilot:
        here = await visit(lab, pilot)
        await shown_as_written(here)
        for size in ((80, 24), (60, 20), (120, 34)):
            await pilot.resize_terminal(*size)
            await here.until(lambda size=size: here.screen.size == size)
            await shown_as_written(here)
        for key in ("plus", "minus", "minus", "i", "n", "a", "a", "less_than_sign"):
            await here.press(key)
            await shown_as_written(here) if key != "a" else None


class Wall(App[None]):
    def __init__(self, signs: bool) -> None:
        super().__init__()
        self.wall = WeightWall(signs)

    def compose(self) -> ComposeResult:
        yield self.wall


async def test_the_titles_of_the_wall_change_when_it_is_drawn_anew_and_not_before():
    app = Wall(signs=False)
    async with app.run_test(size=(40, 12)) as pilot:
        wall = app.wall
        wall.show(Weights(np.ones((3, 6, 6), np.float32)), at_once=True)
        assert wall._resting
        dead = np.array([True, False, False])
        wall.show(Weights(5 * np.ones((3, 6, 6), np.float32), dead=dead))
        assert "+1" in wall.border_subtitle
        assert wall.border_title == "Weights of 3 units"
        assert wall._pictures.max() == 1
        await until(pilot, lambda: not wall._stale)
        assert "+5" in wall.border_subtitle
        assert wall.border_title == "Weights of 3 units, 1 dead"


async def test_another_architecture_replaces_the_wall(opened):
    lab = opened(hidden=(40,))
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await here.press("end")
        lab.session.change("hidden", (5,))
        await here.until(lambda: "5 units" in here.wall.border_title)
        await here.until(lambda: here.title == "Unit 4")
        await here.studied()


async def test_without_colors_the_sign_of_a_weight_is_told_by_its_character():
    picture = np.zeros((1, 6, 6), np.float32)
    picture[0, :4, 1:3], picture[0, :4, 4:] = 1, -1
    app = Wall(signs=True)
    async with app.run_test(size=(9, 8)):
        app.wall.show(Weights(picture), at_once=True)
        assert app.wall.render_line(1).text[:8] == "▐ ▓▓ ==▌"
        assert app.wall.render_line(3).text[:8] == "▐      ▌"


def test_zero_has_no_sign_and_no_level():
    assert sign(0) == " "
    assert levels(np.array([0.0, np.nan, np.inf, -9]), 1.0).tolist() == [0, 0, 8, -8]


def test_the_signs_of_positive_and_negative_weights_differ():
    assert {sign(level) for level in range(2, 9)}.isdisjoint(sign(-level) for level in range(2, 9))
