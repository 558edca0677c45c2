"""A digit on its way through the layers: every unit a cell, the outputs as bars."""

from dataclasses import dataclass

import numpy as np
from textual.strip import Strip

from engine.nn.arrays import Array, Bytes
from engine.plural import counted
from numrec_tui.insight.units import active_share, condensed, scale_of
from numrec_tui.modes.network.sheet import Block, Pens, beside, fitted
from numrec_tui.text.cut import clip
from numrec_tui.widgets.digit import bar
from numrec_tui.widgets.signed_colors import levels


@dataclass(frozen=True, slots=True)
class LayerFacts:
    """A digit (rows, columns), what leaves each hidden layer (width,), and the probabilities."""

    image: Bytes
    label: int
    hidden: tuple[Array, ...]
    probabilities: Array
    names: tuple[str, ...]


MOST_LINES = 6
"""Lines of cells a layer may take, two units high each."""


def draw_layers(facts: LayerFacts, pens: Pens, width: int, height: int) -> Block:
    """The digit, a picture of each layer's outputs, the probabilities."""
    roomy = height >= facts.image.shape[0] // 2 + len(facts.hidden) * 3 + len(facts.names) + 3
    side = fitted(facts.image.shape, min(facts.image.shape[1] if roomy else 14, width))
    image = pens.digit(facts.image, *side)
    room = width - side[1] - 2
    bars = _bars(facts, pens, room if room >= 14 else width)
    lines = beside(pens, 2, image, bars) if room >= 14 else [*image, *bars]
    free = height - len(lines) - 2 * len(facts.hidden)
    each = max(1, min(MOST_LINES, free // max(len(facts.hidden), 1)))
    for number, outputs in enumerate(facts.hidden, 1):
        lines += [pens.blank(width), _caption(number, outputs, pens, width)]
        lines += _cells(outputs, pens, width, each)
    return lines


def _caption(number: int, outputs: Array, pens: Pens, width: int) -> Strip:
    active, most = active_share(outputs), float(np.nanmax(outputs, initial=-np.inf))
    parts = [
        (f"hidden {number}", pens.strong),
        (f"  {counted(len(outputs), 'unit')}  {active:.0%} active  most {most:.3g}", pens.muted),
    ]
    return pens.words(parts, width)


def _cells(outputs: Array, pens: Pens, width: int, most: int) -> Block:
    """The units in reading order; many of them two a cell, too many thinned."""
    if len(outputs) <= width:
        wide = np.repeat(outputs, min(width // len(outputs), 3))
        drawn = levels(wide, scale_of(outputs))
        return [pens.palette.line(drawn, drawn).adjust_cell_length(width, pens.text)]
    shown = condensed(outputs, 2 * most * width)
    across = min(width, -(-len(shown) // 2))
    rows = -(-len(shown) // across)
    padded = np.zeros(rows * across, np.float32)
    padded[: len(shown)] = shown
    strips = pens.palette.strips(levels(padded.reshape(rows, across), scale_of(outputs)))
    return [strip.adjust_cell_length(width, pens.text) for strip in strips]


def _bars(facts: LayerFacts, pens: Pens, width: int) -> Block:
    guess = int(facts.probabilities.argmax())
    longest = min(max(map(len, facts.names)), max(width // 3, 1))
    lines: Block = []
    for index, name in enumerate(facts.names):
        probability = float(np.nan_to_num(facts.probabilities[index]))
        pointer = "▸" if index == guess else " "
        tick = "✓" if index == facts.label else " "
        room = max(width - longest - 8, 0)
        text = f"{pointer}{clip(name, longest):<{longest}}{tick} {bar(probability, room)}"
        style = pens.strong if index in (guess, facts.label) else pens.muted
        lines.append(pens.line(f"{text} {probability:4.0%}", width, style))
    return lines
