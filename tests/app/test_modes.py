"""The modes: a key or a click opens each, and the run goes on in all of them."""

import pytest
from textual.widgets import Static

from numrec_tui.modes.registry import MODES, keyed
from numrec_tui.widgets.top_bar import TopBar
from tests.screens.settled import until


@pytest.mark.parametrize(
    ("key", "name"), [(str(k), mode.name) for k, mode in enumerate(MODES.values(), 1)]
)
@pytest.mark.short("3-draw")
async def test_a_number_opens_a_mode(opened, key, name):
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await pilot.press(key)
        await pilot.pause()
        assert lab.app.current_mode == name
        assert lab.app.mode.name_of_mode == name


@pytest.mark.parametrize("keys", ["24", "".join(key for key, _ in keyed())])
@pytest.mark.short("[24]")
async def test_the_run_goes_on_in_every_mode_and_space_pauses_it(opened, keys):
    lab = opened(epochs=100_000, learning_rate=1e-6)
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await pilot.press("space")
        for key in keys:
            await pilot.press(key)
            before = lab.app.mode.report.position if lab.app.mode.report else 0.0

            def later(before=before):
                report = lab.app.mode.report
                return report if report is not None and report.position > before else None

            report = await until(pilot, later)
            assert report.state == "training"
        await pilot.press("space")
        await until(pilot, lambda: lab.app.mode.report.state == "paused")


async def test_a_mode_that_is_opened_again_is_as_it_was_left_and_up_to_date(opened):
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        train = lab.app.mode
        await pilot.press("3")
        await pilot.press("n")
        await pilot.press("1")
        await lab.until(pilot, lambda report: report.batch == 1)
        assert lab.app.mode is train


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.short("[60]")
async def test_the_top_bar_names_the_mode_and_has_room_for_the_state(opened, width):
    lab = opened()
    async with lab.app.run_test(size=(width, 24)) as pilot:
        await lab.until(pilot, lambda report: True)
        bar = lab.app.mode.query_one(TopBar)
        texts = [str(part.render()) for part in bar.query(Static)]
        assert "1 Train" in texts[0]
        assert len(texts[0]) + len("fashion-mnist · run 1 · ● training") <= width - 2
        assert bar.query_one("#state").size.width >= len(texts[1])


async def test_a_click_on_a_mode_opens_it(opened):
    lab = opened()
    async with lab.app.run_test(size=(120, 34)) as pilot:
        await lab.until(pilot, lambda report: True)
        column = str(lab.app.mode.query_one("#modes").render()).index("3 Draw")
        await pilot.click("#modes", offset=(column + 2, 0))
        await pilot.pause()
        assert lab.app.current_mode == "draw"
