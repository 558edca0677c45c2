"""The settings of the next run, and those before that can be restored."""

from collections import deque
from dataclasses import dataclass

from engine.training.hyperparameters import Hyperparameters

MOST_UNDONE = 100
"""Changes of the settings that can be undone."""


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """The settings before a change."""

    settings: Hyperparameters
    preset: str
    turned: tuple[str, object] | None
    """The setting that was changed, if it was a single one, and the value that the run used."""


class PendingSettings:
    """The settings of the next run. preset: the preset that they come from."""

    def __init__(self, settings: Hyperparameters, preset: str) -> None:
        self.settings = settings
        self.preset = preset
        self._past: deque[SettingsChange] = deque(maxlen=MOST_UNDONE)

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to undo."""
        return bool(self._past)

    def put(
        self, settings: Hyperparameters, preset: str, turned: tuple[str, object] | None
    ) -> None:
        """Replace the settings; that can be undone. turned: as in `SettingsChange`."""
        before = SettingsChange(self.settings, self.preset, turned)
        if (settings, preset) != (before.settings, before.preset):
            self._past.append(before)
        self.settings, self.preset = settings, preset

    def last(self) -> SettingsChange | None:
        """The settings before the last change that can be undone."""
        return self._past[-1] if self._past else None

    def take_back(self) -> None:
        """Restore the settings before the last change."""
        before = self._past.pop()
        self.settings, self.preset = before.settings, before.preset

    def copy(self) -> "PendingSettings":
        """A copy, with what can be undone."""
        other = PendingSettings(self.settings, self.preset)
        other._past = self._past.copy()
        return other

    def take(self, other: "PendingSettings") -> None:
        """Be as another one is."""
        self.settings, self.preset, self._past = other.settings, other.preset, other._past.copy()

    def amend(self, **values: object) -> None:
        """Change settings as the run itself had to change them; that cannot be undone."""
        self.settings = self.settings.changed(**values)

    def reset(self, settings: Hyperparameters) -> None:
        """Replace the settings by those of another run; there is nothing to undo."""
        self.settings = settings
        self.forget()

    def forget(self) -> None:
        """Forget all earlier settings, so that there is nothing to undo."""
        self._past.clear()
