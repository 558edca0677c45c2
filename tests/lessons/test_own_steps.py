"""Every number told of the network at hand is that of an independent calculation in float64."""

import math
import re
from collections.abc import Iterator
from itertools import pairwise, product

import numpy as np
import pytest

from engine.training.events import Progress
from engine.training.loop import train
from engine.training.next_batch import NextBatch
from engine.training.run import Run
from numrec_tui.lessons.followed import Followed, weight_name
from numrec_tui.lessons.own_step import Digit, Standing, Weight, follow, loudest, take_batch
from numrec_tui.lessons.own_texts import TITLES, own_step
from numrec_tui.lessons.own_updates import rule_of, shown
from numrec_tui.lessons.steps import STEPS, step_of
from numrec_tui.lessons.worked_example import PARAMETERS, Example
from tests.engine import tiny

PARTS = tiny.split(70)
ROW = 3
NUMBER = r"-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
ARCHITECTURES = ((9,), (8, 6), ())
OPTIMIZERS = ("sgd", "momentum", "nesterov", "adam", "adamw")
ACTIVATIONS, LOSSES = ("leaky_relu", "relu", "sigmoid", "tanh"), ("quadratic", "cross_entropy")


class ByHand:
    """One step of training written out without the engine; rows of a batch, or one digit."""

    def __init__(self, run: Run, x: np.ndarray, labels: np.ndarray, masks=()) -> None:
        settings, sizes = run.hyperparameters, run.network.sizes
        theta, start = run.network.theta.astype(np.float64), 0
        self.W, self.b = [], []
        for n_in, n_out in pairwise(sizes):
            self.W.append(theta[start : start + n_in * n_out].reshape(n_in, n_out))
            start += n_in * n_out
            self.b.append(theta[start : start + n_out])
            start += n_out
        kept = [(mask > 0) / (1 - settings.dropout) for mask in masks]
        self.a, self.z, slopes = [x], [], []
        for k in range(len(sizes) - 2):
            z = self.a[-1] @ self.W[k] + self.b[k]
            a, slope = activated(settings.activation, settings.leak, z)
            self.z.append(z)
            self.a.append(a * kept[k] if kept else a)
            slopes.append(slope * kept[k] if kept else slope)
        z, y = self.a[-1] @ self.W[-1] + self.b[-1], np.eye(sizes[-1])[labels]
        self.z.append(z)
        if settings.loss == "quadratic":
            out = 1 / (1 + np.exp(-z))
            self.loss, delta = ((out - y) ** 2).sum() / len(x), 2 * (out - y) * out * (1 - out)
        else:
            out = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
            self.loss, delta = -np.log((out * y).sum(axis=1)).mean(), out - y
        self.a.append(out)
        self.deltas = [delta]
        for k in reversed(range(len(slopes))):
            self.deltas.insert(0, (self.deltas[0] @ self.W[k + 1].T) * slopes[k])

    def gradient(self) -> np.ndarray:
        """The mean over the rows, as `theta` is laid out."""
        parts = []
        for a, delta in zip(self.a, self.deltas, strict=False):
            parts += [(a.T @ delta).ravel() / len(a), delta.sum(axis=0) / len(a)]
        return np.concatenate(parts)


def activated(name: str, leak: float, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    match name:
        case "leaky_relu":
            return np.where(z >= 0, z, leak * z), np.where(z >= 0, 1, leak)
        case "relu":
            return np.maximum(z, 0), np.where(z >= 0, 1.0, 0.0)
        case "sigmoid":
            return 1 / (1 + np.exp(-z)), np.exp(-z) / (1 + np.exp(-z)) ** 2
        case _:
            return np.tanh(z), 1 - np.tanh(z) ** 2


def moved(run: Run, g: np.ndarray, batch: NextBatch) -> np.ndarray:
    """The parameters after an update, by the formulas of a textbook."""
    theta, settings = run.network.theta.astype(np.float64), run.hyperparameters
    state, t = run.optimizer_state.astype(np.float64), batch.step
    rate = settings.rate_at(batch.epoch + batch.batch / math.ceil(70 / settings.batch_size))
    decay, mu = settings.weight_decay, settings.momentum
    if settings.optimizer == "adamw":
        theta = theta - rate * decay * theta
    else:
        g = g + decay * theta
    if settings.optimizer == "sgd":
        return theta - rate * g
    if settings.optimizer in ("momentum", "nesterov"):
        v = mu * state[0] + rate * g
        return theta - (v if settings.optimizer == "momentum" else mu * v + rate * g)
    m, v = 0.9 * state[0] + 0.1 * g, 0.999 * state[1] + 0.001 * g**2
    return theta - rate * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)


def close(text: str, value: float) -> bool:
    """Whether a number as it is shown is a value, to its last digit.

    A pixel is in float32 what float32 makes of it / 255, which is another 2e-8.
    """
    last = 10.0 ** (math.floor(math.log10(abs(value))) - 5) if value else 0.0
    return abs(float(text) - value) <= 0.51 * last + 1e-7 * abs(value) + 2e-8


def evaluated(text: str) -> float:
    """What an expression of a formula's line comes to, by Python's own arithmetic."""
    for shown_as, python in (("×", "*"), ("²", "**2"), ("√", "sqrt"), ("^", "**")):
        text = text.replace(shown_as, python)
    text = re.sub(r"-ln (\S+)", r"-log(\1)", text)
    text = re.sub(rf"e\*\*({NUMBER})", r"exp(\1)", text)
    return float(eval(text, {"__builtins__": {}}, vars(math) | {"max": max}))  # noqa: S307 - our own text


def begun(batches: int = 2, **settings: object) -> tuple[Run, Iterator[Progress]]:
    """A run after some batches, and what trains the next one."""
    run = tiny.run_on(PARTS, **{"learning_rate": 0.02, "schedule": "cosine", **settings})
    events = (event for event in train(run, PARTS) if isinstance(event, Progress))
    for _ in range(batches):
        next(events)
    return run, events


def followed(run: Run, weight: Weight | None = None, layer: int = 0) -> Followed:
    """A validation digit, and a weight: unless given, that of a pixel with ink to a loud unit."""
    standing = Standing(run, PARTS)
    digit = Digit(PARTS.validation.images[ROW], int(PARTS.validation.labels[ROW]), "digit")
    passed = follow(standing.network, digit)
    weight = weight or Weight(layer, 5, int(loudest(passed, layer)[0]))
    update = take_batch(standing, digit, weight)
    return Followed(standing, digit, passed, weight, PARTS.class_names, update)


def lines(told: Followed, index: int) -> dict[str, str]:
    """By what stands before its first `:` or ` = `, each line's formula and result."""
    found = {}
    for line in own_step(index, told).lines:
        name, _, rest = line.partition(": ") if ": " in line else line.partition(" = ")
        found[name] = rest
    return found


def result(text: str) -> str:
    return text.rpartition(" = ")[2]


def check_products(text: str, one: np.ndarray, other: np.ndarray) -> None:
    """Each product in a line is of two numbers that belong together."""
    found = re.findall(rf"({NUMBER})×({NUMBER})", text)
    assert found
    for x, w in found:
        pairs = zip(one.tolist(), other.tolist(), strict=True)
        assert any(close(x, a) and close(w, b) for a, b in pairs), (x, w)


def check_forward(told: Followed, hand: ByHand) -> None:
    k, j, label = told.weight.layer, told.weight.target, told.digit.label
    last, c = len(hand.W) - 1, told.class_
    summed = lines(told, 1)[f"z{k + 1}[{j}]"]
    assert close(result(summed), hand.z[k][0, j])
    check_products(summed, hand.a[k][0], hand.W[k][:, j])
    assert close(result(lines(told, 2)[f"a{k + 1}[{j}]"]), hand.a[k + 1][0, j])
    assert close(result(lines(told, 3)[f"z{last + 1}[{c}]"]), hand.z[last][0, c])
    assert close(result(lines(told, 3)[f"a{last + 1}[{c}]"]), hand.a[-1][0, c])
    assert close(result(lines(told, 4)["loss"]), float(hand.loss))
    assert close(result(lines(told, 5)[f"delta{last + 1}[{c}]"]), hand.deltas[-1][0, c])
    if k < last:
        back = lines(told, 5)[f"delta{k + 1}[{j}]"]
        assert close(result(back), hand.deltas[k][0, j])
        check_products(back, hand.deltas[k + 1][0], hand.W[k + 1][j])
        ways = [line for line in own_step(3, told).lines if line.startswith("to ")]
        for way in ways:
            target = int(re.search(r"(?:unit|class) (\d+)", way)[1])
            assert close(result(way), hand.a[k + 1][0, j] * hand.W[k + 1][j, target])
    incoming = 1.0 if told.weight.source is None else hand.a[k][0, told.weight.source]
    assert close(result(lines(told, 6)["this digit"]), incoming * hand.deltas[k][0, j])
    assert f"{told.digit.label}" in own_step(4, told).sentence
    assert label == told.digit.label


def check_update(told: Followed, run: Run) -> np.ndarray:
    """Compare gradient, update and what follows; returns the parameters after it."""
    batch, index = told.update.batch, told.weight.index(run.network.sizes)
    x = batch.images.astype(np.float64) / 255
    hand = ByHand(run, x, batch.labels, batch.masks)
    g = hand.gradient()
    after = moved(run, g, batch)
    assert close(result(lines(told, 6)["g"]), g[index])
    k, source = told.weight.layer, told.weight.source
    entering = np.ones(len(x)) if source is None else hand.a[k][:, source]
    check_products(lines(told, 6)["g"], entering, hand.deltas[k][:, told.weight.target])
    by_rule = lines(told, 7)
    for name, memory in zip("mv" if len(run.optimizer_state) > 1 else "v", run.optimizer_state,
                            strict=False):  # fmt: skip
        assert close(re.findall(NUMBER, by_rule[name])[1], float(memory[index]))
    assert close(result(by_rule["w"]), after[index])
    assert close(by_rule["g"].split(",")[0] if "," in by_rule["g"] else by_rule["g"].split(" ")[0],
                 g[index])  # fmt: skip
    then = Run(run.hyperparameters, run.network, run.optimizer_state)
    kept = run.network.theta.copy()
    try:
        run.network.theta[:] = after  # in float32, which is near enough for a loss
        later = ByHand(then, x, batch.labels, batch.masks)
        digit = ByHand(then, told.digit.image.reshape(1, -1) / 255, np.array([told.digit.label]))
    finally:
        run.network.theta[:] = kept
    for name, before, now in (("the batch", hand.loss, later.loss),
                              ("this digit", told.passed.loss, digit.loss)):  # fmt: skip
        old, new = re.findall(NUMBER, lines(told, 8)[name])[:2]
        assert close(old, float(before))
        assert float(new) == pytest.approx(float(now), rel=1e-5, abs=1e-7)
    return after


def check_formulas(told: Followed) -> int:
    """Every formula with numbers comes to the number behind its equals sign."""
    checked = 0
    for index in range(len(TITLES)):
        for line in own_step(index, told).lines:
            *_, text, shown_number = line.split(" = ") if " = " in line else ("", "")
            text = text.rpartition(": ")[2]
            if not text or "," in shown_number or "numbers" in shown_number:
                continue
            if not re.search(r"\d", text):
                continue
            terms = [abs(float(each)) for each in re.findall(NUMBER, text)]
            tolerance = 1e-5 * max(1e-3, *terms)
            assert evaluated(text) == pytest.approx(float(shown_number), rel=1e-4, abs=tolerance), (
                line
            )
            checked += 1
    return checked


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_forward_and_back_of_a_digit_is_what_an_independent_calculation_gives(
    activation: str, loss: str
) -> None:
    for hidden in ARCHITECTURES:
        run, _ = begun(hidden=hidden, activation=activation, loss=loss)
        for layer in range(len(hidden) + 1):
            for source in (5, None):
                told = followed(run, Weight(layer, source, 2))
                x = told.digit.image.reshape(1, -1) / 255
                check_forward(told, ByHand(run, x, np.array([told.digit.label])))
                assert check_formulas(told) >= 8


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_the_update_is_that_of_the_textbook_and_what_training_then_does(
    optimizer: str, loss: str
) -> None:
    choices = product(ARCHITECTURES, (16, 64), (0.0, 0.3), (0.0, 0.01))
    for at, (hidden, batch_size, dropout, decay) in enumerate(choices):
        run, events = begun(
            batches=1 + at % 2, hidden=hidden, batch_size=batch_size, dropout=dropout, loss=loss,
            optimizer=optimizer, weight_decay=decay, activation=ACTIVATIONS[at % 4], epochs=9,
        )  # fmt: skip
        told = followed(run, layer=at % (len(hidden) + 1))
        index = told.weight.index(run.network.sizes)
        after = check_update(told, run)
        check_formulas(told)
        calculated = float(result(lines(told, 7)["w"]))
        next(events)
        really = run.network.theta
        assert calculated == pytest.approx(float(really[index]), rel=1e-5, abs=1e-6)
        np.testing.assert_allclose(really, after, rtol=1e-4, atol=5e-6)


def test_a_digit_that_is_augmented_is_told_as_it_is_learned() -> None:
    run, events = begun(augment="on", optimizer="adam")
    told = followed(run)
    next(events)
    really = float(run.network.theta[told.weight.index(run.network.sizes)])
    assert float(result(lines(told, 7)["w"])) == pytest.approx(really, rel=1e-5, abs=1e-6)


def test_an_untrained_network_is_told_as_any_other() -> None:
    run = tiny.run_on(PARTS, optimizer="adam")
    told = followed(run)
    check_update(told, run)
    assert "m = .9×0 + .1×" in "\n".join(own_step(7, told).lines)


def test_the_steps_are_those_of_the_worked_example() -> None:
    titles = [step_of(index, Example(), PARAMETERS[0]).title for index in range(len(STEPS))]
    assert list(TITLES) == titles


def test_a_weight_is_called_by_its_two_ends() -> None:
    run = tiny.run_on(PARTS, hidden=(8, 6))
    told = [
        followed(run, Weight(*ends)) for ends in ((0, 17, 3), (1, 4, 5), (2, 5, 9), (2, None, 1))
    ]
    assert list(map(weight_name, told)) == [
        "pixel (2, 1) → unit 3 of hidden 1",
        "unit 4 → unit 5 of hidden 2",
        "unit 5 → class 9",
        "bias → class 1",
    ]


def test_a_schedule_that_changes_the_rate_is_told_and_a_constant_one_is_not() -> None:
    run, _ = begun(optimizer="sgd")
    assert lines(followed(run), 7)["rate, cosine"].startswith(".02×")
    run, _ = begun(optimizer="sgd", schedule="constant")
    assert not any("rate," in line for line in own_step(7, followed(run)).lines)


def test_while_the_batch_is_being_calculated_the_digit_is_told_already() -> None:
    run = tiny.run_on(PARTS)
    told = followed(run)
    waiting = Followed(told.standing, told.digit, told.passed, told.weight, told.names)
    assert own_step(6, waiting).lines[0] == own_step(6, told).lines[0]
    assert "being calculated" in own_step(6, waiting).lines[1]
    assert "being calculated" in own_step(8, waiting).lines[0]


def test_numbers_that_have_overflowed_end_nothing() -> None:
    run = tiny.run_on(PARTS, hidden=(8, 6), optimizer="adam")
    for value in (1e30, np.inf, np.nan):
        run.network.theta[:] = value
        run.optimizer_state[:] = value
        told = followed(run)
        assert all(own_step(index, told).lines for index in range(len(TITLES)))


def test_the_optimizer_of_another_package_is_told_by_what_comes_of_it() -> None:
    run, _ = begun()
    [line] = rule_of("lion").lines(followed(run).update)
    assert line.startswith("w: ")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.25, ".25"), (-0.0312456789, "-.0312457"), (0, "0"), (1 - 0.9, ".1"), (1.2e-7, "1.2e-07"),
     (123456.7, "123457"), (math.inf, "∞"), (math.nan, "not a number")],
)  # fmt: skip
def test_a_number_has_six_significant_digits(value: float, text: str) -> None:
    assert shown(value) == text
