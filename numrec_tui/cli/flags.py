"""The hyperparameters as flags, and how flags, a config file and a preset become settings."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter
from pydantic import BaseModel, create_model

from engine.errors import SettingsError
from engine.training.hyperparameters import Hyperparameters, Knob, knobs, settings_from
from engine.training.presets import PRESETS, preset
from numrec_tui.config_file import read

ModelFlag = Annotated[
    Path | None,
    Parameter(help="a model file to begin with, in place of drawn weights: .safetensors, "
              ".txt or .onnx"),
]  # fmt: skip
LossFlag = Annotated[
    str | None,
    Parameter(
        help=f"what a .txt model was trained with: {', '.join(knobs()['loss'].choices)} "
        "[cross_entropy]; other files know it"
    ),
]
ResumeFlag = Annotated[
    str | None,
    Parameter(help="go on with a run that was left: last; or its folder, or one of its files"),
]

GROUP = Group("Hyperparameters", sort_key=1)


def _flag(knob: Knob) -> tuple[Any, None]:
    """One optional flag; its text is checked later, together with all the others."""
    names = [knob.flag, "--until"] if knob.name == "target_accuracy" else [knob.flag]
    default = Hyperparameters.model_fields[knob.name].default
    if isinstance(default, tuple):
        default = ",".join(map(str, default))
    choices = f": {', '.join(knob.choices)}" if knob.choices else ""
    kind = bool if isinstance(default, bool) else str
    negative = [f"--no-{knob.flag[2:]}"] if kind is bool else []
    note = Parameter(
        name=names, negative=negative, group=GROUP, help=f"{knob.help}{choices} [{default}]"
    )
    return Annotated[kind | None, note], None


if TYPE_CHECKING:
    Flags = BaseModel
else:
    Flags = create_model("Flags", **{name: _flag(knob) for name, knob in knobs().items()})

HyperparameterFlags = Annotated[Flags | None, Parameter(name="*")]
PresetFlag = Annotated[
    str | None, Parameter(help=f"named settings to begin with: {', '.join(PRESETS)}")
]
ConfigFlag = Annotated[
    Path | None, Parameter(help="a TOML file with settings by the names of these flags")
]


def settings(
    preset_name: str | None,
    config: Path | None,
    flags: BaseModel | None,
    settled: Mapping[str, object] | None = None,
) -> Hyperparameters:
    """The settings asked for: a flag beats the config file, the config file beats the preset.

    settled: what a model has settled; it beats the preset, too.

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
        return settings_from({**values, **given(flags)})


def given(flags: BaseModel | None) -> dict[str, object]:
    """The settings that were given as flags, as they were typed."""
    return flags.model_dump(exclude_none=True) if flags else {}


@contextmanager
def problems_named_as_flags() -> Iterator[None]:
    """What is wrong is told by the names that were typed."""
    try:
        yield
    except SettingsError as error:
        raise SettingsError({_typed(name): text for name, text in error.problems.items()}) from None


def _typed(name: str) -> str:
    return "--until" if name == "target_accuracy" else "--" + name.replace("_", "-")
