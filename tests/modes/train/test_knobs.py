"""Knobs in groups, presets from a menu, undo, and settings in a file."""

import tomllib

import pytest
from textual.widgets import Input, OptionList

from engine.training.hyperparameters import Hyperparameters, settings_from
from engine.training.presets import PRESETS, preset
from numrec_tui.modes.train.knob_list import KNOBS, KnobList
from numrec_tui.modes.train.knob_panel import Knobs
from numrec_tui.modes.train.presets import PresetsScreen
from numrec_tui.session.report import Report
from numrec_tui.storage.settings_file import read, write
from numrec_tui.widgets.path_prompt import PathScreen
from tests.screens.settled import settled

WIDE = (120, 34)


def is_ready(report: Report) -> bool:
    return report.state == "ready"


def lines(knobs: KnobList) -> list[str]:
    return [knobs.render_line(y).text.strip() for y in range(knobs.size.height)]


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMREC_HOME", str(tmp_path / "home"))


async def test_each_group_has_a_heading_that_is_skipped(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        knobs = lab.screen.query_one(KnobList)
        await pilot.press("home")
        assert lines(knobs)[0].startswith("─ network ─")
        await pilot.press("pagedown")
        assert KNOBS[knobs.chosen].name == "optimizer"
        await pilot.press("up")
        assert KNOBS[knobs.chosen].name == "dropout"
        await pilot.press("pagedown", "pagedown", "pagedown", "pagedown")
        assert KNOBS[knobs.chosen].name == "epochs"
        await pilot.press("pageup")
        assert KNOBS[knobs.chosen].name == "validation"


async def test_a_click_on_a_heading_chooses_nothing(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        knobs = lab.screen.query_one(KnobList)
        await pilot.press("home")
        await pilot.click(KnobList, offset=(3, 0))
        assert KNOBS[knobs.chosen].name == "hidden"
        await pilot.click(KnobList, offset=(3, 2))
        assert KNOBS[knobs.chosen].name == "activation"


async def test_what_differs_from_the_preset_has_a_star_and_is_counted(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        lab.session.use_preset("seed")
        await lab.until(pilot, lambda report: report.preset == "seed")
        panel, knobs = lab.screen.query_one(Knobs), lab.screen.query_one(KnobList)
        assert panel.border_subtitle == "seed"
        assert not any("*" in line for line in lines(knobs))
        await pilot.press("right")
        await lab.until(pilot, lambda report: report.settings.learning_rate > 0.1)
        assert panel.border_subtitle == "seed +1"
        [starred] = [line for line in lines(knobs) if "*" in line]
        assert starred.startswith("▸learning rate*")


async def test_the_help_says_what_too_much_looks_like(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        said = str(lab.screen.query_one("#help").render())
        assert "size of a step" in said
        assert "too much: the loss jumps or explodes" in said


async def test_u_takes_a_turn_back(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("right")
        await lab.until(pilot, lambda report: report.settings.learning_rate == 0.1)
        await pilot.press("u")
        await lab.until(pilot, lambda report: report.settings.learning_rate == 0.05)


async def test_a_preset_is_chosen_from_a_menu_that_tells_what_it_changes(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("p")
        assert isinstance(lab.app.screen, PresetsScreen)
        menu = lab.app.screen.query_one(OptionList)
        told = str(menu.get_option_at_index(list(PRESETS).index("seed")).prompt)
        assert "batch size 16→512" in told
        await pilot.press("down", "enter")
        report = await lab.until(pilot, lambda report: report.preset == "seed")
        assert report.settings == settings_from(preset("seed"))


async def test_escape_leaves_the_menu_and_changes_nothing(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("p", "down", "escape")
        await pilot.pause()
        assert lab.report.preset == "default"
        assert lab.report.settings.batch_size == 16


async def test_settings_are_written_and_read_again(opened, tmp_path):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("t")
        assert isinstance(lab.app.screen, PathScreen)
        await pilot.press("enter")
        await pilot.pause()
        file = tmp_path / "home" / "settings.toml"
        assert tomllib.loads(file.read_text())["batch-size"] == 16
        await pilot.press("right")
        await lab.until(pilot, lambda report: report.settings.learning_rate == 0.1)
        await pilot.press("t", "enter")
        await lab.until(pilot, lambda report: report.settings.learning_rate == 0.05)


async def test_a_bad_file_is_told_in_a_sentence_and_changes_nothing(opened, tmp_path):
    lab = opened()
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text("momentum = 3\n")
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("t", "enter")
        await pilot.pause()
        [said] = [note.message for note in lab.app._notifications]
        assert "settings.toml" in said
        assert "momentum" in said
        assert lab.report.settings.momentum == 0.9


@pytest.mark.parametrize("name", PRESETS)
def test_a_file_holds_every_setting(name, tmp_path):
    settings = settings_from(preset(name)).changed(processes="auto", hidden=(7, 5))
    write(tmp_path / "a.toml", settings)
    assert settings_from(read(tmp_path / "a.toml")) == settings
    assert set(read(tmp_path / "a.toml")) == set(Hyperparameters.model_fields)


@pytest.mark.long
async def test_brackets_in_a_value_are_refused_like_any_other_text(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("enter", *"[/b]", "enter")
        await pilot.pause()
        assert "'[/b]'" in str(lab.screen.query_one("#refusal").render())


@pytest.mark.parametrize("text", ['activation = "[/b]"', "seed = " + "9" * 5000])
@pytest.mark.short("activation")
async def test_an_odd_settings_file_is_told_and_harms_nothing(opened, tmp_path, text):
    lab = opened()
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text(text)
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("t", "enter")
        await settled(pilot)
        assert len(lab.app._notifications) == 1
        assert lab.app.is_running


@pytest.mark.long
async def test_an_endless_path_is_no_file(opened):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, is_ready)
        await pilot.press("t")
        lab.app.screen.query_one(Input).value = "a" * 5000
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert "Cannot write" in next(note.message for note in lab.app._notifications)
