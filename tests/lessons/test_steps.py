"""Every number that the worked example shows is what an independent calculation gives."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import InputError
from numrec_tui.lessons.steps import STEPS, nudged, number, step_of
from numrec_tui.lessons.worked_example import NUDGE, PARAMETERS, Example, Parameter

ACTIVATIONS, LOSSES = ("leaky_relu", "relu", "sigmoid", "tanh"), ("quadratic", "cross_entropy")
FOLLOWED = Parameter(1, 1, 0)


def drawn(seed: int, activation: str, loss: str) -> Example:
    """An example with parameters, picture, class and rate by chance."""
    rng = np.random.default_rng(seed)
    return Example(
        theta=tuple(rng.normal(0, 1, 17).tolist()),
        x=tuple(rng.uniform(0, 1, 3).tolist()),
        label=int(rng.integers(3)),
        activation=activation,
        loss=loss,
        rate=float(rng.uniform(0.01, 2)),
    )


def by_hand(example: Example) -> dict[str, np.ndarray]:
    """The same step of training, written out without the engine."""
    W1, b1 = np.array(example.theta[:6]).reshape(3, 2), np.array(example.theta[6:8])
    W2, b2 = np.array(example.theta[8:14]).reshape(2, 3), np.array(example.theta[14:])
    x, y = np.array(example.x), np.eye(3)[example.label]
    z1 = x @ W1 + b1
    a1, slope = {
        "leaky_relu": lambda z: (np.where(z >= 0, z, example.leak * z),
                                 np.where(z >= 0, 1, example.leak)),
        "relu": lambda z: (np.maximum(z, 0), np.where(z >= 0, 1.0, 0.0)),
        "sigmoid": lambda z: (1 / (1 + np.exp(-z)), np.exp(-z) / (1 + np.exp(-z)) ** 2),
        "tanh": lambda z: (np.tanh(z), 1 - np.tanh(z) ** 2),
    }[example.activation](z1)  # fmt: skip
    z2 = a1 @ W2 + b2
    if example.loss == "quadratic":
        a2 = 1 / (1 + np.exp(-z2))
        loss, delta2 = ((a2 - y) ** 2).sum(), 2 * (a2 - y) * a2 * (1 - a2)
    else:
        a2 = np.exp(z2) / np.exp(z2).sum()
        loss, delta2 = -math.log(a2[example.label]), a2 - y
    delta1 = (W2 @ delta2) * slope
    g = np.concatenate([np.outer(x, delta1).ravel(), delta1, np.outer(a1, delta2).ravel(), delta2])
    return {
        "z1": z1, "a1": a1, "slope1": slope, "z2": z2, "a2": a2, "delta2": delta2,
        "delta1": delta1, "loss": np.array(loss), "gradient": g,
        "updated": np.array(example.theta) - example.rate * g,
    }  # fmt: skip


def evaluated(text: str) -> float:
    """What an expression of a formula's line comes to, by Python's own arithmetic."""
    for shown, python in (("×", "*"), ("²", "**2"), ("-ln ", "-log "), ("^", "**")):
        text = text.replace(shown, python)
    text = re.sub(r"log (\S+)", r"log(\1)", text)
    text = re.sub(r"e\*\*(-?[\d.]+(?:e-?\d+)?)", r"exp(\1)", text)
    return float(eval(text, {"__builtins__": {}}, vars(math) | {"max": max}))  # noqa: S307 - our own text


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_number_is_that_of_an_independent_calculation(activation: str, loss: str) -> None:
    for seed in range(50):
        example = drawn(seed, activation, loss)
        for name, expected in by_hand(example).items():
            found = getattr(example.result, name)
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12, err_msg=name)
        after = by_hand(example.after_update())["loss"]
        assert example.result.loss_after == pytest.approx(float(after), rel=1e-9)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_formula_comes_to_the_number_behind_its_equals_sign(
    activation: str, loss: str
) -> None:
    checked = 0
    for seed in range(20):
        example = drawn(seed, activation, loss)
        for parameter in PARAMETERS:
            for index in range(1, len(STEPS)):
                for line in step_of(index, example, parameter).lines:
                    *_, text, shown = line.split(" = ") if " = " in line else ("", "")
                    if "," in line or not text:
                        continue
                    assert evaluated(text) == pytest.approx(float(shown), rel=2e-4, abs=2e-5), line
                    checked += 1
    assert checked > 20 * len(PARAMETERS) * 7


def test_the_example_shows_the_numbers_that_were_worked_out_by_hand() -> None:
    lines = [line for index in range(9) for line in step_of(index, Example(), FOLLOWED).lines]
    assert lines == [
        "x = (.25, .5, .75), the right class is 2",
        "3×2 + 2 + 2×3 + 3 = 17",
        "z1[2] = .25×.25 + .5×-.5 + .75×.75 + 1 = 1.375",
        "a1[2] = 1.375 = 1.375",
        "z2[1] = -.025×-.75 + 1.375×.75 + .75 = 1.8",
        "a2[1] = 1/(1 + e^-1.8) = .858149",
        "a2 = (.858149, .450166, .645656): it reads class 1",
        "loss = (.858149 - 0)² + (.450166 - 1)² + (.645656 - 0)² = 1.455609",
        "delta2[1] = 2×(.858149 - 0)×.858149×(1 - .858149) = .208924",
        "delta1[2] = (.208924×.75 + -.272186×-.5 + .295432×.25)×1 = .366644",
        "1.375×.208924 = .28727",
        ".75 - .5×.28727 = .606365",
        "1.455609 → 1.081248: smaller",
    ]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_slope_that_a_nudge_measures_is_the_gradient(activation: str, loss: str) -> None:
    example = drawn(3, activation, loss)
    for parameter in PARAMETERS:
        calculated = float(example.result.gradient[parameter.index])
        assert example.slope_of(parameter) == pytest.approx(calculated, abs=2 * NUDGE)
        assert number(calculated) in nudged(example, parameter)


def test_a_question_has_three_different_choices_of_which_one_is_true() -> None:
    for seed in range(20):
        example = drawn(seed, ACTIVATIONS[seed % 4], LOSSES[seed % 2])
        for parameter in PARAMETERS:
            for index in range(len(STEPS)):
                question = step_of(index, example, parameter).question
                assert len(set(question.choices)) == 3
                assert question.right in range(3)


def test_a_network_of_zeros_still_has_three_choices_for_each_question() -> None:
    example = replace(Example(), theta=(0.0,) * 17, x=(0.0,) * 3)
    for index in range(len(STEPS)):
        assert len(set(step_of(index, example, FOLLOWED).question.choices)) == 3


def test_numbers_far_too_large_to_learn_with_are_shown_and_end_nothing() -> None:
    example = replace(Example(), theta=(1000.0,) * 17, rate=1000.0)
    for _ in range(5):
        texts = [line for index in range(9) for line in step_of(index, example, FOLLOWED).lines]
        assert all(texts)
        example = example.after_update()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.25, ".25"), (-0.125, "-.125"), (0, "0"), (-0.0, "0"), (1.8, "1.8"), (17, "17"),
     (0.1 + 0.2, ".3"), (1.2e-7, "1.2e-07"), (-3e-9, "-3e-09"), (100.0, "100"),
     (math.inf, "∞"), (math.nan, "not a number")],
)  # fmt: skip
def test_a_number_is_written_as_in_a_formula(value: float, text: str) -> None:
    assert number(value) == text


def test_what_cannot_be_an_input_or_a_weight_is_refused_in_a_sentence() -> None:
    with pytest.raises(InputError, match=r"from 0 \(paper\) to 1 \(ink\), not 2"):
        Example().with_input(0, 2)
    with pytest.raises(InputError, match="from -1000 to 1000, not nan"):
        Example().with_parameter(FOLLOWED, math.nan)
