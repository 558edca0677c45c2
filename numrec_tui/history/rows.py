"""The rows of the history, checked when they are read: what is wrong in one harms no other.

A file that was damaged, or that another program has written to, may hold anything in any column.
What cannot be right is replaced by a value that harms nobody, and named as damaged.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

LATEST = 32_503_680_000.0
"""The year 3000, in seconds since 1970: no run has begun later, and every system knows the date."""

MOST = 2**53
"""Of epochs, images and parameters."""

LONGEST_TIME = 1e10
"""Seconds that a run may have taken; three centuries."""

Check = Callable[[object], bool]
Row = tuple[Any, ...]


def _text(value: object) -> bool:
    return isinstance(value, str)


def _count(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= MOST


def _integer(value: object) -> bool:
    return isinstance(value, int)


def _between(low: float, high: float) -> Check:
    def check(value: object) -> bool:
        return isinstance(value, int | float) and low <= value <= high  # which NaN is not

    return check


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _settings(value: object) -> bool:
    values = from_json(value)
    return isinstance(values, dict) and all(map(_is_setting, values.values()))


def _is_setting(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str | int | float) for one in value)
    return value is None or isinstance(value, str | int | float)


def _settings_or_nothing(value: object) -> bool:
    return value == "" or _settings(value)


_moment, _share = _between(0, LATEST), _or_none(_between(0, 1))

RUN: Mapping[str, tuple[Check, object]] = {
    "id": (lambda value: isinstance(value, int) and value > 0, 0),
    "name": (_text, ""), "note": (_text, ""),
    "begun": (_moment, 0.0), "ended": (_moment, 0.0),
    "program": (_text, ""), "data": (_text, ""), "network": (_text, ""), "optimizer": (_text, ""),
    "learning_rate": (_between(-1e300, 1e300), 0.0),
    "seed": (_integer, 0), "parameters": (_count, 0), "processes": (_text, ""),
    "epochs": (_count, 0), "seconds": (_between(0, LONGEST_TIME), 0.0),
    "best": (_share, None), "final": (_share, None), "test": (_share, None),
    "reason": (_or_none(_text), None), "model": (_text, ""), "checkpoints": (_or_none(_text), None),
    "settings": (_settings, "{}"), "began_with": (_settings_or_nothing, ""),
    "doubtful": (_integer, 0),
}  # fmt: skip
"""Of each column what it has to be, and what stands there where it is something else."""


def checked(row: Row, columns: tuple[str, ...]) -> tuple[dict[str, Any], str]:
    """The values of a run by their columns, and the names of those that are damaged."""
    values, damaged = dict(zip(columns, row, strict=True)), []
    for name, value in values.items():
        check, instead = RUN[name]
        if not check(value):
            damaged.append(name)
            values[name] = instead
    return values, ", ".join(damaged)


def is_epoch(value: object) -> bool:
    """Whether a value can be the number of an epoch, or of a run."""
    return _count(value)


def number(value: object) -> float | None:
    """A number of a curve; None for what is none."""
    return float(value) if isinstance(value, int | float) else None


def from_json(text: object) -> object:
    """What a text says as JSON; None for what cannot be read, or be written again."""
    if not isinstance(text, str):
        return None
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is no number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits} is no number")
    return value


def as_text(content: bytes) -> object:
    """A text of the database; the bytes where they are none, so that they are seen as damaged."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content


def storable(value: object) -> object:
    """A value that the database takes: what is no UTF-8 in a path is written with backslashes."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return float(value)
    return value
