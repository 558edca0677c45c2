"""The Digits mode by its keys: what a person looks for and what is then in sight."""

import numpy as np
import pytest
from textual.events import MouseScrollDown, MouseScrollUp
from textual.geometry import Offset
from textual.scrollbar import ScrollBar

from engine.data.dataset import DataSet, Digits, Split
from engine.training.hyperparameters import settings_from
from numrec_tui.app import NumrecApp
from numrec_tui.insight.predictions import Filter, choose
from numrec_tui.modes.digits.confusion import Confusion
from numrec_tui.modes.digits.gallery import SECONDS_BETWEEN_SCROLLS, Gallery
from numrec_tui.modes.digits.gallery_frame import GalleryFrame
from numrec_tui.modes.digits.one_digit import OneDigit
from numrec_tui.modes.digits.screen import DigitsScreen
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.report import NetworkView
from numrec_tui.session.session import Session
from numrec_tui.widgets.signed_map import SignedMap
from tests import scripted
from tests.screens.settled import settled, until

WIDE, SMALL = (120, 34), (60, 20)


async def look(lab, pilot) -> DigitsScreen:
    """Open the mode and wait until the digits have been read."""
    await until(pilot, lambda: lab.app.mode is not None and lab.app.mode.report is not None)
    await pilot.press("2")
    await until(pilot, lambda: isinstance(lab.app.mode, DigitsScreen) and lab.app.mode.predictions)
    return lab.app.mode


def many(count: int = 5_000) -> DataSet:
    """More digits than a window holds."""
    few = scripted.drawn_digits(100)
    digits = few.take(np.resize(np.arange(100), count))
    return DataSet("many", digits, digits)


async def look_at_test(lab, pilot) -> DigitsScreen:
    """Open the mode and turn to the test digits."""
    screen = await look(lab, pilot)
    await pilot.press("t")
    await until(pilot, lambda: screen.predictions)
    return screen


def scrollbar(screen: DigitsScreen) -> ScrollBar:
    return screen.query_one("GalleryFrame > ScrollBar", ScrollBar)


def large(screen: DigitsScreen) -> str:
    return str(screen.query_one(OneDigit).border_title)


def title(screen: DigitsScreen) -> str:
    return str(screen.query_one(GalleryFrame).border_title)


def text(widget) -> list[str]:
    return [widget.render_line(y).text for y in range(widget.size.height)]


class Lab:
    """An app over a set of digits, with the session it shows."""

    def __init__(self, data: DataSet, folder, **settings: object) -> None:
        chosen = settings_from({**scripted.ENDLESS, "hidden": (8,), "batch_size": 16, **settings})
        self.session = Session(SessionConfig(data, chosen, folder))
        self.app = NumrecApp(self.session, mode="digits")


@pytest.fixture
def lab(tmp_path):
    made = []

    def make(data: DataSet | None = None, **settings: object) -> Lab:
        made.append(Lab(data or scripted.drawn_set(), tmp_path / "models", **settings))
        return made[-1]

    yield make
    for one in made:
        one.session.close()


async def test_the_mode_opens_with_the_validation_digits_read(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look(here, pilot)
        assert title(screen) == "validation · 6"
        assert "read at epoch 0.0" in str(screen.query_one(GalleryFrame).border_subtitle)


async def test_t_turns_to_the_test_and_the_training_digits(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look(here, pilot)
        await pilot.press("t")
        await until(pilot, lambda: screen.predictions and len(screen.predictions.digits) == 20)
        assert title(screen) == "test · 20"
        await pilot.press("t")
        await until(pilot, lambda: screen.predictions and len(screen.predictions.digits) == 54)
        assert title(screen) == "training · 54"


async def test_f_shows_only_the_mistakes_and_escape_shows_all_again(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look_at_test(here, pilot)
        await pilot.press("f")
        wrong = np.flatnonzero(~screen.predictions.right)
        assert screen.rows.tolist() == wrong.tolist()
        assert title(screen) == f"test · wrong · {len(wrong)} of 20"
        await pilot.press("escape")
        assert title(screen) == "test · 20"


async def test_brackets_choose_a_class_and_o_an_order(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look_at_test(here, pilot)
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert title(screen) == "test · true 1 · 2 of 20"
        await pilot.press("left_square_bracket", "left_square_bracket", "o")
        assert title(screen) == "test · least sure first · 20"
        assert (np.diff(screen.predictions.confidence[screen.rows]) >= 0).all()


async def test_arrows_go_through_the_digits_and_the_large_one_follows(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look(here, pilot)
        assert large(screen) == "validation image #0"
        await pilot.press("right", "right")
        assert large(screen) == "validation image #2"
        await pilot.press("end")
        assert large(screen) == "validation image #5"
        await pilot.press("right")
        assert large(screen) == "validation image #5"
        await pilot.press("home")
        assert large(screen) == "validation image #0"


async def test_a_click_goes_to_a_digit(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look(here, pilot)
        await pilot.click(Gallery, offset=Offset(20, 4))
        assert large(screen) == "validation image #1"


async def test_in_a_small_window_enter_shows_the_digit_large_and_escape_goes_back(lab):
    here = lab()
    async with here.app.run_test(size=SMALL) as pilot:
        screen = await look(here, pilot)
        assert not screen.query_one(OneDigit).region
        await pilot.press("right", "enter")
        await until(pilot, lambda: bool(screen.query_one(OneDigit).region))
        await pilot.press("right")
        await until(pilot, lambda: large(screen) == "validation image #2")
        await pilot.press("escape")
        await until(pilot, lambda: not screen.query_one(OneDigit).region)
        await until(pilot, lambda: screen.query_one(Gallery).has_focus)


async def test_p_shows_what_speaks_and_then_the_nearest(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look(here, pilot)
        await pilot.press("p")
        read_as = int(screen.predictions.predicted[0])
        assert f"▇ against  ▇ for {read_as}" in "\n".join(text(screen.query_one(SignedMap)))
        await pilot.press("p")
        like = screen.query_one("#like")
        label = screen.digits.labels[0]
        found = f"most like it: {label}, {label}, {label}"
        await until(pilot, lambda: str(like.render()) == found)
        await pilot.press("right", "left")
        await until(pilot, lambda: str(like.render()) == found)


@pytest.mark.long
async def test_in_a_small_window_p_opens_the_digit_and_what_speaks_for_it(lab):
    here = lab()
    async with here.app.run_test(size=SMALL) as pilot:
        screen = await look(here, pilot)
        await pilot.press("p")
        await until(pilot, lambda: bool(screen.query_one(SignedMap).region))
        await until(pilot, lambda: "against" in "\n".join(text(screen.query_one(SignedMap))))
        await pilot.press("escape")
        await until(pilot, lambda: bool(screen.query_one(Gallery).region))


async def test_the_matrix_of_one_set_does_not_stand_beside_another(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look(here, pilot)
        await pilot.press("c")
        matrix = screen.query_one(Confusion)
        assert "recall" in text(matrix)[0]
        screen.action_part()
        assert "not read yet" in text(matrix)[1]
        assert not matrix.border_title
        await until(pilot, lambda: "recall" in text(matrix)[0])


async def test_a_cell_of_the_matrix_opens_exactly_its_digits(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look_at_test(here, pilot)
        await pilot.press("c")
        assert screen.query_one(Confusion).has_focus
        await pilot.press("enter")
        chosen, seen = screen.filter, screen.predictions
        assert chosen.true is not None
        cell = (seen.digits.labels == chosen.true) & (seen.predicted == chosen.guess)
        assert screen.rows.tolist() == np.flatnonzero(cell).tolist()
        assert len(screen.rows) > 0  # the cursor begins on the commonest mistake
        assert screen.query_one(Gallery).has_focus


@pytest.mark.long
async def test_the_recall_of_a_class_opens_what_it_is_mistaken_for(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look_at_test(here, pilot)
        await pilot.press("c", *["up"] * 10, *["right"] * 10, "enter")
        assert screen.filter == Filter("wrong", true=0)


async def test_what_is_learned_is_read_again(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look(here, pilot)
        await pilot.press("n")
        await until(pilot, lambda: screen.predictions.position > 0)


async def test_another_run_forgets_what_was_remembered(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look(here, pilot)
        await pilot.press("n")
        await until(pilot, lambda: screen.predictions.position > 0)
        await pilot.press("r")
        await until(pilot, lambda: screen.predictions and screen.predictions.run == 2)
        assert screen.query_one("#story").render().plain == ""


@pytest.mark.parametrize(("classes", "side"), [(3, 8), (26, 40)])
@pytest.mark.short("3-8")
async def test_sets_with_other_classes_and_sizes(lab, classes, side):
    count = 10 * classes
    images = np.random.default_rng(0).integers(0, 255, (count, side, side - 2)).astype(np.uint8)
    labels = (np.arange(count) % classes).astype(np.uint8)
    names = tuple(f"[class] {place}" for place in range(classes))
    digits = Digits(images, labels, classes, names)
    here = lab(DataSet("odd", digits, digits))
    for size in (WIDE, SMALL):
        async with here.app.run_test(size=size) as pilot:
            screen = await look(here, pilot)
            await pilot.press("right", "down", "p", "p", "p", "right_square_bracket", "c")
            assert "true [class] 0" in title(screen).replace("\\", "")
            await pilot.press(*["right"] * (classes + 1), *["down"] * (classes + 1))
            matrix = screen.query_one(Confusion)
            assert "recall" in text(matrix)[0]
            assert any("prec." in line for line in text(matrix))
        here = lab(DataSet("odd", digits, digits))


async def test_70000_digits_are_scrolled_to_their_end_at_once(lab):
    few = scripted.drawn_digits(100)
    many = Digits(few.images[:, ::4, ::4], few.labels).take(np.resize(np.arange(100), 70_000))
    here = lab(DataSet("many", many, many))
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look_at_test(here, pilot)
        await pilot.press("end")
        assert large(screen) == "test image #69999"
        await pilot.press("pageup")
        await until(pilot, lambda: large(screen) < "test image #69999")
        assert any(line.strip() for line in text(screen.query_one(Gallery)))


async def test_a_held_page_key_moves_the_cursor_at_once_and_the_window_when_it_is_due(lab, clock):
    here = lab(many())
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look_at_test(here, pilot)
        gallery = screen.query_one(Gallery)
        await pilot.press("pagedown")
        cursor, window = gallery.current, gallery.scroll_offset.y
        assert window > 0
        await pilot.press("pagedown")
        assert gallery.current > cursor
        assert gallery.scroll_offset.y == window
        assert large(screen) != f"test image #{gallery.current}"
        clock.turn(SECONDS_BETWEEN_SCROLLS)
        await pilot.pause()
        assert gallery.scroll_offset.y > window
        assert large(screen) == f"test image #{gallery.current}"


@pytest.mark.long
async def test_after_a_held_page_key_the_cursor_comes_into_sight(lab):
    here = lab(many())
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look_at_test(here, pilot)
        gallery = screen.query_one(Gallery)
        for _ in range(8):
            gallery.action_page(1)
        await until(pilot, lambda: gallery._wanted == gallery.scroll_offset.y)
        await until(pilot, lambda: large(screen) == f"test image #{gallery.current}")


async def test_the_scrollbar_leads_through_the_gallery_and_follows_it(lab):
    here = lab(many())
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look_at_test(here, pilot)
        gallery, bar = screen.query_one(Gallery), scrollbar(screen)
        await pilot.mouse_down(bar, offset=Offset(0, 0))
        await pilot.hover(bar, offset=Offset(0, 9))
        await pilot.mouse_up(bar, offset=Offset(0, 9))
        await until(pilot, lambda: gallery.scroll_offset.y > 5 * bar.size.height)
        dragged = gallery.scroll_offset.y
        await pilot.click(bar, offset=Offset(0, bar.size.height - 1))
        await until(pilot, lambda: gallery.scroll_offset.y > dragged)
        await pilot.click(bar, offset=Offset(0, 0))
        await until(pilot, lambda: gallery.scroll_offset.y == dragged)
        await pilot.press("end")
        await until(pilot, lambda: bar.position == gallery.max_scroll_y > 0)


async def test_the_border_and_the_scrollbar_are_the_gallerys(lab):
    here = lab(many(1_000))
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look_at_test(here, pilot)
        gallery, frame = screen.query_one(Gallery), screen.query_one(GalleryFrame)
        screen.set_focus(None)
        await pilot.click(frame, offset=Offset(3, 0))
        assert gallery.has_focus
        place = {"widget": scrollbar(screen), "offset": (0, 1), "button": 0}
        await pilot._post_mouse_events([MouseScrollDown], **place)
        await until(pilot, lambda: gallery.scroll_offset.y > 0)
        await pilot._post_mouse_events([MouseScrollUp], **place)
        await until(pilot, lambda: gallery.scroll_offset.y == 0)
        screen.maximize(gallery)
        await until(pilot, lambda: frame.size.width > WIDE[0] - 4)


@pytest.mark.parametrize("shape", [(100, 75), (75, 100), (28, 28), (9, 20)])
@pytest.mark.short("shape0")
async def test_pictures_of_any_shape_fill_whole_lines(lab, shape):
    ink = np.random.default_rng(0).integers(0, 256, (40, *shape), np.uint8)
    digits = Digits(ink, np.arange(40, dtype=np.uint8) % 10)
    here = lab(DataSet("shapes", digits, digits))
    async with here.app.run_test(size=WIDE) as pilot:
        gallery = (await look(here, pilot)).query_one(Gallery)
        strips = [gallery.render_line(y) for y in range(gallery.size.height)]
        assert [len(strip.text) for strip in strips] == [gallery.size.width] * len(strips)


async def test_the_scrollbar_shows_how_much_is_in_sight(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look(here, pilot)
        gallery, bar = screen.query_one(Gallery), scrollbar(screen)
        assert (bar.window_size, bar.window_virtual_size) == (
            gallery.size.height, gallery.virtual_size.height,
        )  # fmt: skip
        await pilot.resize_terminal(120, 24)
        await until(pilot, lambda: bar.window_size == gallery.size.height)


async def test_a_wrong_digit_is_told_without_color(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look_at_test(here, pilot)
        await pilot.press("f")
        lines = text(screen.query_one(Gallery))
        assert "✗" in lines[0]
        assert "→" in lines[0]
        assert "✓" not in "".join(lines)


async def test_a_filter_that_nothing_meets_says_so(lab):
    here = lab()
    async with here.app.run_test(size=WIDE) as pilot:
        screen = await look(here, pilot)
        await settled(pilot)
        split = Split("", *[scripted.drawn_digits(1)] * 3)
        screen.show_view(NetworkView(9, 0.0, screen.predictions.network, split))
        await until(pilot, lambda: screen.predictions and screen.predictions.run == 9)
        await pilot.press("left_square_bracket")
        assert choose(split.validation, screen.predictions, screen.filter).size == 0
        assert any("no such digit" in line for line in text(screen.query_one(Gallery)))
        await pilot.press("right", "down", "end", "enter", "pagedown")
