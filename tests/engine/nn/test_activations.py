"""Activations: values, slopes, and what happens at the edges."""

import numpy as np
import pytest
from numpy.typing import DTypeLike

from engine.nn.activations import ACTIVATIONS, Activation, leaky_relu, relu, sigmoid, tanh
from engine.nn.arrays import Array

EVERY = [make(0.2) for make in ACTIVATIONS.values()]
every_activation = pytest.mark.parametrize("activation", EVERY, ids=list(ACTIVATIONS))


def value(activation: Activation, z: Array) -> Array:
    out = np.empty_like(z)
    activation.value(z, out)
    return out


def slope(activation: Activation, z: Array) -> Array:
    out = np.empty_like(z)
    activation.slope(z, value(activation, z), out)
    return out


@pytest.mark.parametrize(
    ("activation", "z", "a", "slope_there"),
    [
        (leaky_relu(0.2), -2.0, -0.4, 0.2),
        (leaky_relu(0.2), 3.0, 3.0, 1.0),
        (leaky_relu(1.0), -2.0, -2.0, 1.0),
        (relu(), -2.0, 0.0, 0.0),
        (relu(), 3.0, 3.0, 1.0),
        (sigmoid(), 0.0, 0.5, 0.25),
        (sigmoid(), np.log(3), 0.75, 0.1875),
        (tanh(), 0.0, 0.0, 1.0),
        (tanh(), np.log(3), 0.8, 0.36),  # (3 - 1/3) / (3 + 1/3)
    ],
)
def test_value_and_slope_are_as_by_hand(
    activation: Activation, z: float, a: float, slope_there: float
) -> None:
    at = np.array([[z]])
    assert value(activation, at).item() == pytest.approx(a, abs=1e-12)
    assert slope(activation, at).item() == pytest.approx(slope_there, abs=1e-12)


@pytest.mark.parametrize("activation", [leaky_relu(0.2), relu()])
def test_the_slope_at_the_kink_is_1(activation: Activation) -> None:
    assert slope(activation, np.zeros((1, 1))).item() == 1


@every_activation
def test_the_slope_is_the_derivative_of_the_value(activation: Activation) -> None:
    z = np.linspace(-3, 3, 100)  # 0 is not among them
    step = 1e-6
    numerical = (value(activation, z + step) - value(activation, z - step)) / (2 * step)
    np.testing.assert_allclose(slope(activation, z), numerical, rtol=1e-8, atol=1e-9)


@every_activation
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_slope_may_be_written_over_the_sums(activation: Activation, dtype: DTypeLike) -> None:
    z = np.linspace(-3, 3, 40, dtype=dtype).reshape(5, 8)
    expected = slope(activation, z)
    activation.slope(z, value(activation, z), z)
    np.testing.assert_array_equal(z, expected)


@every_activation
def test_the_sums_are_left_as_they_were_by_the_value(activation: Activation) -> None:
    z = np.linspace(-3, 3, 40)
    before = z.copy()
    value(activation, z)
    np.testing.assert_array_equal(z, before)


@every_activation
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_huge_sums_raise_no_warning(activation: Activation, dtype: DTypeLike) -> None:
    z = np.array([-1e4, -100, 100, 1e4], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.isfinite(value(activation, z)).all()
        assert np.isfinite(slope(activation, z)).all()


def test_a_sigmoid_of_huge_sums_is_0_or_1() -> None:
    np.testing.assert_array_equal(value(sigmoid(), np.array([-1e4, 1e4], np.float32)), [0, 1])


def test_every_activation_is_found_by_its_own_name() -> None:
    assert [activation.name for activation in EVERY] == list(ACTIVATIONS)


def test_only_the_leaky_form_keeps_the_leak() -> None:
    leaks = {activation.name: activation.leak for activation in EVERY}
    assert [leaks[name] for name in ("leaky_relu", "relu", "sigmoid", "tanh")] == [0.2, 0, 0, 0]
    assert all(not each.leak for each in EVERY if not each.takes_leak)
