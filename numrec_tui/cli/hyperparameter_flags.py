"""The flags of the hyperparameters: one for each, with the choices that are registered."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter
from pydantic import BaseModel, create_model

from engine.training.hyperparameters import Hyperparameters, Knob, knobs

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
