"""The settings in which some runs differ."""

from collections.abc import Mapping, Sequence

MOST_TOLD = 3
"""Settings that are named at most; more say less."""

SHORT = {"learning_rate": "rate", "batch_size": "batch", "weight_decay": "decay"}


def told_apart(settings: Sequence[Mapping[str, object]]) -> list[str]:
    """Of each run what differs, in words: "rate 0.5, batch 64"; nothing where all are the same."""
    names = dict.fromkeys(name for one in settings for name in one)
    differ = [
        name for name in names if any(one.get(name) != settings[0].get(name) for one in settings)
    ]
    return [
        ", ".join(
            f"{SHORT.get(name, name.replace('_', ' '))} {_value(one.get(name))}"
            for name in differ[:MOST_TOLD]
        )
        for one in settings
    ]


def _value(value: object) -> str:
    match value:
        case list() | tuple():
            return "-".join(map(str, value)) or "none"
        case None:
            return "–"
        case bool():
            return "on" if value else "off"
        case float():
            return f"{value:.4g}"
        case _:
            return str(value)
