"""The same numbers as PyTorch: optimizers step by step, and a whole network's gradient."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from engine.nn.activations import ACTIVATIONS
from engine.nn.initializers import glorot
from engine.nn.losses import LOSSES
from engine.nn.network import Network, Workspace, gradient
from engine.nn.optimizers import OPTIMIZERS, UpdateSettings

pytestmark = pytest.mark.peers
torch: Any = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")

STEPS = 20
LEAK = 0.2


def assert_same_steps(name: str, to: UpdateSettings, peer: str, **options: Any) -> None:
    """Feed the same gradients to both, and compare the parameters after every step."""
    draw = np.random.default_rng(1)
    rule = OPTIMIZERS[name]
    theta = draw.normal(size=50).astype(np.float32)
    state = np.zeros((rule.vectors, theta.size), np.float32)
    parameter = torch.nn.Parameter(torch.tensor(theta))
    optimizer = getattr(torch.optim, peer)([parameter], lr=to.learning_rate, **options)
    for number in range(1, STEPS + 1):
        g = draw.normal(size=theta.size).astype(np.float32)
        parameter.grad = torch.tensor(g)
        optimizer.step()
        rule.update(theta, g, state, np.empty_like(theta), number, to)
        np.testing.assert_allclose(theta, parameter.detach().numpy(), rtol=0, atol=1e-5)


# fmt: off
OPTIMIZER_CASES: list[tuple[str, UpdateSettings, str, dict[str, Any]]] = [
    ("sgd",      UpdateSettings(0.1),             "SGD",   {}),
    ("sgd",      UpdateSettings(0.1, 0.9, 0.01),  "SGD",   {"weight_decay": 0.01}),
    ("momentum", UpdateSettings(0.1, 0.9),        "SGD",   {"momentum": 0.9}),
    ("momentum", UpdateSettings(0.1, 0.5),        "SGD",   {"momentum": 0.5}),
    ("momentum", UpdateSettings(0.1, 0.9, 0.01),  "SGD",   {"momentum": 0.9, "weight_decay": 0.01}),
    ("nesterov", UpdateSettings(0.1, 0.9),        "SGD",   {"momentum": 0.9, "nesterov": True}),
    ("nesterov", UpdateSettings(0.1, 0.5),        "SGD",   {"momentum": 0.5, "nesterov": True}),
    ("nesterov", UpdateSettings(0.1, 0.9, 0.01),  "SGD",   {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),  # noqa: E501
    ("adam",     UpdateSettings(0.01),            "Adam",  {}),
    ("adam",     UpdateSettings(0.01, 0.9, 0.01), "Adam",  {"weight_decay": 0.01}),
    ("adamw",    UpdateSettings(0.01),            "AdamW", {"weight_decay": 0.0}),
    ("adamw",    UpdateSettings(0.01, 0.9, 0.1),  "AdamW", {"weight_decay": 0.1}),
]
# fmt: on


@pytest.mark.parametrize(("name", "to", "peer", "options"), OPTIMIZER_CASES)
def test_twenty_steps_end_where_torch_ends(
    name: str, to: UpdateSettings, peer: str, options: dict[str, Any]
) -> None:
    assert_same_steps(name, to, peer, **options)


PEER_ACTIVATIONS = {
    "leaky_relu": lambda z: torch.nn.functional.leaky_relu(z, LEAK),
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
}
PEER_LOSSES = {
    "cross_entropy": lambda z, y: torch.nn.functional.cross_entropy(z, y, reduction="sum"),
    "quadratic": lambda z, y: ((torch.sigmoid(z) - torch.eye(z.shape[1])[y]) ** 2).sum(),
}


@pytest.mark.parametrize(("activation", "loss"), list(product(PEER_ACTIVATIONS, PEER_LOSSES)))
def test_loss_and_gradient_of_a_whole_network_are_those_of_autograd(
    activation: str, loss: str
) -> None:
    draw = np.random.default_rng(2)
    network = Network((20, 15, 12, 5), ACTIVATIONS[activation](LEAK), LOSSES[loss], np.float64)
    network.initialize(glorot, draw)
    network.theta += draw.normal(0, 0.1, network.theta.shape)
    batch = Workspace(network, 9)
    batch.x[:] = draw.random(batch.x.shape)
    labels = draw.integers(0, 5, 9, np.uint8)
    score = gradient(network, batch, labels)

    weights = [torch.tensor(w, requires_grad=True) for w in network.weights]
    biases = [torch.tensor(b, requires_grad=True) for b in network.biases]
    a = torch.tensor(batch.x)
    for w, b in zip(weights[:-1], biases[:-1], strict=True):
        a = PEER_ACTIVATIONS[activation](a @ w + b)
    z = a @ weights[-1] + biases[-1]
    value = PEER_LOSSES[loss](z, torch.tensor(labels.astype(np.int64)))
    value.backward()

    assert score.loss == pytest.approx(value.item(), rel=1e-12)
    assert score.correct == int((z.argmax(dim=1).numpy() == labels).sum())
    for view, peer in zip((*batch.weights, *batch.biases), (*weights, *biases), strict=True):
        np.testing.assert_allclose(view, peer.grad.numpy(), rtol=1e-10, atol=1e-12)
