"""The keys, listed from the bindings themselves, and what the panels mean."""

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from numrec_tui.lessons.glossary import of_subject
from numrec_tui.storage.paths import preferences_file
from numrec_tui.widgets.dialog import Dialog

ABOUT = """\
A network learns to read handwritten digits while you watch. Each epoch shows it every \
training image once; after each, it reads validation images it never learns from.

[b]●[/] marks a setting that changes at once and leaves a mark on the chart; the others wait for \
the next run, with a [b]○[/] until then. Quitting saves the run to the models folder."""


REMAP = """\
[b]Keys of your own[/]

A key is changed, and a theme kept, in the file named below: under [b]\\[keys][/] a line such as \
[b]"train.step" = "b"[/] gives it another. What can be given one here is called:"""


class HelpScreen(Dialog[None]):
    """A page over the screen; any of its keys closes it."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll {
        width: 76; max-width: 96%; height: auto; max-height: 96%;
        border: round $primary; background: $surface; padding: 0 2;
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter,space", "dismiss", "Close", show=False)
    ]

    def __init__(self, keys: Iterable[tuple[str, str, str]]) -> None:
        super().__init__()
        self._keys = tuple(keys)

    def compose(self) -> ComposeResult:
        """What it is about, then key by key; last, how a key is changed."""
        width = max((len(key) for key, _, _ in self._keys), default=0)
        lines = Content("\n").join(
            Content.styled(f"{key:>{width}}", "b $accent") + f"  {what}"
            for key, what, _ in self._keys
        )
        names = "\n".join(f"{key:>{width}}  {name}" for key, _, name in self._keys if name)
        with VerticalScroll() as page:
            page.border_title = "numrec-tui"
            page.border_subtitle = "escape closes"
            yield Static(
                Content("\n\n").join([
                    Content.from_markup(ABOUT), lines, Content.from_markup(_health_words()),
                    Content.from_markup(REMAP), Content.styled(names, "dim") + "\n",
                ])
            )  # fmt: skip
            yield Static(str(preferences_file()), markup=False, id="preferences")


def _health_words() -> str:
    """What the words of the health line mean, and of what there is to do."""
    words = "\n".join(f"[b]{entry.name}[/]: {entry.about}" for entry in of_subject("health"))
    return (
        "[b]The health line[/] is below the progress while a run is under way: numbers, and after "
        f"a ⚠ what is off and what may help. F1 explains every other word, too.\n{words}"
    )
