"""What a widget has drawn goes when the widget goes."""

import gc
from weakref import ref

from textual._styles_cache import StylesCache
from textual.widgets import Static

from numrec_tui.widgets.drawn_lines import forget_with_widgets
from tests.screens.settled import settled


async def test_the_lines_of_widgets_that_are_gone_are_not_kept(opened):
    lab = opened()
    async with lab.app.run_test(size=(80, 24)) as pilot:
        await lab.until(pilot, lambda report: report.state == "ready")
        lines = [await shown_for_a_moment(pilot) for _ in range(8)]
        gc.collect()
        kept = sum(each() is not None for each in lines)
        assert kept < len(lines) / 2, "the screen may know where the last ones stood, no more"


async def shown_for_a_moment(pilot):
    notice = Static("soon gone")
    await pilot.app.screen.mount(notice)
    await settled(pilot)
    await notice.remove()
    await settled(pilot)
    return ref(notice._styles_cache)


def test_to_ask_for_it_twice_changes_nothing_more():
    forget_with_widgets()
    once = StylesCache.__dict__["get_inner_outer"]
    forget_with_widgets()
    assert StylesCache.__dict__["get_inner_outer"] is once
