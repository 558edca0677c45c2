"""One digit large: its picture, the evidence for its reading, the digits most like it; bars."""

from collections.abc import Sequence
from typing import ClassVar, Literal, TypeAlias

import numpy as np
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Label

from engine.data.dataset import Digits
from engine.nn.arrays import Array, Bytes
from engine.nn.network import Network
from numrec_tui.modes.digits.evidence import Asked
from numrec_tui.text.cut import cut
from numrec_tui.widgets.digit import DigitPicture, ProbabilityBars
from numrec_tui.widgets.digit_panel import in_words, inked_rows, shrunk
from numrec_tui.widgets.signed_map import SignedMap
from numrec_tui.widgets.thumbnails import thumbnails

Face: TypeAlias = Literal["picture", "evidence", "nearest"]
FACES: tuple[Face, ...] = ("picture", "evidence", "nearest")

SIDE = 14
"""Pixels of each of the nearest digits' longer side."""


BESIDE, LOW, BOTH, HIGH = 50, 20, 28, 46
"""Columns from which on bars stand beside the picture; lines from which on the nearest digits stay
in sight so; otherwise, lines for the evidence under the picture, and for the nearest digits too."""

BARS, LIKE, FULL = 8, 8, 14
"""Lines of bars at least, of the nearest digits, and of a whole picture."""


class OneDigit(Container, can_focus=True):
    """The panel; ←→ go through the digits of the gallery, a click on the picture turns it."""

    DEFAULT_CSS = """
    OneDigit {
        & > #face { height: auto; width: 1fr; }
        & > #told { width: 1fr; height: 1fr; padding: 0 1; }
        & #said, & #like { width: 1fr; height: 1; }
        & #story { width: 1fr; height: 2; }
        & #story, & #like { color: $text-muted; }
        & #like { padding: 0 1; }
        & ProbabilityBars { height: 1fr; padding: 0; }
        & SignedMap, & #nearest, & #like { display: none; }
        &.-evidence SignedMap { display: block; }
        &.-nearest #nearest, &.-nearest #like { display: block; }
        &.-both SignedMap { display: block; }
        &.-both.-nearest SignedMap { display: none; }
        &.-roomy #nearest, &.-roomy #like { display: block; }
        &.-evidence #picture, &.-nearest #picture { display: none; }
        &.-roomy.-nearest #picture, &.-both.-nearest #picture { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "Digit", show=False, key_display="←→", id="one.previous",
                tooltip="The digit before or after"),
        Binding("right", "step(1)", "Digit", show=False, id="one.next"),
    ]  # fmt: skip

    class Stepped(Message):
        """The digit `by` places further in the gallery is to be shown."""

        def __init__(self, by: int) -> None:
            self.by = by
            super().__init__()

    class Turned(Message):
        """Another face is shown, or there is room for more."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.face: Face = "picture"
        self._asked = Asked()
        self._shown: tuple[object, ...] = ()
        self._image: Bytes | None = None
        self._names: tuple[str, ...] = ()
        self._blank: Bytes = np.zeros((SIDE, 1), np.uint8)
        """What stands for the nearest digits until they are found; as large as they were."""
        self._picture, self._map = DigitPicture(id="picture"), SignedMap()
        self._nearest = DigitPicture(id="nearest")
        self._said, self._story, self._like = (
            Label(id=name, markup=False) for name in ("said", "story", "like")
        )
        self._bars = ProbabilityBars()

    @property
    def term(self) -> str:
        """What it shows, in the words of the glossary."""
        return self.face

    def compose(self) -> ComposeResult:
        """A face, and beside or under it its text."""
        yield Vertical(self._picture, self._map, self._like, self._nearest, id="face")
        yield Vertical(self._said, self._story, self._bars, id="told")

    def show(self, digits: Digits, row: int, network: Network | None, story: str) -> None:
        """Show a digit of a set, and how the network reads it; None: it has not read it yet."""
        self._names = digits.class_names
        shown = (id(digits), row, id(network), self.face, self.size, story)
        if shown == self._shown:
            return
        if self._shown[:2] != shown[:2]:
            self._like.update("most like it: …", layout=False)
            self._nearest.show(self._blank)
        self._shown = shown
        self._image, label = digits.images[row], int(digits.labels[row])
        self._draw_picture()
        self._story.update(story, layout=False)
        self._story.display = bool(story)
        self._bars.display = network is not None
        if network is None:
            self._said.update(self._names[label], layout=False)
            self._map.show(np.zeros(self._image.shape, np.float32), None)
            self.border_subtitle = ""
            return
        outputs = network.predict(self._image.ravel())
        guess = int(np.argmax(outputs))
        width = self._said.content_size.width
        self._said.update(
            in_words(self._names[label], self._names[guess], guess == label, width), layout=False
        )
        self._bars.show([float(output) for output in outputs], label, self._names)
        self._show_evidence(digits, row, network, outputs)

    def _show_evidence(self, digits: Digits, row: int, network: Network, outputs: Array) -> None:
        """Answer what is asked, if the answer is in sight; the frame holds the question."""
        self.border_subtitle = ""
        if not self.shows_evidence:
            return
        answer = self._asked.answer(network, digits, row, outputs)
        values = answer.values
        if self.face == "picture":
            values = inked_rows(values, 2 * self._lines)
        self._map.show(values, answer.name, answer.against)
        self.border_subtitle = Content(cut(answer.words, max(self.size.width - 2, 0)))

    def show_nearest(self, digits: Digits, rows: Sequence[int]) -> None:
        """Show the training digits that are most like this one."""
        if not len(rows):
            self._like.update("nothing else to compare it with", layout=False)
            return
        room = self.query_one("#face").size.width
        side = min(SIDE, max((room - 2) // 3, 4))
        small = thumbnails(digits.images[list(rows)], side)
        gap = np.zeros((small.shape[1], 1), np.uint8)
        beside = np.hstack([part for image in small for part in (image, gap)][:-1])
        self._nearest.show(beside)
        self._blank = np.zeros_like(beside)
        names = ", ".join(digits.class_names[int(digits.labels[row])] for row in rows)
        self._like.update(f"most like it: {names}", layout=False)

    @property
    def shows_evidence(self) -> bool:
        """Whether the evidence is in sight."""
        return self.face == "evidence" or (self.face == "picture" and self.has_class("-both"))

    @property
    def wants_nearest(self) -> bool:
        """Whether the nearest training digits are in sight."""
        return self.face == "nearest" or self.has_class("-roomy")

    def turn(self) -> None:
        """Show the next face."""
        self._show_face(FACES[(FACES.index(self.face) + 1) % len(FACES)])

    def ask(self) -> None:
        """Show the evidence; if it is in sight, ask the next question."""
        if self.shows_evidence:
            self._asked.next_question()
            self._show_anew()
        else:
            self._show_face("evidence")

    def ask_about(self, by: int) -> None:
        """Compare with another class, or average another one."""
        self._asked.next_class(by)
        self._show_anew()

    def _show_face(self, face: Face) -> None:
        self.face = face
        self.set_class(self.face == "evidence", "-evidence")
        self.set_class(self.face == "nearest", "-nearest")
        self._draw_picture()
        self._show_anew()

    def _show_anew(self) -> None:
        self._shown = self._shown[:2]
        self.post_message(self.Turned())

    def on_resize(self) -> None:
        """Another size, another cut; where there is room evidence and the nearest digits stay."""
        width, height = self.content_size
        beside = width >= BESIDE
        self.set_class(not beside and height >= BOTH, "-both")
        self.set_class(height >= (LOW if beside else HIGH), "-roomy")
        self._draw_picture()
        self.post_message(self.Turned())

    def on_click(self, event: events.Click) -> None:
        """A click on the picture turns it."""
        if event.widget in (self._picture, self._map, self._nearest):
            self.turn()

    def action_step(self, by: int) -> None:
        """Ask for the digit before or after."""
        self.post_message(self.Stepped(by))

    @property
    def _lines(self) -> int:
        """Lines that the picture may take; as many as the evidence, if that stands below it."""
        height = self.content_size.height
        if not self.has_class("-both"):
            return height
        below = BARS + 2 + (LIKE if self.has_class("-roomy") else 0)  # what is said, a legend
        return min((height - below) // 2, FULL)

    def _draw_picture(self) -> None:
        if self._image is not None:
            self._picture.show(inked_rows(shrunk(self._image), 2 * self._lines))
