"""What to learn from: one of the known sets, a folder, or several together with weights."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from engine.data.mixture import Source, sources
from engine.errors import DataError
from numrec_tui.charts.picture import SECOND_DOT
from numrec_tui.storage.known_sets import KnownSet
from numrec_tui.widgets.dialog import Dialog, Options
from numrec_tui.widgets.field import Field
from numrec_tui.widgets.key_line import KeyLine

PART = 0.01
"""The part of the images that one key takes: few enough to be overfitted soon."""

WEIGHTS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0)
"""How many of the images are taken: a part of them, or each of them several times."""


HINT = """\
mnist*0.1,./mine*3: a tenth, and each image 3 times.
b: scored beside the validation (▵), not learned from.
o: 1 % of the images: an overfitting experiment."""


class SetList(Options):
    """The known sets; each is marked or not, and has a weight."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "screen.mark", "Add", id="data.mark",
                tooltip="Learn from this set, too; or not from it any more"),
        Binding("left", "screen.weigh(-1)", "Images", key_display="←→", id="data.fewer",
                tooltip="Take fewer of its images, or more of them, or each several times"),
        Binding("right", "screen.weigh(1)", "Images", show=False, id="data.more"),
        Binding("o", "screen.overfit", "1 %", show=False, id="data.overfit",
                tooltip="Learn from a hundredth of the images at once: watch it overfit; or "
                "from all again"),
        Binding("b", "screen.beside", "Beside", id="data.beside",
                tooltip="Score this set after every epoch, beside the validation, or no longer"),
        Binding("k", "screen.keep", "Keep", id="data.keep",
                tooltip="Learn from it with the network in use, where it fits"),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chosen:
    """names: as `--data` takes them. keep_network: whether the network in use learns on.

    score_on: the set that is scored beside the validation; empty for none.
    """

    names: str
    keep_network: bool = False
    score_on: str = ""
    overfits: bool | None = None
    """Whether it is to show overfitting (nothing is varied, and the test images validate), or no
    more (False); None if that was not asked for."""


class DataScreen(Dialog[Chosen | None]):
    """Asks what to learn from; what was chosen comes back, or None.

    known: the sets to choose from. current: what is learned from now, as it was asked for.
    score_on: the set that is scored beside the validation now; empty if none is.
    """

    DEFAULT_CSS = """
    DataScreen { align: center middle; }
    DataScreen > Vertical {
        width: 96; max-width: 98%; height: auto; max-height: 96%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    DataScreen SetList {
        height: auto; max-height: 12; border: none; padding: 0; background: $surface;
        &:focus { border: none; }
    }
    DataScreen Static { height: auto; color: $text-muted; }
    DataScreen Input { border: none; height: 1; padding: 0; margin: 1 0 0 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Cancel", id="data.cancel"),
        Binding("tab", "app.focus_next", "Name", id="data.next"),
    ]

    def __init__(self, known: Sequence[KnownSet], current: str, score_on: str = "") -> None:
        super().__init__()
        self._known = list(known)
        self._chosen = {each.name: each.weight for each in sources(current)}
        """What is marked, with its weight, in the order in which it was marked."""
        names = [each.name for each in self._known]
        self._known = [
            *(
                KnownSet(name, "in use")
                for name in dict.fromkeys((*self._chosen, score_on))
                if name and name not in names
            ),
            *self._known,
        ]
        self._score_on = score_on
        self._untouched = True
        self._written = current
        """What the field held last."""
        self._list = SetList()
        self._field = Field(current, "a name, a folder, or several with commas")

    def compose(self) -> ComposeResult:
        """The list, the name that follows from it or is typed, and the keys."""
        with Vertical() as box:
            box.border_title = "What to learn from"
            box.border_subtitle = "enter begins a new run on it, escape changes nothing"
            yield self._list
            yield self._field
            yield Static(HINT)
        yield KeyLine()

    def on_mount(self) -> None:
        """Begin at what is in use."""
        self._show()
        marked = [at for at, each in enumerate(self._known) if each.name in self._chosen]
        self._list.highlighted = marked[0] if marked else 0
        self._list.focus()

    def _show(self) -> None:
        at = self._list.highlighted
        self._list.set_options(map(self._option, self._known))
        self._list.highlighted = at

    def _option(self, known: KnownSet) -> Option:
        weight = self._chosen.get(known.name)
        mark = "●" if weight is not None else "○"
        times = "" if weight in (None, 1.0) else f" *{weight:g}"
        style = "" if known.is_here else "$text-muted"
        text = Content.assemble(
            (f"{mark} ", "$text-success" if weight is not None else "$text-muted"),
            (f"{known.name}{times}", style or "b"),
            (f" {SECOND_DOT}" * (known.name == self._score_on), "$text-secondary"),
            (f"  {known.about}", "$text-muted"),
        )
        return Option(text)

    @property
    def _here(self) -> KnownSet | None:
        at = self._list.highlighted
        return None if at is None else self._known[at]

    def action_mark(self) -> None:
        """Learn from the set under the cursor, too, or not any more."""
        here = self._here
        if here is None:
            return
        if self._chosen.pop(here.name, None) is None:
            self._chosen[here.name] = 1.0
        self._write()

    def action_weigh(self, by: int) -> None:
        """Take fewer of the images of the set under the cursor, or more."""
        here = self._here
        if here is None:
            return
        now = self._chosen.get(here.name, 1.0)
        nearest = min(range(len(WEIGHTS)), key=lambda at: abs(WEIGHTS[at] - now))
        at = min(max(nearest + by, 0), len(WEIGHTS) - 1)
        if self._untouched and here.name not in self._chosen:
            self._chosen.clear()  # fewer of another set: of that one alone
        self._chosen[here.name] = WEIGHTS[at]
        self._write()

    def action_beside(self) -> None:
        """Score the set under the cursor beside the validation, or no longer."""
        here = self._here
        if here is not None:
            self._score_on = "" if here.name == self._score_on else here.name
            self._write()

    def action_overfit(self) -> None:
        """Take a hundredth of what is marked, or of the set under the cursor where that is another.

        All of the images, where it is a hundredth already.
        """
        here, chosen = self._here, self._chosen
        if self._untouched and here is not None and here.name not in chosen:
            chosen = {here.name: 1.0}
        weight = 1.0 if set(chosen.values()) == {PART} else PART
        names = ",".join(str(Source(name, weight)) for name in chosen)
        self._take(names, overfits=weight == PART)

    def _write(self) -> None:
        """Let the field say what is marked."""
        self._untouched = False
        self._written = ",".join(str(Source(*each)) for each in self._chosen.items())
        self._field.value = self._written
        self._show()

    @on(OptionList.OptionSelected)
    def _take_marked(self) -> None:
        """Enter in the list: what is marked, or the set under the cursor where nothing was."""
        self._take(self._names)

    def action_keep(self) -> None:
        """Take what is marked, and let the network in use learn on."""
        self._take(self._names, keep_network=True)

    @property
    def _names(self) -> str:
        here = self._here
        return here.name if self._untouched and here is not None else self._field.value

    @on(Input.Submitted)
    def _take_typed(self, event: Input.Submitted) -> None:
        self._take(event.value)

    @on(Input.Changed)
    def _follow(self, event: Input.Changed) -> None:
        """Mark what is typed, as far as it makes sense."""
        if event.value == self._written:
            return
        self._untouched, self._written = False, event.value
        with suppress(DataError):
            self._chosen = {each.name: each.weight for each in sources(event.value) if each.name}
            self._show()

    def _take(self, names: str, keep_network: bool = False, overfits: bool | None = None) -> None:
        names = names.strip()
        try:
            sources(names)
        except DataError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        chosen = Chosen(names, keep_network, self._score_on, overfits)
        self.dismiss(chosen if names else None)
