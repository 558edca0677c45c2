"""JSON as every program reads it: what is no finite number is null, which JSON itself can say."""

import json
import math
from collections.abc import Mapping


def strict_json(value: object) -> str:
    """A value as one line of JSON, all of it in ASCII."""
    return json.dumps(with_finite_numbers(value), allow_nan=False)


def with_finite_numbers(value: object) -> object:
    """The same value, with None for each number in it that is none or infinite."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: with_finite_numbers(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [with_finite_numbers(each) for each in value]
    return value
