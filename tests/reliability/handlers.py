"""Every handler of the app, by name; and a tour that comes to them.

A handler is what Textual calls of ours: actions, `on_…`, those decorated with `@on`, workers, and
what draws. `put_in_place` replaces one of them, `tour` uses all that is in the modes that have it.
"""

import asyncio
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from time import monotonic
from types import FunctionType
from typing import Any

import pytest
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

import numrec_tui
from numrec_tui.app import NumrecApp
from numrec_tui.modes.mode import ModeScreen
from numrec_tui.modes.registry import MODES
from tests.reliability.monkey import WHEEL, act

Function = Callable[..., Any]

NAMES = ("action_", "on_", "_on_", "watch_", "_watch_", "compute_", "validate_")
DRAWS = ("render", "render_line", "render_lines")


@dataclass(frozen=True)
class Handler:
    """A method of a class, which Textual calls."""

    owner: type
    name: str

    def __str__(self) -> str:
        return f"{self.owner.__name__}.{self.name}"

    @property
    def function(self) -> FunctionType:
        """The method as it stands in the class."""
        function = vars(self.owner)[self.name]
        assert isinstance(function, FunctionType)
        return function

    @property
    def worker(self) -> Any:
        """The cell that holds what runs in a thread; None unless that is a worker."""
        function = self.function
        is_worker = (
            function.__code__.co_name == "decorated" and "textual" in function.__code__.co_filename
        )
        if not is_worker:
            return None
        return (function.__closure__ or ())[function.__code__.co_freevars.index("method")]


def handlers() -> list[Handler]:
    """All of them, in the order of their names."""
    for module in pkgutil.walk_packages(numrec_tui.__path__, "numrec_tui."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = [
        Handler(owner, name)
        for owner in _below(MessagePump)
        if owner.__module__.startswith("numrec_tui.")
        for name in vars(owner)
        if _is_handler(owner, name)
    ]
    return sorted(found, key=str)


def _below(owner: type) -> set[type]:
    below = set(owner.__subclasses__())
    return below.union(*map(_below, below))


def _is_handler(owner: type, name: str) -> bool:
    function = vars(owner)[name]
    if not isinstance(function, FunctionType):
        return False
    named = name.startswith(NAMES) or name in DRAWS or hasattr(function, "_textual_on")
    return named or Handler(owner, name).worker is not None


def broken(name: str) -> Callable[[Function], Function]:
    """Makes of a handler one that fails."""

    def make(_original: Function) -> Function:
        def fail(*_args: Any, **_options: Any) -> None:
            raise Fault(name)

        return fail

    return make


class Fault(Exception):
    """What a handler raises that was made to fail."""


@contextmanager
def put_in_place(handler: Handler, make: Callable[[Function], Function]) -> Iterator[None]:
    """Within, Textual calls `make(handler)` wherever it would call the handler."""
    original, cell = handler.function, handler.worker
    if cell is not None:
        inner = cell.cell_contents
        cell.cell_contents = make(inner)
        try:
            yield
        finally:
            cell.cell_contents = inner
        return
    with pytest.MonkeyPatch.context() as patch:
        replacement = wraps(original)(make(original))
        patch.setattr(handler.owner, handler.name, replacement)
        for listed in vars(handler.owner).get("_decorated_handlers", {}).values():
            for place, (function, selectors) in enumerate(listed):
                if function is original:
                    patch.setitem(_Places(listed), place, (replacement, selectors))
        yield


class _Places(dict[int, Any]):
    """A list as pytest can patch it."""

    def __init__(self, listed: list[Any]) -> None:
        super().__init__(enumerate(listed))
        self._listed = listed

    def __setitem__(self, place: int, value: Any) -> None:
        super().__setitem__(place, value)
        self._listed[place] = value


LONGEST = 10.0
"""Seconds for a handler to end the app once it was called."""


async def tour(pilot: Pilot[None], wanted: Handler) -> None:
    """Open the modes that have a handler, press its keys, click; at last let Textual call it.

    It is over when the handler has ended the app.
    """
    app = pilot.app
    assert isinstance(app, NumrecApp)
    node: MessagePump = app
    for number, mode in enumerate(MODES.values(), 1):
        if mode.screen.endswith(f":{wanted.owner.__name__}") or await _has(app, number, wanted):
            await act(app, ["size 140 40", str(number), "rest", "tab", "rest"])
            await _press(app, wanted.name.removeprefix("action_"))
            if not wanted.name.startswith("action_"):
                await _point(app)
            nodes = [app, app.screen, *app.screen.walk_children()] if is_open(app) else []
            node = next((each for each in nodes if isinstance(each, wanted.owner)), node)
    if is_open(app):
        call = getattr(node, wanted.name) if isinstance(node, wanted.owner) else wanted.function
        node.call_next(call)
        await act(app, ["rest"])
    end = monotonic() + LONGEST
    while is_open(app):  # a thread may be at it
        assert monotonic() < end, f"{wanted} has not ended the app"
        await asyncio.sleep(0.02)


async def _has(app: NumrecApp, number: int, wanted: Handler) -> bool:
    """Whether a mode has what a handler belongs to; what no mode has may be anywhere."""
    if issubclass(wanted.owner, Screen):
        is_mode = issubclass(wanted.owner, ModeScreen)
        return not is_mode or bool(wanted.owner.__subclasses__())
    await act(app, [str(number), "rest"])
    nodes = [app, *app.screen.walk_children()] if is_open(app) else []
    return any(isinstance(node, wanted.owner) for node in nodes)


async def _press(app: NumrecApp, action: str) -> None:
    """Press the keys of an action, in whatever part of the mode they work."""
    for _ in range(4):
        bindings = list(app.screen.active_bindings.items()) if is_open(app) else []
        for key, (_node, binding, _enabled, _tooltip) in bindings:
            if binding.action.rpartition(".")[2].partition("(")[0] == action and is_open(app):
                await act(app, [key, "rest"])
                await _use_what_opened(app)
        await act(app, ["tab", "rest"])


async def _use_what_opened(app: NumrecApp) -> None:
    """Use a dialog or a field that has opened, and leave it."""
    if is_open(app) and isinstance(app.screen, ModalScreen):
        await act(app, ["down", "rest", "3", "enter", "rest"])
    for _ in range(2):
        if is_open(app) and (isinstance(app.screen, ModalScreen) or isinstance(app.focused, Input)):
            await act(app, ["3", "enter", "rest", "escape", "rest"])


async def _point(app: NumrecApp) -> None:
    """Click here and there, and turn the wheel."""
    width, height = app.size
    for y in range(2, height, 9):
        for x in range(8, width, 28):
            await act(app, [f"click {x} {y}", "rest"])
            await _use_what_opened(app)
    places = [(x, y) for x in (8, width // 2, width - 10) for y in (9, height - 6)]
    await act(app, [f"wheel {x} {y} {way}" for x, y in places for way in WHEEL] + ["rest"])


def is_open(app: NumrecApp) -> bool:
    """Whether there still is an app to use."""
    return app.is_running and app._exception is None and not app._exit and bool(app.screen_stack)
