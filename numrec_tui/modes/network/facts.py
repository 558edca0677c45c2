"""What the panels of the Network mode tell, asked of a network and the validation digits."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.data.dataset import Digits
from engine.nn.arrays import Array
from engine.nn.network import Network
from numrec_tui.insight.ablation import Ablation, ablation, without
from numrec_tui.insight.units import (
    Activations,
    Distribution,
    activations,
    distribution,
    gradient_distributions,
    hidden_layers,
    leanings,
    strongest,
)
from numrec_tui.modes.network.histogram import BINS, LayerDistributions
from numrec_tui.modes.network.layer_sheet import LayerFacts
from numrec_tui.modes.network.unit_sheet import Exciting, OffFacts, UnitFacts


@dataclass(frozen=True, slots=True)
class Study:
    """What takes too long to find out on the way: of the network, over many digits.

    position: epochs done when the network was like that. ablation: what it reads without the units
    that are switched off, if some are.
    """

    position: float
    activations: Activations
    weights: tuple[Distribution, ...]
    gradients: tuple[Distribution, ...]
    ablation: Ablation | None = None


def study(
    network: Network,
    digits: Digits,
    position: float = 0.0,
    pause: Callable[[], None] = lambda: None,
    off: frozenset[int] = frozenset(),
) -> Study:
    """Look at a sample of the digits; `pause` is called now and then, to let others work.

    off: units of the first layer that are switched off; then all digits are read without them.
    """
    with np.errstate(all="ignore"):
        excited = activations(network, digits, pause)
        weights = []
        for layer in network.weights:
            weights.append(distribution(layer, BINS))
            pause()
        gradients = gradient_distributions(network, digits, BINS)
        read = ablation(network, digits, off, pause)
        return Study(position, excited, tuple(weights), gradients, read)


def unit_facts(
    network: Network,
    digits: Digits,
    unit: int,
    index: int,
    picture: Array,
    found: Study | None,
    off: frozenset[int] = frozenset(),
) -> UnitFacts:
    """One unit of the first layer. picture (rows, columns): its weights as they are to be drawn.

    off: the units that are switched off.
    """
    with np.errstate(all="ignore"):
        x = network.inputs(digits.images[index])
        first = next(hidden_layers(network, x), None)
        if first is None:
            first = x @ network.weights[0] + network.biases[0]
    names = digits.class_names
    now = Exciting(f"#{index} {names[digits.labels[index]]}", digits.images[index],
                   float(first[0, unit]))  # fmt: skip
    best, dead = [], False
    if found is not None:
        outputs = found.activations.outputs[unit]
        for row, output in zip(found.activations.best[unit].tolist(), outputs, strict=True):
            name = names[digits.labels[row]]
            best.append(Exciting(f"best {name}", digits.images[row], float(output)))
        dead = bool(found.activations.dead[unit])
    to, outgoing = _outgoing(network, unit, names)
    return UnitFacts(
        picture, float(network.biases[0][unit]), now, tuple(best),
        to, outgoing, dead, unit in off, off_facts(network, digits, index, found, off),
    )  # fmt: skip


def off_facts(
    network: Network, digits: Digits, index: int, found: Study | None, off: frozenset[int]
) -> OffFacts | None:
    """What the units that are switched off do to the readings; None if none is."""
    if not off:
        return None
    known = found.ablation if found is not None else None
    if known is not None and known.off != off:
        known = None
    names, image = digits.class_names, digits.images[index]
    readings = []
    for each in (network, without(network, off)):
        outputs = np.nan_to_num(each.predict(image))
        readings.append(f"{names[int(outputs.argmax())]} {float(outputs.max()):.0%}")
    shares = f"{known.whole:.1%} → {known.reduced:.1%}" if known else "…"
    return OffFacts(tuple(sorted(off)), shares, f"#{index} read as {' → '.join(readings)}")


def _outgoing(
    network: Network, unit: int, names: tuple[str, ...]
) -> tuple[str, tuple[tuple[str, float], ...]]:
    if len(network.weights) == 1:
        return "is a class", ()
    weights = network.weights[1][unit]
    targets = strongest(weights).tolist()
    direct = len(network.weights) == 2
    called = [names[target] if direct else str(target) for target in targets]
    pairs = zip(called, weights[targets].tolist(), strict=True)
    return "speaks for" if direct else "to hidden 2", tuple(pairs)


def layer_facts(
    network: Network, digits: Digits, index: int, off: frozenset[int] = frozenset()
) -> LayerFacts:
    """A digit on its way through the layers; units that are switched off give 0."""
    if off:
        network = without(network, off)
    with np.errstate(all="ignore"):
        x = network.inputs(digits.images[index])
        hidden = tuple(a[0] for a in hidden_layers(network, x))
        for unit in off:
            hidden[0][unit] = 0
        outputs = network.probabilities(x)[0]
    return LayerFacts(
        digits.images[index], int(digits.labels[index]), hidden, outputs,
        digits.class_names,
    )  # fmt: skip


def layer_distributions(
    network: Network, found: Study | None, moved: tuple[float, ...] | None
) -> tuple[LayerDistributions, ...]:
    """How weights and gradients are distributed, layer by layer."""
    if found is None:
        return ()
    sizes = network.sizes
    return tuple(
        LayerDistributions(
            f"layer {k + 1}   {sizes[k]} → {sizes[k + 1]}",
            found.weights[k],
            found.gradients[k],
            moved[k] if moved else None,
        )
        for k in range(len(network.weights))
    )


def captions(network: Network, names: tuple[str, ...]) -> tuple[str, ...]:
    """A word for each unit: `+3 -8` speaks for the 3 and against the 8; a class says its name."""
    if len(network.weights) == 1:
        return names if names != tuple(map(str, range(len(names)))) else ()
    short = [name[:3] for name in names]
    return tuple(f"+{short[best]} -{short[worst]}" for best, worst in leanings(network))
