"""A field in which something is typed."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.keys import KEY_NAME_REPLACEMENTS
from textual.widgets import Input


class Field(Input):
    """An input of one line; while it has the focus the footer shows what enter and ctrl+q do.

    Who asks for the text binds escape, and says there what that does.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "OK"),
        Binding("ctrl+q", "app.quit", "Quit", priority=True),  # as everywhere; q is a letter here
    ]

    def __init__(
        self,
        value: str = "",
        placeholder: str = "",
        *,
        select_on_focus: bool = True,
        id: str | None = None,
    ) -> None:
        super().__init__(value, placeholder, compact=True, select_on_focus=select_on_focus, id=id)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is typed; also those that Textual finds no character for by their name."""
        return key in KEY_NAME_REPLACEMENTS.values() or super().check_consume_key(key, character)
