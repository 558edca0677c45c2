"""The pad by its keys and by the mouse: what is drawn, and how it looks."""

import numpy as np
import pytest
from textual import events
from textual.app import App
from textual.theme import BUILTIN_THEMES

from numrec_tui.modes.draw.pad import Pad, scale_for

LEFT, RIGHT = 1, 3


class PadApp(App[None]):
    """A pad alone, with a frame of one cell round it."""

    CSS = "Pad { border: round white; }"

    def __init__(self, scale=1, shades=None):
        super().__init__()
        self.pad = Pad(shades)
        self.pad.scale = scale
        self.changes = 0

    def compose(self):
        yield self.pad

    def on_mount(self):
        self.pad.focus()

    def on_pad_changed(self):
        self.changes += 1

    @property
    def lines(self):
        return [self.pad.render_line(y).text for y in range(self.pad.content_size.height)]


def mouse(app, what, x, y, button=LEFT):
    """A mouse event over the cell or part of a cell (x, y) of the pad's content."""
    x, y = x + 1, y + 1  # the frame
    app.pad.post_message(what(app.pad, x, y, 0, 0, button, False, False, False, x, y))


async def drag(app, pilot, *places, button=LEFT):
    mouse(app, events.MouseDown, *places[0], button)
    for place in places[1:]:
        mouse(app, events.MouseMove, *place, button)
    mouse(app, events.MouseUp, *places[-1], button)
    await pilot.pause()


def inked(picture):
    """(left, top, right, bottom) of the ink, the last two included."""
    rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
    return columns[0], rows[0], columns[-1], rows[-1]


async def test_the_pen_draws_only_while_it_is_down():
    app = PadApp()
    async with app.run_test() as pilot:
        await pilot.press("up", "left", "left")
        assert app.pad.is_empty
        assert app.pad.border_subtitle == "medium pen, up"
        await pilot.press("enter", *["right"] * 6, "enter", *["down"] * 9)
        assert app.pad.border_subtitle == "medium pen, up"
        row = app.pad.picture[13]  # begun in pixel 14, one up
        np.testing.assert_array_equal(np.flatnonzero(row == 255), np.arange(12, 19))
        assert inked(app.pad.picture) == (11, 12, 19, 14)


async def test_four_keys_go_diagonally_and_shift_goes_far():
    app = PadApp()
    async with app.run_test() as pilot:
        await pilot.press("enter", "end", "end", "enter")
        assert (app.pad.picture[[14, 15, 16], [14, 13, 12]] == 255).all()
        await pilot.press("c", "home", "pageup", "pagedown", "shift+right", "enter")
        left, top, right, bottom = inked(app.pad.picture)
        assert ((left + right) / 2, (top + bottom) / 2) == (12 - 1 + 1 + 1 + 3, 16 - 1)


async def test_the_pen_stops_at_the_edge():
    app = PadApp()
    async with app.run_test() as pilot:
        await pilot.press(*["left"] * 40, *["up"] * 40, "enter")
        assert app.pad.picture[0, 0] == 255


async def test_w_goes_through_three_widths():
    app = PadApp()
    async with app.run_test() as pilot:
        ink = []
        for width in ("medium", "thick", "thin", "medium"):
            assert app.pad.border_subtitle.startswith(width)
            await pilot.press("c", "enter", "right", "right", "enter")
            ink.append(app.pad.picture.sum())
            await pilot.press("left", "left", "w")
        assert ink[2] < ink[0] < ink[1]
        assert ink[3] == ink[0]


async def test_e_erases_and_again_draws():
    app = PadApp()
    async with app.run_test() as pilot:
        await pilot.press("enter", *["right"] * 8, "enter", "e", "enter", *["left"] * 3, "enter")
        assert app.pad.border_subtitle == "medium eraser, up"
        assert app.pad.picture[14, 14] == 255
        assert not app.pad.picture[14, 19:23].any()
        await pilot.press("e", "enter")
        assert app.pad.picture[14, 19] == 255


async def test_undo_takes_back_a_stroke_at_a_time_and_a_clearing():
    app = PadApp()
    async with app.run_test() as pilot:
        await pilot.press("enter", "right", "right", "enter")
        one = app.pad.picture
        await pilot.press("down", "down", "down", "enter", "left", "left", "enter")
        two = app.pad.picture
        await pilot.press("c")
        assert app.pad.is_empty
        for key, before in (("u", two), ("ctrl+z", one)):
            await pilot.press(key)
            np.testing.assert_array_equal(app.pad.picture, before)
        await pilot.press("u", "u", "u")
        assert app.pad.is_empty


async def test_a_picture_replaces_the_drawing_until_undo():
    app = PadApp()
    async with app.run_test() as pilot:
        await pilot.press("enter", "right", "enter")
        drawn = app.pad.picture
        picture = np.arange(784).reshape(28, 28).astype(np.uint8)
        app.pad.put(picture)
        np.testing.assert_array_equal(app.pad.picture, picture)
        await pilot.press("u")
        np.testing.assert_array_equal(app.pad.picture, drawn)
        with pytest.raises(ValueError, match="28 x 28"):
            app.pad.put(picture[:8])


async def test_a_drag_draws_a_line_without_gaps():
    app = PadApp()
    async with app.run_test() as pilot:
        await drag(app, pilot, (4, 3), (22, 11))
        picture = app.pad.picture
        for share in np.linspace(0, 1, 60):
            assert picture[int(7 + 16 * share), int(4.5 + 18 * share)] > 128
        assert app.changes


async def test_whole_cells_draw_in_the_middle_of_the_cell():
    app = PadApp()
    async with app.run_test() as pilot:
        await drag(app, pilot, (10, 5))
        picture = app.pad.picture
        # Cell (10, 5) is the pixels (10, 10) and (10, 11); both are as black as each other.
        assert picture[10, 10] == picture[11, 10] == picture.max()
        np.testing.assert_array_equal(picture[:11], picture[11:22][::-1])


async def test_a_terminal_that_tells_parts_of_cells_draws_finer():
    app = PadApp()
    async with app.run_test() as pilot:
        await drag(app, pilot, (10.5, 5.25))
        picture = app.pad.picture
        assert picture[10, 10] == 255  # its middle is at (10.5, 10.5)
        assert picture[9, 10] == picture[11, 10] < 255


async def test_the_right_button_erases():
    app = PadApp()
    async with app.run_test() as pilot:
        await drag(app, pilot, (4, 5), (20, 5))
        await drag(app, pilot, (12, 5), button=RIGHT)
        assert app.pad.picture[10, 12] == 0
        assert app.pad.picture[10, 6] > 200
        await pilot.press("u")
        assert app.pad.picture[10, 12] > 200


async def test_a_drag_beyond_the_pad_is_cut_and_goes_on_inside():
    app = PadApp()
    async with app.run_test() as pilot:
        await drag(app, pilot, (20, 5), (60, 5), (60, 9), (20, 9))
        picture = app.pad.picture
        assert (picture[10, 21:] > 200).all()
        assert (picture[18, 21:] > 200).all()


async def test_a_button_let_go_unseen_ends_the_stroke():
    app = PadApp()
    async with app.run_test() as pilot:
        mouse(app, events.MouseDown, 4, 4)
        mouse(app, events.MouseMove, 20, 4, 0)
        mouse(app, events.MouseMove, 20, 10)
        await pilot.pause()
        assert app.pad.picture[:, 10:].max() == 0


async def test_the_keys_go_on_where_the_mouse_was():
    app = PadApp()
    async with app.run_test() as pilot:
        await drag(app, pilot, (4, 5))
        await pilot.press("u", "enter")
        assert inked(app.pad.picture)[0] == 3


@pytest.mark.parametrize(
    ("columns", "rows", "scale"), [(28, 14, 1), (56, 28, 2), (55, 28, 1), (300, 43, 3), (5, 2, 1)]
)
def test_a_pixel_is_as_large_as_there_is_room_for(columns, rows, scale):
    assert scale_for(columns, rows) == scale


@pytest.mark.parametrize("scale", [1, 2, 3])
async def test_the_same_place_is_the_same_pixel_at_every_scale(scale):
    app = PadApp(scale)
    async with app.run_test(size=(100, 50)) as pilot:
        assert app.pad.content_size == (28 * scale, 14 * scale)
        await drag(app, pilot, (10.5 * scale, 5.25 * scale))
        assert app.pad.picture[10, 10] == 255
        assert inked(app.pad.picture) == (9, 9, 11, 11)


def grays(strip):
    return [
        (style.color.triplet.red, style.bgcolor.triplet.red)
        for text, style, _ in strip
        for _ in text
    ]


async def test_an_empty_pad_says_how_to_begin_until_something_is_drawn():
    app = PadApp()
    async with app.run_test() as pilot:
        assert "draw a digit here" in "\n".join(app.lines)
        await pilot.press("enter")
        assert "draw" not in "\n".join(app.lines)


async def test_ink_is_white_on_black_two_pixels_a_cell():
    app = PadApp()
    async with app.run_test() as pilot:
        await drag(app, pilot, (10.5, 5.25), (20.5, 5.25))
        await pilot.pause()
        assert grays(app.pad.render_line(5))[15][0] == 255
        assert grays(app.pad.render_line(9))[15] == (0, 0)


@pytest.mark.parametrize("scale", [1, 2, 3])
async def test_without_colors_ink_and_pen_are_signs(scale):
    app = PadApp(scale, shades=True)
    async with app.run_test(size=(100, 50)) as pilot:
        await pilot.press("enter", "right")
        assert "█" in "\n".join(app.lines)
        assert "●" in "\n".join(app.lines)
        await pilot.press("enter", "e")
        assert "x" in "\n".join(app.lines)
        assert {len(line) for line in app.lines} == {28 * scale}


@pytest.mark.parametrize("theme", list(BUILTIN_THEMES))
@pytest.mark.short("textual-light", "ansi")
async def test_every_theme_shows_pad_and_pen(theme):
    app = PadApp()
    async with app.run_test() as pilot:
        app.theme = theme
        await pilot.press("enter", "right")
        assert {len(line) for line in app.lines} == {28}
