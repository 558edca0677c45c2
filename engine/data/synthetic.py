"""Digits drawn by program: 61 ways to write ten digits, each drawing a little different.

A style is a few strokes through control points. Its points are moved along the ways in which real
handwriting varies, a curve is led through them, a pen of changing pressure follows it, the whole is
bent, slanted and turned, and put on paper as MNIST's digits were. No picture of a real digit is
used; the numbers of the table were fitted to statistics of MNIST's training images.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Digits
from engine.data.normalize import FIT, FRAME, normalize
from engine.nn.arrays import Bytes

Numbers: TypeAlias = NDArray[np.float64]

SPAN = 12
"""Points at which each span between two control points is evaluated."""
STROKE_POINTS, DIGIT_POINTS = 64, 150
"""Points of a stroke while it is smoothed, and of all strokes together when they are drawn."""
PAPER = FIT + 2
"""The side of the grid a digit is drawn on: thin ends may reach a little beyond the fit."""
BLOCK, CHUNK = 1024, 8
"""Digits of a style drawn at a time, and of these put on paper at a time: both bound the memory."""

SLANT = ((.24, .22), (.24, .26), (.10, .22), (.07, .22), (.22, .25), (.12, .28), (.10, .18),
         (.12, .22), (.15, .20), (.18, .20))  # fmt: skip
"""Mean and spread of the slant of each digit."""
WIDTH = (1.22, 1.14, 1.15, 1.18, 1.05, 1.12, 1.07, 1.14, .98, 1.03)  # fmt: skip
"""How broad the pen is for each digit, beside 0.128 of the digit's size."""
ASPECT = {0: 0.12, 6: 0.12, 8: 0.105, 9: 0.12}
"""Spread of the ratio of width to height, where it is not 0.15."""


@dataclass(frozen=True, slots=True, repr=False)
class Style:
    """One way to write one digit.

    strokes: each a list of segments, each a list of indices of `points`.
    points (p, 2): x, y in digit heights, y down. modes (m, p, 2): displacements that vary together.
    residual (p, 2): spread of what varies alone. draws: how other random numbers are reshaped.
    """

    digit: int
    name: str
    share: float
    strokes: tuple[tuple[tuple[int, ...], ...], ...]
    points: Numbers
    modes: Numbers
    residual: Numbers
    draws: Mapping[str, Mapping[str, Sequence[float]]]


def read_styles(path: Path) -> tuple[Style, ...]:
    """The table of styles."""
    return tuple(_style(entry) for entry in json.loads(path.read_text())["styles"])


def _style(entry: Mapping[str, Any]) -> Style:
    return Style(
        digit=entry["digit"],
        name=entry["name"],
        share=entry["share"],
        strokes=tuple(tuple(map(tuple, stroke)) for stroke in entry["strokes"]),
        points=np.array(entry["points"], np.float64),
        modes=np.array(entry["modes"], np.float64),
        residual=np.array(entry["residual"], np.float64),
        draws=entry["draws"],
    )


def draw(
    styles: Sequence[Style],
    count: int,
    seed: int,
    wildness: float = 1.0,
    on_progress: Callable[[int], None] = lambda drawn: None,
) -> Digits:
    """Draw digits: as many of each class, and of each style its share, in random order.

    seed: 0 or more. wildness: from 0 (each style drawn as its mean) through 1 (as varied as real
    handwriting is) to 2 (beyond what can be read). told: hears how many more have been drawn. The
    same arguments give the same pictures.
    """
    generator = np.random.default_rng((seed, count))
    order = generator.permutation(count)
    images = np.empty((count, FRAME, FRAME), np.uint8)
    labels = np.empty(count, np.uint8)
    drawn = 0
    for style, part in _parts(styles, count):
        rows = order[drawn : drawn + part]
        images[rows] = _draw_style(style, part, _Draws(style, part, generator, wildness))
        labels[rows] = style.digit
        drawn += part
        on_progress(part)
    return Digits(images, labels)


def _parts(styles: Sequence[Style], count: int) -> Iterator[tuple[Style, int]]:
    """How many to draw of which style, in blocks."""
    for digit, number in enumerate(_quotas([0.1] * 10, count)):
        own = [style for style in styles if style.digit == digit]
        for style, part in zip(own, _quotas([s.share for s in own], number), strict=True):
            for start in range(0, part, BLOCK):
                yield style, min(BLOCK, part - start)


def _quotas(shares: Sequence[float], count: int) -> list[int]:
    """Whole numbers in proportion to the shares, `count` together: largest remainders first."""
    exact = np.array(shares) / sum(shares) * count
    quotas = np.floor(exact).astype(int)
    rest = np.argsort(quotas - exact, kind="stable")[: count - int(quotas.sum())]
    quotas[rest] += 1
    return [int(quota) for quota in quotas]


class _Draws:
    """The random numbers of one style's drawings, reshaped as the table says."""

    def __init__(
        self, style: Style, count: int, generator: np.random.Generator, wildness: float
    ) -> None:
        self._shapes = style.draws
        self._count = count
        self._generator = generator
        self._wildness = wildness

    def normal(self, name: str, mean: float, spread: float) -> Numbers:
        """(n, 1) normal numbers; they are cut at 2.5 spreads, then grow with the wildness."""
        own_mean, own_spread = self._shapes.get(name, {}).get("z", (0.0, 1.0))
        return mean + spread * (own_mean + own_spread * self.standard((self._count, 1), 2.5))

    def uniform(self, name: str, low: float, high: float) -> Numbers:
        """(n, 1) numbers between two limits, by the table's quantiles."""
        quantiles = self._shapes.get(name, {}).get("u", (0.0, 1.0))
        u = 0.5 + self._wildness * (self._generator.random((self._count, 1)) - 0.5)
        return low + (high - low) * np.interp(u, np.linspace(0, 1, len(quantiles)), quantiles)

    def standard(self, shape: tuple[int, ...], cut: float) -> Numbers:
        """Standard normal numbers, cut at `cut`, then times the wildness."""
        numbers = self._generator.standard_normal(shape)
        return self._wildness * np.clip(numbers, -cut, cut)


def _draw_style(style: Style, count: int, draws: _Draws) -> Bytes:
    """`count` drawings of one style: (n, 28, 28)."""
    points, stroke, along = _skeleton(style, count, draws)
    thickness = _pen(len(style.strokes), stroke, along, draws)  # (n, 150), about 1
    points = _deform(points, style.digit, draws)
    spread = 0.35 if style.digit == 1 else 0.28
    diameter = 0.128 * WIDTH[style.digit] * np.exp(draws.normal("width", 0, spread))
    size = np.ptp(points, axis=1).max(axis=1, keepdims=True)  # (n, 1)
    softness = draws.uniform("softness", 0.9, 1.31)
    return _on_paper(points, 0.5 * diameter * size * thickness, softness)


def _skeleton(style: Style, count: int, draws: _Draws) -> tuple[Numbers, Bytes, Numbers]:
    """The line of the pen: points (n, 150, 2), the stroke each is on, and how far along it 0-1."""
    control = style.points + np.tensordot(
        draws.standard((count, len(style.modes)), 2.2), style.modes, 1
    )
    control = control + style.residual * draws.standard(control.shape, 2.5)
    smooth = draws.uniform("round", 0, 0.5)[:, :, None]
    lines = []
    for stroke in style.strokes:
        curves = [_curve(control[:, list(segment)]) for segment in stroke]
        line = _resample(np.concatenate(curves, axis=1), STROKE_POINTS)
        lines.append((1 - smooth) * line + smooth * _moving_average(line, 11))
    return _share_points(np.stack(lines, axis=1))


def _curve(control: Numbers) -> Numbers:
    """A uniform Catmull-Rom curve through control points (n, p, 2), ends mirrored -> (n, t, 2).

    Source: Catmull and Rom, 1974, A Class of Local Interpolating Splines.
    """
    before, after = 2 * control[:, :1] - control[:, 1:2], 2 * control[:, -1:] - control[:, -2:-1]
    p = np.concatenate([before, control, after], axis=1)
    t = (np.arange(SPAN) / SPAN)[:, None]
    spans = []
    for k in range(control.shape[1] - 1):
        a, b, c, d = (p[:, k + i, None] for i in range(4))
        spans.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
                   + (3 * b - a - 3 * c + d) * t**3)
        )  # fmt: skip
    return np.concatenate([*spans, control[:, -1:]], axis=1)


def _lengths(line: Numbers) -> Numbers:
    """The way from a line's beginning to each of its points: (n, t, 2) -> (n, t)."""
    steps = np.hypot(*np.moveaxis(np.diff(line, axis=1), 2, 0))
    return np.concatenate([np.zeros((len(line), 1)), np.cumsum(steps, axis=1)], axis=1)


def _at(ways: Numbers, way: Numbers, values: Numbers) -> Numbers:
    """Values interpolated row by row: ways (n, m) wanted, way and values (n, t) known."""
    apart = 2 * (way[:, -1].max() + 1) * np.arange(len(way))[:, None]  # rows must not overlap
    flat = np.interp((ways + apart).ravel(), (way + apart).ravel(), values.ravel())
    return np.asarray(flat).reshape(ways.shape)


def _resample(line: Numbers, points: int) -> Numbers:
    """A line through points at equal distances: (n, t, 2) -> (n, points, 2)."""
    way = _lengths(line)
    wanted = way[:, -1:] * np.linspace(0, 1, points)
    return np.stack([_at(wanted, way, line[:, :, axis]) for axis in (0, 1)], axis=2)


def _moving_average(line: Numbers, window: int) -> Numbers:
    """Each point replaced by the mean of its neighborhood; the ends are repeated."""
    half = window // 2
    padded = np.pad(line, ((0, 0), (half + 1, half), (0, 0)), mode="edge")
    sums = np.cumsum(padded, axis=1)
    return np.asarray((sums[:, window:] - sums[:, :-window]) / window)


def _share_points(strokes: Numbers) -> tuple[Numbers, Bytes, Numbers]:
    """150 points over all strokes (n, s, 64, 2), as many on each as its length deserves."""
    count, number, points, _ = strokes.shape
    ways, start = [], np.zeros((count, 1))
    for k in range(number):
        ways.append(start + _lengths(strokes[:, k]))
        start = ways[-1][:, -1:]
    way = np.concatenate(ways, axis=1)  # the pen's jumps have no length
    wanted = way[:, -1:] * (np.arange(DIGIT_POINTS) + 0.5) / DIGIT_POINTS
    line = strokes.reshape(count, number * points, 2)
    placed = np.stack([_at(wanted, way, line[:, :, axis]) for axis in (0, 1)], axis=2)
    ends = np.stack([stroke[:, -1] for stroke in ways], axis=1)  # (n, s)
    stroke = (wanted[:, :, None] > ends[:, None, :-1]).sum(axis=2)
    begins = np.concatenate([np.zeros((count, 1)), ends[:, :-1]], axis=1)
    begin, end = (np.take_along_axis(limits, stroke, 1) for limits in (begins, ends))
    return placed, stroke.astype(np.uint8), (wanted - begin) / np.maximum(end - begin, 1e-9)


def _pen(strokes: int, stroke: Bytes, along: Numbers, draws: _Draws) -> Numbers:
    """The relative radius at each point: 1 + a·sin(2π·f·t + p), thinner or thicker at both ends."""
    radius = np.ones_like(along)
    for k in range(strokes):
        phase = draws.uniform(f"stroke{k}.phase", 0, 2 * np.pi)
        frequency = draws.uniform(f"stroke{k}.frequency", 0.3, 1.6)
        pressure = draws.uniform(f"stroke{k}.pressure", 0, 0.5)
        start = np.maximum(draws.uniform(f"stroke{k}.taper_start", -0.5, 0.5), 0)
        end = np.maximum(draws.uniform(f"stroke{k}.taper_end", -0.4, 0.6), 0)
        own = 1 + pressure * np.sin(2 * np.pi * frequency * along + phase)
        own *= 1 - start * np.exp(-along / 0.06)
        own *= 1 - end * np.exp(-(1 - along) / 0.08)
        radius = np.where(stroke == k, own, radius)
    return radius


def _deform(points: Numbers, digit: int, draws: _Draws) -> Numbers:
    """Stretch, bend, wave, slant and turn: points (n, 150, 2) -> the same, centered."""
    low, high = points.min(axis=1, keepdims=True), points.max(axis=1, keepdims=True)
    x = points[:, :, 0] - (low + high)[:, :, 0] / 2
    y = points[:, :, 1] - 0.5
    x = x * np.exp(draws.normal("aspect", 0, ASPECT.get(digit, 0.15)))
    y = y + draws.normal("vertical", 0, 0.15) * (y**2 - 0.25)
    x = x * (1 + draws.normal("taper", 0, 0.3) * y) + draws.normal("bend", 0, 0.15) * y**2
    y = y + draws.normal("tilt", 0, 0.08) * x
    for k in range(3):
        kx, ky = draws.normal(f"wave{k}.kx", 0, 4), draws.normal(f"wave{k}.ky", 0, 4)
        wave = np.sin(kx * x + ky * y + draws.uniform(f"wave{k}.phase", 0, 2 * np.pi))
        x = x + wave * draws.normal(f"wave{k}.vx", 0, 0.045)
        y = y + wave * draws.normal(f"wave{k}.vy", 0, 0.045)
    x = x - draws.normal("slant", *SLANT[digit]) * y
    angle = np.radians(draws.normal("rotation", 0, 6))
    return np.stack(
        [x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], 2
    )


def _on_paper(points: Numbers, radius: Numbers, softness: Numbers) -> Bytes:
    """Ink along points (n, 150, 2) of a radius each, laid out as MNIST's: -> (n, 28, 28)."""
    low = (points - radius[:, :, None]).min(axis=1)
    high = (points + radius[:, :, None]).max(axis=1)
    longer = (high - low).max(axis=1, keepdims=True)
    scale = (FIT - softness) / longer  # (n, 1) pixels a unit; the soft edge belongs to the digit
    middle = ((low + high) / 2)[:, None]
    positions = ((points - middle) * scale[:, :, None] + PAPER / 2).astype(np.float32)
    reach = np.maximum(radius * scale, 0.45).astype(np.float32)
    pixel = np.arange(PAPER, dtype=np.float32) + np.float32(0.5)
    across, down = ((positions[:, :, axis, None] - pixel) ** 2 for axis in (0, 1))  # (n, 150, 22)
    depth = np.empty((len(points), PAPER, PAPER), np.float32)

    def press(start: int) -> None:
        part = slice(start, start + CHUNK)
        distance = down[part, :, :, None] + across[part, :, None, :]  # (8, 150, 22, 22)
        np.sqrt(distance, out=distance)
        np.subtract(reach[part, :, None, None], distance, out=distance)
        np.max(distance, axis=1, out=depth[part])

    with ThreadPoolExecutor() as pens:  # NumPy works on several cores, each at other digits
        list(pens.map(press, range(0, len(points), CHUNK)))
    ink = np.clip(0.5 + depth / softness[:, :, None], 0, 1)
    return normalize(np.rint(255 * ink).astype(np.uint8))
