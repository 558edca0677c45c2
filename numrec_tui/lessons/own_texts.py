"""The nine steps for the network at hand: what happens, and the formula with its real numbers.

Of a sum of many products the three strongest are written out; the number after them is the sum of
all others.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from engine.plural import counted
from numrec_tui.lessons.followed import Followed, source_name, unit_name
from numrec_tui.lessons.own_step import Vector, products, strongest
from numrec_tui.lessons.own_updates import DECAY, rate_line, rule_of, shown
from numrec_tui.lessons.steps import (
    ACTIVATION_FORMULAS,
    ACTIVATION_WORDS,
    ERROR_FORMULAS,
    LOSS_FORMULAS,
    OUTPUT_FORMULAS,
    OUTPUT_WORDS,
    activated,
)

WRITTEN = 3
"""Products of a sum that are written out."""

WAITING = "the next batch is being calculated …"


@dataclass(frozen=True, slots=True)
class OwnStep:
    """One step: its title, one sentence, the general formula, the lines with numbers."""

    title: str
    sentence: str
    formula: str
    lines: tuple[str, ...]


def own_step(index: int, followed: Followed) -> OwnStep:
    """A step, for the digit and the weight that are followed."""
    with np.errstate(all="ignore"):  # a network may have overflowed
        return STEPS[index](followed)


def _inputs(followed: Followed) -> OwnStep:
    network, image, passed = followed.network, followed.digit.image, followed.passed
    sizes, pixels = network.sizes, image.reshape(-1)
    source = followed.weight.source if followed.weight.layer == 0 else None
    pixel = int(pixels.argmax()) if source is None else source
    layers = [f"{n_in}×{n_out} + {n_out}" for n_in, n_out in pairwise(sizes)]
    return OwnStep(
        TITLES[0],
        "A picture is a row of numbers, 0 for paper and 1 for ink.",
        "parameters = inputs×units + units, for each layer",
        (
            f"{image.shape[0]}×{image.shape[1]} = {sizes[0]} numbers, "
            f"{int(np.count_nonzero(pixels))} of them with ink",
            f"{source_name(followed, 0, pixel)}: {pixels[pixel]}/255 = "
            f"{shown(float(passed.a[0][pixel]))}",
            f"parameters: {' + '.join(layers)} = {network.theta.size}",
        ),
    )


def _sum(followed: Followed) -> OwnStep:
    weight = followed.weight
    name = unit_name(followed.network, followed.names, weight.layer, weight.target)
    what, at = "pixel" if weight.layer == 0 else "unit below it", weight.layer + 1
    return OwnStep(
        TITLES[1],
        f"The sum of {name}: what each {what} sends times its weight, and the bias.",
        f"z{at} = {_entering(weight.layer)}·W{at} + b{at}",
        _summed(followed, weight.layer, weight.target),
    )


def _activation(followed: Followed) -> OwnStep:
    network, weight, passed = followed.network, followed.weight, followed.passed
    k, j = weight.layer, weight.target
    if followed.is_output:
        loss = network.loss.name
        return OwnStep(
            TITLES[2],
            f"This layer is that of the classes: {OUTPUT_WORDS.get(loss, loss)}.",
            _numbered(OUTPUT_FORMULAS.get(loss, loss), followed),
            (_squashed(followed, j),),
        )
    z, a = float(passed.z[k][j]), float(passed.a[k + 1][j])
    activation = network.activation
    formula = activated(activation.name, activation.leak, z, shown)
    words = ACTIVATION_WORDS.get(activation.name, activation.name)
    general = ACTIVATION_FORMULAS.get(activation.name, f"{activation.name}(z1)")
    rank = int(np.flatnonzero(strongest(passed.a[k + 1]) == j)[0]) + 1
    return OwnStep(
        TITLES[2],
        f"The activation bends the sum: {words}.",
        f"a{k + 1} = {general.replace('z1', f'z{k + 1}')}",
        (
            f"a{k + 1}[{j}] = {formula} = {shown(a)}",
            f"In loudness it is number {rank} of the {len(passed.z[k])} of its layer.",
        ),
    )


def _output(followed: Followed) -> OwnStep:
    network, passed, weight = followed.network, followed.passed, followed.weight
    names, last = followed.names, followed.last
    ways: list[str] = []
    if not followed.is_output:
        k, j = weight.layer + 1, weight.target
        a, leaving = float(passed.a[k][j]), network.weights[k][j]
        ways = [
            f"to {unit_name(network, names, k, target)}: {shown(a)}×{shown(float(leaving[target]))}"
            f" = {shown(float(a * leaving[target]))}"
            for target in strongest(a * leaving)[:WRITTEN].tolist()
        ]
    read = int(np.argmax(passed.outputs))
    loss = network.loss.name
    return OwnStep(
        TITLES[3],
        f"Each class sums what the layer below sends; {OUTPUT_WORDS.get(loss, loss)}.",
        f"z{last + 1} = {_entering(last)}·W{last + 1} + b{last + 1}, "
        f"{_numbered(OUTPUT_FORMULAS.get(loss, loss), followed)}",
        (
            *ways,
            *_summed(followed, last, followed.class_),
            _squashed(followed, followed.class_),
            f"It reads class {names[read]}: {shown(float(passed.outputs[read]))}.",
        ),
    )


def _loss(followed: Followed) -> OwnStep:
    passed, label, loss = followed.passed, followed.digit.label, followed.network.loss.name
    outputs, name = passed.outputs, followed.names[followed.digit.label]
    if loss == "quadratic":
        target = np.zeros_like(outputs)
        target[label] = 1
        terms = (outputs - target) ** 2
        written = [
            f"({shown(float(outputs[k]))} - {int(k == label)})²"
            for k in sorted(strongest(terms)[:WRITTEN].tolist())
        ]
        how = " + ".join([*written, *_rest(terms)])
    elif loss == "cross_entropy":
        how = f"-ln {shown(float(outputs[label]))}"
    else:
        how = loss
    return OwnStep(
        TITLES[4],
        f"The loss is how wrong that was: the right answer is 1 for class {name} and 0 else.",
        _numbered(LOSS_FORMULAS.get(loss, loss), followed),
        (f"loss = {how} = {shown(passed.loss)}",),
    )


def _errors(followed: Followed) -> OwnStep:
    network, passed, weight = followed.network, followed.passed, followed.weight
    c, last, loss = followed.class_, followed.last, network.loss.name
    a, y = float(passed.outputs[c]), int(c == followed.digit.label)
    how = {
        "quadratic": f"2×({shown(a)} - {y})×{shown(a)}×(1 - {shown(a)})",
        "cross_entropy": f"{shown(a)} - {y}",
    }.get(loss, loss)
    lines = [
        f"delta{last + 1}[{followed.names[c]}] = {how} = {shown(float(passed.errors[last][c]))}"
    ]
    if not followed.is_output:
        k, j = weight.layer, weight.target
        errors, leaving = passed.errors[k + 1], network.weights[k + 1][j]
        terms = errors * leaving
        chosen = sorted(strongest(terms)[:WRITTEN].tolist())
        written = [f"{shown(float(errors[t]))}×{shown(float(leaving[t]))}" for t in chosen]
        above = ", ".join(unit_name(network, followed.names, k + 1, t) for t in chosen)
        lines += [
            f"strongest from above: {above}",
            f"delta{k + 1}[{j}] = ({' + '.join([*written, *_rest(terms)])})"
            f"×{shown(float(passed.slopes[k][j]))} = {shown(passed.error(weight))}",
        ]
    formula = _numbered(f"delta2 = {ERROR_FORMULAS.get(loss, loss)}", followed)
    back = f"delta{weight.layer + 1} = (delta{weight.layer + 2}·W{weight.layer + 2}ᵀ)×slope"
    return OwnStep(
        TITLES[5],
        "Each sum gets an error: how much the loss would change if that sum changed a little.",
        formula if followed.is_output else f"{formula}, {back}",
        tuple(lines),
    )


def _gradient(followed: Followed) -> OwnStep:
    passed, weight, update = followed.passed, followed.weight, followed.update
    incoming, error = passed.incoming(weight), passed.error(weight)
    lines = [f"this digit: {shown(incoming)}×{shown(error)} = {shown(incoming * error)}"]
    if update is None:
        lines.append(WAITING)
    else:
        terms = update.inputs * update.errors
        chosen = strongest(terms)[:WRITTEN]
        written = [f"{shown(float(update.inputs[n]))}×{shown(float(update.errors[n]))}"
                   for n in chosen.tolist()]  # fmt: skip
        labels = ", ".join(followed.names[label] for label in update.batch.labels[chosen].tolist())
        images = len(terms)
        lines += [
            f"strongest of the {counted(images, 'image')} of the next batch, by class: {labels}",
            f"g = ({' + '.join([*written, *_rest(terms)])})/{images} = {shown(update.gradient)}",
        ]
        if update.batch.masks:
            lines.append("Dropout has made some of these 0, and the others larger.")
    return OwnStep(
        TITLES[6],
        "What enters the weight times the error it leads to; training takes a batch's mean.",
        f"g = mean of {_entering(weight.layer)}×delta{weight.layer + 1}",
        tuple(lines),
    )


def _update(followed: Followed) -> OwnStep:
    run, update = followed.standing.run, followed.update
    settings = run.hyperparameters
    rule = rule_of(settings.optimizer)
    decays = settings.weight_decay and settings.optimizer != "adamw"
    lines: tuple[str, ...] = (WAITING,)
    if update is not None:
        mean = f"g = {shown(update.gradient)}, the mean over the batch"
        lines = (
            *(() if decays else (mean,)),
            *rate_line(update, settings.learning_rate, settings.schedule),
            *rule.lines(update),
            f"It moves by {shown(update.after - update.before)}.",
        )
    return OwnStep(
        TITLES[7],
        f"{rule.sentence} {DECAY}" if decays else rule.sentence,
        f"{settings.optimizer}: {rule.formula}",
        lines,
    )


def _again(followed: Followed) -> OwnStep:
    passed, update, names = followed.passed, followed.update, followed.names
    lines: tuple[str, ...] = (WAITING,)
    if update is not None:
        after = update.digit_after
        read, read_after = int(np.argmax(passed.outputs)), int(np.argmax(after.outputs))
        lines = (
            f"this digit: loss {_change(passed.loss, after.loss)}",
            f"the batch: loss {_change(update.loss, update.loss_after)}",
            f"It reads class {names[read]}: {shown(float(passed.outputs[read]))} → "
            f"class {names[read_after]}: {shown(float(after.outputs[read_after]))}",
        )
    count = counted(followed.network.theta.size, "parameter")
    return OwnStep(
        TITLES[8],
        f"A batch moves all {count} at once; the same digit then gives another loss.",
        "loss(θ) → loss(θ after one batch)",
        lines,
    )


TITLES = (
    "inputs", "weighted sum", "activation", "output", "loss", "errors going back",
    "gradient of one weight", "update", "the same again",
)  # fmt: skip
"""Those of the worked example."""

STEPS: tuple[Callable[[Followed], OwnStep], ...] = (
    _inputs, _sum, _activation, _output, _loss, _errors, _gradient, _update, _again,
)  # fmt: skip
"""The steps in order."""


def _entering(layer: int) -> str:
    return f"a{layer}" if layer else "x"


def _numbered(formula: str, followed: Followed) -> str:
    """A formula of the worked example, whose output layer is the second, for this network."""
    named = formula if "=" in formula else f"a2 = {formula}"
    return named.replace("z2", f"z{followed.last + 1}").replace("a2", f"a{followed.last + 1}")


def _summed(followed: Followed, layer: int, target: int) -> tuple[str, str]:
    """Where the three strongest products of a sum come from, and the sum."""
    network, entering = followed.network, followed.passed.a[layer]
    terms = products(network, followed.passed, layer, target)
    chosen = sorted(strongest(terms)[:WRITTEN].tolist())
    written = [
        f"{shown(float(entering[s]))}×{shown(float(network.weights[layer][s, target]))}"
        for s in chosen
    ]
    bias = shown(float(network.biases[layer][target]))
    sources = ", ".join(source_name(followed, layer, s) for s in chosen)
    rest = "all others and the bias" if len(terms) > WRITTEN else "the bias"
    named = followed.names[target] if layer == followed.last else target
    total = " + ".join([*written, *_rest(terms), bias])
    return (
        f"strongest: {sources}; then {rest}",
        f"z{layer + 1}[{named}] = {total} = {shown(float(followed.passed.z[layer][target]))}",
    )


def _rest(terms: Vector) -> list[str]:
    """The sum of all terms (n,) that are not written out, if there are such."""
    if len(terms) <= WRITTEN:
        return []
    return [shown(float(terms[strongest(terms)[WRITTEN:]].sum()))]


def _squashed(followed: Followed, c: int) -> str:
    """The output of a class, from the sums of all."""
    z, loss = followed.passed.z[-1], followed.network.loss.name
    a = shown(float(followed.passed.outputs[c]))
    if loss == "quadratic":
        how = f"1/(1 + e^{shown(-float(z[c]))})"
    elif loss == "cross_entropy":
        others = [f"e^{shown(float(each))}" for each in _largest_but(z, c)]
        powers = np.sort(np.exp(np.delete(z, c)))[: -len(others) or None]
        rest = [shown(float(powers.sum()))] if len(powers) else []
        own = f"e^{shown(float(z[c]))}"
        how = f"{own} / ({' + '.join([own, *others, *rest])})"
    else:
        how = loss
    return f"a{followed.last + 1}[{followed.names[c]}] = {how} = {a}"


def _largest_but(z: Vector, c: int) -> list[float]:
    """The two largest sums of other classes."""
    others: list[float] = np.sort(np.delete(z, c))[::-1][: WRITTEN - 1].tolist()
    return others


def _change(before: float, after: float) -> str:
    if shown(before) == shown(after):
        return f"{shown(before)} → {shown(after)}, as it was"
    return f"{shown(before)} → {shown(after)}, {'smaller' if after < before else 'larger'}"
