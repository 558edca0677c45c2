"""The modes of the app, in order: the key of each, its name, and where its screen is."""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numrec_tui.screens.mode import ModeScreen
    from numrec_tui.session import Session


@dataclass(frozen=True, slots=True)
class Mode:
    """One mode; its screen is imported when it is opened first."""

    name: str
    title: str
    about: str
    screen: str
    """Module and class, below `numrec_tui.screens`."""

    def open(self, session: "Session") -> "ModeScreen":
        """The mode's screen."""
        module, _, name = self.screen.partition(":")
        screen: ModeScreen = getattr(import_module(f"numrec_tui.screens.{module}"), name)(session)
        return screen


MODES = (
    Mode("train", "Train", "Steer the run and watch it learn", "train:TrainScreen"),
    Mode("digits", "Digits", "Look through the digits and the mistakes", "digits:DigitsScreen"),
    Mode("draw", "Draw", "Draw a digit and see it read", "draw:DrawScreen"),
    Mode("network", "Network", "Look into the network", "network:NetworkScreen"),
    Mode("runs", "Runs", "Compare the runs that were made", "runs:RunsScreen"),
)
"""Key 1 opens the first, and so on."""
