"""The network, its data and its training: NumPy only, no terminal.

    import engine as nr

    data = nr.load("bundled")
    run = nr.Run.new(data, hidden=(128,), epochs=5)
    for epoch in run.train():
        print(epoch)

Every name of `__all__` is imported when it is first used, so that `import engine` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.data.dataset import DataSet, Digits, Split
    from engine.data.generated import data_set
    from engine.errors import (
        CheckpointError,
        DataError,
        DownloadError,
        EngineError,
        FormatError,
        HistoryError,
        HoldOutError,
        InputError,
        LibraryError,
        LostProcessError,
        NotDownloadedError,
        PictureSizeError,
        SaveError,
        SettingsError,
        SheetNamesError,
        TeamError,
        UsageError,
        VersionError,
    )
    from engine.library import Run, load, load_model
    from engine.nn.activations import Activation, activation
    from engine.nn.initializers import initializer
    from engine.nn.losses import loss
    from engine.nn.network import Network
    from engine.nn.optimizers import optimizer
    from engine.nn.schedules import schedule
    from engine.training.events import EpochDone, Event, Progress, Started, Stopped, WorkersReplaced
    from engine.training.hyperparameters import Hyperparameters
    from engine.training.metrics import Evaluation, evaluate
    from engine.training.presets import PRESETS, Preset, preset

__all__ = [
    "PRESETS",
    "Activation",
    "CheckpointError",
    "DataError",
    "DataSet",
    "Digits",
    "DownloadError",
    "EngineError",
    "EpochDone",
    "Evaluation",
    "Event",
    "FormatError",
    "HistoryError",
    "HoldOutError",
    "Hyperparameters",
    "InputError",
    "LibraryError",
    "LostProcessError",
    "Network",
    "NotDownloadedError",
    "PictureSizeError",
    "Preset",
    "Progress",
    "Run",
    "SaveError",
    "SettingsError",
    "SheetNamesError",
    "Split",
    "Started",
    "Stopped",
    "TeamError",
    "UsageError",
    "VersionError",
    "WorkersReplaced",
    "activation",
    "data_set",
    "evaluate",
    "initializer",
    "load",
    "load_model",
    "loss",
    "optimizer",
    "preset",
    "schedule",
]

_MODULES = {
    "engine.data.dataset": ("DataSet", "Digits", "Split"),
    "engine.data.generated": ("data_set",),
    "engine.library": ("Run", "load", "load_model"),
    "engine.nn.activations": ("Activation", "activation"),
    "engine.nn.initializers": ("initializer",),
    "engine.nn.losses": ("loss",),
    "engine.nn.network": ("Network",),
    "engine.nn.optimizers": ("optimizer",),
    "engine.nn.schedules": ("schedule",),
    "engine.training.events": (
        "EpochDone", "Event", "Progress", "Started", "Stopped", "WorkersReplaced",
    ),
    "engine.training.hyperparameters": ("Hyperparameters",),
    "engine.training.metrics": ("Evaluation", "evaluate"),
    "engine.training.presets": ("PRESETS", "Preset", "preset"),
}  # fmt: skip
"""Where a name is defined; what is in none of them is an error."""

_HOME = {name: module for module, names in _MODULES.items() for name in names}


if not TYPE_CHECKING:  # else a type checker would take any name for one of these

    def __getattr__(name: str) -> object:
        """A public name, imported when it is first used."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value: object = getattr(import_module(_HOME.get(name, "engine.errors")), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
