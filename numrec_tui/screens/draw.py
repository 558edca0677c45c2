"""Mode 3, Draw: draw a digit, see what the network sees of it, and what it takes it for."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label

from engine.data.normalize import FRAME, normalize
from engine.errors import EngineError
from engine.nn.arrays import Bytes
from engine.plural import counted
from numrec_tui import drawings
from numrec_tui.report import Report, View
from numrec_tui.screens.draw_prompts import WhichScreen
from numrec_tui.screens.draw_reading import in_words, laid_out, probabilities
from numrec_tui.screens.mode import ModeScreen
from numrec_tui.screens.path_prompt import PathScreen, as_path
from numrec_tui.settings import home
from numrec_tui.widgets.digit import DigitPicture, ProbabilityBars
from numrec_tui.widgets.pad import Pad, scale_for

if TYPE_CHECKING:
    from numrec_tui.session import Session

BESIDE, ABOVE, READING = 34, 4, 14
"""What the pad leaves free: columns for a panel beside it and frames, rows for bars and frame;
and rows of the panel with the bars."""

KEYS = """\
[b]arrows[/] move, [b]home end pgup pgdn[/] go diagonally, [b]enter[/] lowers the pen, \
[b]w[/] width, [b]e[/] eraser, [b]u[/] undo, [b]c[/] clear, [b]d[/] keep it as data, \
[b]o[/] open a picture"""

FEW_KEYS = """\
[b]arrows home end pgup pgdn[/] move, [b]v[/] what it sees
[b]e[/] eraser, [b]u[/] undo, [b]d[/] keep it, [b]o[/] open a picture"""

MANY_KEYS = """\
[b]draw[/]     drag the mouse; or [b]enter[/] lowers the pen, the [b]arrows[/] move it
         ([b]home end pgup pgdn[/] diagonally, [b]shift[/] three pixels)
[b]pen[/]      [b]w[/] width, [b]e[/] eraser or the right button, [b]u[/] undo, [b]c[/] clear
[b]keep[/]     [b]d[/] puts it into a data set of your own, with its true digit
[b]picture[/]  [b]o[/] opens a file and finds the digits in it"""
"""The keys, in as many words as there is room for."""


class DrawScreen(ModeScreen):
    """Pad, the same as the network sees it, and the reading, which follows every change."""

    name_of_mode = "draw"
    looks = True
    CSS_PATH = Path("draw.tcss")
    AUTO_FOCUS = "Pad"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "keep", "Keep", id="draw.keep",
                tooltip="Keep the drawing, with its true digit, in a data set of your own"),
        Binding("U", "take_back", "Take back", show=False, id="draw.take_back",
                tooltip="Take the drawing that was kept last out of the set again"),
        Binding("o", "open", "Picture", id="draw.open", tooltip="Open a picture file"),
        Binding("comma", "digit(-1)", "Digit", show=False, key_display=", .", id="draw.previous",
                tooltip="The digit before or after, of a picture that has several"),
        Binding("full_stop", "digit(1)", "Digit", show=False, id="draw.next"),
        Binding("v", "view", "Seen/read", id="draw.view",
                tooltip="What the network sees, in the place of its reading, or back"),
    ]  # fmt: skip

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._view: View | None = None
        self._seen: Bytes = np.zeros((FRAME, FRAME), np.uint8)
        """The drawing as MNIST's digits are laid out."""
        self._found: Bytes = np.zeros((0, FRAME, FRAME), np.uint8)
        self._place, self._path = 0, ""
        self._kept: tuple[Path, Bytes, int] | None = None
        """Where the last drawing went that was kept here, and what it was."""
        self._pad = Pad()
        self._body = Container(id="body")
        self._sees = DigitPicture()
        self._verdict = Label(id="verdict")
        self._bars = ProbabilityBars()
        self._note = Label(id="note")
        self._keys = Label(id="keys")

    def panels(self) -> Iterable[Widget]:
        """Pad, picture and reading; below them the keys."""
        with self._body:
            yield self._pad
            with Vertical(id="sees") as sees:
                sees.border_title = "What the network sees"
                yield self._sees
            with Vertical(id="reading") as reading:
                reading.border_title = "Reading"
                yield self._verdict
                yield self._bars
                yield self._note
        yield self._keys

    def on_mount(self) -> None:
        """Make the set of drawings whole again, should a save have been ended half way."""
        self._read()
        self._repair()

    def on_resize(self) -> None:
        """The pad is as large as it can be; a large one has the other panels beside it."""
        width, height = self.app.size
        scale = self._pad.scale = scale_for(width - BESIDE, height - ABOVE)
        self.set_class(scale > 1, "-large")
        rows = FRAME // 2 * scale + 2
        self._body.styles.height = rows
        few = width < 78
        self._keys.update(FEW_KEYS if few else MANY_KEYS if height - rows >= 7 else KEYS)
        self._show_seen()
        self.refresh_bindings()

    # What is shown.

    def show_report(self, report: Report) -> None:
        """Say so while the network has not learned anything."""
        self._show_note()

    def show_view(self, view: View) -> None:
        """Read the drawing with the network as it is now."""
        self._view = view
        self._show_probabilities()

    @on(Pad.Changed)
    def _read(self) -> None:
        """Lay the drawing out, and read it."""
        self._seen = normalize(self._pad.picture[None])[0]
        self._show_seen()
        self._show_probabilities()

    def _show_seen(self) -> None:
        width, height = self.app.size
        room = width - FRAME * self._pad.scale - 4, height - READING - ABOVE
        scale = scale_for(*room) if self.has_class("-large") else 1
        self._sees.show(self._seen.repeat(scale, axis=0).repeat(scale, axis=1))

    def _show_probabilities(self) -> None:
        view = self._view
        if view is None:
            return
        names = view.split.class_names
        if self._pad.is_empty:
            self._say(Content.styled("nothing drawn yet", "$text-muted"))
            self._bars.show([math.nan] * len(names), names=names)
        else:
            shape = view.split.train.images.shape[1:]
            outputs = probabilities(view.network, laid_out(self._seen, (shape[0], shape[1])))
            two_lines = self.has_class("-normal") and not self.has_class("-large")
            self._say(in_words(outputs, names, "\n" if two_lines else " "))
            self._bars.show(outputs, names=names)
        self._show_note()

    def _say(self, verdict: Content) -> None:
        if verdict != self._verdict.content:
            self._verdict.update(verdict, layout=False)

    def _show_note(self) -> None:
        """What a person has to know to judge the reading."""
        view, note = self._view, ""
        if view is not None and not view.position:
            note = "not trained in this run: space"
        elif view is not None and view.split.train.images.shape[1:] != (FRAME, FRAME):
            rows, columns = view.split.train.images.shape[1:]
            note = f"laid out at {rows} x {columns}, as its data"
        if note != self._note.content:
            self._note.update(note)

    # What is asked for.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what makes sense now."""
        if action == "take_back":
            return self._kept is not None
        if action == "digit":
            return len(self._found) > 1
        if action == "view":
            return self.has_class("-narrow")
        return super().check_action(action, parameters)

    def action_view(self) -> None:
        """In a narrow window, show what the network sees in the place of its reading, or back."""
        self.toggle_class("-show-seen")

    def action_keep(self) -> None:
        """Ask which digit it is, and add it to the person's own set."""
        view = self._view
        if view is None or self._pad.is_empty:
            self.notify("Nothing is drawn yet; what you draw can be kept to learn from.")
            return
        names, data, seen = view.split.class_names, view.split.name, self._seen
        if self._kept is not None and np.array_equal(self._kept[1], seen):
            name = names[self._kept[2]] if self._kept[2] < len(names) else ""
            self.notify(f"This drawing is kept already, as {name}; U takes it back.")
            return
        shape = view.split.train.images.shape[1:]
        outputs = probabilities(view.network, laid_out(seen, (shape[0], shape[1])))
        guess = int(np.argmax(outputs)) if np.isfinite(outputs).all() else None

        def keep(label: int | None) -> None:
            if label is not None:
                self._save(drawings.folder_for(home(), data, names), seen, label, names)

        self.app.push_screen(WhichScreen(names, guess), keep)

    def action_take_back(self) -> None:
        """Take the drawing that was kept last out of its set."""
        if self._kept is not None:
            self._take_back(*self._kept)

    def action_open(self) -> None:
        """Ask for a picture file."""

        def read(path: str | None) -> None:
            if path is not None:
                self._path = path
                self._open(path)

        self.app.push_screen(
            PathScreen(
                self._path,
                "Open a picture: PNG, JPEG, BMP, GIF or WebP",
                "path of a photo, scan or drawing",
                lambda _typed: "opens",
            ),
            read,
        )

    def action_digit(self, by: int) -> None:
        """Put the digit before or after on the pad."""
        if len(self._found):
            self._place = (self._place + by) % len(self._found)
            self._pad.put(self._found[self._place])
            self.notify(f"Digits found: #{self._place + 1} of {len(self._found)}")

    # Files are read and written in threads of their own; a disk may be slow.

    @work(thread=True, group="drawings", description="drawings")
    def _save(self, folder: Path, picture: Bytes, label: int, names: Sequence[str]) -> None:
        try:
            said = str(drawings.save(folder, picture, label, names))
        except EngineError as error:
            self.app.call_from_thread(self.notify, f"Not kept: {error}", severity="error")
            return
        self.app.call_from_thread(self._tell_kept, (folder, picture, label), said)

    @work(thread=True, group="drawings", description="drawings")
    def _take_back(self, folder: Path, picture: Bytes, label: int) -> None:
        try:
            left = drawings.take_back(folder, picture, label)
        except EngineError as error:
            self.app.call_from_thread(self.notify, str(error), severity="error")
            return
        said = f"Taken back: {counted(left, 'drawing is', 'drawings are')} left in {folder}"
        self.app.call_from_thread(self._tell_kept, None, said)

    @work(thread=True, group="drawings", description="drawings")
    def _repair(self) -> None:
        try:
            drawings.repair(drawings.folder_for(home(), "", tuple("0123456789")))
        except EngineError as error:
            self.app.call_from_thread(self.notify, str(error), severity="warning")

    def _tell_kept(self, kept: tuple[Path, Bytes, int] | None, said: str) -> None:
        self._kept = kept
        self.notify(said, markup=False)
        self.refresh_bindings()

    @work(thread=True, exclusive=True, group="pictures", description="pictures")
    def _open(self, typed: str) -> None:
        from engine.data.pictures import find_digits, read  # Pillow is wanted here alone

        path = as_path(typed)
        try:
            found = find_digits(read(path))
        except (EngineError, MemoryError) as error:
            said = str(error) or f"There is not enough memory for {path}."
            self.app.call_from_thread(self.notify, said, severity="error", markup=False)
            return
        self.app.call_from_thread(self._take_found, found, path.name)

    def _take_found(self, found: Bytes, name: str) -> None:
        if not len(found):
            self.notify(f"There is no digit in {name}.", severity="warning", markup=False)
            return
        self._found, self._place = found, 0
        self._pad.put(found[0])
        count = "One digit" if len(found) == 1 else f"{len(found)} digits; , and . go through them"
        self.notify(f"{name}: {count}", markup=False)
        self.refresh_bindings()
