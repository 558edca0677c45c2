"""The steps of the arrow keys: the next sensible value of a setting, up or down."""

import math
from collections.abc import Sequence

from engine.training.hyperparameters import Knob

LADDER = (1.0, 2.0, 5.0)
"""The values a rate takes within each power of ten."""

SMALLEST_RATE = 1e-6
"""Below this a logarithmic knob that may be 0 becomes 0."""


def turn(knob: Knob, value: object, up: bool) -> object:
    """The value one step above or below `value`; at the end of the range, `value` itself."""
    match value:
        case bool():
            return not value
        case str() | int() if knob.below and value in (knob.below, knob.low):
            return _from_below(knob, value, up)
        case str():
            return _neighbor(knob.choices, value, up)
        case tuple():
            return _widths(value, up)
        case int() | float():
            return _number(knob, value, up)
        case _:
            return value


def _from_below(knob: Knob, value: object, up: bool) -> object:
    """Between the smallest number and the word below it."""
    if not up:
        return knob.below
    return int(knob.low or 0) + (value == knob.low)


def _neighbor(choices: Sequence[str], value: str, up: bool) -> str:
    return choices[(choices.index(value) + (1 if up else -1)) % len(choices)]


def _widths(widths: tuple[int, ...], up: bool) -> tuple[int, ...]:
    """Every hidden layer twice as wide or half as wide; a network without one gets one of 16."""
    if not widths:
        return (16,) if up else ()
    turned = tuple(width * 2 if up else width // 2 for width in widths)
    return turned if min(turned) >= 1 and max(turned) <= 65536 else widths


def _number(knob: Knob, value: float, up: bool) -> float:
    match knob.scale:
        case "logarithmic":
            turned: float = _rung(value, up)
            if turned < SMALLEST_RATE:
                turned = 0.0 if knob.low == 0 and not up else SMALLEST_RATE
        case "doubling":
            turned = value * 2 if up else value // 2
        case "linear":
            turned = value + knob.step if up else value - knob.step
            turned = round(turned / knob.step) * knob.step
    turned = int(turned) if isinstance(value, int) else float(f"{turned:.6g}")
    return turned if _allowed(knob, turned) else value


def _rung(value: float, up: bool) -> float:
    """The next rung of the ladder 1, 2, 5, 10, 20 … strictly above or below `value`."""
    if value <= 0:
        return SMALLEST_RATE if up else 0.0
    power = math.floor(math.log10(value))
    rungs = [rung * 10.0**exponent for exponent in range(power - 1, power + 2) for rung in LADDER]
    if up:
        return min(rung for rung in rungs if rung > value * 1.000001)
    return max(rung for rung in rungs if rung < value * 0.999999)


def _allowed(knob: Knob, value: float) -> bool:
    above = knob.low is None or value > knob.low or (value == knob.low and not knob.low_open)
    below = knob.high is None or value < knob.high or (value == knob.high and not knob.high_open)
    return above and below
