"""F1 explains the word under the cursor, in every mode; arrows and typing lead to all others."""

import pytest
from textual.widgets import OptionList, Static

from numrec_tui.modes.glossary_screen import GlossaryScreen
from tests.screens.settled import settled, until

WHERE = [
    ("train-knob", ["1"], "learning rate"),
    ("train-chart", ["1", "tab"], "accuracy"),
    ("digits", ["2"], "gallery"),
    ("digits-matrix", ["2", "c"], "confusion matrix"),
    ("draw", ["3"], "what the network sees"),
    ("network", ["4"], "unit"),
    ("network-layers", ["4", "v", "enter"], "layers"),
    ("runs", ["5"], "begun"),
    ("learn", ["6", "right"], "weighted sum"),
]
"""What is under the cursor after some keys."""


def entry(app) -> str:
    return str(app.screen.query_one("#entry", Static).content)


def words(app) -> list[str]:
    options = app.screen.query_one(OptionList)
    return [str(option.prompt) for option in options.options]


async def ready(lab, pilot, *keys):
    await lab.until(pilot, lambda report: report.state == "ready")
    await pilot.press(*keys)
    await settled(pilot)


@pytest.mark.parametrize(
    ("keys", "word"), [each[1:] for each in WHERE], ids=[each[0] for each in WHERE]
)
@pytest.mark.short("train-knob")
async def test_f1_explains_what_has_the_cursor(opened, keys, word):
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await ready(lab, pilot, *keys)
        mode = lab.app.current_mode
        await pilot.press("f1")
        await settled(pilot)
        assert isinstance(lab.app.screen, GlossaryScreen)
        assert entry(lab.app).startswith(word)
        assert words(lab.app)[0] == word
        await pilot.press("f1")
        assert lab.app.screen is lab.app.mode
        assert lab.app.current_mode == mode


async def test_arrows_go_to_the_next_word_and_typing_searches(opened):
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await ready(lab, pilot, "down", "f1")
        await until(pilot, lambda: entry(lab.app).startswith("momentum"))
        await pilot.press("down", "down", "up")
        await until(pilot, lambda: entry(lab.app).startswith(words(lab.app)[1]))
        await pilot.press(*"overf")
        await until(pilot, lambda: entry(lab.app).startswith("overfitting"))
        await pilot.press(*"qqq")
        await until(pilot, lambda: entry(lab.app) == "No entry has these words.")
        assert lab.app.is_running  # q is a letter here
        await pilot.press("escape")
        assert lab.app.screen is lab.app.mode


async def test_a_warning_below_the_chart_is_explained_right_after_the_knob(opened, never_look):
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await ready(lab, pilot)
        lab.screen._health.update("⚠ it hardly moves: raise the rate")
        await pilot.press("home", "f1")
        await settled(pilot)
        assert words(lab.app)[:3] == ["hidden", "hardly moves", "learning rate"]


async def test_f1_works_while_a_value_is_typed_and_leaves_it_there(opened):
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await ready(lab, pilot, "6", "e", *"12", "f1")
        assert isinstance(lab.app.screen, GlossaryScreen)
        await pilot.press("escape")
        assert lab.app.focused.value == "12"


async def test_the_reason_for_a_reading_has_a_glossary_of_its_own(opened):
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await ready(lab, pilot, "3", "enter", *["down"] * 9, "p", "f1")
        assert words(lab.app)[0] == "evidence"
        await pilot.press("escape")
        assert type(lab.app.screen).__name__ == "WhyScreen"
