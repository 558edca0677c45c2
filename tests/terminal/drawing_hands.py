"""Hands that draw symbols on the pad of a terminal: with as few keys as can be, or with the mouse.

What they send comes with the picture that has to be on the pad then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations, product
from typing import TypeAlias

import numpy as np

from engine.data.normalize import FRAME, normalize
from engine.nn.arrays import Bytes
from numrec_tui.modes.draw.pad import FAR, WIDTHS
from numrec_tui.modes.draw.pen import Pen, as_picture, blank, stroke
from tests import symbols

Place: TypeAlias = tuple[int, int]

KEYS: dict[Place, bytes] = {
    (1, 0): b"\x1b[C", (-1, 0): b"\x1b[D", (0, 1): b"\x1b[B", (0, -1): b"\x1b[A",
    (FAR, 0): b"\x1b[1;2C", (-FAR, 0): b"\x1b[1;2D", (0, FAR): b"\x1b[1;2B",
    (0, -FAR): b"\x1b[1;2A",
    (-1, -1): b"\x1b[H", (1, -1): b"\x1b[5~", (-1, 1): b"\x1b[F", (1, 1): b"\x1b[6~",
}  # fmt: skip
"""What the terminal sends for arrows, for arrows with shift, and for home, pgup, end and pgdn."""

MARGIN = 2
"""Pixels that stay free at the edges of the pad."""

CURVE = 40
"""Every so manyeth point of a line is one that the stroke leads through."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the terminal sends, key by key or report by report, and the picture that it makes."""

    sent: tuple[bytes, ...]
    picture: Bytes
    end: Place
    """Where the pen is afterwards."""


def drawn_lines(each: int, hands: int, seed: int) -> Iterator[tuple[int, list[np.ndarray]]]:
    """The label and the strokes of drawings of the three signs, in turn, by so many hands."""
    generator = np.random.default_rng(seed)
    signs = symbols.SETS["signs"]
    writers = [symbols.hand(signs, generator) for _ in range(hands)]
    for number in range(each):
        for label, (sign, strokes) in enumerate(signs.items()):
            yield label, [*writers[number % hands].lines(sign, strokes, generator)]


def by_keys(lines: Sequence[np.ndarray], pen: Place, size: float) -> Drawing:
    """A drawing by the keys of the pen, thin, from where the pen is; size: in pixels.

    It leads through the points that its strokes lead through, in the order that is shortest.
    """
    paths = [np.concatenate([line[::CURVE], line[-1:]]) for line in lines]
    points = [np.floor(path * size).astype(int) for path in paths]
    ways = [
        way for order in permutations(points) for way in product(*((p, p[::-1]) for p in order))
    ]
    chosen = min(ways, key=lambda way: sum(len(_steps(q[0] - p[-1])) for p, q in pairwise(way)))
    corner = np.min([p.min(axis=0) for p in chosen], axis=0)
    reach = np.max([p.max(axis=0) for p in chosen], axis=0)
    away = np.clip(np.array(pen) - chosen[0][0], MARGIN - corner, FRAME - 1 - MARGIN - reach)
    sent, sheet, thin = [], blank(), Pen(WIDTHS["thin"])
    for path in chosen:
        for at, place in enumerate(path + away):
            for step in _steps(place - pen):
                sent.append(KEYS[step])
                before, pen = pen, (pen[0] + step[0], pen[1] + step[1])
                if at:
                    stroke(sheet, _middle(before), _middle(pen), thin)
            if not at:
                sent.append(b"\r")
                stroke(sheet, _middle(pen), _middle(pen), thin)
        sent.append(b"\r")
    return Drawing(tuple(sent), normalize(as_picture(sheet)[None])[0], pen)


def by_mouse(lines: Sequence[np.ndarray], pad: Place, size: float) -> Drawing:
    """A drawing by mouse on cells of one by two pixels; pad: its first cell, counted from 1."""
    points = [line * size for line in lines]
    corner = np.min([p.min(axis=0) for p in points], axis=0)
    reach = np.max([p.max(axis=0) for p in points], axis=0)
    away = FRAME / 2 - (corner + reach) / 2
    sent, sheet, medium = [], blank(), Pen(WIDTHS["medium"])
    for path in points:
        cells = np.floor((path + away) / (1, 2)).astype(int)
        way = [cells[0], *(b for a, b in pairwise(cells) if (a != b).any())]
        spots = [(x + 0.5, 2 * (y + 0.5)) for x, y in way]
        for button, (x, y) in zip([0, *[32] * len(way[1:])], way, strict=True):
            sent.append(b"\x1b[<%d;%d;%dM" % (button, x + pad[0], y + pad[1]))
        sent.append(b"\x1b[<0;%d;%dm" % (x + pad[0], y + pad[1]))
        for before, after in pairwise([spots[0], *spots]):
            stroke(sheet, before, after, medium)
    return Drawing(tuple(sent), normalize(as_picture(sheet)[None])[0], (0, 0))


def _middle(place: Place) -> tuple[float, float]:
    return place[0] + 0.5, place[1] + 0.5


def _steps(way: np.ndarray) -> list[Place]:
    """The fewest steps of the pen that lead so far, each as near the straight line as can be."""
    dx, dy = int(way[0]), int(way[1])
    diagonal = min(
        range(min(abs(dx), abs(dy)) + 1),
        key=lambda n: (n + _straight(abs(dx) - n) + _straight(abs(dy) - n), -n),
    )
    sign = int(np.sign(dx)), int(np.sign(dy))
    steps: list[Place] = [sign] * diagonal
    for axis, length in enumerate((abs(dx) - diagonal, abs(dy) - diagonal)):
        for far, count in ((FAR, length // FAR), (1, length % FAR)):
            step = (far * sign[0], 0) if axis == 0 else (0, far * sign[1])
            steps += [step] * count
    ordered, at = [], (0, 0)
    while steps:
        nearest = min(steps, key=lambda s: abs((at[0] + s[0]) * dy - (at[1] + s[1]) * dx))
        steps.remove(nearest)
        ordered.append(nearest)
        at = at[0] + nearest[0], at[1] + nearest[1]
    return ordered


def _straight(length: int) -> int:
    return length // FAR + length % FAR
