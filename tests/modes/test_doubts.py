"""What can hardly be right about the data stays on the screen until it is mended or meant."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.data.catalog import find
from engine.training.presets import preset
from engine.training.small_sets import fitted, size_of
from numrec_tui.modes.doubts_screen import DoubtsScreen
from numrec_tui.modes.train.knob_list import KnobList
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from numrec_tui.widgets.data_notice import DataNotice
from tests import scripted
from tests.negatives import write_negatives
from tests.screens.fixtures import Opened

Open = Callable[..., Opened]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A set of black ink on white paper."""
    return write_negatives(tmp_path / "mine")


@pytest.fixture
def opened_on(tmp_path: Path) -> Iterator[Open]:
    """The app as it is opened on a data set, with the default preset."""
    sessions: list[Session] = []

    def make(name: str) -> Opened:
        data = find(name)
        settings = fitted(preset("default"), size_of(data))
        sessions.append(Session(SessionConfig(data, settings, tmp_path / "models", source=name)))
        return Opened(sessions[-1])

    yield make
    for session in sessions:
        session.close()


def notice(opened: Opened) -> str:
    shown = opened.screen.query_one(DataNotice)
    return str(shown.render()) if shown.display else ""


async def test_the_notice_stays_until_the_images_are_inverted(
    opened_on: Open, folder: Path
) -> None:
    opened = opened_on(str(folder))
    async with opened.app.run_test(size=(80, 24)) as pilot:
        await opened.until(pilot, lambda report: report.state == "ready")
        assert "The paper is white and the ink black" in notice(opened)
        await pilot.press("exclamation_mark")
        await pilot.pause()
        assert isinstance(opened.app.screen, DoubtsScreen)
        await pilot.press("enter")
        report = await opened.until(pilot, lambda report: report.data == "mine+invert")
        assert report.run == 1  # nothing was learned before
        assert notice(opened) == ""
        assert report.validation.images[:, 0, 0].max() < 128


async def test_a_run_under_way_is_kept_and_another_begins_on_the_mended_images(
    opened_on: Open, folder: Path
) -> None:
    opened = opened_on(str(folder))
    async with opened.app.run_test(size=(80, 24)) as pilot:
        await opened.until(pilot, lambda report: report.state == "ready")
        await pilot.press("n")
        await opened.until(pilot, lambda report: report.position > 0)
        await pilot.press("exclamation_mark", "enter")
        report = await opened.until(pilot, lambda report: report.data == "mine+invert")
        assert (report.run, report.state) == (2, "ready")
        assert len(list((folder.parent / "models").glob("mine-*.safetensors"))) == 1


async def test_what_is_meant_can_be_hidden_and_looked_up_again(
    opened_on: Open, folder: Path
) -> None:
    opened = opened_on(str(folder))
    async with opened.app.run_test(size=(80, 24)) as pilot:
        await opened.until(pilot, lambda report: report.state == "ready")
        await pilot.press("exclamation_mark", "down", "enter")
        await opened.until(
            pilot, lambda report: bool(report.about_data and report.about_data.hidden)
        )
        assert notice(opened) == ""
        await pilot.press("exclamation_mark")
        await pilot.pause()
        assert isinstance(opened.app.screen, DoubtsScreen)


async def test_data_without_doubts_have_no_notice_and_no_key(opened_on: Open) -> None:
    opened = opened_on("drawn:300")
    async with opened.app.run_test(size=(80, 24)) as pilot:
        await opened.until(pilot, lambda report: report.state == "ready")
        assert notice(opened) == ""
        await pilot.press("exclamation_mark")
        await pilot.pause()
        assert not isinstance(opened.app.screen, DoubtsScreen)


async def test_too_few_images_to_hold_any_out_are_learned_from_all_the_same(
    opened_on: Open,
) -> None:
    opened = opened_on("drawn:10")
    async with opened.app.run_test(size=(80, 24)) as pilot:
        report = await opened.until(pilot, lambda report: report.state == "ready")
        assert report.settings.validation == "test"
        assert "10 images" in notice(opened)
        await pilot.press("n")
        await opened.until(pilot, lambda report: report.position > 0)


async def test_the_knobs_show_what_was_fitted_and_presets_chosen_later_fit_too(
    opened_on: Open,
) -> None:
    opened = opened_on("drawn:300")
    async with opened.app.run_test(size=(120, 50)) as pilot:
        await opened.until(pilot, lambda report: report.state == "ready")
        listed = opened.screen.query_one(KnobList)
        lines = [listed.render_line(y).text for y in range(listed.size.height)]
        assert any("batch size≈" in line and "8" in line for line in lines)
        assert any("epochs≈" in line for line in lines)
        assert not any("*" in line for line in lines)
        opened.session.use_preset("fast")
        report = await opened.until(pilot, lambda report: report.preset == "fast")
        assert report.settings.batch_size == 192  # which this preset sets itself
        opened.session.use_preset("default")
        report = await opened.until(pilot, lambda report: report.preset == "default")
        assert report.settings.batch_size == 8


async def test_the_legend_has_interval_and_count_of_few_validation_images(
    opened: Open,
) -> None:
    app = opened([*scripted.epochs(2), scripted.stopped("epochs", 2)])
    async with app.app.run_test(size=(140, 40)) as pilot:
        await app.until(pilot, lambda report: report.state == "ready")
        await pilot.press("space")
        await app.until(pilot, lambda report: report.state == "finished")
        app.screen.flush()
        await pilot.pause()
        shown = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "of 6)" in shown
