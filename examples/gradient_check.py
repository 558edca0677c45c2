"""Check backpropagation by hand: move one weight a little, and see how much the loss moves."""

from itertools import pairwise

import numpy as np

from engine.nn.plain import backward, forward, loss

draw = np.random.default_rng(11)
sizes = (6, 5, 3)
x, labels = draw.random((4, sizes[0])), draw.integers(0, sizes[-1], 4)
W = [draw.normal(size=shape) for shape in pairwise(sizes)]
b = [draw.normal(size=width) for width in sizes[1:]]
gradients = backward(forward(x, W, b), W, labels)

step = 1e-6
for k, (gradient, _) in enumerate(gradients):
    for i, j in [(0, 0), (2, 1), (4, 2)]:
        before = W[k][i, j]
        W[k][i, j] = before + step
        above = loss(forward(x, W, b)[-1], labels)
        W[k][i, j] = before - step
        below = loss(forward(x, W, b)[-1], labels)
        W[k][i, j] = before
        measured = (above - below) / (2 * step)
        print(f"W[{k}][{i}, {j}]  backward {gradient[i, j]:+.8f}  measured {measured:+.8f}")
