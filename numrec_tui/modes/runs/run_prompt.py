"""A line in which something is typed: a question and a field."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label

from numrec_tui.widgets.field import Field


class RunPrompt(Horizontal):
    """Asks one thing at a time, and is hidden while it asks nothing."""

    DEFAULT_CSS = """
    RunPrompt { height: 1; display: none; background: $panel; padding: 0 1; }
    RunPrompt > Label { width: auto; margin-right: 1; color: $text-primary; }
    RunPrompt > Input { width: 1fr; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Cancel")]

    @dataclass
    class Typed(Message):
        """The text has changed; done: and it was entered."""

        what: str
        text: str
        done: bool

    @dataclass
    class Escaped(Message):
        """Nothing is to be entered."""

        what: str

    def __init__(self) -> None:
        super().__init__()
        self.what = ""
        self._question = Label(markup=False)
        self._field = Field(select_on_focus=False)

    def compose(self) -> ComposeResult:
        """The question, then the field."""
        yield self._question
        yield self._field

    def ask(self, what: str, question: str, text: str = "") -> None:
        """Let a text be typed; what: names it in the answer."""
        self.what = what
        self._question.update(question)
        with self.prevent(Input.Changed):
            self._field.value = text
        self._field.cursor_position = len(text)
        self.display = True
        self.screen.set_focus(self._field)  # at once: the next key is meant for the field

    def close(self) -> None:
        """Ask nothing any more."""
        self.what = ""
        self.display = False

    @on(Input.Changed)
    def _tell_change(self, event: Input.Changed) -> None:
        event.stop()
        if self.what:
            self.post_message(self.Typed(self.what, event.value, done=False))

    @on(Input.Submitted)
    def _tell_end(self, event: Input.Submitted) -> None:
        event.stop()
        if self.what:
            self.post_message(self.Typed(self.what, event.value, done=True))

    def action_leave(self) -> None:
        """Leave the field."""
        if self.what:
            self.post_message(self.Escaped(self.what))
