"""What is in a set of one's own: rename, add and delete classes, move and delete drawings."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from engine.errors import DataError
from engine.plural import counted
from numrec_tui.modes.draw.label_prompt import WhichScreen
from numrec_tui.modes.draw.own_drawing import Edit, OwnDrawing
from numrec_tui.modes.draw.own_strip import in_a_row
from numrec_tui.widgets.dialog import Dialog, Options
from numrec_tui.widgets.digit import DigitPicture
from numrec_tui.widgets.key_line import KeyLine
from numrec_tui.widgets.path_prompt import PathScreen

SIDE = 16
"""Pixels of a drawing's side."""


class SetScreen(Dialog[None]):
    """The classes of a set, and the drawings of the one under the cursor.

    edit: changes the set; `show_set` is called once that is done. undo: takes the last one back.
    """

    DEFAULT_CSS = """
    SetScreen { align: center middle; }
    SetScreen > Vertical {
        width: 76; max-width: 98%; height: auto; max-height: 96%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    SetScreen OptionList {
        height: auto; max-height: 7; border: none; padding: 0; background: $surface;
        &:focus { border: none; }
    }
    SetScreen DigitPicture { height: 8; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Close", id="set.close"),
        Binding("left", "step(-1)", "Drawing", show=False, key_display="←→", id="set.previous"),
        Binding("right", "step(1)", "Drawing", show=False, id="set.next"),
        Binding("m", "move", "Move", id="set.move", tooltip="Move the drawing to another class"),
        Binding("x,delete", "delete", "Delete", key_display="x", id="set.delete",
                tooltip="Delete the drawing"),
        Binding("r", "rename", "Rename", id="set.rename", tooltip="Rename the class"),
        Binding("a", "add", "Add", id="set.add", tooltip="Add a class"),
        Binding("X", "delete_class", "Drop class", key_display="X", id="set.delete_class",
                tooltip="Delete the class with its drawings"),
        Binding("U", "undo", "Undo", key_display="U", id="set.undo",
                tooltip="Take the last change back"),
    ]  # fmt: skip

    def __init__(
        self, drawing: OwnDrawing, edit: Callable[[Edit], None], undo: Callable[[], None]
    ) -> None:
        super().__init__()
        self._drawing, self._edit, self._undo = drawing, edit, undo
        self._list, self._pictures = Options(), DigitPicture()
        self._at = 0
        self._box = Vertical()

    def compose(self) -> ComposeResult:
        """The classes, below them drawings, the keys."""
        with self._box:
            yield self._list
            yield self._pictures
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin at the first class."""
        self.show_set()
        self._list.highlighted = 0

    def show_set(self) -> None:
        """Show the set as it is now."""
        own, label = self._drawing.own, self._label
        self._box.border_title = Content(self._drawing.name)
        self._list.set_options(
            Option(
                Content.assemble(
                    (name, "b"), (f"  {counted(own.count(k), 'drawing')}", "$text-muted")
                )
            )
            for k, name in enumerate(own.classes)
        )
        self._list.highlighted = min(label, len(own.classes) - 1)
        self._show_drawings()
        self.refresh_bindings()

    @property
    def _label(self) -> int:
        return self._list.highlighted or 0

    @property
    def _drawn(self) -> list[int]:
        return [int(index) for index in np.flatnonzero(self._drawing.own.labels == self._label)]

    @on(OptionList.OptionHighlighted)
    def _show_drawings(self) -> None:
        own, drawn = self._drawing.own, self._drawn
        self._at = max(min(self._at, len(drawn) - 1), 0)
        width = max(self._pictures.size.width, SIDE)
        self._pictures.show(in_a_row(own.images[drawn], SIDE, width, self._at))
        if not drawn:
            self._box.border_subtitle = "no drawing yet"
            return
        use = "held out" if own.held_out[drawn[self._at]] else "learned from"
        self._box.border_subtitle = f"←→ drawing {self._at + 1} of {len(drawn)}, {use}"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what makes sense now."""
        if action == "undo":
            return self._drawing.can_undo
        return True

    def action_step(self, by: int) -> None:
        """Go to another drawing."""
        self._at += by
        self._show_drawings()

    def action_undo(self) -> None:
        """Take the last change back."""
        self._undo()

    def action_delete(self) -> None:
        """Delete the drawing."""
        if drawn := self._drawn:
            index = drawn[self._at]
            self._change(lambda own: own.delete(index))

    def action_move(self) -> None:
        """Ask for the class that the drawing belongs to."""
        if not (drawn := self._drawn):
            return
        index = drawn[self._at]

        def move(label: int | None) -> None:
            if label is not None:
                self._change(lambda own: own.move(index, label))

        names = self._drawing.own.classes
        self.app.push_screen(WhichScreen(names, self._label, "What is it?"), move)

    def action_rename(self) -> None:
        """Ask for another name of the class."""
        label = self._label
        self._ask(
            self._drawing.own.classes[label], "Another name for the class",
            lambda own, name: own.rename_class(label, name),
        )  # fmt: skip

    def action_add(self) -> None:
        """Ask for the name of a class more."""
        self._ask("", "A class more", lambda own, name: own.add_class(name))

    def action_delete_class(self) -> None:
        """Ask whether the class and its drawings are to go."""
        own, label = self._drawing.own, self._label
        name = own.classes[label]
        lost = f"Delete {name} and {counted(own.count(label), 'drawing')}"

        def delete(answer: int | None) -> None:
            if answer:
                self._change(lambda own: own.delete_class(label))

        self.app.push_screen(WhichScreen(("Keep it", lost), 0, f"Delete {name}?"), delete)

    def _ask(self, text: str, title: str, edit: Callable[..., object]) -> None:
        def take(name: str | None) -> None:
            if name is not None:
                self._change(lambda own: edit(own, name))  # type: ignore[arg-type,return-value]

        self.app.push_screen(PathScreen(text, title, "any text", lambda _: "takes it"), take)

    def _change(self, edit: Edit) -> None:
        """Change the set, if it can be changed so."""
        try:
            edit(self._drawing.own)
        except DataError as error:
            self.notify(str(error), severity="error")
            return
        self._edit(edit)
