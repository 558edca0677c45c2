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
from numrec_tui.insight.class_hints import class_hint
from numrec_tui.modes.draw.keys import FEW_KEYS, KEYS, MANY_KEYS
from numrec_tui.modes.draw.label_prompt import WhichScreen
from numrec_tui.modes.draw.neighbors import Neighbors
from numrec_tui.modes.draw.own_sets import OwnSets
from numrec_tui.modes.draw.own_strip import TALLEST, OwnStrip
from numrec_tui.modes.draw.pad import Pad, scale_for
from numrec_tui.modes.draw.verdict import fitted, in_words, note_of, probabilities
from numrec_tui.modes.draw.why import WhyScreen
from numrec_tui.modes.mode import FOLLOW, ModeScreen, Subject
from numrec_tui.session.report import NetworkView, Report
from numrec_tui.storage import drawings, sheets
from numrec_tui.storage.paths import home
from numrec_tui.widgets.digit import DigitPicture, ProbabilityBars
from numrec_tui.widgets.path_prompt import PathScreen, as_path

if TYPE_CHECKING:
    from numrec_tui.session.session import Session

BESIDE, ABOVE, READING, STRIP = 34, 4, 14, 6
"""What the pad leaves free: columns for a panel beside it and frames, rows for bars and frame;
rows of the panel with the bars, and of a set of one's own below."""


class DrawScreen(ModeScreen):
    """Pad, the same as the network sees it, and the reading, which follows every change."""

    name_of_mode = "draw"
    looks = True
    CSS_PATH = Path("screen.tcss")
    AUTO_FOCUS = "Pad"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "keep", "Keep", id="draw.keep",
                tooltip="Keep the drawing, with its true digit, in a data set of your own"),
        Binding("U", "take_back", "Take back", show=False, id="draw.take_back",
                tooltip="Take the drawing that was kept last out of the set again"),
        Binding("m", "sets", "My sets", id="draw.sets",
                tooltip="Draw for a set of your own symbols, and make one"),
        Binding("t", "next", "This one", id="draw.next_class",
                tooltip="Choose which of your symbols to draw next"),
        Binding("x", "look", "Edit set", id="draw.edit_set",
                tooltip="Rename, add and delete classes of your set, move and delete drawings"),
        Binding("o", "open", "Picture", id="draw.open",
                tooltip="Open a picture file, or a photographed sheet to learn from"),
        Binding("p", "why", "Why", id="draw.why",
                tooltip="Why it is read so, what is like it; and correct what is misread"),
        Binding("comma", "digit(-1)", "Digit", show=False, key_display=", .", id="draw.previous",
                tooltip="The digit before or after, of a picture that has several"),
        Binding("full_stop", "digit(1)", "Digit", show=False, id="draw.next"),
        Binding("v", "view", "Seen/read", id="draw.view",
                tooltip="What the network sees, in the place of its reading, or back"),
        FOLLOW,
    ]  # fmt: skip

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._view: NetworkView | None = None
        self._seen: Bytes = np.zeros((FRAME, FRAME), np.uint8)
        """The drawing as MNIST's digits are laid out."""
        self._found: Bytes = np.zeros((0, FRAME, FRAME), np.uint8)
        self._index, self._path = 0, ""
        self._kept: tuple[Path, Bytes, int] | None = None
        """Where the last drawing went that was kept here, and what it was."""
        self._sets = OwnSets(self, session, self._show_set)
        self._strip = OwnStrip()
        self._body_rows = FRAME // 2 + 2
        self._hint = ""
        """What the set lacks, as far as the network shows it."""
        self._why: WhyScreen | None = None
        self._neighbors = Neighbors()
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
        yield self._strip
        yield self._keys

    def on_mount(self) -> None:
        """Make the set of drawings whole again, should a save have been ended half way."""
        self._read()
        self._sets.repair()

    def on_resize(self) -> None:
        """The pad is as large as it can be; a large one has the other panels beside it."""
        width, height = self.app.size
        below = STRIP if self._sets.drawing else 0
        scale = self._pad.scale = scale_for(width - BESIDE, height - ABOVE - below)
        self.set_class(scale > 1, "-large")
        self._body_rows = FRAME // 2 * scale + 2
        self._body.styles.height = self._body_rows
        left = height - self._body_rows - 2
        self._strip.styles.height = min(left, TALLEST)
        self._keys.display = not below or left > TALLEST
        self._show_keys()
        self._show_seen()
        self.refresh_bindings()

    # What is shown.

    def show_report(self, report: Report) -> None:
        """Say so while the network has not learned anything; draw for its set."""
        self._show_note()
        self._sets.follow()
        if self._why is not None:
            self._why.show_report(report)

    def show_view(self, view: NetworkView) -> None:
        """Read the drawing with the network as it is now."""
        self._view = view.without_moments()
        self._find_hint(view)
        self._show_probabilities()
        if self._why is not None:
            self._why.show_view(self._view)

    def _find_hint(self, view: NetworkView) -> None:
        """Say what the set lacks, as far as a network that has learned shows it."""
        before = self._hint
        split = view.split
        hint = class_hint(view.network, split.train, split.validation) if view.position else None
        self._hint = hint or ""
        if self._hint != before:
            self._show_keys()

    @on(Pad.Changed)
    def _read(self) -> None:
        """Lay the drawing out, and read it."""
        self._seen = self._laid_out
        self._show_seen()
        self._show_probabilities()

    @property
    def _laid_out(self) -> Bytes:
        """What is on the pad at this moment; keys that come in one burst are ahead of messages."""
        laid_out: Bytes = normalize(self._pad.picture[None])[0]
        return laid_out

    @property
    def subject(self) -> Subject:
        """The drawing."""
        if self._view is None or self._pad.is_empty:
            return Subject()
        return Subject(image=fitted(self._laid_out, self._view.split), name="your drawing")

    def _show_seen(self) -> None:
        width, height = self.app.size
        below = STRIP if self._sets.drawing else 0
        room = width - FRAME * self._pad.scale - 4, height - READING - ABOVE - 2 * below
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
            outputs = probabilities(view.network, fitted(self._seen, view.split))
            two_lines = self.has_class("-normal") and not self.has_class("-large")
            self._say(in_words(outputs, names, "\n" if two_lines else " "))
            self._bars.show(outputs, names=names)
        self._show_note()

    def _show_keys(self) -> None:
        """The keys; above them what the set lacks, if it lacks anything."""
        width, height = self.app.size
        roomy = height - self._body_rows >= 9 and not self._hint
        keys = Content.from_markup(FEW_KEYS if width < 78 else MANY_KEYS if roomy else KEYS)
        hint = Content.styled(f"⚠ {self._hint}\n", "$text-warning") if self._hint else Content("")
        self._keys.update(hint + keys)

    def _say(self, verdict: Content) -> None:
        if verdict != self._verdict.content:
            self._verdict.update(verdict, layout=False)

    def _show_note(self) -> None:
        """What a person has to know to judge the reading."""
        if (note := note_of(self._view)) != self._note.content:
            self._note.update(note)

    def _show_set(self) -> None:
        """Say what is to be drawn for the set of one's own, and show it."""
        drawing = self._sets.drawing
        if drawing is None:
            return
        self._pad.ask_for(drawing.title(), drawing.next_name)
        self._strip.show(drawing)
        if not self.has_class("-own"):
            self.add_class("-own")
            self.on_resize()
        self.refresh_bindings()

    # What is asked for.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what makes sense now."""
        if action == "take_back":
            corrected = bool(self.report and self.report.corrected)
            drawing = self._sets.drawing
            kept = drawing.can_undo if drawing is not None else self._kept is not None
            return kept or corrected
        if action in ("next", "look"):
            return self._sets.drawing is not None
        if action == "digit":
            return len(self._found) > 1
        if action == "view":
            return self.has_class("-narrow")
        return super().check_action(action, parameters)

    def action_view(self) -> None:
        """In a narrow window, show what the network sees in the place of its reading, or back."""
        self.toggle_class("-show-seen")

    def action_keep(self) -> None:
        """Add it to the person's own set; where none is open, ask which digit it is."""
        if self._pad.has_strokes_to_draw:  # those before the key come first
            self._pad.call_later(self.call_later, self._keep)
        else:
            self._keep()

    def _keep(self) -> None:
        view = self._view
        if self._sets.drawing is not None:
            if self._sets.keep_drawn(self._laid_out, self._pad.drawn_for):
                self._pad.action_clear()
            return
        if view is None or self._pad.is_empty:
            self.notify("Nothing is drawn yet; what you draw can be kept to learn from.")
            return
        names, data, seen = view.split.class_names, view.split.name, self._laid_out
        if self._kept is not None and np.array_equal(self._kept[1], seen):
            name = names[self._kept[2]] if self._kept[2] < len(names) else ""
            self.notify(f"This drawing is kept already, as {name}; U takes it back.")
            return
        outputs = probabilities(view.network, fitted(seen, view.split))
        guess = int(np.argmax(outputs)) if np.isfinite(outputs).all() else None

        def keep(label: int | None) -> None:
            if label is not None:
                self._save(drawings.folder_for(home(), data, names), seen, label, names)

        self.app.push_screen(WhichScreen(names, guess), keep)

    def action_sets(self) -> None:
        """Choose a set of one's own to draw for, or make one."""
        self._sets.choose()

    def action_next(self) -> None:
        """Choose what to draw next."""
        self._sets.choose_next()

    def action_look(self) -> None:
        """Show what is in the set, to change it."""
        self._sets.look()

    def action_take_back(self) -> None:
        """Undo the last correction, and the last change of the set of one's own.

        Where none is open, take the drawing that was kept last out of its set.
        """
        if self.report is not None and self.report.corrected is not None:
            self.session.take_back_correction()
        if self._sets.drawing is not None:
            self._sets.undo()
        elif self._kept is not None:
            self._take_back(*self._kept)

    def action_why(self) -> None:
        """Tell why the drawing is read as it is; there it can be corrected."""
        view, seen = self._view, self._laid_out
        if view is None or self._pad.is_empty:
            self.notify("Nothing is drawn yet; p tells why a drawing is read as it is.")
            return
        data = view.split.name

        def keep(label: int, names: Sequence[str]) -> bool:
            if self._sets.drawing is not None:
                return self._sets.keep_corrected(seen, names[label])
            if self._kept is None or not np.array_equal(self._kept[1], seen):
                self._save(drawings.folder_for(home(), data, names), seen, label, names)
            return True

        self._why = WhyScreen(
            self.session, view, seen, self._neighbors, keep, self.action_take_back
        )
        if self.report is not None:
            self._why.show_report(self.report)
        self.app.push_screen(self._why)

    def action_open(self) -> None:
        """Ask for a picture file."""

        def read(path: str | None) -> None:
            if path is not None:
                self._path = path
                self._open(path)

        asked = "Open a picture: PNG, JPEG, BMP, GIF or WebP"
        hint = "path of a photo, scan or drawing"
        self.app.push_screen(PathScreen(self._path, asked, hint, lambda _typed: "opens"), read)

    def action_digit(self, by: int) -> None:
        """Put the digit before or after on the pad."""
        if len(self._found):
            self._index = (self._index + by) % len(self._found)
            self._pad.put(self._found[self._index])
            self.notify(f"Digits found: #{self._index + 1} of {len(self._found)}")

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

    def _tell_kept(self, kept: tuple[Path, Bytes, int] | None, said: str) -> None:
        self._kept = kept
        self.notify(said, markup=False)
        self.refresh_bindings()

    @work(thread=True, exclusive=True, group="pictures", description="pictures")
    def _open(self, typed: str) -> None:
        from engine.data.pictures import find_digits, read  # Pillow is wanted here alone

        path = as_path(typed)
        try:
            gray = read(path)
            kept = sheets.keep(path, gray)
            found = self._found if kept else find_digits(gray)
        except (EngineError, MemoryError) as error:
            said = str(error) or f"There is not enough memory for {path}."
            self.app.call_from_thread(self.notify, said, severity="error", markup=False)
            return
        if kept:
            self.session.learn_from(str(kept.folder))
            self.app.call_from_thread(self.notify, str(kept), markup=False)
        else:
            self.app.call_from_thread(self._take_found, found, path.name)

    def _take_found(self, found: Bytes, name: str) -> None:
        if not len(found):
            self.notify(f"There is no digit in {name}.", severity="warning", markup=False)
            return
        self._found, self._index = found, 0
        self._pad.put(found[0])
        count = "One digit" if len(found) == 1 else f"{len(found)} digits; , and . go through them"
        self.notify(f"{name}: {count}", markup=False)
        self.refresh_bindings()
