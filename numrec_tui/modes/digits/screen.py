"""Mode 2, Digits: look through the digits, at the mistakes, and at why they are made."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.worker import get_current_worker

from engine.data.dataset import Digits
from engine.nn.arrays import Indices
from numrec_tui import clock
from numrec_tui.insight.accuracy import spread
from numrec_tui.insight.attribution import nearest
from numrec_tui.insight.predictions import (
    Filter,
    LearningLog,
    Outcome,
    Predictions,
    choose,
    confusion,
    read,
)
from numrec_tui.modes.digits.confusion import Confusion
from numrec_tui.modes.digits.gallery import Gallery
from numrec_tui.modes.digits.gallery_frame import GalleryFrame
from numrec_tui.modes.digits.one_digit import OneDigit
from numrec_tui.modes.digits.parts import PARTS, TITLES, Part, part_of
from numrec_tui.modes.mode import CANCEL_LOADING, FOLLOW, ModeScreen, Subject
from numrec_tui.session.report import NetworkView, Report
from numrec_tui.text.cut import cut

if TYPE_CHECKING:
    from numrec_tui.session.session import Session

SECONDS_BETWEEN_PREDICTIONS = 2.0
"""While it trains; a set is also read no longer than a fifth of the time."""

REST = 0.02
"""Seconds between two chunks of a reading, for those who train."""

SECONDS_TO_SETTLE = 0.25
"""How long the cursor stands still before the nearest digits are looked for."""

HUGE = 190
"""Columns from which on gallery, matrix and one digit stand side by side."""


class DigitsScreen(ModeScreen):
    """Gallery, confusion matrix, and one digit large."""

    name_of_mode = "digits"
    looks = True
    CSS_PATH = Path("screen.tcss")
    AUTO_FOCUS = "Gallery"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "part", "Set", id="digits.part",
                tooltip="Validation, test or training digits"),
        Binding("f", "outcome", "Filter", id="digits.outcome",
                tooltip="All, wrong, right, or those that were right before"),
        Binding("o", "order", "Order", id="digits.order",
                tooltip="As stored, least sure first, surest mistakes first"),
        Binding("c", "matrix", "Matrix", id="digits.matrix",
                tooltip="The confusion matrix, or back"),
        Binding("p", "face", "Why", id="digits.face",
                tooltip="The picture, which pixels speak for the reading, the nearest digits"),
        Binding("v", "ask", "Evidence", show=False, id="digits.ask",
                tooltip="Why it is read so, why not as another class, what speaks for a class"),
        Binding("less_than_sign", "ask_about(-1)", "Other class", show=False, key_display="< >",
                id="digits.other_back", tooltip="The class it is compared with, or averaged over"),
        Binding("greater_than_sign", "ask_about(1)", "Other class", show=False,
                id="digits.other"),
        Binding("right_square_bracket", "class('true', 1)", "True", key_display="[ ]",
                id="digits.true", tooltip="Only one true class"),
        Binding("left_square_bracket", "class('true', -1)", "True", show=False,
                id="digits.true_back"),
        Binding("right_curly_bracket", "class('guess', 1)", "Read as", key_display="{ }",
                id="digits.guess", tooltip="Only what is read as one class"),
        Binding("left_curly_bracket", "class('guess', -1)", "Read as", show=False,
                id="digits.guess_back"),
        FOLLOW,
        CANCEL_LOADING,
        Binding("escape", "back", "Back", show=False, id="digits.back",
                tooltip="Close the digit or the matrix, then drop the filter"),
    ]  # fmt: skip

    class Read(Message):
        """A set has been read; `seconds` of computing it took."""

        def __init__(self, part: Part, predictions: Predictions, seconds: float) -> None:
            self.part = part
            self.predictions = predictions
            self.seconds = seconds
            super().__init__()

    class Found(Message):
        """The training digits nearest to digit `row` of a set."""

        def __init__(self, digits: Digits, row: int, rows: Indices) -> None:
            self.digits = digits
            self.row = row
            self.rows = rows
            super().__init__()

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self.part: Part = "validation"
        self.filter = Filter()
        self.predictions: Predictions | None = None
        """How the set in front was last read."""
        self.rows: Indices = np.zeros(0, np.intp)
        """The digits in the gallery."""
        self._view: NetworkView | None = None
        self._history: dict[Part, LearningLog] = {part: LearningLog() for part in PARTS}
        self._searched: tuple[int, int] | None = None
        """The set and the digit whose nearest ones were looked for last."""
        self._busy = False
        self._not_before = 0.0
        self._waiting: clock.Alarm | None = None
        self._settling: clock.Alarm | None = None
        self._frame, self._matrix, self._one = GalleryFrame(), Confusion(), OneDigit()
        self._gallery = self._frame.gallery

    def panels(self) -> Iterable[Widget]:
        """The many, and the one."""
        yield Container(self._frame, self._matrix, id="many")
        yield self._one

    # ---- what comes in

    def show_report(self, report: Report) -> None:
        """A run that rests is read at once."""
        if report.state != "training" and self._waiting is not None:
            self._read_when_due()

    def show_view(self, view: NetworkView) -> None:
        """Take the network; read the set with it when it is time."""
        before, self._view = self._view, view.without_moments()
        if before is None or before.run != view.run or before.split is not view.split:
            self._history = {part: LearningLog() for part in PARTS}
            self._show_part()
        self._read_when_due()

    @property
    def digits(self) -> Digits | None:
        """The set in front."""
        return part_of(self._view.split, self.part) if self._view else None

    @property
    def subject(self) -> Subject:
        """The digit under the cursor."""
        row, digits = self._gallery.current, self.digits
        if row is None or digits is None or self.part == "validation":
            return Subject(row=row)
        name = f"{TITLES[self.part]} digit #{row}"
        return Subject(image=digits.images[row], name=name, label=int(digits.labels[row]))

    @property
    def said(self) -> str:
        """Which digits are shown, and in which order."""
        return self.filter.words

    @property
    def busy(self) -> str | None:
        """A set is being read."""
        return f"reading the {TITLES[self.part]} digits" if self._busy else super().busy

    @property
    def _up_to_date(self) -> bool:
        predictions, view = self.predictions, self._view
        if view is None:
            return True
        if (
            predictions is None
            or predictions.digits is not self.digits
            or predictions.run != view.run
        ):
            return False
        return predictions.position == view.position and predictions.network is view.network

    def _read_when_due(self) -> None:
        """Read the set, now or later; while one reading is under way the next one waits."""
        if self._busy or self._up_to_date or self._view is None:
            return
        training = self.report is not None and self.report.state == "training"
        wait = self._not_before - clock.current.now() if training else 0.0
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None
        if wait > 0:
            self._waiting = clock.current.call_later(self, wait, self._read_when_due)
        else:
            self._busy = True
            self._read(self._view, self.part)

    @work(thread=True, exclusive=True, group="read", description="read")
    def _read(self, view: NetworkView, part: Part) -> None:
        worker, began = get_current_worker(), clock.current.spent()

        def go_on() -> bool:
            clock.current.sleep(REST)
            return not worker.is_cancelled

        predictions = read(view.network, part_of(view.split, part), view.run, view.position, go_on)
        if predictions is not None:
            self.post_message(self.Read(part, predictions, clock.current.spent() - began))

    @on(Read)
    def _show_predictions(self, event: Read) -> None:
        if event.part != self.part or event.predictions.digits is not self.digits:
            return  # of a set that is no longer in front
        self._busy = False
        rest = max(SECONDS_BETWEEN_PREDICTIONS, 4 * event.seconds)
        self._not_before = clock.current.now() + rest
        self.predictions = event.predictions
        self._history[event.part].add(event.predictions.position, event.predictions.right)
        self._matrix.show(confusion(event.predictions), event.predictions.digits.class_names)
        self._show_chosen()
        self._read_when_due()

    # ---- what is shown

    def _show_part(self) -> None:
        """Another set: forget what was read of the one before, and read this one."""
        self.predictions = None
        self._busy = False  # a reading under way is of no use, and the next one ends it
        self._matrix.clear()
        self._show_chosen(follow=False)

    def _show_chosen(self, follow: bool = True) -> None:
        """Bring gallery and titles up to date."""
        digits = self.digits
        if digits is None:
            return
        forgotten = self._history[self.part].forgotten()
        self.rows = choose(digits, self.predictions, self.filter, forgotten)
        stay = follow and self.filter.order == "stored"
        self._gallery.show(digits, self.rows, self.predictions, stay)
        self._entitle(digits)

    def _entitle(self, digits: Digits) -> None:
        """Say in the frame what is shown, as far as it fits."""
        words = [TITLES[self.part], self.filter.in_words(digits.class_names)]
        count = f"{len(digits):,}"
        if len(self.rows) < len(digits):
            count = f"{len(self.rows):,} of {count}"
        room = max(self._frame.size.width - 4, 0) or 200  # until it is laid out
        self._frame.border_title = Content(cut(" · ".join([*filter(None, words), count]), room))
        self._frame.border_subtitle = cut(self._when(), room)

    def _when(self) -> str:
        if self.predictions is None:
            return "being read …"
        right = float(self.predictions.right.mean())
        more = spread(right, len(self.predictions.right))
        said = f"read at epoch {self.predictions.position:.1f} · {right:.1%} right"
        return f"{said} ({more})" if more else said

    @on(Gallery.Moved)
    @on(OneDigit.Turned)
    def _show_one(self) -> None:
        """Show the digit under the cursor large."""
        row, digits = self._gallery.current, self.digits
        self._one.visible = row is not None
        if row is None or digits is None:
            return
        network = self.predictions.network if self.predictions else None
        self._one.border_title = f"{TITLES[self.part]} image #{row}"
        self._one.show(digits, row, network, self._history[self.part].story(row))
        if self._settling is not None:
            self._settling.stop()
        if self._searched not in (None, (id(digits), row)):
            self._searched = None
        if self._one.wants_nearest and self._searched != (id(digits), row):
            self._settling = clock.current.call_later(
                self, SECONDS_TO_SETTLE, self._look_for_nearest
            )

    def _look_for_nearest(self) -> None:
        row, digits = self._gallery.current, self.digits
        if row is not None and digits is not None and self._view is not None:
            self._searched = id(digits), row
            self._find(self._view.split.train, digits, row)

    @work(thread=True, exclusive=True, group="nearest", description="nearest")
    def _find(self, train: Digits, digits: Digits, row: int) -> None:
        worker = get_current_worker()

        def go_on() -> bool:
            clock.current.sleep(REST / 4)
            return not worker.is_cancelled

        itself = row if digits is train else None
        rows = nearest(train, digits.images[row], itself=itself, go_on=go_on)
        if rows is not None:
            self.post_message(self.Found(digits, row, rows))

    @on(Found)
    def _show_found(self, event: Found) -> None:
        if self._view and event.digits is self.digits and event.row == self._gallery.current:
            self._one.show_nearest(self._view.split.train, [int(row) for row in event.rows])

    # ---- what a person asks for

    def action_part(self) -> None:
        """Turn to the next set."""
        self.part = PARTS[(PARTS.index(self.part) + 1) % len(PARTS)]
        self._show_part()
        self._read_when_due()

    def action_outcome(self) -> None:
        """All, wrong, right, forgotten."""
        self._use(self.filter.turned("outcome"))

    def action_order(self) -> None:
        """As stored, least sure first, surest mistakes first."""
        self._use(self.filter.turned("order"))

    def action_class(self, what: Literal["true", "guess"], by: int) -> None:
        """Any class, the first, the second …"""
        if self.digits is not None:
            self._use(self.filter.with_next(what, by, self.digits.classes))

    def action_face(self) -> None:
        """The picture, the evidence for its reading, the nearest digits; large if unseen."""
        closed = not self._one.display
        if closed:
            self._show_large(True)
        if not closed or self._one.face == "picture":
            self._one.turn()

    def action_ask(self) -> None:
        """The evidence, large if unseen; then the next question about it."""
        if not self._one.display:
            self._show_large(True)
        self._one.ask()

    def action_ask_about(self, by: int) -> None:
        """Compare with another class, or average another one."""
        self._one.ask_about(by)

    def action_matrix(self) -> None:
        """The matrix in the gallery's place, or beside it, or back."""
        self.remove_class("-one")
        self.toggle_class("-matrix")
        (self._matrix if self.has_class("-matrix") else self._gallery).focus()

    def action_back(self) -> None:
        """Close what is open, then drop the filter."""
        if self.has_class("-one"):
            self._show_large(False)
        elif self._one.has_focus:
            self._gallery.focus()
        elif self.has_class("-matrix"):
            self.action_matrix()
        else:
            self._use(Filter())

    def on_resize(self) -> None:
        """Very wide windows have room for all three."""
        self.set_class(self.size.width >= HUGE, "-huge")
        if self.digits is not None:
            self.call_after_refresh(self._entitle, self.digits)

    @on(Gallery.Picked)
    def _toggle_large(self) -> None:
        self._show_large(not self.has_class("-one"))

    def _show_large(self, large: bool) -> None:
        """In a small window the digit takes the gallery's place."""
        if large and self.has_class("-wide"):
            self._one.focus()
            return
        self.set_class(large, "-one")
        (self._one if large else self._gallery).focus()

    @on(OneDigit.Stepped)
    def _step(self, event: OneDigit.Stepped) -> None:
        self._gallery.action_move(event.by)

    @on(Confusion.Picked)
    def _show_cell(self, event: Confusion.Picked) -> None:
        margin = event.true is None or event.guess is None
        outcome: Outcome = "wrong" if margin else "all"
        self._use(Filter(outcome, event.true, event.guess, self.filter.order))
        self._gallery.first()
        if not self.has_class("-huge"):
            self.remove_class("-matrix")
        self._gallery.focus()

    def _use(self, wanted: Filter) -> None:
        self.filter = wanted
        self._show_chosen()
