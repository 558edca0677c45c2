"""The modes of the app, in order: the key of each, its name, and where its screen is.

Another package adds one by an entry point of the group `numrec.app` that names a module; when that
is imported, it calls `mode`. Entry points are read when the modes are listed: by the app alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from engine.errors import EngineError
from engine.registry import PLUG_INS as ENGINE
from engine.registry import PlugIns, Registry

if TYPE_CHECKING:
    from textual.screen import Screen

    from numrec_tui.session.session import Session

OURS = "numrec_tui."
"""What the names of our own modules begin with."""

KEYS = "123456789"
"""The keys of the modes, in their order; what is added after these is opened by a click."""


class ModeError(EngineError):
    """The mode of another package cannot be opened."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One mode; its screen is imported when it is opened first."""

    name: str
    title: str
    about: str
    screen: str
    """Its class, as in "numrec_tui.modes.train.screen:TrainScreen"."""

    @property
    def is_ours(self) -> bool:
        """Whether it is no other package's."""
        return self.screen.startswith(OURS)

    @property
    def package(self) -> str:
        """What the names of its modules begin with."""
        return OURS if self.is_ours else self.screen.partition(":")[0].partition(".")[0]

    def screen_class(self) -> "type[Screen[None]]":
        """The class of the screen, which is imported.

        Raises:
            ModeError: it is another package's, and cannot be imported.
        """
        module, _, name = self.screen.partition(":")
        try:
            found: type[Screen[None]] = getattr(import_module(module), name)
        except (Exception, SystemExit) as error:
            if self.is_ours:
                raise
            raise self._error(error) from error
        return found

    def open(self, session: "Session") -> "Screen[None]":
        """The mode's screen.

        Raises:
            ModeError: it is another package's, and cannot be made.
        """
        made = self.screen_class()
        try:
            return made(session)  # type: ignore[arg-type]  # it is a ModeScreen, which takes one
        except Exception as error:
            if self.is_ours:
                raise
            raise self._error(error) from error

    def _error(self, error: BaseException) -> ModeError:
        why = f"{type(error).__name__}: {error}".rstrip(".: ")
        return ModeError(f"The mode {self.title} cannot be opened: {why}.")


PLUG_INS = PlugIns("numrec.app")
"""The packages that add modes."""

MODES: Registry[Mode] = Registry("mode", plug_ins=PLUG_INS)
"""Every mode by its name; key 1 opens the first, and so on."""


def mode(name: str, title: str, about: str, screen: str) -> Mode:
    """Register a mode and return it; the arguments are those of `Mode`."""
    return MODES.add(name, Mode(name, title, about, screen))


def problems() -> list[str]:
    """Which packages could not be used, those of the engine first, a sentence for each."""
    return [problem for each in (ENGINE, PLUG_INS) for problem in each.load().take_problems()]


def keyed() -> Iterator[tuple[str, Mode]]:
    """The modes that a key opens, each with its key."""
    return zip(KEYS, MODES.values(), strict=False)


class Screens:
    """The screens of the modes over one session, each made when its mode is opened first."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._prepared: dict[str, Screen[None]] = {}
        self.taken: set[str] = set()
        """The modes that were opened."""
        self.made: list[Screen[None]] = []
        """Their screens."""

    def problem(self, name: str) -> str | None:
        """Why the mode of another package cannot be opened, in a sentence; None if it can be."""
        if not (MODES[name].is_ours or name in self.taken or name in self._prepared):
            try:
                self._prepared[name] = MODES[name].open(self._session)
            except ModeError as error:
                return str(error)
        return None

    def take(self, name: str) -> "Screen[None]":
        """The screen of a mode that is opened first."""
        self.taken.add(name)
        screen = self._prepared.pop(name, None) or MODES[name].open(self._session)
        self.made.append(screen)
        return screen


def _ours(name: str, title: str, about: str, screen: str) -> None:
    mode(name, title, about, f"{OURS}modes.{name}.screen:{screen}")


_ours("train", "Train", "Steer the run and watch it learn", "TrainScreen")
_ours("digits", "Digits", "Look through the digits and the mistakes", "DigitsScreen")
_ours("draw", "Draw", "Draw a digit and see it read", "DrawScreen")
_ours("network", "Network", "Look into the network", "NetworkScreen")
_ours("runs", "Runs", "Compare the runs that were made", "RunsScreen")
_ours("learn", "Learn", "Follow every number of a network, step by step", "LearnScreen")
