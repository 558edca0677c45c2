"""The flags that several commands have; every hyperparameter is one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter
from pydantic import BaseModel, create_model

from engine.training.hyperparameters import Hyperparameters, Knob, knobs
from engine.training.presets import PRESETS

DataFlag = Annotated[
    str,
    Parameter(
        help="bundled; drawn:COUNT:SEED:WILDNESS, such as drawn:60000; mnist, fashion-mnist or "
        "kmnist, once `data get` has brought it; or a folder with the four IDX files of an "
        "MNIST-like set, plain or .gz (./mnist or mnist/ where a set has its name) [bundled]"
    ),
]
InvertFlag = Annotated[bool, Parameter(help="turn black ink on white paper into white on black")]
ScaleFlag = Annotated[
    bool, Parameter(help="stretch levels such as 0 to 16 until the brightest pixel is 255")
]
MaybeDataFlag = Annotated[str | None, *DataFlag.__metadata__]
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
