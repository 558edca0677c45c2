"""A run that cannot be saved: one badge that stays, a question before anything is lost."""

import errno
import os

import pytest
from textual.widgets import Input, OptionList

from engine.models.safetensors_file import load
from numrec_tui.modes.unsaved_prompt import UnsavedScreen
from numrec_tui.widgets.data_notice import DataNotice
from numrec_tui.widgets.top_bar import TopBar
from tests import scripted
from tests.screens import settled

WIDE = (120, 34)


class Disk:
    """Refuses every new name below a folder, as a full disk does, until it is mended."""

    def __init__(self, monkeypatch, folder, code=errno.ENOSPC):
        self.works, self.folder, self.code = True, str(folder), code
        self._replace = os.replace
        monkeypatch.setattr(os, "replace", self.replace)

    def replace(self, source, target, **more):
        if not self.works and str(target).startswith(self.folder):
            raise OSError(self.code, os.strerror(self.code))
        self._replace(source, target, **more)


@pytest.fixture
def disk(monkeypatch, tmp_path):
    return Disk(monkeypatch, tmp_path / "models")


async def trained(lab, pilot):
    await lab.until(pilot, lambda report: report.state == "ready")
    await pilot.press("n")
    await lab.until(pilot, lambda report: report.batch == 1)


def shown(lab, kind):
    return "\n".join(
        lab.screen.query_one(kind).render_line(0).text if kind is DataNotice else
        str(part.render()) for part in lab.screen.query_one(kind).query("*").results()
    ) if kind is TopBar else str(lab.screen.query_one(kind).render())  # fmt: skip


async def test_a_full_disk_is_one_badge_until_it_is_mended(opened, disk):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await trained(lab, pilot)
        disk.works = False
        await pilot.press("s")
        await lab.until(pilot, lambda report: report.unsaved is not None)
        assert "not saved" in shown(lab, TopBar)
        assert "✗ No space left on device. Key s" in shown(lab, DataNotice)
        toasts = len(lab.app._notifications)
        await pilot.press("n", "n")
        await lab.until(pilot, lambda report: report.batch == 3)
        assert "not saved" in shown(lab, TopBar)
        assert len(lab.app._notifications) == toasts
        disk.works = True
        await pilot.press("s")
        await settled.until(pilot, lambda: isinstance(lab.app.screen, UnsavedScreen), str)
        await pilot.press("enter")  # try again
        await lab.until(pilot, lambda report: report.unsaved is None)
        assert "not saved" not in shown(lab, TopBar)


async def test_q_asks_before_a_run_is_lost_and_escape_goes_on(opened, disk, tmp_path):
    lab = opened(**scripted.ENDLESS)
    async with lab.app.run_test(size=WIDE) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        await pilot.press("space")
        await lab.until(pilot, lambda report: report.train != ())
        disk.works = False
        await pilot.press("q")
        await settled.until(pilot, lambda: isinstance(lab.app.screen, UnsavedScreen), str)
        await pilot.press("escape")
        await lab.until(pilot, lambda report: report.state == "training")
        disk.works = True
        await pilot.press("q")
    assert lab.app.return_code == 0
    [saved] = (tmp_path / "models").iterdir()
    load(saved)


async def test_another_folder_takes_the_run_and_the_app_is_left(opened, disk, tmp_path):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await trained(lab, pilot)
        disk.works = False
        await pilot.press("q")
        await settled.until(pilot, lambda: isinstance(lab.app.screen, UnsavedScreen), str)
        await pilot.press("down", "enter")
        await settled.until(pilot, lambda: isinstance(lab.app.focused, Input), str)
        lab.app.focused.value = str(tmp_path / "stick")
        await pilot.press("enter")
        await settled.until(pilot, lambda: lab.app.return_code == 0, str)
    said = lab.session.close()
    [saved] = (tmp_path / "stick").glob("*.safetensors")
    assert said is not None
    assert said.startswith(f"Saved to {saved}")


async def test_who_leaves_without_saving_is_believed(opened, disk, tmp_path):
    lab = opened()
    async with lab.app.run_test(size=WIDE) as pilot:
        await trained(lab, pilot)
        disk.works = False
        await pilot.press("q")
        await settled.until(pilot, lambda: isinstance(lab.app.screen, UnsavedScreen), str)
        options = lab.app.screen.query_one(OptionList)
        options.highlighted = options.option_count - 1
        await pilot.press("enter")
    assert lab.app.return_code == 0
    assert lab.session.close() is None
    assert not list((tmp_path / "models").iterdir())
