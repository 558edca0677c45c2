"""The keys at the foot: help and quit at every size, and while typing what works there."""

import gc
from weakref import ref

import pytest
from textual.widgets._footer import FooterKey

from numrec_tui.modes.registry import MODES
from numrec_tui.widgets.key_line import fitting
from tests import scripted
from tests.screens.settled import settled, until

SIZES = [(60, 20), (80, 24), (120, 34), (200, 50)]
TYPED_IN = {
    "a knob's value": (["enter"], {"OK", "Cancel", "Quit"}),
    "a settings file": (["t"], {"OK", "Cancel", "Quit"}),
    "a picture's path": (["3", "o"], {"OK", "Cancel", "Quit"}),
    "words to filter by": (["5", "slash"], {"OK", "Cancel", "Quit"}),
}
"""What is typed, by the keys that open its field and what may be done there."""


def foot(app):
    return app.screen._compositor.render_strips()[-1].text


async def foot_with(app, pilot, words):
    """The last line of the screen, once it has these words."""
    await until(pilot, lambda: words in foot(app), lambda: f"{words!r}, but {foot(app)!r}")
    return foot(app)


def whole_keys(line):
    """The words at the foot; a key that is cut ends in the last column."""
    return line.split()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "{}x{}".format(*size))
@pytest.mark.short("80x24")
async def test_help_and_quit_are_at_the_foot_of_every_mode(opened, size):
    lab = opened()
    async with lab.app.run_test(size=size) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        for key, mode in enumerate(MODES.values(), 1):
            await pilot.press(str(key))
            assert lab.app.current_mode == mode.name
            line = await foot_with(lab.app, pilot, "? Help")
            assert {"q", "Quit", "?", "Help"} <= set(whole_keys(line)), mode.name


@pytest.mark.long
async def test_help_and_quit_stay_when_a_diverged_run_adds_keys(opened):
    lab = opened([*scripted.epochs(1), scripted.stopped("diverged", 1)])
    async with lab.app.run_test(size=(60, 20)) as pilot:
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.state == "diverged")
        for key in "12345":
            await pilot.press(key)
            line = await foot_with(lab.app, pilot, "q Quit")
            assert "? Help" in line


async def test_a_window_that_shrinks_and_grows_again_leaves_out_whole_keys_and_brings_them_back(
    opened,
):
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press("2")
        wide = await foot_with(lab.app, pilot, "Read as")
        for width in range(118, 58, -7):
            await pilot.resize_terminal(width, 20)
            line = await foot_with(lab.app, pilot, "q Quit")
            keys = line.split("? Help")[0].rstrip()
            assert wide.startswith(keys), f"a key is cut at {width} columns"
        await pilot.resize_terminal(120, 34)
        assert await foot_with(lab.app, pilot, "Read as") == wide


@pytest.mark.parametrize(("keys", "offered"), TYPED_IN.values(), ids=list(TYPED_IN))
@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: "{}x{}".format(*size))
@pytest.mark.short("80x24-words")
async def test_while_something_is_typed_the_foot_tells_what_the_keys_do_there(
    opened, size, keys, offered
):
    lab = opened()
    async with lab.app.run_test(size=size) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press(*keys)
        line = await foot_with(lab.app, pilot, "Cancel")
        assert set(whole_keys(line)) == offered | {"⏎", "esc", "^q"}
        await pilot.press("q", "slash")  # a letter and a sign, no more
        assert lab.app.is_running
        assert lab.app.focused.value.endswith("q/")
        await pilot.press("escape")
        assert "q Quit" in await foot_with(lab.app, pilot, "? Help")


@pytest.mark.parametrize("keys", [keys for keys, _ in TYPED_IN.values()], ids=list(TYPED_IN))
@pytest.mark.short("a knob")
async def test_ctrl_q_leaves_the_app_also_while_something_is_typed(opened, keys):
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press(*keys)
        await foot_with(lab.app, pilot, "^q Quit")
        await pilot.press("ctrl+q")
    assert lab.app.return_code == 0
    assert not lab.app.is_running


def test_keys_fit_by_their_cells_and_the_first_are_the_last_to_go():
    keys = [("a", 6), ("b", 6), ("help", 6), ("quit", 6)]
    # with one cell between two: all four take 27, three 20, help and quit alone 13
    assert list(fitting(keys, 27)) == [0, 1, 2, 3]
    assert list(fitting(keys, 26)) == [0, 2, 3]
    assert list(fitting(keys, 19)) == [2, 3]
    assert list(fitting(keys, 5)) == [2, 3]
    assert list(fitting(keys, 0)) == [0, 1, 2, 3]  # the width is not known yet


async def test_the_keys_at_the_foot_are_made_anew_only_when_others_work(opened):
    lab = opened([*scripted.epochs(1), scripted.stopped("diverged", 1)])
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        before = list(lab.screen.query(FooterKey))
        lab.screen.refresh_bindings()
        await settled(pilot)
        assert list(lab.screen.query(FooterKey)) == before
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.state == "diverged")
        assert "h Halve" in foot(lab.app)
        assert list(lab.screen.query(FooterKey)) != before


async def test_keys_that_are_gone_are_forgotten(opened):
    """Else an app that is open for days holds every key that there ever was."""
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        gone = []
        for _ in range(3):
            gone += [ref(key) for key in lab.app.screen.query(FooterKey)]
            await pilot.press("enter")  # a knob's value: other keys work
            await foot_with(lab.app, pilot, "Cancel")
            gone += [ref(key) for key in lab.app.screen.query(FooterKey)]
            await pilot.press("escape")
            await foot_with(lab.app, pilot, "Help")
        await settled(pilot)
        gc.collect()
        there = set(lab.app.screen.query(FooterKey))
        held = {each() for each in gone} - {None} - there
        assert len(held) <= len(there)  # those of the line before, at most
