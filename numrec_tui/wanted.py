"""The settings that a person wants for the next run, and the way back to earlier ones."""

from collections import deque
from dataclasses import dataclass

from engine.training.hyperparameters import Hyperparameters

MOST_UNDONE = 100
"""Changes of the settings that can be taken back."""


@dataclass(frozen=True, slots=True)
class Past:
    """What was wanted before a change."""

    settings: Hyperparameters
    preset: str
    turned: tuple[str, object] | None
    """The setting that was changed, if it was one alone, and what the run used."""


class Wanted:
    """What is wanted now. preset: the one that the settings come from."""

    def __init__(self, settings: Hyperparameters, preset: str) -> None:
        self.settings = settings
        self.preset = preset
        self._past: deque[Past] = deque(maxlen=MOST_UNDONE)

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._past)

    def put(
        self, settings: Hyperparameters, preset: str, turned: tuple[str, object] | None
    ) -> None:
        """Want something else; that can be taken back. turned: as in `Past`."""
        before = Past(self.settings, self.preset, turned)
        if (settings, preset) != (before.settings, before.preset):
            self._past.append(before)
        self.settings, self.preset = settings, preset

    def last(self) -> Past | None:
        """What was wanted before the last change that can be taken back."""
        return self._past[-1] if self._past else None

    def take_back(self) -> None:
        """Want again what was wanted before that change."""
        before = self._past.pop()
        self.settings, self.preset = before.settings, before.preset

    def amend(self, **values: object) -> None:
        """Follow what had to be changed in the run itself; there is no way back from that."""
        self.settings = self.settings.changed(**values)

    def forget(self) -> None:
        """Let there be no change to take back."""
        self._past.clear()
