"""The network in its plainest form: what every other file of this folder does, only quicker.

A hidden unit is a ReLU, the output a softmax, the loss cross-entropy, the update that of SGD. Every
line makes new arrays; `network.py` writes the same numbers into arrays that are made once. A test
holds the two equal.

In a signature, x (n, pixels) are pictures, 0 to 1, and labels (n,) their classes; W[k] (n_in,
n_out) and b[k] (n_out,) are the weights and biases of a layer, a[k] (n, n_in) what enters it.
"""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def forward(x: Array, W: list[Array], b: list[Array]) -> list[Array]:
    """What enters each layer, x first, and last the probabilities: a ReLU, in the end a softmax."""
    a = [x]
    for k in range(len(W) - 1):
        a.append(np.maximum(a[k] @ W[k] + b[k], 0))
    z = a[-1] @ W[-1] + b[-1]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return [*a, e / e.sum(axis=1, keepdims=True)]


def loss(p: Array, labels: Array) -> float:
    """Cross-entropy: how improbable the right classes were, on average."""
    return float(-np.log(p[np.arange(len(labels)), labels]).mean())


def backward(a: list[Array], W: list[Array], labels: Array) -> list[tuple[Array, Array]]:
    """The derivatives of the loss by each layer's W and b, from the last layer to the first."""
    delta = (a[-1] - np.eye(a[-1].shape[1])[labels]) / len(labels)  # by z of the output
    gradients = []
    for k in reversed(range(len(W))):
        gradients.append((a[k].T @ delta, delta.sum(axis=0)))
        delta = (delta @ W[k].T) * (a[k] > 0)  # by z of the layer below
    return gradients[::-1]


def update(W: list[Array], b: list[Array], gradients: list[tuple[Array, Array]], lr: float) -> None:
    """One step downhill."""
    for k, (by_W, by_b) in enumerate(gradients):
        W[k] -= lr * by_W
        b[k] -= lr * by_b
