"""The Network screen by its keys: a wall of weights, a unit, the layers, histograms, and time."""

import re

import numpy as np
import pytest
from textual.app import App, ComposeResult
from textual.content import Content

from numrec_tui.inspect_network import scale_of
from numrec_tui.screens.network import NetworkScreen
from numrec_tui.thumbnails import means
from numrec_tui.widgets.histogram import columns
from numrec_tui.widgets.sheet import Sheet
from numrec_tui.widgets.signed import levels, sign
from numrec_tui.widgets.time_line import TimeLine
from numrec_tui.widgets.unit_sheet import signed_bar
from numrec_tui.widgets.weights import SAMPLE, Weights, WeightWall
from tests import scripted
from tests.tui.settled import settled, until

WIDE = (120, 34)


class Visit:
    """The screen and its panels, as a person sees them."""

    def __init__(self, lab, pilot):
        self.lab, self.pilot = lab, pilot

    @property
    def screen(self) -> NetworkScreen:
        screen = self.lab.app.mode
        assert isinstance(screen, NetworkScreen)
        return screen

    @property
    def wall(self) -> WeightWall:
        return self.screen.query_one(WeightWall)

    @property
    def sheet(self) -> str:
        return drawn(self.screen.query_one(Sheet))

    @property
    def title(self) -> str:
        return str(self.screen.query_one(Sheet).border_title)

    @property
    def line(self) -> str:
        return drawn(self.screen.query_one(TimeLine))

    @property
    def keys(self) -> set[str]:
        """Those that work now."""
        active = self.screen.active_bindings.items()
        return {key for key, binding in active if binding.enabled}

    async def until(self, condition) -> None:
        await until(self.pilot, condition, lambda: f"The sheet shows\n{self.sheet}")

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def batches(self, count: int) -> None:
        """Train some batches, each of which is seen."""
        for _ in range(count):
            before = self.screen._view.position
            await self.press("n")
            await self.until(lambda before=before: self.screen._view.position > before)

    async def studied(self) -> None:
        await settled(self.pilot)


def drawn(widget) -> str:
    return "\n".join(widget.render_line(y).text for y in range(widget.size.height))


async def visit(lab, pilot) -> Visit:
    """Open the mode and wait for the network."""
    await lab.until(pilot, lambda report: True)
    await pilot.press("4")
    here = Visit(lab, pilot)
    await here.until(lambda: isinstance(lab.app.mode, NetworkScreen) and "Weights" in str(
        here.wall.border_title))  # fmt: skip
    await here.studied()
    return here


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


async def test_the_run_can_be_gone_through_in_time(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        first = here.wall._pictures.copy()
        assert "backspace" not in here.screen.active_bindings
        await here.batches(5)
        await here.press(*["less_than_sign"] * 9)
        assert "epoch 0.0 of " in here.line
        assert here.wall._pictures == pytest.approx(first, abs=1e-3)
        await here.press("greater_than_sign")
        assert here.screen._moment is here.screen._view.moments[1]
        await here.press("backspace")
        assert " of " not in here.line
        assert here.screen._network is here.screen._view.network


async def test_a_click_on_the_time_line_goes_to_the_moment_there(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await here.batches(5)
        await pilot.click(TimeLine, offset=(3, 0))
        await here.until(lambda: here.screen._moment is here.screen._view.moments[0])


async def test_the_time_line_begins_with_the_first_batch_though_another_mode_was_open(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        for _ in range(6):
            before = lab.report.position
            await pilot.press("n")
            await lab.until(pilot, lambda report, before=before: report.position > before)
        here = await visit(lab, pilot)
        assert len(here.screen._view.moments) == 7
        assert re.match(r" ?< ◆.*┼.*◆.*┼.*● > epoch 1.5", here.line)
        await here.press(*["less_than_sign"] * 9)
        assert "epoch 0.0 of 1.5" in here.line


async def test_a_run_is_forked_from_the_checkpoint_that_is_shown(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        assert "f" not in here.keys
        await here.batches(6)
        assert "f" in here.keys
        await here.press("less_than_sign")
        assert "f" not in here.keys  # 1.25 is no checkpoint
        await here.press("less_than_sign")
        assert "epoch 1.0 of 1.5 ◆ f forks" in here.line
        await here.press("f")
        await here.until(lambda: here.screen._view.run == 2)
        await here.until(lambda: here.screen.report.run == 2)
        assert here.screen._view.position == 1
        assert here.screen._moment is None
        assert "epoch 1.0" in here.line


async def test_a_new_run_is_filmed_anew(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await here.batches(2)
        await here.press("less_than_sign", "r")
        await here.until(lambda: here.screen._view.run == 2)
        assert here.screen._moment is None
        assert [kept.position for kept in here.screen._view.moments] == [0]


async def shown_as_written(here: Visit) -> None:
    """The border gives the scale that the wall is drawn on."""
    await here.until(lambda: not here.wall._stale)
    wall = here.wall
    some = wall._pictures[:: max(len(wall._pictures) // SAMPLE, 1)]
    drawn_on = scale_of(means(some, *wall._side))
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


async def test_histograms_tell_of_which_moment_they_are(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await here.press("v", "v")
        assert here.title == "Histograms · epoch 0.0"
        await here.batches(4)
        await here.until(lambda: here.title == "Histograms · epoch 1.0")
        await here.press("less_than_sign")
        await here.until(lambda: here.title == "Histograms · epoch 0.8")


async def test_another_architecture_replaces_the_wall(opened):
    lab = opened(hidden=(40,))
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        await here.press("end")
        lab.session.change("hidden", (5,))
        await here.until(lambda: "5 units" in here.wall.border_title)
        await here.until(lambda: here.title == "Unit 4")
        await here.studied()


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
async def test_every_size_can_be_used_and_left(opened, size):
    lab = opened(**scripted.ENDLESS)
    async with lab.app.run_test(size=size) as pilot:
        here = await visit(lab, pilot)
        await here.press("space", "right", "v", "v", "enter", "plus", "minus", "i", "a", "escape")
        await here.until(lambda: here.screen._view.position > 0)
        await here.press("less_than_sign", "q")
    assert lab.app.return_code == 0


@pytest.mark.parametrize("theme", ["textual-light", "dracula", "ansi-dark"])
async def test_every_theme_is_followed(opened, theme):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        here = await visit(lab, pilot)
        lab.app.theme = theme
        await here.press("v")
        assert "hidden 1" in here.sheet


class Wall(App[None]):
    def __init__(self, signs: bool) -> None:
        super().__init__()
        self.wall = WeightWall(signs)

    def compose(self) -> ComposeResult:
        yield self.wall


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


def test_a_signed_bar_goes_from_the_middle_to_its_side():
    assert signed_bar(-0.5, 4) == ("  ██", "    ")
    assert signed_bar(0.375, 4) == ("    ", "█▌  ")
    assert signed_bar(float("nan"), 2) == ("  ", "  ")


def test_a_histogram_shows_even_what_is_rare():
    assert columns(np.array([0, 1, 100]), 2) == ["  █", " ▁█"]
