"""One digit through a 3-2-3 network and back, worked out by hand.

x = (.25, .5, .75), the right class is 1, leak .2, quadratic loss.

z1 = x·W1 + b1
   = (.25·-.75 + .5·.5 + .75·-.25 + 0,  .25·.25 + .5·-.5 + .75·.75 + 1)
   = (-.125, 1.375)
a1 = (.2·-.125, 1.375) = (-.025, 1.375)

z2 = a1·W2 + b2
   = (.01875 + 1.03125 + .75,  -.0125 - .6875 + .5,  .00625 + .34375 + .25)
   = (1.8, -.2, .6)
a2 = 1 / (1 + e^-z2) = (.858149, .450166, .645656)

loss = .858149² + (.450166 - 1)² + .645656² = .736420 + .302317 + .416872 = 1.455609

db2 = 2(a2 - y)·a2(1 - a2)
    = (2·.858149·.121729,  2·-.549834·.247517,  2·.645656·.228784)
    = (.208924, -.272186, .295432)
dW2 = a1ᵀ·db2

db1 = (db2·W2ᵀ)·slope, where slope = (.2, 1)
    = (.2·(-.156693 - .136093 - .073858),  .156693 + .136093 + .073858)
    = (-.0733288, .366644)
dW1 = xᵀ·db1
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from engine.nn.activations import leaky_relu
from engine.nn.losses import quadratic
from engine.nn.network import BatchScore, Network, Workspace, forward, gradient

W1 = [[-0.75, 0.25], [0.5, -0.5], [-0.25, 0.75]]
B1 = [0, 1]
W2 = [[-0.75, 0.5, -0.25], [0.75, -0.5, 0.25]]
B2 = [0.75, 0.5, 0.25]
X = [[0.25, 0.5, 0.75]]
RIGHT_CLASS = np.array([1], np.uint8)


@dataclass
class Worked:
    """What the network made of the example."""

    network: Network
    batch: Workspace
    score: BatchScore


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def worked(request: pytest.FixtureRequest) -> Worked:
    network = Network((3, 2, 3), leaky_relu(0.2), quadratic, request.param)
    network.weights[0][:], network.biases[0][:] = W1, B1
    network.weights[1][:], network.biases[1][:] = W2, B2
    batch = Workspace(network, rows=1)
    batch.x[:] = X
    return Worked(network, batch, gradient(network, batch, RIGHT_CLASS))


def close(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_the_hidden_layer_answers_as_by_hand(worked: Worked) -> None:
    close(worked.batch.a[0], [[-0.025, 1.375]])


def test_the_output_layer_answers_as_by_hand(worked: Worked) -> None:
    close(worked.batch.scores.a, [[0.858149, 0.450166, 0.645656]])


def test_the_sums_are_as_by_hand_when_the_network_is_only_used(worked: Worked) -> None:
    forward(worked.network, worked.batch)
    close(worked.batch.z[0], [[-0.125, 1.375]])
    close(worked.batch.scores.z, [[1.8, -0.2, 0.6]])


def test_the_loss_is_as_by_hand_and_the_digit_is_misread(worked: Worked) -> None:
    assert worked.score.loss == pytest.approx(1.455609, abs=1e-6)
    assert (worked.score.rows, worked.score.correct) == (1, 0)


def test_the_output_layers_gradient_is_as_by_hand(worked: Worked) -> None:
    close(worked.batch.biases[1], [0.208924, -0.272186, 0.295432])
    close(
        worked.batch.weights[1],
        [[-0.0052231, 0.00680465, -0.0073858], [0.287271, -0.374256, 0.406219]],
    )


def test_the_hidden_layers_gradient_is_as_by_hand(worked: Worked) -> None:
    close(worked.batch.biases[0], [-0.0733288, 0.366644])
    close(
        worked.batch.weights[0],
        [[-0.0183322, 0.091661], [-0.0366644, 0.183322], [-0.0549966, 0.274983]],
    )


def test_the_flat_gradient_lists_weights_then_biases_layer_by_layer(worked: Worked) -> None:
    batch = worked.batch
    parts = (batch.weights[0], batch.biases[0], batch.weights[1], batch.biases[1])
    np.testing.assert_array_equal(batch.gradient, np.concatenate([part.ravel() for part in parts]))
