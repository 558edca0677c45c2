"""`o` in Draw opens a photographed sheet as data to learn from."""

from pathlib import Path

from engine.data.catalog import load
from engine.data.sheet.page import new_layout
from tests import scripted
from tests.modes.draw.test_draw_screen import NORMAL, draw_mode, over, told, type_path
from tests.screens.settled import until
from tests.sheets import drawings, filled

__all__ = ["over"]
NAMES = ("heart", "star", "ring")


def photograph(path: Path, names=NAMES) -> Path:
    layout = new_layout(names, 12, "a4")
    filled(layout, names, drawings(layout, 4)).reduce(3).save(path)
    return path


async def test_a_photographed_sheet_is_kept_and_learned_from(over, home, tmp_path):
    path = photograph(tmp_path / "my page.png")
    lab = over(scripted.drawn_set(), hidden=(8,))
    async with lab.app.run_test(size=NORMAL) as pilot:
        await draw_mode(lab, pilot)
        await type_path(pilot, path)
        await until(pilot, lambda: lab.app.mode.report.data == "drawings-my-page")
        await until(pilot, lambda: told(lab))
        folder = home / "drawings-my-page"
        said = (
            f"my page.png: a sheet with 36 drawings of 3 classes, kept in {folder} to learn from."
        )
        assert told(lab) == [said]
        assert load(folder).class_names == ("heart", "ring", "star")
        assert [path for path in folder.iterdir() if path.stat().st_mode & 0o077] == []
