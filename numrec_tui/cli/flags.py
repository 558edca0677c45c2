"""The flags that several commands have; nothing here takes long to import."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from engine.training.presets import PRESETS

MODEL_HELP = "a model file, of any format that `convert` takes"

DataFlag = Annotated[
    tuple[str, ...],
    Parameter(
        help="bundled; drawn:COUNT:SEED:WILDNESS, such as drawn:60000; mnist, or another "
        "that `data list` names, once `data get` has brought it; a set of your own symbols, by its "
        "name; or a folder with the four IDX "
        "files of an MNIST-like set, plain or .gz (./mnist or mnist/ where a set has its name). "
        "Several, with commas or by giving the flag again, are learned from together: "
        "mnist*0.1,./mine*3 takes a tenth of mnist and each image of ./mine three times [bundled]"
    ),
]
ScoreOnFlag = Annotated[
    str | None,
    Parameter(
        help="another set, named as for --data, whose test images are scored after every epoch "
        "beside the validation; nothing is learned from it and nothing stops because of it, so "
        "that --data bundled --score-on mnist shows what drawn digits teach about real ones. "
        "Classes are the same where they have the same name"
    ),
]
InvertFlag = Annotated[bool, Parameter(help="turn black ink on white paper into white on black")]
ScaleFlag = Annotated[
    bool, Parameter(help="stretch levels such as 0 to 16 until the brightest pixel is 255")
]
MaybeDataFlag = Annotated[tuple[str, ...] | None, *DataFlag.__metadata__]
ModelFlag = Annotated[
    Path | None,
    Parameter(help="a model file to begin with, in place of drawn weights, as for `convert`"),
]
WarmStartFlag = Annotated[
    Path | None,
    Parameter(
        help="a model file whose first layer a new network begins with, the others drawn; it has "
        "to be as wide. Sets of a few drawings hardly gain by it (benchmarks/RESULTS.md)"
    ),
]
LossFlag = Annotated[
    str | None,
    Parameter(
        help="what a .txt model was trained with, as for `train --loss` [cross_entropy]; others "
        "know it"
    ),
]
ResumeFlag = Annotated[
    str | None,
    Parameter(help="go on with a run that was left: last; or its folder, or one of its files"),
]

PresetFlag = Annotated[
    str | None, Parameter(help=f"named settings to begin with: {', '.join(PRESETS)}")
]
ConfigFlag = Annotated[
    Path | None, Parameter(help="a TOML file with settings by the names of these flags, and data")
]

ClassesFlag = Annotated[
    tuple[str, ...], Parameter(help="the names of the classes, with commas or one flag each")
]


def names_of(classes: tuple[str, ...]) -> tuple[str, ...]:
    """The names that `--classes` was given for."""
    return tuple(name.strip() for each in classes for name in each.split(","))
