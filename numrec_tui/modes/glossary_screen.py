"""The glossary over a mode: the word under the cursor explained, the others in a list beside it."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from numrec_tui.lessons.glossary import Entry, search
from numrec_tui.widgets.dialog import Dialog, Options
from numrec_tui.widgets.field import Field

NOTHING = "No entry has these words."


class GlossaryScreen(Dialog[None]):
    """A list of words and what one of them means; what is typed searches them.

    entries: in the order in which they are listed; the first is shown.
    """

    DEFAULT_CSS = """
    GlossaryScreen { align: center middle; }
    GlossaryScreen > Vertical {
        width: 96; max-width: 98%; height: 26; max-height: 98%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    GlossaryScreen Field { margin-bottom: 1; }
    GlossaryScreen Horizontal { height: 1fr; }
    GlossaryScreen Options {
        width: 26; height: 1fr; border: none; padding: 0; background: $surface;
        scrollbar-size-vertical: 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    GlossaryScreen VerticalScroll { width: 1fr; height: 1fr; padding: 0 0 0 2; }
    GlossaryScreen.-narrow Options { width: 20; }
    GlossaryScreen.-narrow VerticalScroll { padding: 0 0 0 1; }
    GlossaryScreen.-short Field { margin-bottom: 0; }
    GlossaryScreen Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1", "dismiss", "Close", show=False, id="glossary.close"),
        Binding("up", "move('cursor_up')", "Word", show=False, id="glossary.up"),
        Binding("down", "move('cursor_down')", "Word", show=False, id="glossary.down"),
        Binding("pageup", "move('page_up')", "Page", show=False, id="glossary.page_up"),
        Binding("pagedown", "move('page_down')", "Page", show=False, id="glossary.page_down"),
    ]

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__()
        self._entries = entries
        self._shown = list(entries)
        self._field = Field("", "type to search")
        self._list = Options()
        self._list.can_focus = False
        self._text = Static(id="entry")

    def compose(self) -> ComposeResult:
        """A field over the list, and beside that the entry."""
        with Vertical() as box:
            box.border_title = "Glossary"
            box.border_subtitle = "↑↓ next word, escape closes"
            yield self._field
            with Horizontal():
                yield self._list
                yield VerticalScroll(self._text, can_focus=False)

    def on_mount(self) -> None:
        """Begin at what the person was looking at; every key is for the field and the list."""
        self._field.focus()
        self._fill()

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        self._shown = search(self._entries, event.value)
        self._fill()

    @on(Input.Submitted)
    def _close(self) -> None:
        self.dismiss()

    def _fill(self) -> None:
        self._list.set_options(Option(Content(entry.name)) for entry in self._shown)
        self._list.highlighted = 0 if self._shown else None
        if not self._shown:
            self._text.update(Content.styled(NOTHING, "$text-muted"))

    @on(OptionList.OptionHighlighted)
    def _show(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_index < len(self._shown):
            self._text.update(in_words(self._shown[event.option_index]))

    async def action_move(self, how: str) -> None:
        """Go up or down the list, by a word or a page."""
        await self._list.run_action(how)


def in_words(entry: Entry) -> Content:
    """An entry: its names, two sentences, the formula, what to turn."""
    others = f" ({', '.join(entry.names[1:])})" if len(entry.names) > 1 else ""
    lines = [
        Content.styled(entry.name, "b $accent") + Content.styled(others, "$text-muted"),
        Content(entry.about),
        Content.styled(entry.formula, "b"),
    ]
    if entry.turn:
        lines.append(Content.styled(entry.turn, "$text-warning"))
    return Content("\n\n").join(lines)
