"""What opens over a screen closes once, whatever is pressed or clicked twice in one burst."""

from collections.abc import Callable

import pytest
from rich.style import Style
from textual import events
from textual.command import CommandList
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import OptionList, Static

from numrec_tui.widgets.dialog import Dialog, Palette
from tests.screens.fixtures import Opened
from tests.screens.settled import settled, until

Opener = Callable[..., Opened]

CHARACTERS = {"enter": "\r", "escape": "\x1b", "space": " ", "question_mark": "?"}


async def burst(pilot: Pilot[None], *keys: str) -> None:
    """Press keys as a terminal hands them on that got all of them in one write."""
    for key in keys:
        pilot.app.post_message(events.Key(key, CHARACTERS.get(key, key)))
    await settled(pilot)


def is_unharmed(opened: Opened) -> bool:
    """Whether a mode is in front, and the app runs."""
    return opened.app.is_running and opened.app.screen is opened.app.mode


@pytest.mark.parametrize(
    ("opens", "keys"),
    [
        ("p", ("enter", "enter")),
        ("p", ("escape", "escape")),
        ("t", ("enter", "enter")),
        ("t", ("escape", "escape")),
        ("question_mark", ("enter", "enter")),
        ("question_mark", ("enter", "escape")),
        ("ctrl+p", ("escape", "escape")),
    ],
)
@pytest.mark.short("p-keys0", "ctrl+p")
async def test_keys_that_close_a_dialog_twice_close_it_once(
    opened: Opener, opens: str, keys: tuple[str, str]
) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(opens)
        await settled(pilot)
        assert isinstance(lab.app.screen, Dialog | Palette)
        await burst(pilot, *keys)
        assert is_unharmed(lab)


async def test_a_drawing_is_kept_once_when_its_digit_is_chosen_twice(opened: Opener) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("3", "enter", "down", "down", "enter", "d")
        await settled(pilot)
        assert isinstance(lab.app.screen, Dialog)
        await burst(pilot, "3", "3", "enter")
        assert lab.app.is_running


async def test_a_double_click_on_a_preset_takes_it_once(opened: Opener) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("p")
        await settled(pilot)
        options = lab.app.screen.query_one(OptionList)
        x, y = options.region.x + 3, options.region.y + 1
        for _ in range(2):
            for kind in (events.MouseDown, events.MouseUp):
                lab.app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
        await settled(pilot)
        assert is_unharmed(lab)


async def test_an_entry_of_the_palette_chosen_twice_is_done_once(opened: Opener) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        done = []
        lab.app._session.use_preset = done.append  # type: ignore[method-assign]
        await pilot.press("ctrl+p", *"preset fast")
        await settled(pilot)
        entries = lab.app.screen.query_one(CommandList)
        await pilot.press("down")
        assert entries.highlighted is not None
        await burst(pilot, "enter", "enter", "enter")
        assert done == ["fast"]
        assert is_unharmed(lab)


async def palette_of(lab: Opened, pilot: Pilot[None]) -> Screen[object]:
    """The command palette, opened."""
    await settled(pilot)
    await pilot.press("ctrl+p")
    await settled(pilot)
    return lab.app.screen


async def test_two_clicks_beside_the_palette_close_it_once(opened: Opener) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        palette = await palette_of(lab, pilot)
        for _ in range(2):
            palette.post_message(events.Click(palette, 0, 23, 0, 0, 1, False, False, False, 0, 23))
        await settled(pilot)
        assert is_unharmed(lab)


async def test_a_palette_opens_while_the_one_before_is_being_taken_down(opened: Opener) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        before = await palette_of(lab, pilot)
        assert isinstance(before, Palette)
        before.dismiss()
        lab.app.action_command_palette()
        await settled(pilot)
        assert isinstance(lab.app.screen, Palette)
        assert lab.app.screen is not before


async def test_a_click_on_what_is_gone_but_drawn_still_does_nothing(opened: Opener) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        gone = Static("gone")
        await lab.app.screen.mount(gone)
        await settled(pilot)
        x, y = gone.region.offset
        gone._detach()
        lab.app.screen._forward_event(
            events.MouseDown(None, x, y, 0, 0, 1, False, False, False, x, y)
        )
        gone._attach(lab.app.screen)
        await settled(pilot)
        assert is_unharmed(lab)


async def test_a_click_where_the_window_ends_by_now_closes_the_palette(opened: Opener) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        palette = await palette_of(lab, pilot)
        await pilot.resize_terminal(20, 8)
        palette.post_message(events.Click(palette, 36, 10, 0, 0, 1, False, False, False, 36, 10))
        await settled(pilot)
        assert is_unharmed(lab)


async def test_what_the_palette_would_say_later_is_not_said_once_its_list_is_gone(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its timers end after that; "No matches found" would be written into a list that is gone."""
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        palette = await palette_of(lab, pilot)
        assert isinstance(palette, Palette)
        await pilot.press(*"nosuchcommand")
        timer = await until(pilot, lambda: palette._no_matches_timer)
        rung = []

        async def ring(_palette: Palette) -> None:
            rung.append(palette.query(CommandList))
            await timer._tick(next_timer=0, count=1)
            palette._list_visible = not palette._list_visible

        monkeypatch.setattr(Palette, "on_unmount", ring, raising=False)
        await pilot.press("escape")
        await settled(pilot)
        assert [list(lists) for lists in rung] == [[]]
        assert is_unharmed(lab)


@pytest.mark.parametrize("opens", ["ctrl+p", "p"])
async def test_a_click_on_a_line_that_is_gone_does_nothing(opened: Opener, opens: str) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(opens)
        await settled(pilot)
        lines = lab.app.screen.query_one(OptionList)
        style = Style(meta={"option": lines.option_count})
        lines.post_message(
            events.Click(lines, 3, 1, 0, 0, 1, False, False, False, 3, 1, style=style)
        )
        await settled(pilot)
        assert lab.app.is_running


@pytest.mark.parametrize("key", ["pagedown", "pageup"])
@pytest.mark.parametrize("opens", ["ctrl+p", "p"])
@pytest.mark.short("ctrl+p-pagedown")
async def test_paging_through_a_list_that_has_lost_its_room_does_nothing(
    opened: Opener, opens: str, key: str
) -> None:
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(opens, "down")
        await settled(pilot)
        for size in ((80, 4), (80, 2), (2, 24), (1, 1)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            await pilot.press(key)
            await settled(pilot)
        assert lab.app.is_running
