"""What a network reads without some of its units, against the same in plain float64."""

import numpy as np
import pytest

from engine.nn.activations import ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.nn.network import Network
from numrec_tui.insight.ablation import Ablation, ablation, without
from tests import scripted

DIGITS = scripted.drawn_digits(60)


def network(activation, sizes):
    made = Network(sizes, ACTIVATIONS[activation](0.01), LOSSES["cross_entropy"])
    made.initialize(INITIALIZERS["he"], np.random.default_rng(3))
    for biases in made.biases:
        biases[:] = np.random.default_rng(4).normal(0, 0.2, len(biases))
    return made


def probabilities(reader, activation, off):
    """Of all digits, with the units' outputs set to 0 on the way: (n, classes)."""
    a = DIGITS.pixels.astype(np.float64) / 255
    for layer, (weights, biases) in enumerate(zip(reader.weights, reader.biases, strict=True)):
        z = a @ weights.astype(np.float64) + biases.astype(np.float64)
        a = activation(z)
        if layer == 0:
            a[:, sorted(off)] = 0
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("off", [{5}, {0, 3, 7}], ids=str)
@pytest.mark.parametrize("sizes", [(784, 8, 10), (784, 8, 6, 10)], ids=str)
@pytest.mark.parametrize(
    ("name", "function"), [("relu", lambda z: np.maximum(z, 0)), ("tanh", np.tanh)]
)
def test_a_unit_that_is_off_gives_nothing_to_what_comes_after(name, function, sizes, off):
    reader = network(name, sizes)
    found = without(reader, off).predict(DIGITS.images)
    np.testing.assert_allclose(found, probabilities(reader, function, off), atol=1e-5)


def test_the_network_itself_keeps_its_unit():
    reader = network("relu", (784, 8, 10))
    before = reader.theta.copy()
    ablation(reader, DIGITS, frozenset({1, 2}))
    np.testing.assert_array_equal(reader.theta, before)


def test_the_shares_read_right_are_those_with_and_without_the_units():
    reader, off = network("relu", (784, 8, 10)), frozenset({1, 4, 6})
    found = ablation(reader, DIGITS, off)
    shares = [
        float(np.mean(probabilities(reader, lambda z: np.maximum(z, 0), each).argmax(1)
                      == DIGITS.labels)) for each in ((), off)
    ]  # fmt: skip
    assert found == Ablation(off, *shares)


def test_where_none_is_off_nothing_is_read():
    assert ablation(network("relu", (784, 8, 10)), DIGITS, frozenset()) is None
