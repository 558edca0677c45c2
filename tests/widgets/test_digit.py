"""The digit's picture and the bars of its probabilities."""

import math

import numpy as np
import pytest
from textual.app import App
from textual.containers import Horizontal
from textual.theme import BUILTIN_THEMES

from numrec_tui.widgets.digit import DigitPicture, ProbabilityBars, bar, half_blocks

NAN = math.nan
SEVEN = (0.001, 0.0, 0.004, 0.003, 0.0, 0.001, 0.0, 0.96, 0.0, 0.031)


def seven():
    """A 7 of 28 × 28 pixels, with grey edges."""
    image = np.zeros((28, 28), np.uint8)
    image[6:9, 7:21] = 255
    for row in range(9, 24):
        left = 19 - (row - 9) * 2 // 3
        image[row, left : left + 3] = (120, 255, 90)
    return image


def greys(strip):
    """(upper grey, lower grey) of each cell."""
    pairs = []
    for text, style, _ in strip:
        pairs += [(style.color.triplet.red, style.bgcolor.triplet.red)] * len(text)
    return pairs


class DigitApp(App[None]):
    """One of the two widgets, in a room of a given size."""

    def __init__(self, widget):
        super().__init__()
        self.widget = widget

    def compose(self):
        yield self.widget

    @property
    def lines(self):
        return [self.widget.render_line(y).text for y in range(self.widget.size.height)]


def picture(image=None, shades=None, **styles):
    widget = DigitPicture(shades)
    widget.show(seven() if image is None else image)
    for name, value in styles.items():
        setattr(widget.styles, name, value)
    return widget


def bars(probabilities=SEVEN, label=None, names=None):
    widget = ProbabilityBars()
    widget.show(probabilities, label, names)
    return widget


# The picture


def test_a_cell_holds_two_pixels_one_above_the_other():
    image = np.array([[0, 255], [255, 0], [17, 34], [51, 68]], np.uint8)
    strips = half_blocks(image)
    assert [strip.text for strip in strips] == ["▀▀", "▀▀"]
    assert greys(strips[0]) == [(0, 255), (255, 0)]
    assert greys(strips[1]) == [(17, 51), (34, 68)]


def test_there_are_sixteen_neutral_greys_from_black_to_white():
    strips = half_blocks(np.arange(256, dtype=np.uint8).reshape(2, 128))
    shown = {grey for strip in strips for pair in greys(strip) for grey in pair}
    assert shown == set(range(0, 256, 17))
    assert all(len({*segment.style.color.triplet}) == 1 for strip in strips for segment in strip)


def test_equal_neighbors_share_a_segment():
    image = np.zeros((2, 28), np.uint8)
    assert len(list(half_blocks(image)[0])) == 1
    image[0, 10:14] = 255
    assert [len(segment.text) for segment in half_blocks(image)[0]] == [10, 4, 14]


def test_an_odd_row_at_the_end_has_black_below_it():
    strips = half_blocks(np.full((3, 2), 255, np.uint8))
    assert [greys(strip) for strip in strips] == [[(255, 255)] * 2, [(255, 0)] * 2]


@pytest.mark.parametrize("shape", [(28, 28), (7, 5), (1, 1), (1, 90), (64, 64), (0, 0), (0, 4)])
async def test_pictures_of_every_size_fill_their_room(shape):
    app = DigitApp(picture(np.full(shape, 200, np.uint8), height="100%"))
    for size in [(1, 1), (30, 14), (80, 24)]:
        async with app.run_test(size=size):
            assert {len(line) for line in app.lines} == {size[0]}
        app = DigitApp(picture(np.full(shape, 200, np.uint8), height="100%"))


async def test_a_picture_is_as_wide_as_its_columns_and_half_as_high_as_its_rows():
    app = DigitApp(picture(np.zeros((9, 6), np.uint8), width="auto"))
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.pause()
        assert tuple(app.widget.size) == (6, 5)
        app.widget.show(seven())
        await pilot.pause()
        assert tuple(app.widget.size) == (28, 14)


async def test_a_picture_stands_in_the_middle_of_a_larger_room():
    app = DigitApp(picture(np.full((4, 4), 255, np.uint8), height="100%"))
    async with app.run_test(size=(10, 6)):
        assert app.lines == [" " * 10] * 2 + ["   ▀▀▀▀   "] * 2 + [" " * 10] * 2


async def test_of_a_picture_in_a_smaller_room_the_middle_is_seen():
    image = np.zeros((6, 6), np.uint8)
    image[2:4, 2:4] = 255
    app = DigitApp(picture(image, height="100%"))
    async with app.run_test(size=(2, 1)):
        assert greys(app.widget.render_line(0)) == [(255, 255)] * 2


async def test_a_picture_can_be_made_of_shades():
    image = np.array([[0, 64, 128, 191, 255, 255]] * 2, np.uint8)
    image[1, 5] = 0
    app = DigitApp(picture(image, shades=True))
    async with app.run_test(size=(6, 3)):
        assert app.lines == [" ░▒▓█▒"]


@pytest.mark.parametrize(
    ("no_color", "theme", "shades"),
    [
        (False, "textual-dark", False),
        (True, "textual-dark", False),
        (False, "ansi-dark", False),
        (True, "ansi-dark", True),
    ],
)
async def test_shades_take_over_where_there_are_no_colors(no_color, theme, shades):
    app = DigitApp(picture())
    app.no_color = no_color
    async with app.run_test(size=(28, 14)) as pilot:
        app.theme = theme
        await pilot.pause()
        assert ("▀" not in "".join(app.lines)) == shades
        assert ("█" in "".join(app.lines)) == shades


@pytest.mark.parametrize(
    "image", [np.zeros(784, np.uint8), np.zeros((28, 28)), np.zeros((1, 28, 28), np.uint8)]
)
def test_what_is_no_picture_is_refused(image):
    with pytest.raises(ValueError, match=r"A picture is uint8 \(rows, columns\), this is"):
        DigitPicture().show(image)


async def test_a_picture_does_not_change_with_the_array_it_came_from():
    image = np.full((2, 2), 255, np.uint8)
    app = DigitApp(picture(image, shades=True))
    async with app.run_test(size=(2, 1)):
        image[:] = 0
        assert app.lines == ["██"]


# The bars


async def test_a_right_guess_is_pointed_at_and_ticked():
    app = DigitApp(bars(label=7))
    async with app.run_test(size=(24, 10)):
        # 24 columns leave 15 for the bars; 96 % of 120 eighths are 115.2: 14 cells and 3 eighths.
        assert app.lines[7] == "▸7✓ ██████████████▍  96%"
        assert app.lines[9] == " 9  ▌                 3%"
        assert app.lines[4] == " 4                    0%"


async def test_a_wrong_guess_is_told_from_the_truth_without_color():
    app = DigitApp(bars(label=9))
    async with app.run_test(size=(24, 10)):
        assert app.lines[7].startswith("▸7  █")
        assert app.lines[9].startswith(" 9✓ ▌")
        assert sum(line.count("▸") + line.count("✓") for line in app.lines) == 2


async def test_right_wrong_and_other_classes_have_colors_of_their_own():
    app = DigitApp(bars(label=9))
    async with app.run_test(size=(24, 10)) as pilot:

        def color(y):
            return next(iter(app.widget.render_line(y))).style.color

        wrong, truth, other = color(7), color(9), color(0)
        assert len({wrong, truth, other}) == 3
        app.widget.show(SEVEN, 7)
        await pilot.pause()
        assert color(7) == truth
        app.widget.show(SEVEN)
        await pilot.pause()
        assert color(7) not in (truth, wrong, other)


async def test_in_room_enough_the_classes_are_in_their_order():
    app = DigitApp(bars())
    async with app.run_test(size=(24, 12)):
        assert [line[1:2] for line in app.lines] == [*"0123456789", " ", " "]


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        (9, [*"01234579"]),  # of equal ones the first
        (4, [*"279"]),
        (2, ["7"]),
    ],
)
async def test_in_less_room_the_most_probable_stand_in_their_order_and_it_is_said(rows, shown):
    app = DigitApp(bars(label=7))
    async with app.run_test(size=(24, rows)):
        *lines, note = app.lines
        assert [line[1] for line in lines] == shown
        assert note.strip() == f"top {len(shown)} of 10"


async def test_one_row_has_the_most_probable_class():
    app = DigitApp(bars(label=7))
    async with app.run_test(size=(24, 1)):
        assert [line[:3] for line in app.lines] == ["▸7✓"]


@pytest.mark.parametrize("value", [NAN, math.inf, -math.inf])
async def test_a_probability_that_is_none_is_a_dash_and_comes_last(value):
    app = DigitApp(bars((value, 0.2, 0.8)))
    async with app.run_test(size=(20, 3)):
        assert app.lines[0] == " 0" + " " * 17 + "–"
        assert app.lines[2].startswith("▸2")
    app = DigitApp(bars((value, 0.2, 0.8)))
    async with app.run_test(size=(20, 2)):
        assert [line[1] for line in app.lines[:-1]] == ["2"]


async def test_without_any_probability_nothing_is_pointed_at():
    app = DigitApp(bars((NAN, NAN), label=1))
    async with app.run_test(size=(20, 3)):
        assert "▸" not in "".join(app.lines)
        assert app.lines[1].startswith(" 1✓")


async def test_sixteen_columns_are_enough_to_read_everything():
    app = DigitApp(bars((0.0, 1.0), label=1))
    async with app.run_test(size=(16, 2)):
        assert app.lines == [" 0            0%", "▸1✓ ███████ 100%"]


@pytest.mark.parametrize("width", [1, 2, 5, 8, 9, 10, 15, 200])
async def test_bars_live_at_every_width(width):
    names = ["T-shirt/top", "Trouser", *map(str, range(8))]
    for widget in (bars(label=7), bars(label=1, names=names), bars(())):
        app = DigitApp(widget)
        async with app.run_test(size=(width, 6)):
            assert [len(line) for line in app.lines] == [width] * 6


async def test_names_stand_in_the_place_of_numbers_and_leave_room_for_the_bars():
    app = DigitApp(bars((0.25, 0.75), label=0, names=["T-shirt/top", "Bag"]))
    async with app.run_test(size=(30, 2)) as pilot:
        assert app.lines[0].startswith(" T-shirt/top✓ ██▊  ")
        assert app.lines[1].startswith("▸Bag          ████")
        await pilot.resize_terminal(20, 2)
        await pilot.pause()
        assert app.lines[0].startswith(" T-shir✓ █▌")


async def test_new_probabilities_replace_the_old_ones():
    app = DigitApp(bars((0.9, 0.1)))
    async with app.run_test(size=(20, 2)) as pilot:
        app.widget.show((0.2, 0.8), 1)
        await pilot.pause()
        assert [line[:3] for line in app.lines] == [" 0 ", "▸1✓"]


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.0, "    "),
        (1 / 32, "▏   "),
        (0.5, "██  "),
        (0.53, "██▏ "),
        (0.99, "████"),
        (1.0, "████"),
        (7.0, "████"),
        (-1.0, "    "),
        (NAN, "    "),
    ],
)
def test_a_bar_is_right_to_an_eighth_of_a_cell(share, expected):
    assert bar(share, 4) == expected


async def test_bars_are_visible_in_every_theme():
    app = DigitApp(bars(label=9))
    async with app.run_test(size=(24, 10)) as pilot:
        for theme in BUILTIN_THEMES:
            app.theme = theme
            await pilot.pause()
            for y in range(10):
                style = next(iter(app.widget.render_line(y))).style
                own = style.bgcolor.is_default and style.color.is_default
                assert own or style.color.name != style.bgcolor.name, (theme, y)


def test_snapshot_of_a_digit_and_its_bars(snap_compare):
    class Panel(App[None]):
        CSS = "DigitPicture { width: 28; } ProbabilityBars { margin: 2; }"

        def compose(self):
            with Horizontal():
                yield picture()
                yield bars(label=9)

    assert snap_compare(Panel(), terminal_size=(60, 16))
