"""The keys at the foot of a screen: as many as there is room for, help and quit always."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey  # the library exports it nowhere else

ALWAYS = frozenset({"quit", "app.quit", "help"})
"""Actions whose keys are left out last of all."""


class KeyLine(Footer):
    """A footer in which no key is cut: those that do not fit are left out, the rest is in help."""

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)
        self._made_for: list[tuple[Binding, bool, str]] = []
        """The keys that there are, or that are about to be made."""

    def bindings_changed(self, screen: Screen[object]) -> None:
        """Make the keys anew if others work now; that costs more than all else on a screen."""
        active = screen.active_bindings.values()
        shown = [(each.binding, each.enabled, each.tooltip) for each in active if each.binding.show]
        if shown != self._made_for and screen.app.app_focus and screen is self.screen:
            self._made_for = shown
            super().bindings_changed(screen)

    def compose(self) -> ComposeResult:
        """Every key; those there is no room for are hidden until there is.

        Each key watches `compact`, and Textual forgets those that are gone only when that changes:
        so it is told that it has.
        """
        self.mutate_reactive(Footer.compact)
        keys = [key for key in super().compose() if isinstance(key, FooterKey)]
        for key in keys:
            key.set_class(True, "-compact", update=False)  # or each would be styled twice
        self._fit(keys)
        yield from sorted(keys, key=lambda key: key.action in ALWAYS)

    def on_resize(self, event: events.Resize) -> None:
        """Another width, another number of keys."""
        self._fit(list(self.query(FooterKey)))

    def _fit(self, keys: Sequence[FooterKey]) -> None:
        shown = set(fitting([(key.action, _cells(key)) for key in keys], self.size.width))
        for index, key in enumerate(keys):
            key.display = index in shown


def fitting(keys: Sequence[tuple[str, int]], width: int) -> Iterator[int]:
    """The places of the keys that are shown: those in `ALWAYS`, and before them the first few.

    keys: the action and the cells of each, with one cell between two.
    width: cells; 0 while it is not known, when all are shown.
    """
    room = width + 1 - sum(cells + 1 for action, cells in keys if action in ALWAYS)
    for index, (action, cells) in enumerate(keys):
        if action not in ALWAYS:
            room -= cells + 1
        if action in ALWAYS or room >= 0 or not width:
            yield index


def _cells(key: FooterKey) -> int:
    return cell_len(f"{key.key_display} {key.description}")
