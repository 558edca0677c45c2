"""How flags, a config file and a preset become settings."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel

from engine.data.dataset import DataSet
from engine.errors import SettingsError
from engine.training.hyperparameters import Hyperparameters, settings_from
from engine.training.presets import preset
from engine.training.small_sets import fitted, size_of
from numrec_tui.storage.settings_file import read


def settings(
    preset_name: str | None,
    config: Path | None,
    flags: BaseModel | None,
    settled: Mapping[str, object] | None = None,
    data: DataSet | None = None,
) -> Hyperparameters:
    """The settings asked for: a flag beats the config file, the config file beats the preset.

    settled: what a model has settled; it beats the preset, too. data: what is learned from;
    what nobody has chosen fits it.

    Raises:
        SettingsError: it names every wrong field; a config file's faults name the file.
        DataError: the config file cannot be read.
    """
    values = dict(preset(preset_name)) if preset_name else {}
    values |= settled or {}
    if config is not None:
        values |= read(config)
        settings_from(values, where=str(config))
    with problems_named_as_flags():
        values |= given(flags)
        return fitted(values, size_of(data)) if data else settings_from(values)


def given(flags: BaseModel | None) -> dict[str, object]:
    """The settings that were given as flags, as they were typed."""
    return flags.model_dump(exclude_none=True) if flags else {}


@contextmanager
def problems_named_as_flags() -> Iterator[None]:
    """What is wrong is reported by the names that were typed."""
    try:
        yield
    except SettingsError as error:
        raise SettingsError({_typed(name): text for name, text in error.problems.items()}) from None


def _typed(name: str) -> str:
    return "--until" if name == "target_accuracy" else "--" + name.replace("_", "-")
