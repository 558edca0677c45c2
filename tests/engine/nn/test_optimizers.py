"""Update rules: their first steps by hand, and what is promised of all of them."""

from collections.abc import Sequence

import numpy as np
import pytest

from engine.nn.arrays import Array
from engine.nn.optimizers import OPTIMIZERS, Optimizer, UpdateSettings

every_optimizer = pytest.mark.parametrize("rule", OPTIMIZERS.values(), ids=list(OPTIMIZERS))


def steps(
    rule: Optimizer, gradients: Sequence[Array], steering: list[UpdateSettings]
) -> list[Array]:
    """The parameters after each step, starting from 1."""
    theta = np.ones_like(gradients[0])
    state = np.zeros((rule.vectors, theta.size))
    after = []
    for number, (g, to) in enumerate(zip(gradients, steering, strict=True), start=1):
        rule.update(theta, g.copy(), state, np.empty_like(theta), number, to)
        after.append(theta.copy())
    return after


def one(
    name: str, gradients: list[float], to: UpdateSettings | list[UpdateSettings]
) -> list[float]:
    """The same for a single parameter."""
    steering = to if isinstance(to, list) else [to] * len(gradients)
    vectors = [np.array([g]) for g in gradients]
    return [theta.item() for theta in steps(OPTIMIZERS[name], vectors, steering)]


def test_sgd_by_hand() -> None:
    # 1 - .1·.5 = .95;  .95 - .1·(-.2) = .97
    assert one("sgd", [0.5, -0.2], UpdateSettings(0.1)) == pytest.approx([0.95, 0.97])


def test_sgd_takes_no_notice_of_momentum() -> None:
    slow, quick = UpdateSettings(0.1, momentum=0.0), UpdateSettings(0.1, momentum=0.9)
    assert one("sgd", [0.5, 0.5], slow) == one("sgd", [0.5, 0.5], quick)


def test_momentum_by_hand() -> None:
    # v = .05;  v = .9·.05 + .05 = .095;  v = .9·.095 + 0 = .0855
    found = one("momentum", [0.5, 0.5, 0.0], UpdateSettings(0.1, momentum=0.9))
    assert found == pytest.approx([0.95, 0.855, 0.7695])


def test_the_rate_is_inside_momentums_memory() -> None:
    # v = .05;  with the rate at 0, v = .9·.05 = .045 still moves
    steering = [UpdateSettings(0.1, momentum=0.9), UpdateSettings(0.0, momentum=0.9)]
    assert one("momentum", [0.5, 0.5], steering) == pytest.approx([0.95, 0.905])


def test_nesterov_by_hand() -> None:
    # v = .05, step .9·.05 + .05 = .095;  v = .095, step .9·.095 + .05 = .1355
    found = one("nesterov", [0.5, 0.5], UpdateSettings(0.1, momentum=0.9))
    assert found == pytest.approx([0.905, 0.7695])


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_without_momentum_these_are_sgd(name: str) -> None:
    to = UpdateSettings(0.1, momentum=0.0)
    assert one(name, [0.5, -0.2, 0.7], to) == pytest.approx(one("sgd", [0.5, -0.2, 0.7], to))


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_adam_by_hand(name: str) -> None:
    # 1: m̂ = .5, v̂ = .25, step .1·.5/.5 = .1
    # 2: m = .9·.05 + .1·(-.5) = -.005, m̂ = -.005/.19 = -.0263158, v̂ = .25
    #    step .1·(-.0263158)/.5 = -.0052632
    found = one(name, [0.5, -0.5], UpdateSettings(0.1))
    assert found == pytest.approx([0.9, 0.9052632], abs=1e-7)


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_adams_first_step_is_the_rate_however_small_the_gradient(name: str) -> None:
    assert one(name, [1e-3], UpdateSettings(0.1)) == pytest.approx([0.9], abs=1e-5)


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_adam_stands_still_without_a_gradient(name: str) -> None:
    assert one(name, [0.0, 0.0], UpdateSettings(0.1)) == [1, 1]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # decay joins the gradient: .5 + .2·1 = .7
        ("sgd", 0.93),  # 1 - .1·.7
        ("momentum", 0.93),
        ("nesterov", 0.867),  # 1 - (.9·.07 + .07)
        ("adam", 0.9),  # m̂ = √v̂ = .7: the first step is the rate all the same
        # decay apart from the gradient: 1 - .1·.2 = .98, then Adam's step of .1
        ("adamw", 0.88),
    ],
)
def test_weight_decay_by_hand(name: str, expected: float) -> None:
    to = UpdateSettings(0.1, momentum=0.9, weight_decay=0.2)
    assert one(name, [0.5], to) == pytest.approx([expected], abs=1e-7)


@every_optimizer
def test_a_rule_may_be_given_any_slice(rule: Optimizer) -> None:
    draw = np.random.default_rng(4)
    gradients = [draw.normal(size=10) for _ in range(3)]
    to = [UpdateSettings(0.1, 0.9, 0.01)] * 3
    whole = steps(rule, gradients, to)[-1]
    left = steps(rule, [g[:3] for g in gradients], to)[-1]
    right = steps(rule, [g[3:] for g in gradients], to)[-1]
    np.testing.assert_array_equal(np.concatenate([left, right]), whole)


@every_optimizer
@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
def test_what_lay_in_the_spare_room_makes_no_difference(
    rule: Optimizer, weight_decay: float
) -> None:
    found = []
    for rubbish in (0.0, 1e9):
        theta, g, state = np.ones(4), np.full(4, 0.5), np.zeros((rule.vectors, 4))
        to = UpdateSettings(0.1, 0.9, weight_decay)
        rule.update(theta, g, state, np.full(4, rubbish), 1, to)
        found.append(theta)
    np.testing.assert_array_equal(found[0], found[1])


@every_optimizer
def test_every_rule_walks_down_a_bowl(rule: Optimizer) -> None:
    theta, state = np.array([3.0, -2.0]), np.zeros((rule.vectors, 2))
    for number in range(1, 301):
        g = theta * [1.0, 4.0]  # of ½(x² + 4y²)
        rule.update(theta, g, state, np.empty(2), number, UpdateSettings(0.05, 0.5))
    np.testing.assert_allclose(theta, 0, atol=0.01)


@pytest.mark.parametrize(
    ("name", "vectors"), [("sgd", 0), ("momentum", 1), ("nesterov", 1), ("adam", 2), ("adamw", 2)]
)
def test_a_rule_says_how_much_it_remembers(name: str, vectors: int) -> None:
    assert OPTIMIZERS[name].vectors == vectors
    assert OPTIMIZERS[name].name == name
