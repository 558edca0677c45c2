"""Pictures of the Draw screen, as stories, at four sizes; how they are read is given."""

import pytest

from numrec_tui.pen import Pen, as_picture, blank, stroke
from numrec_tui.screens.draw import DrawScreen
from numrec_tui.widgets.digit import DigitPicture
from numrec_tui.widgets.pad import Pad
from tests import scripted
from tests.tui.settled import rested, settled

SIZES = pytest.mark.parametrize(
    "size",
    [(60, 20), (80, 24), (120, 34), (200, 50)],
    ids=["60x20", "80x24", "120x34", "200x50"],
)


def seven():
    """As high as a digit in its frame, so that it is not resized."""
    sheet = blank()
    for start, end in (((8.5, 8.5), (18.5, 7.5)), ((18.5, 7.5), (12.5, 24.5))):
        stroke(sheet, start, end, Pen(1.3))
    return as_picture(sheet)


@pytest.fixture
def story(snap_compare, opened_fixed):
    """Open the mode, do what the story says, compare the picture."""

    def compare(size, steps):
        lab = opened_fixed(scripted.epochs(1))

        async def tell(pilot):
            await lab.until(pilot, lambda report: report.state == "ready")
            await pilot.press("3")
            await settled(pilot)
            assert isinstance(lab.app.mode, DrawScreen)
            await steps(lab.app, pilot)
            lab.app.clear_notifications()
            await rested(pilot)

        assert snap_compare(lab.app, terminal_size=size, run_before=tell)

    return compare


@SIZES
def test_a_seven_is_drawn(story, size):
    async def draw(app, _pilot):
        app.mode.query_one(Pad).put(seven())

    story(size, draw)


def test_nothing_is_drawn_yet(story):
    async def nothing(_app, _pilot):
        pass

    story((80, 24), nothing)


def test_the_pen_is_down_in_the_middle_of_a_stroke(story):
    async def draw(_app, pilot):
        await pilot.press("w", "enter", *["up"] * 5, *["home"] * 3)

    story((80, 24), draw)


def test_which_digit_is_it(story):
    async def ask(app, pilot):
        app.mode.query_one(Pad).put(seven())
        await settled(pilot)
        await pilot.press("d", "home", *["down"] * 7)

    story((120, 34), ask)


def test_what_the_network_sees_in_a_narrow_window(story):
    async def look(app, pilot):
        app.mode.query_one(Pad).put(seven())
        await pilot.press("v")

    story((60, 20), look)


def test_without_colors(story):
    async def draw(app, pilot):
        for widget in (app.mode.query_one(Pad), app.mode.query_one(DigitPicture)):
            widget.shades = True
        app.mode.query_one(Pad).put(seven())
        await pilot.press("left")

    story((80, 24), draw)


def test_in_a_light_theme(story):
    async def draw(app, _pilot):
        app.theme = "textual-light"
        app.mode.query_one(Pad).put(seven())

    story((80, 24), draw)


def test_in_sixteen_colors(story, monkeypatch):
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "standard")

    async def draw(app, _pilot):
        app.mode.query_one(Pad).put(seven())

    story((80, 24), draw)
