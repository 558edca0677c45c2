"""Which keys a person may give to which bindings."""

import unicodedata
from collections.abc import Iterator, Mapping, Set
from contextlib import suppress

from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from numrec_tui.modes.registry import MODES, ModeError

FIXED = {"app.palette": "ctrl+p", "app.quit_anywhere": "ctrl+q"}
"""Keys that stay as they are, by what has them."""


def key_name(key: str) -> str:
    """How Textual calls a key that a person writes: "?" is "question_mark", "F5" is "f5"."""
    if len(key) > 1:
        return key.lower()
    if key.isalnum():
        return key
    name = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


NAMED = {key.value for key in Keys} | {key_name(chr(code)) for code in range(33, 127)}
"""Keys with a name, such as f5, ctrl+left, or plus."""

UNUSABLE = {"ctrl+h": "backspace", "ctrl+i": "tab", "ctrl+m": "enter", "ctrl+j": "enter"}
"""Keys that a terminal cannot tell from others."""


def checked(keys: Mapping[str, str], app: type[DOMNode]) -> tuple[dict[str, str], list[str]]:
    """Those keys that can be used, and in sentences why the others cannot.

    app: whose bindings there are, besides those of all modes and their widgets.
    """
    if not keys:
        return {}, []
    usual = binding_keys(app)
    keys = {name: key_name(key) for name, key in keys.items()}
    good: dict[str, str] = {}
    problems = []
    for name, key in keys.items():
        others = {other: usual[other] for other in usual if other not in keys}
        others |= FIXED | good
        problem = _problem(name, key, usual) or _clash(name, key, others)
        if problem:
            problems.append(problem)
        else:
            good[name] = key
    return good, problems


def _problem(name: str, key: str, usual: Mapping[str, str]) -> str | None:
    if name not in usual:
        return f"There is nothing called {name!r} to give a key to; the help page lists all."
    if key in UNUSABLE:
        return f"{key} cannot be told from {UNUSABLE[key]}; choose another key for {name}."
    if len(key) > 1 and key not in NAMED:
        return f"There is no key {key!r}, so {name} keeps its own."
    return None


def _clash(name: str, key: str, others: Mapping[str, str]) -> str | None:
    for other, taken in others.items():
        if key in map(key_name, taken.split(",")) and _meet(other, name):
            return f"{key} is the key of {other}, so {name} keeps its own."
    return None


def binding_keys(app: type[DOMNode]) -> dict[str, str]:
    """The usual key of every binding with an id, by the id."""
    packages = {mode.package for mode in MODES.values()}
    for mode in MODES.values():
        with suppress(ModeError):  # which is reported when it is opened
            mode.screen_class()  # once it is imported its classes are known
    found: dict[str, str] = {}
    for node in (app, *_ours(DOMNode, packages)):
        for binding in node.__dict__.get("BINDINGS", ()):
            if isinstance(binding, Binding) and binding.id:
                found[binding.id] = binding.key
    return found


def _ours(kind: type[DOMNode], packages: Set[str]) -> Iterator[type[DOMNode]]:
    for below in kind.__subclasses__():
        if f"{below.__module__}.".startswith(tuple(packages)):
            yield below
        yield from _ours(below, packages)


def _meet(one: str, other: str) -> bool:
    """Whether two bindings may be at work at once: those of one place, or of the whole app."""
    scopes = {one.partition(".")[0], other.partition(".")[0]}
    return len(scopes) == 1 or "app" in scopes or scopes == {"train", "knob"}
