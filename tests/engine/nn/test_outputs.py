"""Classes come and go, and the weights of those that stay are kept."""

import numpy as np
import pytest

from engine.nn.activations import leaky_relu
from engine.nn.losses import cross_entropy
from engine.nn.network import Network
from engine.nn.outputs import SMALL, kept_outputs, with_outputs


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ("ab", "abc", (0, 1, None)),
        ("abc", "ac", (0, 2)),
        ("abc", "axc", (0, 1, 2)),
        ("ab", "ba", (1, 0)),
        ("ab", "xy", (0, 1)),
    ],
)
def test_an_output_goes_with_the_name_of_its_class_or_its_place(before, after, kept):
    assert kept_outputs(before, after) == kept


def test_a_new_class_adds_an_output_and_changes_no_score_of_the_others():
    generator = np.random.default_rng(1)
    network = Network((9, 5, 2), leaky_relu(0.01), cross_entropy)
    network.theta[:] = generator.normal(0, 1, network.theta.size)
    wider = with_outputs(network, (0, 1, None), generator)
    assert wider.sizes == (9, 5, 3)
    x = generator.random((4, 9)).astype(np.float32)
    two, three = network.probabilities(x), wider.probabilities(x)
    np.testing.assert_allclose(three[:, 0] / three[:, 1], two[:, 0] / two[:, 1], rtol=1e-4)
    assert np.abs(wider.weights[-1][:, 2]).max() < 5 * SMALL
    narrower = with_outputs(wider, (0, 1), generator)
    np.testing.assert_array_equal(narrower.theta, network.theta)
