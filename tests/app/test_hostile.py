"""Every mode over a home in which everything is hostile: the screen shows it, and obeys nothing."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from textual.content import Content
from textual.pilot import Pilot

from numrec_tui.app import NumrecApp
from numrec_tui.charts.picture import Curve, Picture
from numrec_tui.charts.svg import to_svg
from numrec_tui.history.history import History
from numrec_tui.modes.registry import MODES
from numrec_tui.session.config import SessionConfig
from numrec_tui.session.session import Session
from numrec_tui.storage.exports import write
from tests import hostile, scripted
from tests.screens.settled import settled

KEYS = {
    "train": ["question_mark", "escape", "p", "escape", "e", "f1", *"[red]", "escape"],
    "digits": ["c", "enter", "escape", "slash", "escape", "v", "v", "greater_than_sign"],
    "draw": [],
    "network": ["o", "v", "v"],
    "learn": ["e", *"[red]", "enter", "escape", "k", "y", "right", "tab", "e", *"[red]", "enter"],
    "runs": ["enter", "m", "slash", *"[red]", "enter", "question_mark", "escape"],
}
"""What is pressed in each mode, to see its other sides."""


@pytest.fixture
def session(home: Path):
    """A session over hostile data, in a hostile home, that has failed with a hostile reason."""
    hostile.home(home)
    found = scripted.drawn_set()
    names = tuple(f"{place}{hostile.NAME}" for place in range(10))
    for part in (found.train, found.test):
        object.__setattr__(part, "class_names", names)
    object.__setattr__(found, "name", hostile.NAME)
    made = Session(SessionConfig(
        found, scripted.settings(), home / hostile.FILE, scripted.play(scripted.epochs(3)),
        source=str(home / hostile.FILE), history=History(home / "history.db"),
    ))  # fmt: skip
    yield made
    made.close()


def check(app: NumrecApp) -> str:
    """What the screen shows, after a look at every cell of it."""
    update = app.screen._compositor.render_strips(app.size)
    for strip in update:
        for text, style, _ in strip:
            assert text.isprintable(), repr(text)
            assert style is None or not style.link, style
            click = style.meta.get("@click") if style else None
            assert click != "app.quit", (text, style.meta)
    return "\n".join(strip.text for strip in update)


@pytest.mark.parametrize("mode", [mode.name for mode in MODES.values()])
@pytest.mark.short("digits")
async def test_a_mode_over_a_hostile_home(session, home, mode):
    app = NumrecApp(session, home / "preferences.toml")
    async with app.run_test(size=(120, 34)) as pilot:
        app.notify(hostile.NAME, title=hostile.NAME)
        session.start()
        await settled(pilot)
        await _look(pilot, mode)
        if mode == "runs":
            assert "[red]r[/]" in check(app)


async def _look(pilot: Pilot[None], mode: str) -> None:
    app = pilot.app
    assert isinstance(app, NumrecApp)
    await app.action_mode(mode)
    for key in ["", *KEYS[mode]]:
        await pilot.press(*filter(None, [key]))
        await settled(pilot)
        check(app)
    assert app.mode is not None
    assert app.mode.name_of_mode == mode
    app.action_screenshot()
    [picture] = (app._preferences_file.parent / "exports").glob("*.svg")
    text = picture.read_text()
    assert text.replace("\n", "").isprintable()
    ElementTree.fromstring(text)  # noqa: S314 - our own


def test_a_chart_of_hostile_names_is_a_picture_in_xml(tmp_path):
    curve = Curve(hostile.NAME, (0.0, 1.0), (0.5, 0.7))
    picture = Picture((curve,), title=hostile.NAME, note=hostile.NAME, x_label=hostile.NAME)
    [file] = write(tmp_path, "chart", {".svg": to_svg([picture], hostile.NO_TEXT)})
    ElementTree.fromstring(file.read_text())  # noqa: S314 - our own
    assert file.read_text().replace("\n", "").isprintable()


def test_no_text_from_outside_is_put_together_with_markup():
    """Escaping does not help: Textual's leaves some of it, such as a backslash at the end."""
    used = [
        f"{path}: {line.strip()}"
        for path in Path(__file__).parents[2].glob("numrec_tui/**/*.py")
        for line in path.read_text().splitlines()
        if "import escape" in line and "html" not in line
    ]
    assert all("presets" in line for line in used), used
    assert Content.from_markup("[b]$name[/]", name=hostile.MARKUP).plain == hostile.MARKUP
