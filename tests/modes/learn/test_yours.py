"""Now yours: the network under training is followed number by number, by keys."""

import re

import numpy as np
import pytest
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Input, Label, Static

from engine.data.dataset import DataSet, Digits
from engine.training.loop import train
from numrec_tui.app import NumrecApp
from numrec_tui.lessons.own_updates import shown
from numrec_tui.modes.draw.pad import Pad
from numrec_tui.modes.learn.portrait import LARGE, MEDIUM, SMALL, Portrait, side_in, sized
from numrec_tui.modes.learn.screen import LearnScreen
from numrec_tui.modes.learn.yours import Yours
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from tests import scripted
from tests.screens.fixtures import Opened
from tests.screens.settled import settled, until

LOSS = r"this digit: loss (\S+) → ([^,]+),"
CALM = {"hidden": (12, 6), "learning_rate": 0.01}


async def paused(lab, pilot) -> None:
    """A run that has taken one batch."""
    await lab.until(pilot, lambda report: report.state == "ready")
    await pilot.press("n")
    await lab.until(pilot, lambda report: report.state == "paused")


async def enter(lab, pilot, *keys: str) -> Yours:
    await paused(lab, pilot)
    await pilot.press("6", "y", *keys)
    await settled(pilot)
    return yours(lab)


def yours(lab) -> Yours:
    screen = lab.app.mode
    assert isinstance(screen, LearnScreen)
    return screen.query_one(Yours)


def words(panel: Yours) -> str:
    return str(panel.query_one("#told Static", Static).content)


def picks(panel: Yours) -> str:
    return str(panel.query_one("#picks", Static).content)


def weight(panel: Yours) -> str:
    return Content.from_markup(panel.query_one("#told").border_subtitle).plain


def number(panel: Yours, before: str) -> float:
    """The number at the end of the line that begins so."""
    [line] = [line for line in words(panel).split("\n") if line.startswith(before)]
    return float(re.findall(r"[-\d.e]+", line)[-1])


async def press(pilot, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def test_the_numbers_are_those_of_the_run_that_is_paused(opened):
    lab = opened(**CALM)
    async with lab.app.run_test(size=(80, 24)) as pilot:
        panel = await enter(lab, pilot, "right")
        run = lab.session._trainer.run
        digit = lab.session._trainer.active.split.validation
        W, b = run.network.weights[0].astype(float), run.network.biases[0].astype(float)
        z = digit.pixels[0] / 255 @ W + b
        a = np.where(z > 0, z, run.hyperparameters.leak * z)
        loudest = int(np.abs(a).argmax())
        assert f"unit {loudest}" in picks(panel)
        assert number(panel, f"z1[{loudest}]") == pytest.approx(z[loudest], rel=1e-5)
        await press(pilot, "right")
        assert number(panel, f"a1[{loudest}]") == pytest.approx(a[loudest], rel=1e-5)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
async def test_the_next_batch_does_what_was_calculated(opened, optimizer):
    lab = opened(optimizer=optimizer, weight_decay=0.01, dropout=0.2, **CALM)
    async with lab.app.run_test(size=(80, 24)) as pilot:
        panel = await enter(lab, pilot, *["right"] * 7)
        for _ in range(5):  # over the end of an epoch
            line = [each for each in words(panel).split("\n") if each.startswith("w = ")][-1]
            calculated = float(line.rpartition(" = ")[2])
            await press(pilot, "n")
            told = panel._told
            assert told is not None
            network = lab.session._trainer.run.network
            became = float(network.theta[told.weight.index(network.sizes)])
            assert calculated == pytest.approx(became, rel=1e-5, abs=1e-6)
            assert f"it became {shown(became)}" in words(panel)


async def test_digit_layer_unit_and_weight_are_chosen_by_the_arrows(opened):
    lab = opened(**CALM)
    async with lab.app.run_test(size=(80, 24)) as pilot:
        panel = await enter(lab, pilot)
        assert "digit #0" in picks(panel)
        await press(pilot, "down", "down")
        assert "digit #2" in picks(panel)
        assert lab.app.mode.report.reading.index == 2  # other modes follow
        loud = re.search(r"unit \d+", picks(panel))[0]
        await press(pilot, "tab", "tab", "down")
        assert loud not in picks(panel)
        await press(pilot, "up")
        assert loud in picks(panel)
        strongest = weight(panel)
        await press(pilot, "tab", "up")  # before the strongest stands the last: the bias
        assert weight(panel).startswith("bias → ")
        await press(pilot, "down")
        assert weight(panel) == strongest
        await press(pilot, "shift+tab", "shift+tab", "down", "down")
        assert "classes" in picks(panel)
        assert re.fullmatch(r"unit \d → class \d", weight(panel))


async def test_while_something_is_typed_every_key_is_text_and_what_there_is_not_is_refused(opened):
    lab = opened(**CALM)
    async with lab.app.run_test(size=(80, 24)) as pilot:
        panel = await enter(lab, pilot, "e", *"1qynr6")
        assert panel.query_one(Input).value == "1qynr6"
        assert lab.app.mode.report.batch == 1
        before = picks(panel)
        await press(pilot, "enter")
        said = str(panel.query_one("#type Label", Label).content)
        assert said == "digit: A digit is a whole number from 0 to 5."
        await press(pilot, "escape")
        assert picks(panel) == before
        assert panel.display
        assert lab.app.focused is panel


async def test_the_key_leads_to_the_worked_example_and_back(opened):
    lab = opened(**CALM)
    async with lab.app.run_test(size=(80, 24)) as pilot:
        panel = await enter(lab, pilot)
        assert not lab.app.mode.query_one("#figure").display
        await press(pilot, "escape")
        assert not panel.display
        await press(pilot, "right", "enter")  # which are keys of the example again
        assert "1.375" in str(lab.app.mode.query_one("#words", Static).content)
        await press(pilot, "y")
        assert panel.display


async def test_network_leads_here_with_unit_and_digit_and_escape_leads_back(opened):
    lab = opened(hidden=(12,))
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await paused(lab, pilot)
        await press(pilot, "4", "right", "right", "full_stop", "full_stop", "full_stop", "y")
        assert "digit #3" in picks(yours(lab))
        assert weight(yours(lab)).endswith("→ unit 2")
        await press(pilot, "escape")
        assert lab.app.mode.name_of_mode == "network"


async def test_digits_leads_here_with_the_digit_of_its_set(opened):
    lab = opened(**CALM)
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await paused(lab, pilot)
        await press(pilot, "2", "right", "y")
        assert "digit #1 (" in picks(yours(lab))
        await press(pilot, "2", "t", "right", "right", "y")
        assert picks(yours(lab)).startswith("test digit #2 (2) ·")
        await press(pilot, "down")  # from a picture of another set, to the validation digits
        assert picks(yours(lab)).startswith("digit #1 (")
        await press(pilot, "escape")
        assert lab.app.mode.name_of_mode == "digits"


async def test_draw_leads_here_with_the_drawing_whose_class_can_be_told(opened):
    lab = opened(**CALM)
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await paused(lab, pilot)
        await press(pilot, "3", "y")
        assert "digit #0" in picks(yours(lab))  # nothing is drawn yet
        await press(pilot, "escape")
        lab.app.mode.query_one(Pad).put(scripted.drawn_digits().images[3])
        await press(pilot, "y")
        panel = yours(lab)
        read = panel._told.passed.outputs.argmax()
        assert picks(panel).startswith(f"your drawing ({read}) · right class {read} ·")
        await press(pilot, "tab", "e", *"3", "enter", *["right"] * 4)
        assert picks(panel).startswith("your drawing (3) · right class 3 ·")
        assert "1 for class 3" in words(panel)
        await press(pilot, "escape", "3")
        assert lab.app.mode.name_of_mode == "draw"


async def test_an_untrained_network_is_followed_and_its_first_batch_is_foretold(opened):
    lab = opened(**CALM)
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await press(pilot, "6", "y", *["right"] * 7)
        assert "epoch 0.00 · ready" in str(yours(lab).query_one(Portrait).border_subtitle)
        assert "w = " in words(yours(lab))
        await press(pilot, "right")
        [(before, after)] = re.findall(LOSS, words(yours(lab)))
        await press(pilot, "n")
        [(now, _)] = re.findall(LOSS, words(yours(lab)))
        assert float(now) == pytest.approx(float(after), rel=1e-4)
        assert now != before


async def test_it_follows_a_run_that_trains_and_stands_still_when_that_is_paused(opened):
    lab = opened(hidden=(12,), **scripted.ENDLESS)
    async with lab.app.run_test(size=(80, 24)) as pilot:
        panel = await enter(lab, pilot, "right")
        held, before = weight(panel), panel._told.standing.run.step
        await pilot.press("space")
        await until(pilot, lambda: panel._told.standing.run.step > before + 3)
        assert weight(panel) == held
        assert panel._told.update is None  # this step does not need the batch
        await press(pilot, *["right"] * 5)
        await until(pilot, lambda: panel._told.update is not None)
        await pilot.press("space")
        await until(pilot, lambda: lab.app.mode.report.state == "paused")
        await settled(pilot)
        now = words(panel)
        assert panel._told.standing.run.step == lab.session._trainer.run.step
        assert "being calculated" not in now
        await settled(pilot)
        assert words(panel) == now


async def test_a_new_run_of_another_architecture_is_followed_from_its_start(opened):
    lab = opened(hidden=(12, 6))
    async with lab.app.run_test(size=(80, 24)) as pilot:
        panel = await enter(lab, pilot, "tab", "down")
        assert "hidden 2" in picks(panel)
        lab.session.change("hidden", (5,))
        await press(pilot, "r")
        assert panel._told.network.sizes == (784, 5, 10)
        assert "classes" in picks(panel)
        assert panel._told.standing.run.step == 0


def own_set(*names: str) -> DataSet:
    """Twenty pictures of 9 x 13 pixels of each class."""
    labels = np.tile(np.arange(len(names), dtype=np.uint8), 20)
    images = np.random.default_rng(1).integers(0, 256, (len(labels), 9, 13), np.uint8)
    digits = Digits(images, labels, len(names), names)
    return DataSet("own", digits, digits)


async def test_other_data_are_followed_and_a_picture_of_those_before_is_not(tmp_path):
    session = Session(SessionConfig(
        scripted.drawn_set(), scripted.settings(), tmp_path, train,
        find={"bundled": own_set("one", "two", "three")}.__getitem__,
    ))  # fmt: skip
    lab = Opened(session, "learn")
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await paused(lab, pilot)
        await press(pilot, "2", "t", "right", "y")
        assert "test digit #1" in picks(yours(lab))
        session.learn_from("bundled")
        await settled(pilot)
        assert re.match(r"digit #\d+ \((one|two|three)\) · hidden 1", picks(yours(lab)))
        assert yours(lab)._told.network.sizes == (117, 8, 3)
    session.close()


async def test_classes_of_ones_own_and_pictures_of_another_size_are_followed(tmp_path):
    own = own_set("left\narrow", "[red]up[/]", "a very long name of a class")
    session = Session(SessionConfig(own, scripted.settings(hidden=()), tmp_path, train))
    lab = Opened(session, "learn")
    async with lab.app.run_test(size=(80, 24)) as pilot:
        panel = await enter(lab, pilot, "tab", "tab", "e", *"[red]up[/]", "enter")
        assert isinstance(lab.app, NumrecApp)
        assert "class [red]up[/]" in picks(panel)
        for _ in range(9):
            await press(pilot, "right")
            assert words(panel)
        await press(pilot, "tab", "e", *"8, 12", "enter")
        assert weight(panel) == "pixel (8, 12) → class [red]up[/]"
    session.close()


@pytest.mark.parametrize(
    ("window", "side"),
    [((60, 20), SMALL), ((80, 24), SMALL), ((120, 34), MEDIUM), ((200, 60), LARGE)],
)
def test_pictures_use_the_room_that_there_is(window, side):
    assert side_in(Size(*window)) == side
    assert max(sized(np.zeros((28, 20)), side).shape) == side
    assert max(sized(np.zeros((100, 64)), side).shape) == side
    assert sized(np.zeros((8, 8)), SMALL).shape == (8, 8)
