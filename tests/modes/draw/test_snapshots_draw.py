"""Pictures of the Draw screen, as stories, at four sizes; how they are read is given."""

from dataclasses import replace
from itertools import pairwise

import pytest

from numrec_tui.modes.draw.pad import Pad
from numrec_tui.modes.draw.pen import Pen, as_picture, blank, stroke
from numrec_tui.modes.draw.screen import DrawScreen
from numrec_tui.session.report import Corrected
from numrec_tui.storage.own_set_files import change, create, folder_named
from numrec_tui.widgets.digit import DigitPicture
from numrec_tui.widgets.signed_map import SignedMap
from tests import scripted
from tests.screens.settled import rested, settled, until

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

    def compare(size, steps, trains=False):
        lab = opened_fixed(() if trains else scripted.epochs(1))

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
@pytest.mark.short("80x24")
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
        for widget in (
            app.mode.query_one(Pad),
            app.mode.query_one("#sees DigitPicture", DigitPicture),
        ):
            widget.shades = True
        app.mode.query_one(Pad).put(seven())
        await pilot.press("left")

    story((80, 24), draw)


def test_in_a_light_theme(story):
    async def draw(app, _pilot):
        app.theme = "textual-light"
        app.mode.query_one(Pad).put(seven())

    story((80, 24), draw)


@pytest.mark.long
def test_in_sixteen_colors(story, monkeypatch):
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "standard")

    async def draw(app, _pilot):
        app.mode.query_one(Pad).put(seven())

    story((80, 24), draw)


CORNERS = {"heart": ((5, 8), (14, 22), (23, 8)), "☺": ((6, 16), (14, 21), (22, 16)),
           "ᚠ": ((9, 4), (9, 24), (20, 12))}  # fmt: skip


@pytest.fixture
def symbols(home, monkeypatch):
    """A set of three symbols, three drawings of each."""
    monkeypatch.setattr(
        "numrec_tui.modes.draw.screen.probabilities", lambda _network, _picture: (0.9, 0.07, 0.03)
    )
    folder = folder_named("symbols")
    create(folder, tuple(CORNERS))
    for number in range(9):
        sheet = blank()
        points = CORNERS[tuple(CORNERS)[number % 3]]
        for start, end in pairwise(points):
            stroke(sheet, start, end, Pen(1.0 + number / 9))
        change(folder, lambda own, n=number, s=sheet: own.add(as_picture(s), n % 3))


async def open_symbols(app, pilot):
    await pilot.press("m", "enter")
    await until(pilot, lambda: app.mode.report.data == "symbols")
    await until(pilot, lambda: app.mode.report.state == "finished")
    await until(pilot, lambda: app.mode._view.split.name == "symbols")


@SIZES
@pytest.mark.short("80x24")
def test_a_symbol_is_drawn_for_a_set_of_ones_own(story, symbols, size):
    async def draw(app, pilot):
        await open_symbols(app, pilot)
        app.mode.query_one(Pad).put(seven())
        await pilot.press("d")
        await until(pilot, lambda: len(app.mode._sets.drawing.own) == 10)
        await until(pilot, lambda: len(app.mode._view.split.train) == 7)
        await until(pilot, lambda: app.mode.report.state == "finished")
        app.mode.query_one(Pad).put(seven())

    story(size, draw, trains=True)


@SIZES
@pytest.mark.short("80x24")
def test_what_is_in_a_set_of_ones_own(story, symbols, size):
    async def look(app, pilot):
        await open_symbols(app, pilot)
        await pilot.press("x", "down", "right")

    story(size, look, trains=True)


def test_a_new_set_is_named(story):
    async def name(_app, pilot):
        await pilot.press("m", *"runes", "enter", *"1q ,")

    story((60, 20), name)


@SIZES
@pytest.mark.short("60x20")
def test_why_it_is_read_so(story, size):
    async def ask(app, pilot):
        app.mode.query_one(Pad).put(seven())
        await settled(pilot)
        await pilot.press("p")
        await settled(pilot)

    story(size, ask)


@pytest.mark.long
def test_why_it_is_read_so_without_colors(story):
    async def ask(app, pilot):
        app.mode.query_one(Pad).put(seven())
        await settled(pilot)
        await pilot.press("p")
        for widget in app.screen.query(DigitPicture):
            widget.shades = True
        app.screen.query_one(SignedMap).signs = True
        await settled(pilot)

    story((80, 24), ask)


@pytest.mark.parametrize("size", [(60, 20), (120, 34)], ids=["60x20", "120x34"])
@pytest.mark.short("60x20")
def test_what_a_correction_has_changed(story, size):
    async def correct(app, pilot):
        app.mode.query_one(Pad).put(seven())
        await settled(pilot)
        await pilot.press("p")
        await settled(pilot)
        report, seen = app.mode.report, app.mode._seen
        done = Corrected(seen, 7, 9, 40, 0.1, 0.9, (3, 5), (1,), 20)
        app.screen.show_report(replace(report, corrected=done))
        await settled(pilot)

    story(size, correct)
