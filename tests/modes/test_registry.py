"""A mode of another package opens by its key; one that is broken is told, and the others work."""

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import numrec_tui.modes
from numrec_tui.modes.registry import KEYS, MODES, Mode, keyed
from tests.plug_ins import ROOT, environment, install

HELLO = """
from numrec_tui.modes.registry import mode

mode("hello", "Hello", "Says hello", "hello_mode.screen:HelloScreen")
"""

SCREEN = """
from textual.binding import Binding
from textual.widgets import Static
from numrec_tui.modes.mode import ModeScreen

class HelloScreen(ModeScreen):
    name_of_mode = "hello"
    BINDINGS = [Binding("w", "wave", "Wave", id="hello.wave", tooltip="Wave a hand")]

    def panels(self):
        yield Static("Hello, digits", id="said")

    def show_report(self, report):
        self.query_one("#said", Static).update(f"Hello, {report.data}")

    def action_wave(self):
        self.notify("Goodbye")
"""

VISIT = """
import asyncio, sys
from pathlib import Path
from textual.widgets import Static
from numrec_tui.app import NumrecApp
from numrec_tui.modes.keymap import checked
from numrec_tui.modes.registry import problems
from tests import scripted
from tests.screens.settled import settled

NumrecApp.NOTIFICATION_TIMEOUT = 3600  # on a slow machine they were gone before they were read
session = scripted.session(Path("models"), [])

async def visit():
    app = NumrecApp(session, notices=problems())
    async with app.run_test(size=(120, 34), notifications=True) as pilot:
        for keys in sys.argv[1].split("-"):
            await pilot.press(*keys)
            await settled(pilot)
            said = [str(each.render()) for each in app.screen.query("#said").results(Static)]
            bar = str(app.mode.query("TopBar > #modes").first(Static).render())
            print(app.current_mode, *said, bar, sep=" | ")
        for notice in app._notifications:
            print(notice.message)
    print(*checked({"hello.wave": "f5"}, NumrecApp))

asyncio.run(visit())
session.close()
"""


@pytest.fixture
def visit(tmp_path: Path) -> Callable[[dict[str, str], str], list[str]]:
    """Open the app where a package adds a mode, press keys; what was seen, a line each."""
    site = tmp_path / "site"

    def opened(files: dict[str, str], keys: str) -> list[str]:
        inside = {f"hello_mode/{name}": text for name, text in files.items()}
        install(site, "hello_mode", inside, "numrec.app")
        done = subprocess.run(
            [sys.executable, "-c", VISIT, keys], capture_output=True, text=True, check=False,
            env=environment(site, tmp_path), cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return opened


def test_a_mode_of_another_package_opens_by_its_key_and_has_keys_of_its_own(visit) -> None:
    opened, waved, back, *notices, keys = visit(
        {"__init__.py": HELLO, "screen.py": SCREEN}, "7-w-1"
    )
    assert opened.startswith("hello | Hello, ")
    assert "5 Runs" in opened
    assert "7 Hello" in opened
    assert waved.startswith("hello")
    assert back.startswith("train")
    assert notices == ["Goodbye"]
    assert keys == "{'hello.wave': 'f5'} []"  # a person may choose another


@pytest.mark.parametrize(
    ("screen", "why"),
    [
        ("raise RuntimeError('no such luck')", "RuntimeError: no such luck"),
        ("", "AttributeError: module 'hello_mode.screen' has no attribute 'HelloScreen'"),
        (
            SCREEN.replace('"hello"', '"hello"\n    def __init__(self, session): 1 / 0', 1),
            "ZeroDivisionError: division by zero",
        ),
    ],
    ids=["raises", "is-empty", "cannot-be-made"],
)
@pytest.mark.short("[raises]")
def test_a_mode_that_cannot_be_opened_is_told_and_the_others_open(
    visit, screen: str, why: str
) -> None:
    stayed, other, *notices, _ = visit({"__init__.py": HELLO, "screen.py": screen}, "7-3")
    assert stayed.startswith("train")
    assert other.startswith("draw")
    assert notices == [f"The mode Hello cannot be opened: {why}."]


@pytest.mark.long
def test_a_package_that_cannot_be_imported_adds_no_mode_and_is_told(visit) -> None:
    stayed, other, *notices, _ = visit({"__init__.py": "import no_such_module"}, "7-3")
    assert stayed.startswith("train")
    assert "Hello" not in stayed
    assert other.startswith("draw")
    assert notices == [
        "The plug-in hello_mode of hello_mode cannot be used and is left out: "
        "ModuleNotFoundError: No module named 'no_such_module'."
    ]


def test_every_folder_of_modes_is_a_mode_and_stands_in_the_contract() -> None:
    folder = Path(numrec_tui.modes.__file__ or "").parent
    ours = [mode.name for mode in MODES.values() if mode.is_ours]
    assert sorted(ours) == sorted(path.parent.name for path in folder.glob("*/screen.py"))
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    [layers] = [
        each["layers"]
        for each in contracts["contracts"]
        if each["name"] == "The modes are independent of each other"
    ]
    [line] = [layer for layer in layers if "train" in layer.split(" | ")]
    assert set(ours) <= set(line.replace("(", "").replace(")", "").split(" | "))


@pytest.mark.parametrize("mode", MODES.values(), ids=list(MODES))
def test_a_mode_names_itself_as_it_is_registered(mode: Mode) -> None:
    assert getattr(mode.screen_class(), "name_of_mode") == mode.name  # noqa: B009 - a Screen


def test_the_first_nine_modes_have_keys() -> None:
    assert [key for key, _ in keyed()] == list(KEYS[: len(MODES)])
