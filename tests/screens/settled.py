"""How tests of the screen wait: for something by its name, never for a time; or they fail.

`painted`: all messages were handled, and what follows from them is on the screen.
`settled`: and nobody works on anything that is still to be shown.
`until`: something a test names is so.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from time import monotonic
from typing import TypeVar

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

from numrec_tui import clock
from tests import scripted
from tests.screens.hand_clock import HandClock

Found = TypeVar("Found")

PATIENCE = 30.0
"""Seconds after which what has not come will not come, however busy the machine is."""

HEARTBEAT = 0.003
"""Seconds between two looks at what threads are doing."""


async def painted(app: App[object]) -> None:
    """Wait until every message was handled and the screen shows what follows from it.

    A script stands still meanwhile, or on a slow machine its reports would never come to an end.

    Raises:
        AssertionError: that does not happen; says who is busy.
    """
    scripted.GATE.clear()
    try:
        await _nobody(app, _painting)
    finally:
        scripted.GATE.set()
    if any(_leaving(app)):  # the session answers, now that its script goes on
        await _nobody(app, lambda app: chain(_leaving(app), _painting(app)))


async def settled(pilot: Pilot[None]) -> None:
    """Wait until the app shows all it knows: nobody works, draws, or has a note to read.

    A run that trains may go on; and what a test's clock has yet to call may wait for that.

    Raises:
        AssertionError: that does not happen; says who is busy.
    """
    await _nobody(pilot.app, lambda app: chain(_working(app), _painting(app)))


async def rested(pilot: Pilot[None]) -> None:
    """Turn the clock until nothing waits for it any more, and all is settled.

    Raises:
        AssertionError: that does not happen; says who is busy.
    """
    hand, end = hand_clock(), monotonic() + PATIENCE
    await settled(pilot)
    while hand.alarms:
        assert monotonic() < end, f"waits for the clock for ever: {hand.alarms}"
        hand.turn_to_next()
        await settled(pilot)


async def until(
    pilot: Pilot[None],
    condition: Callable[[], Found],
    tell: Callable[[], object] = lambda: "",
) -> Found:
    """Wait until a condition holds; returns what the condition gave.

    The clock goes on: as on the wall while a run trains, else to what happens next.
    tell: what to say if it never holds.

    Raises:
        AssertionError: it does not come to hold; says who is busy.
    """
    app, hand, last = pilot.app, hand_clock(), monotonic()
    end = last + PATIENCE
    while True:
        await painted(app)
        if found := condition():
            return found
        if not _runs(app) or monotonic() > end:
            busy = ", ".join(map(str, _working(app))) or "nobody is busy"
            state = "" if _runs(app) else "the app is over; "
            raise AssertionError(f"never so: {_source(condition)}; {state}{busy}. {tell()}")
        await asyncio.sleep(HEARTBEAT)
        last, before = monotonic(), last
        if _trains(app):
            hand.turn(last - before)
        else:
            hand.turn_to_next()


def hand_clock() -> HandClock:
    """The clock of the test."""
    assert isinstance(clock.current, HandClock)
    return clock.current


async def _nobody(app: App[object], busy: Callable[[App[object]], Iterable[object]]) -> None:
    """Wait until nobody is busy; a screen that has to be drawn is drawn at once."""
    end = monotonic() + PATIENCE
    while any(True for _ in busy(app)) and (_runs(app) or _ready()):
        assert monotonic() < end, f"still busy: {', '.join(map(str, busy(app)))}"
        if _ready():
            await asyncio.sleep(0)
            continue
        if any(_undrawn(app)):
            app.screen._on_timer_update()  # as pilot.pause does
        await asyncio.sleep(0 if _ready() else HEARTBEAT)


def _working(app: App[object]) -> Iterator[object]:
    """Those who may still send something to be shown."""
    for worker in app.workers:
        if not worker.is_finished:
            yield f"worker {worker.name or worker.description}"
    busy = getattr(app, "busy", None)  # ours knows; one with a widget alone does not
    if busy:
        yield busy


def _leaving(app: App[object]) -> Iterator[str]:
    """What is waited for before an app that somebody wants to leave is left."""
    departure = getattr(app, "_departure", None)  # ours has one
    if departure is not None and departure.busy:
        yield departure.busy


def _painting(app: App[object]) -> Iterator[object]:
    """What the app's own thread has yet to do."""
    yield from _undrawn(app)
    yield from _ready()


def _undrawn(app: App[object]) -> Iterator[str]:
    """What is to be laid out or drawn before the screen is up to date."""
    if not _runs(app):
        return
    if app._resize_event is not None:
        yield "the new size of the window"
    if app._batch_count:
        yield "a batch of updates"
    screen: Screen[object] = app.screen
    for what in ("_layout_required", "_scroll_required", "_repaint_required",
                 "_recompose_required", "_dirty_widgets", "_callbacks"):  # fmt: skip
        if getattr(screen, what):
            yield f"{screen!r}.{what}"


def _ready() -> list[asyncio.Handle]:
    """What the event loop is about to run: messages, and all that came from threads.

    Whoever asks runs at the moment, so it is all the others.
    """
    return [each for each in asyncio.get_running_loop()._ready.copy() if not each.cancelled()]


def _runs(app: App[object]) -> bool:
    """Whether there is a screen that will be drawn."""
    return app.is_running and app._exception is None and not app._exit and bool(app.screen_stack)


def _trains(app: App[object]) -> bool:
    """Whether there is a run that goes on by itself."""
    report = getattr(getattr(app, "mode", None), "report", None)
    return report is not None and report.state == "training"


def _source(condition: Callable[[], object]) -> str:
    code = getattr(condition, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else repr(condition)
