"""Every mode and every dialog at every size of the window, and windows that change in a storm."""

from collections.abc import Callable

import pytest
from textual import events, messages
from textual.app import App
from textual.geometry import Size
from textual.screen import Screen

from numrec_tui.modes.registry import MODES
from numrec_tui.widgets.sized_screen import SizedScreen
from tests.screens.fixtures import Opened
from tests.screens.settled import settled

Opener = Callable[..., Opened]

STORM = [(80, 24), (3, 3), (4, 3), (149, 78), (100, 32), (224, 70), (83, 20)]
SIZES = [(1, 1), (4, 3), (80, 4), (300, 100), (2, 30)]
PAGING = ("pagedown", "pageup", "end", "home", "down", "up", "left", "right")
OPENS = [*(str(number) for number in range(1, len(MODES) + 1)), "question_mark", "p", "ctrl+p"]


def resize(app: App[object], size: tuple[int, int]) -> None:
    """As a terminal tells it."""
    app.post_message(events.Resize(Size(*size), Size(*size)))


def press(app: App[object], *keys: str) -> None:
    """As a terminal hands on keys that come in one burst."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


@pytest.mark.parametrize("opens", OPENS)
@pytest.mark.short("[1]", "[p]")
async def test_everything_shows_at_every_size_and_takes_keys(opens, opened):
    lab: Opened = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        press(lab.app, opens)
        await settled(pilot)
        for size in SIZES:
            resize(lab.app, size)
            press(lab.app, *PAGING)  # some of them before it is laid out
            await settled(pilot)
            assert lab.app.screen.size == Size(*size)


@pytest.mark.parametrize("mode", [mode.name for mode in MODES.values()])
@pytest.mark.short("draw")
async def test_the_app_opens_in_the_smallest_window_and_q_leaves(mode, opened):
    lab: Opened = opened()
    async with lab.app.run_test(size=(1, 1)) as pilot:
        await lab.app.action_mode(mode)
        await settled(pilot)
        press(lab.app, "q")
        await lab.app._task
    assert lab.app.exit_code == 0


@pytest.mark.parametrize("opens", ["1", "2", "question_mark", "p"])
@pytest.mark.short("[1]", "[p]")
async def test_a_storm_of_sizes_comes_to_rest_at_the_last_one(opens, opened):
    lab: Opened = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        press(lab.app, opens)
        await settled(pilot)
        for size in STORM:
            now = Size(*size)
            lab.app._size = now
            lab.app.screen.post_message(events.Resize(now, now))
            lab.app.screen.post_message(messages.Layout(lab.app.screen))  # a panel that changed
        await settled(pilot)
        assert lab.app.screen.size == Size(*STORM[-1])


def subclasses(kind: type) -> set[type]:
    return {each for one in kind.__subclasses__() for each in (one, *subclasses(one))}


def test_every_screen_of_ours_takes_up_the_size_of_now():
    ours = {one for one in subclasses(Screen) if one.__module__.startswith("numrec_tui")}
    assert len(ours) > 10
    assert all(issubclass(one, SizedScreen) for one in ours)
