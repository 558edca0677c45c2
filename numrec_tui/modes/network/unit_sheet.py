"""One unit closely: its weights, the digits that activate it most, the classes it counts for."""

from dataclasses import dataclass

from rich.segment import Segment
from textual.strip import Strip

from engine.nn.arrays import Array, Bytes
from numrec_tui.modes.network.sheet import Block, Pens, beside, fitted
from numrec_tui.text.cut import cut, rounded


@dataclass(frozen=True, slots=True)
class Exciting:
    """A digit, and what it makes of the unit; None while that is not known."""

    caption: str
    image: Bytes
    output: float | None


@dataclass(frozen=True, slots=True)
class OffFacts:
    """Which units are switched off, and what is read with and without them.

    shares: of the validation digits, read right. reading: of the digit that is looked at.
    """

    units: tuple[int, ...]
    shares: str
    reading: str


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """All that is shown of a unit.

    picture (rows, columns): its weights. bias: what is added to its sum.
    outgoing: where it leads to, and by what weight. now: the digit that is looked at.
    best: the digits that excite it most. off: what is known of the units that are switched off.
    """

    picture: Array
    bias: float
    now: Exciting
    best: tuple[Exciting, ...]
    to: str
    outgoing: tuple[tuple[str, float], ...]
    dead: bool
    is_off: bool = False
    off: OffFacts | None = None


LONGEST_BAR = 24
"""Cells of a bar, to each side."""

SMALL, GAP = 14, 1
"""Columns of the digits' pictures, and between pictures."""


def draw_unit(facts: UnitFacts, pens: Pens, width: int, height: int) -> Block:
    """The weights and where they lead to side by side, the digits in rows below.

    Above all what the units do that are switched off.
    """
    above = _off(facts.off, pens, width) if facts.off else []
    return [*above, *_unit(facts, pens, width, height - len(above))]


def _off(off: OffFacts, pens: Pens, width: int) -> Block:
    names = ", ".join(map(str, off.units))
    which = f"units {names} are" if len(off.units) > 1 else f"unit {names} is"
    return [
        pens.line(cut(f"{which} switched off", width), width, pens.strong),
        pens.line(f"validation {off.shares} right", width),
        pens.line(cut(off.reading, width), width),
        pens.blank(width),
    ]


def _unit(facts: UnitFacts, pens: Pens, width: int, height: int) -> Block:
    rows, columns = facts.picture.shape
    roomy = width >= columns + 14 and height >= rows // 2 + 8
    side = fitted((rows, columns), columns if roomy else SMALL)
    picture = pens.weights(facts.picture, *side)
    room = width - side[1] - GAP
    if room < 10:
        lines = [*picture, *_words(facts, pens, side[1])]
        return [*lines, *_digits(facts, pens, width, height - len(lines))]
    leads = _leads(facts, pens, room)
    apart = [pens.blank(room)] if len(leads) + 3 <= len(picture) else []
    lines = beside(pens, GAP, picture, [*leads, *apart, *_words(facts, pens, room)])
    return [*lines, *_digits(facts, pens, width, height - len(lines))]


def _words(facts: UnitFacts, pens: Pens, width: int) -> Block:
    state = "off" if facts.is_off else "dead" if facts.dead else f"now {_number(facts.now.output)}"
    bias = f"bias {_number(facts.bias)}"
    if len(state) + len(bias) + 3 <= width:
        return [pens.line(f"{state}   {bias}", width)]
    return [pens.line(state, width), pens.line(bias, width)]


def _leads(facts: UnitFacts, pens: Pens, width: int) -> Block:
    """A signed bar for each of the outgoing weights."""
    if not facts.outgoing:
        return [pens.line(facts.to, width, pens.muted)]
    longest = min(max(len(name) for name, _ in facts.outgoing), width // 3)
    number = 6 if width - longest >= 18 else 0
    half = max(min((width - longest - 2 - number) // 2, LONGEST_BAR), 1)
    largest = max(1e-9, *(abs(weight) for _, weight in facts.outgoing))
    lines = [pens.line(facts.to, width, pens.muted)]
    for name, weight in facts.outgoing:
        left, right = signed_bar(weight / largest, half)
        weight_text = f"{rounded(weight, 6):>6}" if number else ""
        style = pens.palette.positive if weight > 0 else pens.palette.negative
        lines.append(
            pens.words(
                [
                    (f"{cut(name, longest, dots=''):>{longest}} ", pens.text),
                    (left, pens.palette.negative),
                    ("│", pens.muted),
                    (right, pens.palette.positive),
                    (weight_text, style),
                ],
                width,
            )
        )
    return lines


def signed_bar(share: float, half: int) -> tuple[str, str]:
    """A bar from the middle to the left or to the right, to half a cell: share -1 … 1."""
    share = min(max(share, -1.0), 1.0) if share == share else 0.0  # noqa: PLR0124 - no number
    full, rest = divmod(round(abs(share) * half * 2), 2)
    if share < 0:
        return ("▐" * rest + "█" * full).rjust(half), " " * half
    return " " * half, ("█" * full + "▌" * rest).ljust(half)


def _digits(facts: UnitFacts, pens: Pens, width: int, height: int) -> Block:
    """The digit that is looked at and those that excite the unit most, as many a row as fit."""
    shown = [facts.now, *facts.best]
    rows, columns = facts.now.image.shape
    roomy = width >= len(shown) * (columns + GAP) and height >= rows // 2 + 1
    side = fitted((rows, columns), columns if roomy else SMALL)
    across = max((width + GAP) // (side[1] + GAP), 1)
    blocks = []
    for index, digit in enumerate(shown):
        output = f" {_number(digit.output)}" if digit.output is not None else ""
        caption = pens.line(f"{digit.caption}{output}", side[1], None if index else pens.strong)
        blocks.append([caption, *pens.digit(digit.image, *side)])
    lines: Block = []
    for start in range(0, len(blocks), across):
        lines += beside(pens, GAP, *blocks[start : start + across])
    return [Strip([*line, Segment(" " * max(width - line.cell_length, 0), pens.text)])
            for line in lines]  # fmt: skip


def _number(value: float | None) -> str:
    return "–" if value is None else rounded(value, 6)
