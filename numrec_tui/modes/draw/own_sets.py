"""Sets of one's own in the Draw mode: choose or make one, draw for it, and learn meanwhile."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from textual.screen import Screen

from engine.errors import DataError, EngineError
from engine.nn.arrays import Bytes
from numrec_tui.modes.draw.label_prompt import WhichScreen
from numrec_tui.modes.draw.own_drawing import Edit, OwnDrawing
from numrec_tui.modes.draw.set_screen import SetScreen
from numrec_tui.session.session import Session
from numrec_tui.storage.own_set import OwnSet, checked_classes
from numrec_tui.storage.own_set_files import change, create, folder_named, open_set, own_folders
from numrec_tui.storage.paths import sets_folder
from numrec_tui.widgets.path_prompt import PathScreen

T = TypeVar("T")

NEW = "A new set"

CLASSES = "with commas, such as heart, star, moon; 2 to 64"


@dataclass(frozen=True, slots=True)
class Task:
    """A change of a set that is to be written; without one its last change is taken back.

    keeps: whether it adds a drawing, whose class is awaited until then.
    """

    drawing: OwnDrawing
    edit: Edit | None
    keeps: bool = False


class OwnSets:
    """The set that is drawn for, if there is one.

    on_change: called whenever it is another one, or has changed.
    """

    def __init__(
        self, screen: Screen[None], session: Session, on_change: Callable[[], None]
    ) -> None:
        self.drawing: OwnDrawing | None = None
        self._screen, self._session, self._on_change = screen, session, on_change
        self._page: SetScreen | None = None
        self._followed: Path | None = None
        """What the session learned from when that was looked at last."""
        self._tasks: deque[Task] = deque()
        """What is still to be done, in its order."""
        self._works = False

    @property
    def busy(self) -> bool:
        """Whether something is still to be written."""
        return self._works or bool(self._tasks)

    # Which set it is.

    def choose(self) -> None:
        """Ask which set to draw for; where there is none yet, make one."""
        folders = own_folders()
        if not folders:
            self.make()
            return

        def take(index: int | None) -> None:
            if index == 0:
                self.make()
            elif index is not None:
                self.open(folders[index - 1])

        names = (NEW, *(folder.name for folder in folders))
        here = self.drawing.folder if self.drawing else folders[0]
        at = folders.index(here) + 1 if here in folders else 1
        self._screen.app.push_screen(WhichScreen(names, at, "Draw for which set?"), take)

    def make(self, text: str = "") -> None:
        """Ask what a new set is called, then what its classes are."""

        def take(name: str | None) -> None:
            if name is None:
                return
            try:
                folder = folder_named(name)
                if folder.exists():
                    raise DataError(f"There is a set called {name} already; choose another name.")
            except EngineError as error:
                self._complain(error)
                self.make(name)
                return
            self._ask_classes(folder)

        self._ask(text, "A new set: what is it called?", "such as runes", take)

    def _ask_classes(self, folder: Path, text: str = "") -> None:
        def take(typed: str | None) -> None:
            if typed is None:
                return
            try:
                names = checked_classes(parted(typed))
            except DataError as error:
                self._complain(error)
                self._ask_classes(folder, typed)
                return
            self._in_a_thread(lambda: create(folder, names), lambda own: self._show(folder, own))

        self._ask(text, f"What are the classes of {folder.name}?", CLASSES, take)

    def _ask(self, text: str, title: str, hint: str, take: Callable[[str | None], None]) -> None:
        self._screen.app.push_screen(PathScreen(text, title, hint, lambda _: "goes on"), take)

    def open(self, folder: Path) -> None:
        """Draw for this set from now on."""
        self._in_a_thread(lambda: open_set(folder), lambda own: self._show(folder, own))

    def follow(self) -> None:
        """Draw for the set that the session learns from, if it is one and none was chosen."""
        folder = Path(self._session.source)
        if self.drawing is not None or self._followed == folder:
            return
        self._followed = folder
        if folder.parent == sets_folder() and folder.is_dir():
            self._in_a_thread(
                lambda: open_set(folder), lambda own: self._show(folder, own, learn=False)
            )

    def _show(self, folder: Path, own: OwnSet, learn: bool = True) -> None:
        self.drawing = OwnDrawing(folder, own)
        self._changed(learn)

    # What is done with it.

    def keep(self, picture: Bytes, label: int) -> None:
        """Keep a drawing of this class."""
        drawing = self.drawing
        if drawing is not None:
            drawing.awaited.append(label)
            self._do(Task(drawing, lambda own: own.add(picture, label), keeps=True))
            self._on_change()

    def keep_drawn(self, picture: Bytes, asked: str) -> bool:
        """Keep what is on the pad; returns whether anything is.

        asked: the name of the class that was asked for when it was begun.
        """
        drawing = self.drawing
        if drawing is None:
            return False
        if not picture.any():
            name = drawing.class_name(drawing.next)
            said = f"Draw {name} first: drag the mouse, or press enter and the arrows."
            self._screen.notify(said, markup=False)
            return False
        self.keep(picture, drawing.class_of(asked))
        return True

    def keep_corrected(self, picture: Bytes, name: str) -> bool:
        """Keep a drawing as what it was corrected to; returns whether the set has such a class."""
        drawing = self.drawing
        if drawing is None or name not in drawing.own.classes:
            said = f"The network has not learned from this set yet, which has no class {name}: "
            self._screen.notify(f"{said}d keeps the drawing.", severity="warning", markup=False)
            return False
        self.keep(picture, drawing.own.classes.index(name))
        return True

    def repair(self) -> None:
        """Finish what a program that was ended had still to write."""
        self._in_a_thread(lambda: [*map(open_set, own_folders())], lambda _: None)

    def undo(self) -> None:
        """Take the last change back."""
        if self.drawing is not None and self.drawing.can_undo:
            self._do(Task(self.drawing, None))

    def choose_next(self) -> None:
        """Ask what to draw next."""
        drawing = self.drawing
        if drawing is None:
            return

        def take(label: int | None) -> None:
            if label is not None:
                drawing.choose(label)
                self._on_change()

        page = WhichScreen(drawing.own.classes, drawing.next, "What to draw next?")
        self._screen.app.push_screen(page, take)

    def look(self) -> None:
        """Show what is in the set, to change it."""
        if self.drawing is not None:
            self._page = SetScreen(self.drawing, self._edit, self.undo)
            self._screen.app.push_screen(self._page)

    def _edit(self, edit: Edit) -> None:
        if self.drawing is not None:
            self._do(Task(self.drawing, edit))

    def _do(self, task: Task) -> None:
        self._tasks.append(task)
        self._go_on()

    def _go_on(self) -> None:
        """Do what is to be done next: one thing after the other, as a disk may be slow."""
        if self._works or not self._tasks:
            return
        task = self._tasks.popleft()
        drawing, edit, expected = task.drawing, task.edit, None
        if edit is None:
            if drawing.undone is None:  # it was taken back already
                self._go_on()
                return
            before, expected = drawing.undone
            edit = partial(_replaced, before)
        self._works = True

        def done(sets: tuple[OwnSet, OwnSet]) -> None:
            self._works = False
            if task.keeps:
                del drawing.awaited[0]
            if task.edit is None:
                drawing.take_undone()
            else:
                drawing.take(*sets)
            self._changed()
            self._go_on()

        def failed() -> None:
            self._works = False
            drawing.awaited.clear()
            self._tasks = deque(other for other in self._tasks if other.drawing is not drawing)
            self._in_a_thread(
                lambda: open_set(drawing.folder), lambda own: self._reopen(drawing, own)
            )
            self._go_on()

        self._in_a_thread(lambda: change(drawing.folder, edit, expected), done, failed)

    def _reopen(self, drawing: OwnDrawing, own: OwnSet) -> None:
        drawing.reopen(own)
        self._changed()

    def _changed(self, learn: bool = True) -> None:
        """Show the set as it is now, and let the network learn from it as soon as it can."""
        drawing = self.drawing
        if drawing is None:
            return
        if learn and drawing.own.lacks is None:
            self._session.take_up(drawing.own.data_set(drawing.name), str(drawing.folder))
        if self._page is not None and self._page.is_attached:
            self._page.show_set()
        self._on_change()

    def _complain(self, error: Exception) -> None:
        self._screen.notify(str(error), severity="error", markup=False)

    def _in_a_thread(
        self,
        work: Callable[[], T],
        take: Callable[[T], None],
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        app = self._screen.app

        def run() -> None:
            try:
                found = work()
            except EngineError as error:
                app.call_from_thread(self._complain, error)
                app.call_from_thread(failed)
                return
            app.call_from_thread(take, found)

        self._screen.run_worker(run, thread=True, group="own", description="own set")


def _replaced(by: OwnSet, _own: OwnSet) -> OwnSet:
    return by


def parted(typed: str) -> list[str]:
    """The names of classes as they are typed: commas between them, or blanks if there is none."""
    return [name.strip() for name in typed.split(",")] if "," in typed else typed.split()
