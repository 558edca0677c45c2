"""The nine steps of the worked example: what happens, the formula with its numbers, a question.

Nothing here is fixed text but the words: every number is taken from the example's result.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np

from numrec_tui.lessons.worked_example import NUDGE, SIZES, Example, Parameter

DIGITS = 6
"""Decimals of a number that is shown."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with choices; `right` is the index of the true one."""

    text: str
    choices: tuple[str, ...]
    right: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its title, one sentence, the general formula, the lines with numbers, a question.

    hidden: how many of the lines, from the last, hold what the question asks for.
    """

    title: str
    sentence: str
    formula: str
    lines: tuple[str, ...]
    question: Question
    hidden: int = 1


def number(value: float) -> str:
    """A number with at most six decimals, as in a formula: .25, -.125; a tiny one as 1.2e-07."""
    if not isfinite(value):
        return {inf: "∞", -inf: "-∞"}.get(value, "not a number")
    text = f"{value:.{DIGITS}f}"
    if float(text) == 0:
        return "0" if value == 0 else f"{value:.2g}"
    text = text.rstrip("0").rstrip(".")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def factor(value: float) -> str:
    """A number that follows an operator: in brackets where it is negative."""
    return f"({number(value)})" if value < 0 else number(value)


def weighted_sum(inputs: Sequence[float], weights: Sequence[float], bias: float) -> str:
    """`.25×-.75 + .5×.5 + .75×-.25 + 0`."""
    products = [f"{number(x)}×{number(w)}" for x, w in zip(inputs, weights, strict=True)]
    return " + ".join([*products, number(bias)])


def step_of(index: int, example: Example, picked: Parameter) -> Step:
    """A step, for the parameter that is picked and the units at its ends."""
    return STEPS[index](example, picked)


def hidden_unit(picked: Parameter) -> int:
    """The hidden unit that the picked parameter leads to or comes from."""
    if picked.layer == 0:
        return picked.target
    return picked.source or 0


def output_unit(picked: Parameter, example: Example) -> int:
    """The output that the picked parameter leads to; the right class for one below."""
    return picked.target if picked.layer == 1 else example.label


def _inputs(example: Example, picked: Parameter) -> Step:
    del picked
    n, hidden, outputs = SIZES
    count = len(example.theta)
    values = ", ".join(number(value) for value in example.x)
    return Step(
        "inputs",
        "A picture is a row of numbers, 0 for paper and 1 for ink; here there are three pixels.",
        "parameters = inputs×hidden + hidden + hidden×outputs + outputs",
        (
            f"x = ({values}), the right class is {example.label + 1}",
            f"{n}×{hidden} + {hidden} + {hidden}×{outputs} + {outputs} = {count}",
        ),
        Question(
            "How many numbers can this network learn, weights and biases?",
            *_choices(str(count), (str(n * hidden + hidden * outputs), str(n + hidden + outputs))),
        ),
    )


def _sum(example: Example, picked: Parameter) -> Step:
    j, result = hidden_unit(picked), example.result
    weights, bias = _column(example, 0, j), example.theta[_bias(0, j)]
    total = float(result.z1[j])
    wrong = (total - bias if bias else total + 1, -total if total else 2.0)
    return Step(
        "weighted sum",
        f"Hidden unit {j + 1} multiplies each input by a weight, adds all up, and adds its bias.",
        "z1 = x·W1 + b1",
        (f"z1[{j + 1}] = {weighted_sum(example.x, weights, bias)} = {number(total)}",),
        Question(f"What is the sum z1[{j + 1}]?", *_numbers(total, wrong)),
    )


def _activation(example: Example, picked: Parameter) -> Step:
    j, result = hidden_unit(picked), example.result
    z, a = float(result.z1[j]), float(result.a1[j])
    wrong = (0.0 if a else 1.0, abs(z) if abs(z) != a else -z)
    return Step(
        "activation",
        f"The activation bends the sum: {ACTIVATION_WORDS[example.activation]}.",
        f"a1 = {ACTIVATION_FORMULAS[example.activation]}",
        (f"a1[{j + 1}] = {activated(example.activation, example.leak, z)} = {number(a)}",),
        Question(f"What leaves hidden unit {j + 1}?", *_numbers(a, wrong)),
    )


def _output(example: Example, picked: Parameter) -> Step:
    k, result = output_unit(picked, example), example.result
    weights, bias = _column(example, 1, k), example.theta[_bias(1, k)]
    z, a = float(result.z2[k]), float(result.a2[k])
    outputs = ", ".join(number(float(value)) for value in result.a2)
    read = int(np.argmax(result.a2))
    return Step(
        "output",
        f"Each output sums what the hidden units send; {OUTPUT_WORDS[example.loss]}.",
        f"z2 = a1·W2 + b2, a2 = {OUTPUT_FORMULAS[example.loss]}",
        (
            f"z2[{k + 1}] = {weighted_sum(result.a1.tolist(), weights, bias)} = {number(z)}",
            f"a2[{k + 1}] = {_squashed(example, k)} = {number(a)}",
            f"a2 = ({outputs}): it reads class {read + 1}",
        ),
        Question(
            "Which class does the network read?",
            tuple(f"class {each + 1}" for each in range(SIZES[2])),
            read,
        ),
    )


def _loss(example: Example, picked: Parameter) -> Step:
    del picked
    result, label = example.result, example.label
    loss, right = float(result.loss), float(result.a2[label])
    if example.loss == "quadratic":
        terms = [f"({number(float(a))} - {int(k == label)})²" for k, a in enumerate(result.a2)]
        line = f"loss = {' + '.join(terms)} = {number(loss)}"
    else:
        line = f"loss = -ln {number(right)} = {number(loss)}"
    wrong = (loss + 1, abs(loss - 1) if loss != 1 else 3.0)
    return Step(
        "loss",
        f"The loss is how wrong that was: the right answer is 1 for class {label + 1} and 0 else.",
        LOSS_FORMULAS[example.loss],
        (line,),
        Question("How large is the loss?", *_numbers(loss, wrong)),
    )


def _errors(example: Example, picked: Parameter) -> Step:
    j, k = hidden_unit(picked), output_unit(picked, example)
    result = example.result
    a, y, error = float(result.a2[k]), int(k == example.label), float(result.delta2[k])
    if example.loss == "quadratic":
        how = f"2×({number(a)} - {y})×{number(a)}×(1 - {number(a)})"
    else:
        how = f"{number(a)} - {y}"
    sums = [
        f"{number(float(d))}×{number(float(w))}"
        for d, w in zip(result.delta2, _row(example, j), strict=True)
    ]
    below = float(result.delta1[j])
    sign = "larger" if error < 0 else "smaller" if error > 0 else "neither"
    choices = ("larger", "smaller", "neither")
    return Step(
        "errors going back",
        "Each sum gets an error: how much the loss would change if that sum changed a little.",
        f"delta2 = {ERROR_FORMULAS[example.loss]}, delta1 = (delta2·W2ᵀ)×slope",
        (
            f"delta2[{k + 1}] = {how} = {number(error)}",
            f"delta1[{j + 1}] = ({' + '.join(sums)})×{number(float(result.slope1[j]))} "
            f"= {number(below)}",
        ),
        Question(
            f"To make the loss smaller, should z2[{k + 1}] become larger or smaller?",
            choices,
            choices.index(sign),
        ),
        hidden=2,
    )


def _gradient(example: Example, picked: Parameter) -> Step:
    result = example.result
    incoming, error = _ends(example, picked)
    slope = float(result.gradient[picked.index])
    layer = picked.layer + 1
    wrong = (-slope if slope else 1.0, slope + error if error else 0.5)
    return Step(
        "gradient of one weight",
        "A weight's gradient is what enters it times the error of the sum that it leads to.",
        f"d loss / d {picked.name} = {_entering(picked)}×delta{layer}[{picked.target + 1}]",
        (f"{number(incoming)}×{number(error)} = {number(slope)}",),
        Question(f"How steep is the loss along {picked.name}?", *_numbers(slope, wrong)),
    )


def _update(example: Example, picked: Parameter) -> Step:
    result, value = example.result, example.value(picked)
    slope, new = float(result.gradient[picked.index]), float(result.updated[picked.index])
    wrong = (value + example.rate * slope, value - slope)
    return Step(
        "update",
        "Every weight takes a step downhill: against its gradient, as far as the rate says.",
        f"{picked.name} ← {picked.name} - rate×gradient",
        (f"{number(value)} - {number(example.rate)}×{number(slope)} = {number(new)}",),
        Question(f"What does {picked.name} become?", *_numbers(new, wrong)),
    )


def _again(example: Example, picked: Parameter) -> Step:
    del picked
    result = example.result
    before, after = float(result.loss), float(result.loss_after)
    change = "smaller" if after < before else "larger" if after > before else "as it was"
    choices = ("smaller", "larger", "as it was")
    return Step(
        "the same again",
        f"All {len(example.theta)} have moved at once; the same picture now gives another loss.",
        "loss(θ - rate×gradient)",
        (f"{number(before)} → {number(after)}: {change}",),
        Question("Will the loss be smaller?", choices, choices.index(change)),
    )


STEPS: tuple[Callable[[Example, Parameter], Step], ...] = (
    _inputs, _sum, _activation, _output, _loss, _errors, _gradient, _update, _again,
)  # fmt: skip
"""The steps in order."""


def nudged(example: Example, picked: Parameter) -> str:
    """The slope measured by a nudge beside the calculated one."""
    before = example.result.loss
    moved = example.with_parameter(picked, example.value(picked) + NUDGE).result.loss
    return (
        f"{picked.name} + {number(NUDGE)}: loss {number(before)} → {number(moved)}, "
        f"slope {number(example.slope_of(picked))}; calculated "
        f"{number(float(example.result.gradient[picked.index]))}"
    )


ACTIVATION_WORDS = {
    "leaky_relu": "a sum above 0 stays, below 0 only a small share, the leak, is left",
    "relu": "a sum above 0 stays, one below becomes 0",
    "sigmoid": "any sum becomes a number between 0 and 1",
    "tanh": "any sum becomes a number between -1 and 1",
}

ACTIVATION_FORMULAS = {
    "leaky_relu": "z1 above 0, leak×z1 below",
    "relu": "z1 above 0, 0 below",
    "sigmoid": "1/(1 + e^-z1)",
    "tanh": "tanh(z1)",
}

OUTPUT_WORDS = {
    "quadratic": "a sigmoid makes each a number between 0 and 1",
    "cross_entropy": "a softmax makes of them probabilities that add up to 1",
}

OUTPUT_FORMULAS = {"quadratic": "1/(1 + e^-z2)", "cross_entropy": "e^z2 / Σ e^z2"}

LOSS_FORMULAS = {"quadratic": "loss = Σ (a2 - y)²", "cross_entropy": "loss = -ln a2[right class]"}

ERROR_FORMULAS = {"quadratic": "2(a2 - y)×a2×(1 - a2)", "cross_entropy": "a2 - y"}


def activated(
    activation: str, leak: float, z: float, write: Callable[[float], str] = number
) -> str:
    """What an activation does to a sum, as a formula; `write` writes its numbers."""
    match activation:
        case "leaky_relu":
            return f"{write(leak)}×{write(z)}" if z < 0 else write(z)
        case "relu":
            return f"max({write(z)}, 0)"
        case "sigmoid":
            return f"1/(1 + e^{write(-z)})"
        case name:
            return f"{name}({write(z)})"


def _squashed(example: Example, k: int) -> str:
    z = example.result.z2
    if example.loss == "quadratic":
        return f"1/(1 + e^{number(-float(z[k]))})"
    others = " + ".join(f"e^{number(float(each))}" for each in z)
    return f"e^{number(float(z[k]))} / ({others})"


def _ends(example: Example, picked: Parameter) -> tuple[float, float]:
    """What enters a parameter, and the error of the sum that it leads to."""
    result = example.result
    entering = example.x if picked.layer == 0 else result.a1
    errors = result.delta1 if picked.layer == 0 else result.delta2
    incoming = 1.0 if picked.source is None else float(entering[picked.source])
    return incoming, float(errors[picked.target])


def _entering(picked: Parameter) -> str:
    if picked.source is None:  # a bias
        return "1"
    return f"{'x' if picked.layer == 0 else 'a1'}[{picked.source + 1}]"


def _column(example: Example, layer: int, target: int) -> list[float]:
    """The weights that lead to a unit."""
    return [example.value(Parameter(layer, source, target)) for source in range(SIZES[layer])]


def _row(example: Example, source: int) -> list[float]:
    """The weights that lead from a hidden unit to the outputs."""
    return [example.value(Parameter(1, source, target)) for target in range(SIZES[2])]


def _bias(layer: int, target: int) -> int:
    return Parameter(layer, None, target).index


def _numbers(right: float, wrong: Sequence[float]) -> tuple[tuple[str, ...], int]:
    """Three numbers in ascending order, and which of them is right."""
    texts = {number(right): right}
    for value in (*wrong, *_others(right)):
        if len(texts) < 3 and isfinite(value):
            texts.setdefault(number(value), value)
    ordered = sorted(texts, key=lambda text: texts[text])
    return tuple(ordered), ordered.index(number(right))


def _others(right: float) -> Iterator[float]:
    """Numbers that are wrong, if the likely mistakes are not."""
    base = right if isfinite(right) else 0.0
    for by in range(1, 5):
        yield base + by
        yield base - by


def _choices(right: str, wrong: Sequence[str]) -> tuple[tuple[str, ...], int]:
    ordered = sorted({right, *wrong}, key=float)
    return tuple(ordered), ordered.index(right)
