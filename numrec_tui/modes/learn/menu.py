"""The menu of the experiments: what each is about, and which were done."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from numrec_tui.lessons.shelf import Shelved
from numrec_tui.storage.lesson_progress import Done
from numrec_tui.widgets.dialog import Dialog, Options


class ExperimentsMenu(Dialog[Shelved | None]):
    """Asks for an experiment; it comes back, or None. done: what was done, by key."""

    DEFAULT_CSS = """
    ExperimentsMenu { align: center middle; }
    ExperimentsMenu > Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 96%;
        border: round $primary; background: $surface; padding: 0 1;
    }
    ExperimentsMenu OptionList {
        height: auto; max-height: 100%; border: none; padding: 0; background: $surface;
        &:focus { border: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,x", "dismiss", "Cancel", show=False, id="experiments.cancel")
    ]

    def __init__(self, lessons: Sequence[Shelved], done: Mapping[str, Done]) -> None:
        super().__init__()
        self._lessons = lessons
        self._done = done

    def compose(self) -> ComposeResult:
        """Each experiment: its title, what it is about, how far it was done."""
        with Vertical() as box:
            box.border_title = "Experiments, on real runs; your run waits meanwhile"
            box.border_subtitle = "enter begins one, escape cancels"
            yield Options(*(self._option(at, each) for at, each in enumerate(self._lessons, 1)))

    def on_mount(self) -> None:
        """Begin at the first one that was not done."""
        left = (at for at, each in enumerate(self._lessons) if not self._is_complete(each))
        self.query_one(OptionList).highlighted = next(left, 0)

    def _is_complete(self, shelved: Shelved) -> bool:
        done = self._done.get(shelved.key)
        return done is not None and done.is_complete

    def _option(self, number: int, shelved: Shelved) -> Option:
        done = self._done.get(shelved.key)
        if shelved.lesson is None:
            said = Content.styled(f"✗ {shelved.problem}", "$text-error")
            return Option(said, disabled=True)
        sign = "✓" if self._is_complete(shelved) else "…" if done else " "
        title = Content.assemble(f"{sign} {number:2} ", (shelved.lesson.title, "bold"))
        how = f"  {done.right} of {done.asked} predicted rightly" if done and done.asked else ""
        about = Content.styled(f"\n     {shelved.lesson.about}", "dim")
        return Option(Content.assemble(title, (how, "dim"), about))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._lessons[event.option_index])
