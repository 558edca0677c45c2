"""Mode 6, Learn: the worked example is gone through, asked about, and changed, by keys."""

import pytest
from textual.widgets import Static

from numrec_tui.modes.learn.screen import LearnScreen
from tests.screens.settled import settled


@pytest.fixture
def lab(opened):
    return opened([])


async def enter(lab, pilot) -> LearnScreen:
    await lab.until(pilot, lambda report: report.state == "ready")
    await pilot.press("6")
    await settled(pilot)
    assert isinstance(lab.app.mode, LearnScreen)
    return lab.app.mode


def words(screen: LearnScreen) -> str:
    return str(screen.query_one("#words", Static).content)


def figure(screen: LearnScreen) -> str:
    return str(screen.query_one("#figure", Static).content)


async def test_a_number_is_asked_for_before_it_is_shown(lab):
    async with lab.app.run_test(size=(80, 24)) as pilot:
        screen = await enter(lab, pilot)
        await pilot.press("right")
        assert ".25×.25 + .5×-.5 + .75×.75 + 1 = ?" in words(screen)
        assert "1.375" not in figure(screen)
        await pilot.press("a")
        assert "a) -1.375 ✗" in words(screen)
        assert "c) 1.375 ✓" in words(screen)
        assert "Not so." in words(screen)
        assert ".75×.75 + 1 = 1.375" in words(screen)
        assert "1.375" in figure(screen)
        await pilot.press("c")  # the first answer counts
        assert "Not so." in words(screen)


async def test_enter_shows_the_number_without_an_answer(lab):
    async with lab.app.run_test(size=(80, 24)) as pilot:
        screen = await enter(lab, pilot)
        await pilot.press("enter")
        assert "3×2 + 2 + 2×3 + 3 = 17" in words(screen)
        assert "✗" not in words(screen)


async def test_another_weight_is_picked_and_followed(lab):
    async with lab.app.run_test(size=(80, 24)) as pilot:
        screen = await enter(lab, pilot)
        await pilot.press(*["right"] * 6, "down", "enter")  # from W2[2,1] to W2[2,2]
        assert "d loss / d W2[2,2] = a1[2]×delta2[2]" in words(screen)
        assert "1.375×-.272186 = -.374256" in words(screen)


async def test_what_is_changed_changes_every_number(lab):
    async with lab.app.run_test(size=(80, 24)) as pilot:
        screen = await enter(lab, pilot)
        await pilot.press("right", "right", "right", "e")
        assert lab.app.focused is not None
        await pilot.press(*"2", "enter", "enter")
        assert "-.025×-.75 + 1.375×2 + .75 = 3.51875" in words(screen)
        await pilot.press("backspace")  # which restores the example
        await pilot.press("right", "right", "right", "enter")
        assert "= 1.8" in words(screen)


@pytest.mark.parametrize(
    ("typed", "why"), [("none", "none is no number."), ("99999", "A number is from -1000 to 1000")]
)
@pytest.mark.short("99999")
async def test_a_wrong_value_is_refused_in_a_sentence_and_can_be_mended(lab, typed, why):
    async with lab.app.run_test(size=(80, 24)) as pilot:
        screen = await enter(lab, pilot)
        await pilot.press("e", *typed, "enter")
        assert why in str(screen.query_one("#edit Label").content)
        await pilot.press("escape")
        assert lab.app.focused is None
        assert not screen.query_one("#edit").display


async def test_while_a_value_is_typed_every_key_is_text(lab):
    async with lab.app.run_test(size=(80, 24)) as pilot:
        screen = await enter(lab, pilot)
        await pilot.press("e", "1", "q", "space", "n", "r", "6", "a")
        assert lab.app.mode is screen
        assert screen.query_one("#edit Input").value == "1q nr6a"
        await pilot.press("escape")


async def test_the_activation_is_changed_by_its_name(lab):
    async with lab.app.run_test(size=(80, 24)) as pilot:
        screen = await enter(lab, pilot)
        while screen.query_one("#explanation").border_subtitle != "activation = leaky relu":
            await pilot.press("down")
        await pilot.press("e", *"step", "enter")
        assert "Write one of leaky_relu, relu, sigmoid, tanh." in str(
            screen.query_one("#edit Label").content
        )
        screen.query_one("#edit Input").value = ""
        await pilot.press(*"tanh", "enter", "right", "right", "enter")
        assert "a1[1] = tanh(-.125) = -.124353" in words(screen)


async def test_the_slope_is_measured_beside_the_calculated_one(lab):
    async with lab.app.run_test(size=(80, 24)) as pilot:
        screen = await enter(lab, pilot)
        await pilot.press("k")
        assert (
            "W2[2,1] + .001: loss 1.455609 → 1.455896, slope .287157; calculated .28727"
            in words(screen)
        )
        await pilot.press("k")
        assert "slope .287157" not in words(screen)


async def test_an_update_is_taken_for_good_and_the_loss_goes_on_falling(lab):
    async with lab.app.run_test(size=(80, 24)) as pilot:
        screen = await enter(lab, pilot)
        await pilot.press(*["right"] * 8, "enter")
        assert "1.455609 → 1.081248: smaller" in words(screen)
        await pilot.press("u", *["right"] * 7, "enter")
        assert "1.081248 → " in words(screen)
        assert "smaller" in words(screen)


async def test_the_keys_that_steer_the_run_keep_their_meaning(lab):
    async with lab.app.run_test(size=(80, 24)) as pilot:
        screen = await enter(lab, pilot)
        await pilot.press("space")
        await settled(pilot)
        assert screen.report is not None
        assert screen.report.state == "training"
