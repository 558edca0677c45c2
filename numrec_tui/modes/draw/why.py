"""Why a drawing is read as it is: what speaks for one class rather than another, what is like it.

From here it is corrected, too: kept with its right class, and learned until it is read right.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Label
from textual.worker import get_current_worker

from engine.data.dataset import Digits, Split
from engine.nn.arrays import Bytes
from numrec_tui.insight.attribution import gradient_times_input
from numrec_tui.lessons.glossary import listed
from numrec_tui.modes.draw.label_prompt import WhichScreen
from numrec_tui.modes.draw.neighbors import Found, Neighbors
from numrec_tui.modes.draw.verdict import in_words, laid_out, probabilities
from numrec_tui.modes.glossary_screen import GlossaryScreen
from numrec_tui.session.corrector import in_words as outcome_in_words
from numrec_tui.session.report import Corrected, NetworkView, Report
from numrec_tui.widgets.dialog import Dialog
from numrec_tui.widgets.digit import DigitPicture
from numrec_tui.widgets.signed_map import SignedMap
from numrec_tui.widgets.thumbnails import thumbnails

if TYPE_CHECKING:
    from numrec_tui.session.session import Session

LIKE, SIDE = 3, 14
"""Training images that are shown because they are like it; their longer side at most."""

MOST_CHANGED, HIGH = 5, 30
"""Digits that were won or lost and are shown; lines of the window from which on they are."""

HINT = (
    "[@click=screen.other(1)]←→ other class[/]  [@click=screen.correct]c correct it[/]  "
    "[@click=screen.take_back]U take back[/]  [@click=screen.leave]escape[/]"
)
"""The keys, which can be clicked as well."""


class WhyScreen(Dialog[None]):
    """The view over Draw; it follows what the network learns.

    picture (28, 28): the drawing. keep: keeps it as data, as the class of these names that is
    given; returns False where it does not, and then nothing is learned.
    take_back: undoes the last correction, and what was kept with it.
    """

    DEFAULT_CSS = """
    WhyScreen { align: center middle; }
    WhyScreen > Vertical {
        width: 76; max-width: 98%; height: auto; max-height: 100%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    WhyScreen Horizontal { height: auto; }
    WhyScreen #evidence { width: 28; height: auto; margin-right: 1; }
    WhyScreen #told { width: 1fr; height: auto; }
    WhyScreen Label { width: 1fr; height: auto; }
    WhyScreen #rarity, WhyScreen #like { margin-top: 1; }
    WhyScreen #like, WhyScreen #changes { color: $text-muted; }
    WhyScreen #outcome { color: $text-success; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "other(-1)", "Other class", show=False, key_display="←→", id="why.previous",
                tooltip="Compare with another class"),
        Binding("right", "other(1)", "Other class", show=False, id="why.next"),
        Binding("c", "correct", "Correct", show=False, id="why.correct",
                tooltip="Keep the drawing with its right class, and learn it for some seconds"),
        Binding("U", "take_back", "Take back", show=False, id="why.take_back",
                tooltip="Take the correction back: the network as it was, the drawing not kept"),
        Binding("f1", "explain", "Glossary", show=False, key_display="F1", id="why.glossary",
                tooltip="What evidence is, and every other word"),
        Binding("escape,p,q", "leave", "Back", show=False, id="why.leave",
                tooltip="Back; or end the correction under way"),
    ]  # fmt: skip

    def __init__(
        self,
        session: "Session",
        view: NetworkView,
        picture: Bytes,
        neighbors: Neighbors,
        keep: Callable[[int, Sequence[str]], bool],
        take_back: Callable[[], None],
    ) -> None:
        super().__init__()
        self._session, self._view, self._picture = session, view, picture
        self._neighbors, self._keep, self._take_back = neighbors, keep, take_back
        self._report: Report | None = None
        self._rank = 1
        """Which class it is compared with: 1 is the second most probable one."""
        self._box = Vertical()
        self._evidence = SignedMap(id="evidence")
        self._like_it = DigitPicture(id="nearest")
        self._changed = DigitPicture(id="changed")
        self._verdict, self._rarity, self._like, self._outcome, self._changes = (
            Label(id=name, markup=False)
            for name in ("verdict", "rarity", "like", "outcome", "changes")
        )

    def compose(self) -> ComposeResult:
        """The evidence; beside it what is told, and what is like it; below what was changed."""
        with self._box:
            self._box.border_subtitle = HINT
            with Horizontal():
                yield self._evidence
                with Vertical(id="told"):
                    yield self._verdict
                    yield self._rarity
                    yield self._like
                    yield self._like_it
            yield self._outcome
            yield self._changes
            yield self._changed

    def on_mount(self) -> None:
        """What takes a while is looked for in a thread."""
        self._rarity.update("looking for training images like it …")
        self._show_evidence()
        self._show_outcome()
        self._look()

    # What is shown.

    def show_report(self, report: Report) -> None:
        """Tell what became of a correction."""
        self._report = report
        if self.is_attached:
            self._show_outcome()

    def show_view(self, view: NetworkView) -> None:
        """Show what the network makes of the drawing now, and what is like it in other images."""
        before, self._view = self._view, view
        if self.is_attached:
            self._show_evidence()
            if before.split is not view.split:
                self._look()

    @property
    def _names(self) -> tuple[str, ...]:
        return self._view.split.class_names

    @property
    def _shape(self) -> tuple[int, int]:
        rows, columns = self._view.split.train.images.shape[1:]
        return rows, columns

    @property
    def _image(self) -> Bytes:
        """The drawing at the size of the data."""
        return laid_out(self._picture, self._shape)

    def _show_evidence(self) -> None:
        outputs = probabilities(self._view.network, self._image)
        self._verdict.update(in_words(outputs, self._names, "\n"))
        ranked = np.argsort([-output for output in outputs], kind="stable")
        best, other = int(ranked[0]), int(ranked[min(self._rank, len(ranked) - 1)])
        values = gradient_times_input(self._view.network, self._image, best, other)
        best_name, other_name = self._names[best], self._names[other]
        self._evidence.show(values, best_name, f"for {other_name}")
        title = f"Why {best_name} rather than {other_name}?"
        self._box.border_title = Content(title)

    def _show_outcome(self) -> None:
        report, done = self._report, self._own_correction
        if report is not None and report.correcting:
            self._outcome.update("Learning it … escape cancels.")
        elif done is not None:
            self._outcome.update(outcome_in_words(done, self._names))
        else:
            self._outcome.update("")
        self._outcome.display = bool(str(self._outcome.content))
        self._show_changed(done, report.validation if report is not None else None)

    def _show_changed(self, done: Corrected | None, digits: Digits | None) -> None:
        rows = [*done.lost, *done.won][:MOST_CHANGED] if done is not None else []
        shows = bool(rows) and digits is not None and self.app.size.height >= HIGH
        self._changes.display = self._changed.display = shows
        if not shows or done is None or digits is None:
            return
        words = [
            f"{what}: {', '.join(self._names[digits.labels[row]] for row in few)}"
            for what, few in (("lost", rows[: len(done.lost)]), ("won", rows[len(done.lost) :]))
            if few
        ]
        self._changes.update(" · ".join(words))
        self._changed.show(_side_by_side(thumbnails(digits.images[rows], SIDE)))

    @property
    def _own_correction(self) -> Corrected | None:
        """That of this drawing, if it can be taken back."""
        done = self._report.corrected if self._report is not None else None
        return done if done is not None and np.array_equal(done.picture, self._image) else None

    @work(thread=True, exclusive=True, group="neighbors", description="neighbors")
    def _look(self) -> None:
        worker, split = get_current_worker(), self._view.split
        found = self._neighbors.find(split, self._image, LIKE, lambda: not worker.is_cancelled)
        if found is not None:
            self.app.call_from_thread(self._show_found, found, split)

    def _show_found(self, found: Found, split: Split) -> None:
        if not self.is_attached or split is not self._view.split:
            return  # other images are looked through by now
        digits = split.train
        labels = [self._names[digits.labels[row]] for row in found.rows]
        self._rarity.update(found.words)
        self._like.update(f"most like it in training: {', '.join(labels)}")
        room = max(self._like.size.width, 3 * LIKE)
        side = min(SIDE, max((room - LIKE + 1) // LIKE, 2))
        self._like_it.show(_side_by_side(thumbnails(digits.images[list(found.rows)], side)))

    # What is asked for.

    def action_other(self, by: int) -> None:
        """Compare with the class that is more or less probable."""
        self._rank = 1 + (self._rank - 1 + by) % (len(self._names) - 1)
        self._show_evidence()

    def action_correct(self) -> None:
        """Ask what it is; then keep it as that, and learn it."""
        outputs = probabilities(self._view.network, self._image)
        second = int(np.argsort([-output for output in outputs], kind="stable")[1])

        names = self._names

        def learn(label: int | None) -> None:
            if label is not None and self._keep(label, names):
                self._session.correct(self._image, label)

        self.app.push_screen(WhichScreen(names, second), learn)

    def action_take_back(self) -> None:
        """The network as it was before the correction, the drawing not kept."""
        if self._own_correction is not None:
            self._take_back()

    def action_explain(self) -> None:
        """Open the glossary at what is shown here."""
        said = " ".join(str(label.content) for label in self.query(Label))
        self.app.push_screen(GlossaryScreen(listed("draw", ["evidence", "nearest"], said)))

    def action_leave(self) -> None:
        """End a correction that is under way; else close."""
        if self._report is not None and self._report.correcting:
            self._session.cancel_correction()
        else:
            self.dismiss()


def _side_by_side(images: Sequence[Bytes] | Bytes) -> Bytes:
    """Pictures (n, rows, columns) in a row, a pixel apart."""
    gap = np.zeros((len(images[0]), 1), np.uint8)
    return np.hstack([part for image in images for part in (image, gap)][:-1])
