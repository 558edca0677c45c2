"""A published set that is not here is downloaded in the app, and learned from."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.data.published import PUBLISHED
from numrec_tui.cli.loading import find_data
from numrec_tui.modes.data_screen import DataScreen
from numrec_tui.modes.download_screen import DownloadScreen
from numrec_tui.storage.paths import data_folder
from numrec_tui.widgets.data_notice import DataNotice
from tests.mirror import Mirror, mirror, published_as, small_files
from tests.modes.test_data_screen import choose, lab_says, open_the_list
from tests.screens.fixtures import Opened
from tests.screens.settled import settled, until

Open = Callable[..., Opened]
FILES = small_files()


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Mirror]:
    """A mirror with the one set that the catalog has beside the usual ones."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("NUMREC_HOME", str(tmp_path / "home"))
    monkeypatch.setitem(PUBLISHED._entries, "tiny", published_as("tiny", FILES))
    with mirror({f"/tiny/{name}": content for name, content in FILES.items()}) as running:
        monkeypatch.setenv("NUMREC_MIRRORS", running.address)
        yield running


def looks_in_the_home(lab: Opened) -> Opened:
    """Let the session find what is downloaded, as the program does."""
    object.__setattr__(lab.session._trainer.runs._config, "find", find_data)
    return lab


async def ask_for(lab: Opened, pilot, *keys: str) -> None:
    """Choose the set, so that it is asked whether to download it."""
    await open_the_list(lab, pilot)
    await choose(pilot, "tiny", *keys)
    assert isinstance(lab.app.screen, DownloadScreen)


async def notice(lab: Opened, pilot, beginning: str) -> str:
    """Wait until the line under the top bar begins so."""

    def shown() -> str | None:
        line = str(lab.app.mode.query_one(DataNotice).render()) if lab.app.mode else ""
        return line if line.startswith(beginning) else None

    return await until(pilot, shown, lambda: f"no {beginning}")


async def test_after_a_yes_it_is_here_and_learned_from(opened: Open, server: Mirror) -> None:
    lab = looks_in_the_home(opened())
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await ask_for(lab, pilot, "enter")
        await pilot.press("enter")
        await lab.until(pilot, lambda report: report.data == "tiny" and not report.loading)
        assert sorted(path.name for path in (data_folder() / "tiny").iterdir()) == sorted(FILES)
        await pilot.press("D")
        await settled(pilot)
        assert isinstance(lab.app.screen, DataScreen)
        await choose(pilot, "tiny", "o")  # it is here: nobody is asked again
        await lab.until(pilot, lambda report: report.data == "tiny*0.01")
        assert len(server.asked) == len(FILES)


async def test_after_a_no_nothing_was_asked_for(opened: Open, server: Mirror) -> None:
    lab = opened()
    async with lab.app.run_test(size=(60, 20)) as pilot:
        await ask_for(lab, pilot, "enter")
        await pilot.press("escape")
        await settled(pilot)
        assert (server.asked, lab.session.source) == ([], "drawn")


async def test_a_set_that_is_scored_beside_is_downloaded_too(opened: Open) -> None:
    lab = looks_in_the_home(opened())
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await open_the_list(lab, pilot)
        await choose(pilot, "tiny", "b")
        await pilot.press("tab", *["backspace"] * 5, *"tiny", "enter")
        await settled(pilot)
        assert isinstance(lab.app.screen, DownloadScreen)
        await pilot.press("enter")
        report = await lab.until(pilot, lambda report: bool(report.second_name))
        assert (report.data, report.second_name) == ("tiny", "tiny")


@pytest.mark.parametrize("mode", ["1", "2", "4", "5"])
@pytest.mark.short("2")
async def test_escape_cancels_it_in_every_mode_and_the_run_goes_on(
    opened: Open, server: Mirror, mode: str
) -> None:
    server.always("stall")
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await ask_for(lab, pilot, "enter")
        await pilot.press("enter")
        line = await notice(lab, pilot, "Downloading tiny: ")
        assert line.endswith("of 0.3 MB; escape cancels")
        await pilot.press(mode)
        await notice(lab, pilot, "Downloading tiny: ")
        await pilot.press("escape", "1")
        await lab.until(pilot, lambda report: report.loading is None)
        await lab_says(lab, pilot, "Cancelled; nothing has changed.")


async def test_what_cannot_be_downloaded_is_one_sentence_and_changes_nothing(
    opened: Open, server: Mirror
) -> None:
    server.always("404")
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await ask_for(lab, pilot, "enter")
        await pilot.press("enter")
        await lab.until(pilot, lambda report: report.message is not None)
        await lab_says(lab, pilot, "TINY cannot be downloaded now.")
        assert not (data_folder() / "tiny").exists()
