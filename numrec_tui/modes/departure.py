"""How a person leaves the app: once all is saved; where that cannot be, after being asked."""

from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from textual.app import App

from numrec_tui.modes.messages import MayLeave
from numrec_tui.modes.unsaved_prompt import AGAIN, FOLDER, LEAVE, UnsavedScreen
from numrec_tui.storage.paths import elsewhere
from numrec_tui.widgets.path_prompt import PathScreen, as_path

if TYPE_CHECKING:
    from numrec_tui.session.session import Session

AT_ONCE = 0.3
"""Seconds that the screen stands still at most for the session to save."""


class Departure:
    """Asks the session whether nothing would be lost, and the person what to do if it would."""

    def __init__(self, app: App[None], session: "Session") -> None:
        self._app = app
        self._session = session
        self._waits = False
        """Whether somebody wants to leave, and the session has not said yet that it is safe."""
        self._trained = False
        """Whether the run was training when somebody wanted to leave."""

    @property
    def busy(self) -> str | None:
        """What is waited for before the app can be left; None if nobody wants to leave."""
        return "all is being saved" if self._waits else None

    def ask(self, trains: bool = False) -> None:
        """Leave once everything is saved; asked again meanwhile, leave at once.

        trains: whether the run is training, and is to go on if the person stays.
        """
        if self._waits:
            self._app.exit()
            return
        self._waits, self._trained = True, self._trained or trains
        said: SimpleQueue[str | None] = SimpleQueue()

        def hear(problem: str | None) -> None:
            said.put(problem)
            self._app.post_message(MayLeave(problem))

        self._session.ask_to_leave(hear)
        with suppress(Empty):  # then it takes longer, and the message tells
            self.answer(said.get(timeout=AT_ONCE))

    def answer(self, problem: str | None) -> None:
        """The session has saved all it could. problem: why what was learned would be lost."""
        waited, self._waits = self._waits, False
        if waited and problem is None:
            self._app.exit()
        elif waited and problem is not None:
            self.ask_what_to_do(problem, leaving=True)

    def ask_what_to_do(self, problem: str, leaving: bool) -> None:
        """Ask about a run that cannot be saved."""
        if not isinstance(self._app.screen, UnsavedScreen):
            page = UnsavedScreen(problem, leaving)
            self._app.push_screen(page, partial(self._do, problem, leaving))

    def _do(self, problem: str, leaving: bool, answer: str | None) -> None:
        if answer == LEAVE:
            self._session.abandon()
            self._app.exit()
        elif answer == FOLDER:
            prompt = PathScreen(
                str(elsewhere()), "Save in another folder", "path of a folder", _does
            )
            self._app.push_screen(prompt, partial(self._move, problem, leaving))
        elif answer == AGAIN and leaving:
            self.ask()
        elif answer == AGAIN:
            self._session.save()
        elif leaving and self._trained:
            self._trained = False
            self._session.start()

    def _move(self, problem: str, leaving: bool, typed: str | None) -> None:
        if typed is None:
            self.ask_what_to_do(problem, leaving)
            return
        self._session.move(as_path(typed).absolute())
        if leaving:
            self.ask()


def _does(_typed: str) -> str:
    return "saves this run there"
