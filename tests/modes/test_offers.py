"""What palette and help page offer: in each mode what can be done there, and nothing else."""

import pytest
from textual.widgets import Static

from numrec_tui.modes.help_screen import HelpScreen
from numrec_tui.modes.registry import MODES
from tests import scripted
from tests.screens.settled import settled, until

NAMES = {mode.title for mode in MODES.values()}
OWN = {
    "train": {"Presets", "Zoom", "Settings file"},
    "digits": {"Order", "Matrix", "Evidence"},
    "draw": {"Pen", "Eraser", "Keep", "My sets"},
    "network": {"Panel", "Scale", "Ink", "On/off"},
    "learn": {"Answer", "Reveal", "Check"},
    "runs": {"Mark", "Use", "Delete", "Export"},
}
"""Some of what only this mode can do."""

EVERYWHERE = NAMES | {"Run/pause", "Batch", "New", "Save", "Slower", "Help", "Screenshot", "Quit"}

MODE_KEYS = pytest.mark.parametrize(
    ("key", "name"), [(str(key), mode.name) for key, mode in enumerate(MODES.values(), 1)]
)


async def paused_in(lab, pilot, key):
    """A run that has begun and rests, so that it could be forked, in the mode of a key."""
    await lab.until(pilot, lambda report: report.state == "ready")
    await pilot.press("n")
    await lab.until(pilot, lambda report: report.state == "paused")
    await pilot.press(key)
    await settled(pilot)


def palette(app):
    return [command.title for command in app.get_system_commands(app.screen)]


@MODE_KEYS
@pytest.mark.short("2-digits")
async def test_the_palette_offers_what_the_mode_can_do_and_nothing_of_another(opened, key, name):
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await paused_in(lab, pilot, key)
        titles = palette(lab.app)
        here = next(mode.title for mode in MODES.values() if mode.name == name)
        assert set(titles) >= EVERYWHERE - {here}
        assert here not in titles
        assert set(titles) >= OWN[name]
        assert not set(titles) & set().union(*(OWN[mode] for mode in OWN if mode != name))
        assert len(titles) == len(set(titles))


@MODE_KEYS
@pytest.mark.short("1-train")
async def test_the_help_lists_the_keys_that_work_in_the_mode_each_with_its_purpose(
    opened, key, name
):
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await paused_in(lab, pilot, key)
        active = [each.binding for each in lab.app.screen.active_bindings.values() if each.enabled]
        working = {binding.id for binding in active if binding.id}
        await pilot.press("question_mark")
        page = lab.app.screen
        assert isinstance(page, HelpScreen)
        listed = {name for _, _, name in page._keys if name}
        assert listed <= working
        assert {f"app.{mode.name}" for mode in MODES.values()} <= listed
        text = str(page.query(Static).first().render())
        purposes = {binding.id: binding.tooltip for binding in active}
        for each in listed:
            assert purposes[each], f"{each} has no tooltip"
            assert purposes[each] in text


async def test_the_help_names_a_key_for_the_preferences_only_where_it_tells_how_keys_are_changed(
    opened,
):
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await paused_in(lab, pilot, "1")
        await pilot.press("question_mark")
        page = lab.app.screen
        assert isinstance(page, HelpScreen)
        names = {name for _, _, name in page._keys if name}
        told = str(page.query(Static).first().render())
        keys, changed = told.split("Keys of your own")
        assert not [name for name in names if name in keys]
        assert {name for name in names if f"  {name}" in changed} == names


async def test_only_a_diverged_run_offers_to_halve_the_rate_and_not_to_go_on_training(opened):
    lab = opened([*scripted.epochs(1), scripted.stopped("diverged", 1)])
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        assert "Halve rate" not in palette(lab.app)
        assert "Fork" not in palette(lab.app)  # there is nothing to fork yet
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.state == "diverged")
        assert "Halve rate" in palette(lab.app)
        assert not {"Run/pause", "Batch"} & set(palette(lab.app))


async def test_there_is_an_undo_once_a_setting_was_turned(opened):
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        assert "Undo" not in palette(lab.app)
        await pilot.press("right")
        await lab.until(pilot, lambda report: report.can_undo)
        assert "Undo" in palette(lab.app)
        await pilot.press("u")
        await lab.until(pilot, lambda report: not report.can_undo)
        assert "Undo" not in palette(lab.app)


async def test_there_is_a_time_to_go_back_to_once_the_network_has_learned(opened):
    lab = opened(epochs=3)
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press("4")
        await settled(pilot)
        assert "Time" not in palette(lab.app)
        await pilot.press("space")
        await until(pilot, lambda: "Time" in palette(lab.app))


async def test_without_runs_there_is_none_to_use(opened):
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press("5")
        await settled(pilot)
        assert not OWN["runs"] & set(palette(lab.app))
