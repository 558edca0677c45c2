"""The network: one vector of parameters, its views, and what it is asked to do with pictures."""

import numpy as np
import pytest
from numpy.typing import DTypeLike

from engine.nn.activations import leaky_relu, tanh
from engine.nn.initializers import glorot
from engine.nn.losses import LOSSES, Loss, cross_entropy
from engine.nn.network import (
    BatchScore,
    Network,
    Workspace,
    count_parameters,
    gradient,
    layer_views,
)

SIZES = (6, 5, 4, 3)


def made(loss: Loss = cross_entropy, sizes: tuple[int, ...] = SIZES) -> Network:
    network = Network(sizes, tanh(), loss)
    network.initialize(glorot, np.random.default_rng(2))
    return network


def pictures(rows: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(3)
    return draw.random((rows, SIZES[0])), draw.integers(0, SIZES[-1], rows, np.uint8)


def learned(network: Network, x: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, BatchScore]:
    """The gradient of a batch and its score."""
    batch = Workspace(network, len(x))
    batch.x[:] = x
    score = gradient(network, batch, labels)
    return batch.gradient, score


@pytest.mark.parametrize(
    ("sizes", "parameters"),
    [((3, 2), 8), ((3, 2, 3), 17), ((784, 256, 10), 203_530), ((784, 512, 256, 10), 535_818)],
)
def test_parameters_are_weights_and_biases_of_every_layer(
    sizes: tuple[int, ...], parameters: int
) -> None:
    assert count_parameters(sizes) == parameters
    assert Network(sizes, tanh(), cross_entropy).theta.shape == (parameters,)


def test_layers_are_weights_of_in_by_out_and_one_bias_for_each_output() -> None:
    network = made()
    assert [weights.shape for weights in network.weights] == [(6, 5), (5, 4), (4, 3)]
    assert [biases.shape for biases in network.biases] == [(5,), (4,), (3,)]


def test_writing_to_a_layer_writes_to_the_vector() -> None:
    network = Network((2, 1, 2), tanh(), cross_entropy)
    network.weights[0][:] = [[1], [2]]
    network.biases[0][:] = 3
    network.weights[1][:] = [[4, 5]]
    network.biases[1][:] = 6, 7
    assert network.theta.tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_writing_to_the_vector_writes_to_the_layers() -> None:
    vector = np.zeros(8)
    weights, biases = layer_views(vector, (3, 2))
    vector[:] = range(8)
    assert weights[0].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert biases[0].tolist() == [6, 7]


@pytest.mark.parametrize("sizes", [(), (3,), (3, 0, 2), (0, 2), (3, -1)])
def test_sizes_that_make_no_network_are_refused(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="two sizes or more, each at least 1"):
        Network(sizes, tanh(), cross_entropy)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_everything_has_the_type_that_was_asked_for(dtype: DTypeLike) -> None:
    network = Network(SIZES, tanh(), cross_entropy, dtype)
    network.initialize(glorot, np.random.default_rng(2))
    batch = Workspace(network, 4)
    assert network.theta.dtype == batch.gradient.dtype == batch.x.dtype == dtype
    assert network.probabilities(np.ones((2, 6))).dtype == dtype


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_outputs_are_those_of_a_plain_calculation(loss: Loss) -> None:
    network = made(loss)
    x, _ = pictures(7)
    a = x
    for weights, biases in zip(network.weights[:-1], network.biases[:-1], strict=True):
        a = np.tanh(a @ weights + biases)
    z = a @ network.weights[-1] + network.biases[-1]
    softmax = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    expected = {"cross_entropy": softmax, "quadratic": 1 / (1 + np.exp(-z))}
    np.testing.assert_allclose(network.probabilities(x), expected[loss.name], atol=1e-6)


def test_asking_for_probabilities_changes_neither_pictures_nor_network() -> None:
    network = made()
    x, _ = pictures(4)
    x_before, theta_before = x.copy(), network.theta.copy()
    first = network.probabilities(x)
    kept = first.copy()
    network.probabilities(1 - x)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(network.theta, theta_before)
    np.testing.assert_array_equal(first, kept)


def test_a_network_without_hidden_layers_reads_and_learns() -> None:
    network = made(sizes=(6, 3))
    x, labels = pictures(5)
    vector, score = learned(network, x, labels)
    assert score.rows == 5
    # the gradient by the biases is Σ(a - y)
    expected = (network.probabilities(x) - np.eye(3)[labels]).sum(axis=0)
    np.testing.assert_allclose(vector[-3:], expected, atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
@pytest.mark.parametrize("cuts", [[8], [1, 2, 3], [5, 11]])
def test_shares_of_a_batch_add_up_to_the_whole(loss: Loss, cuts: list[int]) -> None:
    network = made(loss)
    x, labels = pictures(13)
    whole, score = learned(network, x, labels)
    shares = [
        learned(network, part, part_labels)
        for part, part_labels in zip(np.split(x, cuts), np.split(labels, cuts), strict=True)
    ]
    np.testing.assert_allclose(sum(vector for vector, _ in shares), whole, rtol=1e-5, atol=1e-6)
    assert sum(share.loss for _, share in shares) == pytest.approx(score.loss, rel=1e-6)
    assert sum(share.correct for _, share in shares) == score.correct
    assert sum(share.rows for _, share in shares) == score.rows == 13


def test_a_gradient_leaves_nothing_behind_for_the_next_one() -> None:
    network = made()
    x, labels = pictures(9)
    batch = Workspace(network, 9)
    batch.x[:] = 1 - x
    gradient(network, batch, labels[::-1])
    batch.x[:] = x
    score = gradient(network, batch, labels)
    fresh, fresh_score = learned(network, x, labels)
    np.testing.assert_array_equal(batch.gradient, fresh)
    assert score == fresh_score


def test_a_gradient_changes_no_parameter() -> None:
    network = made()
    before = network.theta.copy()
    learned(network, *pictures(4))
    np.testing.assert_array_equal(network.theta, before)


def test_room_for_a_shorter_batch_is_made_once() -> None:
    batch = Workspace(made(), 8)
    assert batch.first(8) is batch
    assert batch.first(3) is batch.first(3)
    assert batch.first(3).x.shape == (3, 6)
    assert batch.first(3).scores.a.shape == (3, 3)


def test_a_network_says_what_it_is() -> None:
    network = Network((784, 256, 10), leaky_relu(0.01), cross_entropy)
    assert repr(network) == "Network(784-256-10, leaky_relu, cross_entropy)"
