"""Where it is written down which run and settings an experiment has set aside.

The folder is locked while an app is in an experiment. A file that nobody holds is that of an app
that was killed, and the next one brings back what it names.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.atomic_write import named_path, private_folder, stored_path, write_atomic
from engine.errors import EngineError, SettingsError
from engine.read_file import read_file
from engine.training.hyperparameters import Hyperparameters, settings_from
from engine.training.presets import PRESETS
from numrec_tui.storage.kept_runs import GIVEN_UP, FoundCheckpoint, lock, newest_in

NAME = "set-aside.json"

LARGEST = 2**18
"""What the file may hold, in bytes."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """What an experiment has set aside.

    settings, preset: those of the next run. source: the name of the data. score_on: of the second
    set, or empty. checkpoints: the folder of the run; None if it had not begun.
    """

    settings: Hyperparameters
    preset: str
    source: str
    score_on: str
    checkpoints: Path | None

    def found(self) -> FoundCheckpoint | None:
        """The newest checkpoint of the run; None if it had not begun, or none can be read."""
        if self.checkpoints is None:
            return None
        try:
            newest = newest_in(self.checkpoints)
        except EngineError:
            return None
        return replace(newest, is_newest=True) if newest else None

    def unmark(self) -> None:
        """Let the run be offered again: it was not ended on purpose."""
        if self.checkpoints is not None:
            with suppress(OSError):
                (self.checkpoints / GIVEN_UP).unlink(missing_ok=True)


class AsideFile:
    """The file in its folder, which is locked from `write` to `remove`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock: int | None = None

    def take(self) -> bool:
        """Lock the folder; returns whether no other app is in an experiment.

        Raises:
            SaveError: the folder cannot be made.
            CheckpointError: it may not be written to.
        """
        if self._lock is None:
            private_folder(self._folder, "set the run aside in")
            self._lock = lock(self._folder)
        return self._lock is not None

    def write(self, aside: SetAside) -> None:
        """Write what is set aside, once the folder is taken.

        Raises:
            SaveError: it cannot be written.
        """
        values = {
            "settings": aside.settings.model_dump(mode="json"),
            "preset": aside.preset,
            "source": stored_path(aside.source),
            "score_on": stored_path(aside.score_on),
            "checkpoints": stored_path(str(aside.checkpoints)) if aside.checkpoints else None,
        }
        write_atomic(self._folder / NAME, json.dumps(values).encode(), private=True)

    def remove(self) -> None:
        """Forget what was set aside, and let the folder go."""
        with suppress(OSError):
            (self._folder / NAME).unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def left(self) -> SetAside | None:
        """What an app that was killed has left; None if there is nothing, or nothing readable.

        The folder stays locked, and the file where it is, until `remove`.
        """
        if not (self._folder / NAME).exists():
            return None
        try:
            if not self.take():
                return None
            found = _from(json.loads(read_file(self._folder / NAME, LARGEST)))
        except (EngineError, ValueError, RecursionError):
            found = None
        if found is None:
            self.remove()
        return found


def _from(values: Any) -> SetAside | None:
    """What the file holds; None if it is not what `write` writes."""
    names = ("preset", "source", "score_on")
    if not isinstance(values, Mapping) or not all(isinstance(values.get(n), str) for n in names):
        return None
    settings, folder = values.get("settings"), values.get("checkpoints")
    if not isinstance(settings, Mapping) or not isinstance(folder, str | None):
        return None
    try:
        wanted = settings_from({str(name): value for name, value in settings.items()})
    except SettingsError:
        return None
    return SetAside(
        wanted,
        values["preset"] if values["preset"] in PRESETS else "default",
        named_path(values["source"]),
        named_path(values["score_on"]),
        Path(named_path(folder)) if folder else None,
    )
