"""An optimizer of one's own in ten lines: Lion, which takes steps of one size by their sign."""

import numpy as np

import engine as nr


@nr.optimizer("lion", vectors=1)
def lion(theta, g, state, spare, step, to):
    """Chen et al., 2023, Symbolic Discovery of Optimization Algorithms."""
    m = state[0]
    theta -= to.learning_rate * np.sign(0.9 * m + 0.1 * g)
    m += 0.01 * (g - m)


data = nr.load("bundled")
run = nr.Run.new(data, hidden=(64,), optimizer="lion", learning_rate=0.0005, epochs=3)
for epoch in run.train():
    print(epoch.epoch, run.evaluate(data.test))
