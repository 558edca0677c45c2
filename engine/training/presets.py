"""Named settings to begin with."""

from dataclasses import dataclass
from typing import Any

from engine.errors import SettingsError, did_you_mean


@dataclass(frozen=True, slots=True)
class Preset:
    """What it is for, and the values it sets; every other setting keeps its default."""

    about: str
    values: dict[str, Any]


PRESETS = {
    "default": Preset(
        "what a newcomer should see learn",
        {},
    ),
    "seed": Preset(
        "784-256-10 to 96 % of MNIST, as the program this one takes after",
        {
            "optimizer": "sgd",
            "schedule": "constant",
            "augment": "off",
            "learning_rate": 0.1,
            "batch_size": 512,
            "epochs": 100,
            "target_accuracy": 0.96,
            "validation": "test",
            "shuffle": False,
        },
    ),
    "seed-deep": Preset(
        "784-512-256-10 with a bold rate, until 99 %",
        {
            "hidden": (512, 256),
            "optimizer": "sgd",
            "schedule": "constant",
            "augment": "off",
            "learning_rate": 0.8,
            "batch_size": 512,
            "epochs": 1000,
            "target_accuracy": 0.99,
            "validation": "test",
            "shuffle": False,
        },
    ),
    "fast": Preset(
        "the best that can be had in a second",
        {
            "hidden": (160,),
            "optimizer": "nesterov",
            "schedule": "one_cycle",
            "learning_rate": 0.4,
            "batch_size": 192,
            "epochs": 3,
            "processes": 2,
            "scaling": 0.05,
            "elastic": 0.0,
        },
    ),
    "accurate": Preset(
        "the best that can be had in ten minutes",
        {
            "hidden": (800, 800),
            "optimizer": "nesterov",
            "schedule": "one_cycle",
            "learning_rate": 0.2,
            "batch_size": 256,
            "epochs": 130,
            "validation_fraction": 0.05,
            "processes": 2,
            "augment": "on",
            "rotation": 10.0,
            "scaling": 0.1,
            "shear": 0.15,
            "elastic": 1.0,
        },
    ),
}
"""Every preset by name."""


def preset(name: str) -> dict[str, Any]:
    """The values a preset sets.

    Raises:
        SettingsError: there is no such preset.
    """
    if name not in PRESETS:
        known = ", ".join(PRESETS)
        hint = did_you_mean(name, PRESETS) or f"; there are {known}"
        raise SettingsError({"preset": f"there is no preset {name!r}{hint}"})
    return PRESETS[name].values
