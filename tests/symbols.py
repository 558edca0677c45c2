"""Symbols drawn by several hands: small sets of one's own pictures, as a person would make them.

A hand has its slant, breadth, pen, wobble and proportions; no two of its drawings are the same.
Two of each set share strokes, so that only one more tells them apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Points: TypeAlias = NDArray[Any]

Strokes: TypeAlias = tuple[tuple[tuple[float, float], ...], ...]

_MAST = ((0.5, 0.0), (0.5, 0.35), (0.5, 0.7), (0.5, 1.0))
_BEAM = ((0.2, 0.3), (0.4, 0.3), (0.6, 0.3), (0.8, 0.3))
_STEM = ((0.2, 0.0), (0.2, 0.35), (0.2, 0.7), (0.2, 1.0))
_TOP, _MIDDLE, _FOOT = (
    ((0.2, y), (0.45, y), (0.8, y)) for y in (0.02, 0.5, 0.98)
)  # fmt: skip
_HEAD = ((0.25, 0.25), (0.5, 0.0), (0.75, 0.25))
_TAIL = ((0.25, 0.75), (0.5, 1.0), (0.75, 0.75))

SETS: dict[str, dict[str, Strokes]] = {
    "signs": {
        "cross": (_MAST, _BEAM),
        "anchor": (_MAST, _BEAM, ((0.1, 0.65), (0.22, 0.9), (0.5, 1.0), (0.78, 0.9), (0.9, 0.65))),
        "wave": (
            ((0, 0.5), (0.15, 0.2), (0.32, 0.5), (0.5, 0.8), (0.68, 0.5), (0.85, 0.2), (1, 0.5)),
        ),
    },
    "combs": {
        "fork": (_STEM, _TOP, _MIDDLE),
        "comb": (_STEM, _TOP, _MIDDLE, _FOOT),
        "hook": (((0.2, 0.0), (0.8, 0.02), (0.5, 0.5), (0.2, 0.98), (0.8, 1.0)),),
    },
    "arrows": {
        "up": (_MAST, _HEAD),
        "both": (_MAST, _HEAD, _TAIL),
        "ring": (
            ((0.5, 0), (0.9, 0.25), (0.9, 0.75), (0.5, 1), (0.1, 0.75), (0.1, 0.25), (0.5, 0)),
        ),
    },
}
"""Sets of three symbols; the strokes of each lead through points of a unit square, y downwards.

In each the second has every stroke of the first, and one more.
"""

_LEFT, _RIGHT, _SILL = (((0.1, 0.0), (0.1, 1.0)), ((0.9, 0.0), (0.9, 1.0)), ((0.1, 1), (0.9, 1)))
_LINTEL, _WAIST = ((0.1, 0.0), (0.9, 0.0)), ((0.1, 0.5), (0.85, 0.5))
_BOWL = ((0.1, 0.0), (0.75, 0.08), (0.8, 0.4), (0.1, 0.52))
_OPEN = ((0.9, 0.15), (0.5, 0), (0.1, 0.3), (0.1, 0.7), (0.5, 1), (0.9, 0.85))
_RING = ((0.5, 0), (0.9, 0.25), (0.9, 0.75), (0.5, 1), (0.1, 0.75), (0.1, 0.25), (0.5, 0))

SETS["ten"] = {
    "cross": SETS["signs"]["cross"],
    "anchor": SETS["signs"]["anchor"],
    "wave": SETS["signs"]["wave"],
    "ring": (_RING,),
    "face": (_RING, ((0.3, 0.6), (0.5, 0.75), (0.7, 0.6)), ((0.35, 0.3), (0.35, 0.4)),
             ((0.65, 0.3), (0.65, 0.4))),
    "heart": (((0.5, 1), (0.1, 0.55), (0.05, 0.2), (0.3, 0.05), (0.5, 0.3)),
              ((0.5, 0.3), (0.7, 0.05), (0.95, 0.2), (0.9, 0.55), (0.5, 1))),
    "house": (((0.15, 0.45), (0.15, 1)), ((0.85, 0.45), (0.85, 1)), ((0.15, 1), (0.85, 1)),
              ((0.0, 0.5), (0.5, 0.0)), ((0.5, 0.0), (1, 0.5))),
    "bolt": (((0.7, 0), (0.25, 0.55)), ((0.25, 0.55), (0.75, 0.45)), ((0.75, 0.45), (0.3, 1))),
    "spiral": (((0.5, 0.5), (0.62, 0.42), (0.68, 0.6), (0.45, 0.72), (0.25, 0.5), (0.45, 0.18),
                (0.85, 0.3), (0.9, 0.75), (0.5, 1), (0.1, 0.85)),),
    "up": SETS["arrows"]["up"],
}  # fmt: skip
SETS["letters"] = {
    "A": (((0, 1), (0.5, 0)), ((0.5, 0), (1, 1)), ((0.2, 0.62), (0.8, 0.62))),
    "B": (_LEFT, _BOWL, ((0.1, 0.5), (0.85, 0.58), (0.88, 0.92), (0.1, 1))),
    "C": (_OPEN,),
    "D": (_LEFT, ((0.1, 0), (0.7, 0.1), (0.9, 0.5), (0.7, 0.9), (0.1, 1))),
    "E": (_LEFT, _LINTEL, _WAIST, _SILL),
    "F": (_LEFT, _LINTEL, _WAIST),
    "G": (_OPEN, ((0.9, 0.85), (0.9, 0.55)), ((0.9, 0.55), (0.55, 0.55))),
    "H": (_LEFT, _RIGHT, ((0.1, 0.5), (0.9, 0.5))),
    "I": (((0.5, 0), (0.5, 1)), ((0.3, 0), (0.7, 0)), ((0.3, 1), (0.7, 1))),
    "J": (((0.7, 0), (0.7, 0.7), (0.45, 1), (0.15, 0.8)),),
    "K": (_LEFT, ((0.85, 0), (0.1, 0.55)), ((0.3, 0.42), (0.9, 1))),
    "L": (_LEFT, _SILL),
    "M": (_LEFT, ((0.1, 0), (0.5, 0.6)), ((0.5, 0.6), (0.9, 0)), _RIGHT),
    "N": (_LEFT, ((0.1, 0), (0.9, 1)), _RIGHT),
    "O": (_RING,),
    "P": (_LEFT, _BOWL),
    "Q": (_RING, ((0.6, 0.7), (0.95, 1.05))),
    "R": (_LEFT, _BOWL, ((0.35, 0.52), (0.9, 1))),
    "S": (((0.85, 0.15), (0.5, 0), (0.15, 0.2), (0.5, 0.5), (0.85, 0.78), (0.5, 1), (0.12, 0.85)),),
    "T": (((0.5, 0), (0.5, 1)), _LINTEL),
    "U": (((0.1, 0), (0.1, 0.7), (0.5, 1), (0.9, 0.7), (0.9, 0)),),
    "V": (((0, 0), (0.5, 1)), ((0.5, 1), (1, 0))),
    "W": (
        ((0, 0), (0.25, 1)),
        ((0.25, 1), (0.5, 0.3)),
        ((0.5, 0.3), (0.75, 1)),
        ((0.75, 1), (1, 0)),
    ),
    "X": (((0.1, 0), (0.9, 1)), ((0.9, 0), (0.1, 1))),
    "Y": (((0.1, 0), (0.5, 0.5)), ((0.9, 0), (0.5, 0.5)), ((0.5, 0.5), (0.5, 1))),
    "Z": (_LINTEL, ((0.9, 0), (0.1, 1)), _SILL),
}
SETS["digits"] = {
    "0": (_RING,),
    "1": (((0.25, 0.25), (0.55, 0)), ((0.55, 0), (0.55, 1)), ((0.25, 1), (0.85, 1))),
    "2": (((0.15, 0.2), (0.5, 0), (0.85, 0.25), (0.5, 0.65), (0.1, 1)), ((0.1, 1), (0.9, 1))),
    "3": (((0.15, 0.1), (0.6, 0), (0.85, 0.22), (0.4, 0.47)),
          ((0.4, 0.47), (0.9, 0.6), (0.8, 0.95), (0.1, 0.93))),
    "4": (((0.35, 0), (0.1, 0.6)), ((0.1, 0.6), (0.9, 0.6)), ((0.7, 0.2), (0.7, 1))),
    "5": (((0.8, 0), (0.25, 0)), ((0.25, 0), (0.2, 0.42)),
          ((0.2, 0.42), (0.7, 0.4), (0.85, 0.75), (0.5, 1), (0.1, 0.9))),
    "6": (((0.75, 0), (0.3, 0.35), (0.15, 0.75), (0.5, 1), (0.85, 0.75), (0.5, 0.5), (0.2, 0.7)),),
    "7": (((0.1, 0), (0.9, 0)), ((0.9, 0), (0.4, 1)), ((0.35, 0.5), (0.85, 0.5))),
    "8": (((0.5, 0.48), (0.15, 0.25), (0.5, 0), (0.85, 0.25), (0.5, 0.48)),
          ((0.5, 0.48), (0.9, 0.75), (0.5, 1), (0.1, 0.75), (0.5, 0.48))),
    "9": (((0.8, 0.25), (0.45, 0.5), (0.2, 0.25), (0.5, 0), (0.8, 0.25), (0.75, 0.65), (0.6, 1)),),
}  # fmt: skip
"""Ten symbols, among them a ring and a face; letters; and digits as they are written where a 1 has
a foot, a 7 a bar and a 4 is open."""

SIDE = 128
"""Pixels of a picture's side: black ink on white paper."""


@dataclass(frozen=True)
class Hand:
    """How somebody draws. proportions: of each symbol, where its points lie beside the usual."""

    slant: float
    breadth: float
    pen: float
    wobble: float
    turn: float
    proportions: dict[str, Points]

    def draw(self, symbol: str, strokes: Strokes, generator: np.random.Generator) -> Image.Image:
        """One drawing; the next one is a little different."""
        size = SIDE * generator.uniform(0.55, 0.8)
        corner = generator.uniform(0.1 * SIDE, 0.9 * SIDE - size, 2)
        picture = Image.new("L", (2 * SIDE, 2 * SIDE), 255)
        pen = ImageDraw.Draw(picture)
        for line in self.lines(symbol, strokes, generator):
            path = 2 * (corner + size * (line + 0.5))
            radius = max(self.pen * size * generator.uniform(0.9, 1.1), 1.5)
            for px, py in path:
                pen.ellipse((px - radius, py - radius, px + radius, py + radius), fill=20)
        return picture.resize((SIDE, SIDE), Image.Resampling.BOX)

    def lines(
        self, symbol: str, strokes: Strokes, generator: np.random.Generator
    ) -> Iterator[Points]:
        """How one drawing's strokes go (n, 2), about a square of side 1 around 0.

        Every 40th point is one that the stroke leads through.
        """
        slant = self.slant + generator.normal(0, 0.05)
        turn, at = self.turn + generator.normal(0, 0.04), 0
        for stroke in strokes:
            points = np.array(stroke) + self.proportions[symbol][at : at + len(stroke)]
            at += len(stroke)
            points = points + generator.normal(0, self.wobble, points.shape)
            line = _curve(points) - 0.5
            x = line[:, 0] * self.breadth - slant * line[:, 1]
            y = line[:, 1]
            yield np.stack([x * np.cos(turn) - y * np.sin(turn),
                            x * np.sin(turn) + y * np.cos(turn)], axis=1)  # fmt: skip


def _curve(points: Points) -> Points:
    """A smooth line through points (n, 2): Catmull-Rom, closely spaced."""
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, 40)[:, None]
    pieces = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        pieces.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
                   + (3 * b - a - 3 * c + d) * t**3)
        )  # fmt: skip
    return np.concatenate(pieces)


def hand(symbols: dict[str, Strokes], generator: np.random.Generator) -> Hand:
    """Somebody's hand, by chance."""
    return Hand(
        slant=generator.normal(0.1, 0.15),
        breadth=generator.uniform(0.75, 1.2),
        pen=generator.uniform(0.025, 0.07),
        wobble=generator.uniform(0.01, 0.03),
        turn=generator.normal(0, 0.08),
        proportions={
            name: generator.normal(0, 0.035, (sum(map(len, strokes)), 2))
            for name, strokes in symbols.items()
        },
    )


def write(folder: Path, name: str, each: int, hands: int, seed: int) -> Path:
    """Write `each` pictures a symbol of a set, by so many hands in turn: `folder/cross/3.png`."""
    generator = np.random.default_rng(seed)
    symbols = SETS[name]
    writers = [hand(symbols, generator) for _ in range(hands)]
    for symbol, strokes in symbols.items():
        (folder / symbol).mkdir(parents=True)
        for number in range(each):
            picture = writers[number % hands].draw(symbol, strokes, generator)
            picture.save(folder / symbol / f"{number}.png")
    return folder
