"""What every test relies on: an environment that is always the same, and MNIST where it is."""

import gc
import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from engine.data import catalog
from engine.data.dataset import DataSet
from tests import alone, long

gc.set_threshold(20_000, 50, 100)
"""Opening an app makes so many objects that Python looked for garbage a seventh of the time."""

settings.register_profile("steady", derandomize=True, deadline=None, database=None)
settings.load_profile("steady")


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: tests of the screen wait for a fifth of their time."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Generator[None, None, None]:
    """What is long is known before it is chosen; what is to run alone comes last."""
    by_name = alone.named(config) or any("::" in each for each in config.args)
    long.mark(items, whole=not by_name)
    yield
    alone.hold_back(config, items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker is gone."""
    alone.remember(node.config, getattr(node, "workeroutput", {}))


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """When all workers are gone, the tests that are to run alone run here."""
    gc.collect()
    gc.freeze()  # modules and tests stay; each look through them took a tenth of a second
    result = yield
    alone.run(session)
    return result


@pytest.fixture(autouse=True)
def no_color_or_theme_of_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of the screen look the same whatever the person running the tests likes."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("TEXTUAL_THEME", raising=False)


@pytest.fixture(autouse=True)
def no_animation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing on the screen is half way to somewhere when a test looks."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    constants = sys.modules.get("textual.constants")  # read once, when Textual was imported
    if constants is not None:
        monkeypatch.setattr(constants, "TEXTUAL_ANIMATIONS", "none")


@pytest.fixture(autouse=True)
def reports_wait_for_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """No run outruns a screen that a test waits for: on a busy machine it would never be done."""
    program = sys.modules.get("numrec_tui.app")
    if program is None:
        return
    from tests import scripted

    for name in ("_hand_on", "_hand_on_view"):
        hand_on = getattr(program.NumrecApp, name)
        monkeypatch.setattr(program.NumrecApp, name, scripted.held(hand_on))


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The program keeps its files in the test's own folder, never in the person's."""
    monkeypatch.setenv("NUMREC_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="session")
def mnist() -> DataSet:
    """Real MNIST, from the folder that NUMREC_MNIST names."""
    folder = os.environ.get("NUMREC_MNIST")
    if not folder:
        pytest.skip("NUMREC_MNIST is not set; it names a folder with the four MNIST files")
    if not Path(folder).is_dir():
        pytest.skip(f"NUMREC_MNIST names {folder}, and there is no such folder")
    return catalog.load(Path(folder))
