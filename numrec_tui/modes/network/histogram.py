"""How numbers are distributed, as bars of eighths of a cell with an axis, a layer at a time."""

from dataclasses import dataclass

import numpy as np
from textual.strip import Strip

from engine.nn.arrays import Indices
from numrec_tui.insight.units import Distribution, verdict
from numrec_tui.modes.network.sheet import Block, Pens

EIGHTHS = " ▁▂▃▄▅▆▇█"

BINS = 120
"""Bins to count in: three widths of panels divide it."""


@dataclass(frozen=True, slots=True)
class LayerDistributions:
    """A layer: how its weights and their gradient are distributed, how far it moves in a batch."""

    name: str
    weights: Distribution
    gradient: Distribution | None
    update: float | None


def columns(counts: Indices, height: int) -> list[str]:
    """Counts (n,) as `height` lines of n characters, top first; whatever is there is seen."""
    most = max(int(counts.max(initial=0)), 1)
    eighths = np.ceil(counts / most * height * 8).astype(int)
    lines = []
    for line in reversed(range(height)):
        filled = np.clip(eighths - 8 * line, 0, 8).tolist()
        lines.append("".join(EIGHTHS[eighth] for eighth in filled))
    return lines


def draw_histograms(
    layers: tuple[LayerDistributions, ...], pens: Pens, width: int, height: int
) -> Block:
    """Of each layer: its name, what is to be said of it, its weights, its gradient."""
    if not layers:
        return [pens.line("counting …", width, pens.muted)]
    charts = sum(1 + (layer.gradient is not None) for layer in layers)
    texts = sum(3 + 2 * (1 + (layer.gradient is not None)) for layer in layers)
    tall = max(2, min(8, (height - texts) // charts))
    lines: Block = []
    for layer in layers:
        lines += [pens.line(layer.name, width, pens.strong), _movement(layer, pens, width)]
        lines += _chart("weights", layer.weights, pens, width, tall)
        if layer.gradient is not None:
            lines += _chart("gradient", layer.gradient, pens, width, tall)
        lines.append(pens.blank(width))
    return lines[:-1]


def _movement(layer: LayerDistributions, pens: Pens, width: int) -> Strip:
    if layer.update is None:
        return pens.line("moves while it is trained", width, pens.muted)
    word = verdict(layer.update)
    fine = word in ("healthy", "slow")
    parts = [
        (f"moves {layer.update:.1e} a batch ", pens.text),
        (f"{'✓' if fine else '!'} {word}", pens.text if fine else pens.strong),
    ]
    return pens.words(parts, width)


def _chart(what: str, of: Distribution, pens: Pens, width: int, height: int) -> Block:
    """A line of facts, the bars, negative ones in the negative hue, and the axis."""
    facts = f" ±{of.deviation:.2g}, most {of.largest:.2g}, {of.near_zero:.0%} near 0"
    if len(what) + len(facts) > width:
        facts = f" ±{of.deviation:.1g} ≤{of.largest:.1g} {of.near_zero:.0%} near 0"
    lines = [pens.words([(what, pens.text), (facts, pens.muted)], width)]
    across = next((n for n in (120, 60, 40, 30, 24, 20, 12) if n <= width), 12)
    counts = of.counts.reshape(across, -1).sum(axis=1)
    half = across // 2
    for line in columns(counts, height):
        parts = [(line[:half], pens.palette.negative), (line[half:], pens.palette.positive)]
        lines.append(pens.words(parts, width))
    low, high = f"{of.low:.2g}", f"+{of.high:.2g}"
    axis = low + "0".center(across - 2 * len(low)).rstrip().ljust(across - len(low) - len(high))
    lines.append(pens.line((axis + high)[:across], width, pens.muted))
    return lines
