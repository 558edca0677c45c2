"""The keys that work now, as the help page and the palette list them."""

from collections.abc import Iterable

from textual.app import App
from textual.binding import Binding

from numrec_tui.modes.registry import MODES


def active_bindings(app: App[None]) -> Iterable[Binding]:
    """Each thing that can be done here by a key of ours, once, in the order of declaration."""
    listed = set()
    for active in app.screen.active_bindings.values():
        binding = active.binding
        if active.enabled and binding.id and binding.description not in listed:
            listed.add(binding.description)
            yield binding


def active_keys(app: App[None]) -> Iterable[tuple[str, str, str]]:
    """The lines of the help page: a key, what it does, and its name among the preferences."""
    for binding in active_bindings(app):
        what = binding.tooltip or binding.description
        yield app.get_key_display(binding), what, binding.id or ""
    if app.current_mode == next(iter(MODES)):
        what = "The next panel; the arrow keys turn a knob, read the chart, change the digit"
        yield "tab", what, ""
