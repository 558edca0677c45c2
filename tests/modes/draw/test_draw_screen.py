"""The Draw screen by its keys: draw, see it read, keep it, open a picture."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from textual.widgets import Input, Label

from engine.data import catalog
from engine.data.dataset import DataSet, Digits
from engine.data.normalize import normalize
from engine.training.hyperparameters import settings_from
from numrec_tui.app import NumrecApp
from numrec_tui.modes.draw.label_prompt import WhichScreen
from numrec_tui.modes.draw.pad import Pad
from numrec_tui.modes.draw.pen import Pen, as_picture, blank, stroke
from numrec_tui.modes.draw.screen import DrawScreen
from numrec_tui.modes.draw.verdict import in_words, laid_out
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from numrec_tui.storage.drawings import save
from numrec_tui.storage.own_set_files import open_set
from numrec_tui.widgets.digit import DigitPicture, ProbabilityBars
from numrec_tui.widgets.path_prompt import PathScreen, as_path
from tests.screens.settled import until

WIDE, NORMAL, NARROW = (120, 34), (80, 24), (60, 20)
SEVEN = ["home"] * 6 + ["enter"] + ["right"] * 10 + ["end"] * 6 + ["down"] * 8 + ["enter"]
ONE = ["up"] * 6 + ["enter"] + ["down"] * 14 + ["enter"]


async def draw_mode(lab, pilot):
    """Open the mode, and wait until it has a network."""
    await until(pilot, lambda: lab.app.mode is not None and lab.app.mode.report is not None)
    await pilot.press("3")
    await until(pilot, lambda: words(lab) != "")
    assert isinstance(lab.app.mode, DrawScreen)


async def draw_seven(lab, pilot):
    """A 7 on the pad, without pressing every key for it."""
    sheet = blank()
    for start, end in (((8, 8), (18, 8)), ((18, 8), (12, 22))):
        stroke(sheet, start, end, Pen(1.3))
    pad(lab).put(as_picture(sheet))
    await until(pilot, lambda: words(lab) != "nothing drawn yet")


def words(lab):
    if not isinstance(lab.app.mode, DrawScreen):
        return ""
    return str(lab.app.mode.query_one("#verdict", Label).content)


def note(lab):
    return str(lab.app.mode.query_one("#note", Label).content)


def bars(lab):
    widget = lab.app.mode.query_one(ProbabilityBars)
    return [widget.render_line(y).text for y in range(widget.size.height)]


def pad(lab):
    return lab.app.mode.query_one(Pad)


def told(lab):
    return [notification.message for notification in lab.app._notifications]


class Lab:
    def __init__(self, session):
        self.session = session
        self.app = NumrecApp(session, mode="draw")


@pytest.fixture
def over(tmp_path):
    """Make an app over a data set, trained for real: over(data, epochs=1)."""
    sessions = []

    def make(data, **settings):
        chosen = settings_from(settings)
        sessions.append(Session(SessionConfig(data, chosen, tmp_path / "models")))
        return Lab(sessions[-1])

    yield make
    for session in sessions:
        session.close()


async def test_a_seven_drawn_by_keys_is_read_as_a_seven(over):
    lab = over(catalog.find("bundled"), hidden=(64,), epochs=2, processes=1)
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        assert words(lab) == "nothing drawn yet"
        await pilot.press("space")
        await until(pilot, lambda: lab.app.mode.report.state == "finished")
        await pilot.press(*SEVEN)
        await until(pilot, lambda: words(lab).startswith("a 7"))
        assert bars(lab)[7].startswith("▸7")


@pytest.mark.long
async def test_the_reading_changes_while_the_network_learns(opened):
    lab = opened(epochs=100_000, learning_rate=0.001)
    async with lab.app.run_test(size=WIDE) as pilot:
        await draw_mode(lab, pilot)
        await pilot.press(*SEVEN)
        assert "not trained" in note(lab)
        untrained = bars(lab)
        await pilot.press("space")
        await until(pilot, lambda: bars(lab) != untrained)
        assert note(lab) == ""


async def test_every_stroke_is_read_while_nothing_is_trained(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await draw_mode(lab, pilot)
        empty = bars(lab)
        await pilot.press(*SEVEN[:12])
        some = bars(lab)
        await pilot.press(*SEVEN[12:])
        assert len({*map(tuple, (empty, some, bars(lab)))}) == 3
        await pilot.press("c")
        await pilot.pause()
        assert bars(lab) == empty
        assert words(lab) == "nothing drawn yet"


async def test_the_network_sees_the_drawing_laid_out_as_mnist(opened):
    lab = opened()
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        await pilot.press(*["right"] * 5, *ONE)
        seen = lab.app.mode.query_one("#sees DigitPicture", DigitPicture)._image
        np.testing.assert_array_equal(seen, normalize(pad(lab).picture[None])[0])
        rows, columns = np.nonzero(seen)
        assert (rows.min(), rows.max()) == (4, 23)
        assert abs(columns.mean() - 13.5) < 1


async def test_the_drawing_is_still_there_after_another_mode(opened):
    lab = opened()
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        await draw_seven(lab, pilot)
        drawn, said = pad(lab).picture, words(lab)
        await pilot.press("1", "3")
        await until(pilot, lambda: words(lab) == said)
        np.testing.assert_array_equal(pad(lab).picture, drawn)


async def test_d_and_a_number_keep_the_drawing_as_data(opened, home):
    lab = opened()
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        await draw_seven(lab, pilot)
        await pilot.press("d")
        assert isinstance(lab.app.screen, WhichScreen)
        await pilot.press("7")
        await until(pilot, lambda: told(lab))
        assert told(lab)[-1].startswith("Saved as a 7: the first drawing in")
        assert isinstance(lab.app.mode, DrawScreen)
        kept = open_set(home / "drawings")
        np.testing.assert_array_equal(kept.images[0], normalize(pad(lab).picture[None])[0])
        assert kept.labels.tolist() == [7]
        await pilot.press("d")
        assert told(lab)[-1] == "This drawing is kept already, as 7; U takes it back."


async def test_what_was_kept_last_can_be_taken_back(opened, home):
    lab = opened()
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        assert "U" not in lab.app.screen.active_bindings
        await draw_seven(lab, pilot)
        await pilot.press("d", "1")
        await until(pilot, lambda: "U" in lab.app.screen.active_bindings)
        await pilot.press("U")
        await until(pilot, lambda: any("Taken back: 0" in each for each in told(lab)))
        assert not list((home / "drawings").glob("t*ubyte"))
        await pilot.press("d", "7")
        await until(pilot, lambda: any("Saved as a 7" in each for each in told(lab)))


async def test_escape_keeps_nothing_and_enter_takes_the_proposal(opened, home):
    lab = opened()
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        await draw_seven(lab, pilot)
        await pilot.press("d", "escape")
        assert not (home / "drawings").exists()
        guess = next(place for place, line in enumerate(bars(lab)) if line.startswith("▸"))
        await pilot.press("d", "enter")
        await until(pilot, lambda: told(lab))
        assert open_set(home / "drawings").labels.tolist() == [guess]


async def test_an_empty_pad_has_nothing_to_keep(opened):
    lab = opened()
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        await pilot.press("d")
        assert told(lab)[-1].startswith("Nothing is drawn yet")


async def test_a_set_that_cannot_be_written_is_said_and_the_drawing_stays(opened, home):
    lab = opened()
    (home / "drawings").write_text("in the way")
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        await draw_seven(lab, pilot)
        await pilot.press("d", "7")
        await until(pilot, lambda: told(lab))
        assert told(lab)[-1].startswith("Not kept: Cannot save in")
        assert not pad(lab).is_empty


@pytest.mark.long
async def test_a_save_that_was_ended_half_way_is_finished_when_the_mode_opens(opened, home):
    folder = home / "drawings"
    save(folder, np.ones((28, 28), np.uint8), 7, tuple("0123456789"))
    (folder / "pending").write_bytes(b'{"train-labels-idx1-ubyte": 9}\n\0\0\x08\x01\0\0\0\x01\x03')
    lab = opened()
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        await until(pilot, lambda: not (folder / "pending").exists())
        assert open_set(folder).labels.tolist() == [3]


def written(path, *places):
    """A picture file of black strokes on white paper, 20 pixels high each."""
    paper = np.full((60, 200), 255, np.uint8)
    for place in places:
        paper[15:45, place : place + 5] = 0
    Image.fromarray(paper).save(path)
    return path


async def type_path(pilot, path):
    await pilot.press("o")
    await until(pilot, lambda: isinstance(pilot.app.focused, Input))
    pilot.app.focused.value = str(path)
    await pilot.press("enter")


async def test_o_opens_a_picture_and_puts_its_digit_on_the_pad(opened, tmp_path):
    path = written(tmp_path / "one.png", 90)
    lab = opened()
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        await draw_seven(lab, pilot)
        drawn = pad(lab).picture
        await type_path(pilot, path)
        await until(pilot, lambda: told(lab))
        assert told(lab)[-1] == "one.png: One digit"
        assert 2 <= np.flatnonzero(pad(lab).picture.any(axis=0)).size <= 7
        await pilot.press("u")
        np.testing.assert_array_equal(pad(lab).picture, drawn)


async def test_comma_and_full_stop_go_through_the_digits_of_a_picture(opened, tmp_path):
    path = written(tmp_path / "three.png", 20, 90, 160)
    lab = opened()
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        assert "full_stop" not in lab.app.screen.active_bindings
        await type_path(pilot, path)
        await until(pilot, lambda: told(lab))
        assert told(lab)[-1] == "three.png: 3 digits; , and . go through them"
        await pilot.press("full_stop")
        assert told(lab)[-1] == "Digits found: #2 of 3"
        await pilot.press("comma", "comma")
        assert told(lab)[-1] == "Digits found: #3 of 3"


@pytest.mark.parametrize(
    ("name", "said"),
    [("none.png", "expected a file, found none"), ("empty.png", "There is no digit in empty.png")],
)
@pytest.mark.short("empty")
async def test_a_picture_without_a_digit_is_said(opened, tmp_path, name, said):
    written(tmp_path / "empty.png")
    lab = opened()
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        await type_path(pilot, tmp_path / name)
        await until(pilot, lambda: told(lab))
        assert said in told(lab)[-1]
        assert pad(lab).is_empty


@pytest.mark.long
async def test_escape_opens_no_picture(opened):
    lab = opened()
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        await pilot.press("o", "3")
        assert isinstance(lab.app.screen, PathScreen)
        await pilot.press("escape")
        assert isinstance(lab.app.screen, DrawScreen)


def other_set(side, names):
    generator = np.random.default_rng(0)
    images = generator.integers(0, 255, (40, side, side), np.uint8)
    labels = np.arange(40, dtype=np.uint8) % len(names)
    digits = Digits(images, labels, len(names), names)
    return DataSet("clothes", digits, digits)


async def test_a_set_of_other_size_and_names_is_drawn_for_too(over, home):
    lab = over(other_set(12, ("Shirt", "Dress", "Coat")), hidden=(8,), batch_size=8, epochs=1)
    async with lab.app.run_test(size=WIDE) as pilot:
        await draw_mode(lab, pilot)
        await draw_seven(lab, pilot)
        assert len(bars(lab)[0]) > 0
        await pilot.press("n")
        await until(pilot, lambda: note(lab) == "laid out at 12 x 12, as its data")
        await pilot.press("d", *["up"] * 3, "home", "down", "enter")
        await until(pilot, lambda: told(lab))
        assert told(lab)[-1].startswith("Saved as Dress")
        kept = open_set(home / "drawings-clothes")
        assert kept.classes == ("Shirt", "Dress", "Coat")
        assert kept.labels.tolist() == [1]


async def test_v_shows_what_the_network_sees_in_a_narrow_window(opened):
    lab = opened()
    async with lab.app.run_test(size=NARROW) as pilot:
        await draw_mode(lab, pilot)
        sees, reading = (lab.app.mode.query_one(name) for name in ("#sees", "#reading"))
        assert (sees.display, reading.display) == (False, True)
        await pilot.press("v")
        assert (sees.display, reading.display) == (True, False)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 34), (200, 50), (200, 20), (60, 50)])
@pytest.mark.short("size1")
async def test_the_whole_pad_is_on_the_screen(opened, size):
    lab = opened()
    async with lab.app.run_test(size=size) as pilot:
        await draw_mode(lab, pilot)
        assert lab.app.screen.region.contains_region(pad(lab).region)
        assert pad(lab).content_size.width == 28 * pad(lab).scale
        assert lab.app.mode.query_one(ProbabilityBars).size.height >= 10


@pytest.mark.parametrize("size", [(40, 10), (10, 3), (1, 1)])
@pytest.mark.short("size0")
async def test_a_tiny_window_can_be_used_and_left(opened, size):
    lab = opened()
    async with lab.app.run_test(size=size) as pilot:
        await draw_mode(lab, pilot)
        await pilot.press(*SEVEN[:9], "d", "escape", "q")
    assert lab.app.return_code == 0


async def test_a_click_draws(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await draw_mode(lab, pilot)
        await pilot.mouse_down(Pad, offset=(20, 10))
        await pilot.mouse_up(Pad, offset=(20, 10))
        assert words(lab) != "nothing drawn yet"


def test_the_verdict_names_a_second_class_when_it_is_not_sure():
    names = tuple("0123456789")
    sure = [0.98 if place == 7 else 0.0 for place in range(10)]
    assert str(in_words(sure, names)) == "a 7, 98%"
    torn = [0.33 if place == 1 else 0.61 if place == 8 else 0.0 for place in range(10)]
    assert str(in_words(torn, names)) == "an 8, 61%, or a 1, 33%"
    assert str(in_words(torn, names, "\n")) == "an 8, 61%,\nor a 1, 33%"
    assert str(in_words([0.95, 0.05], ("[b]Coat", "Dress"))) == "[b]Coat, 95%"
    assert str(in_words([float("nan")] * 10, names)) == "the network has no finite answer"


@pytest.mark.parametrize("shape", [(28, 28), (12, 12), (40, 30), (8, 20)])
def test_a_drawing_is_laid_out_at_any_size(shape):
    seen = normalize(np.pad(np.full((1, 20, 6), 255, np.uint8), ((0, 0), (2, 2), (9, 9))))[0]
    assert laid_out(seen, shape).shape == shape
    assert laid_out(seen, shape).max() > 150


def test_a_path_is_taken_as_terminals_drop_it():
    assert as_path(" '/a b/c.png' ") == Path("/a b/c.png")
    assert as_path("file:///a/c.png") == Path("/a/c.png")
    assert as_path("~/c.png") == Path.home() / "c.png"
    assert as_path("~nobody-of-that-name/c.png").name == "c.png"
