"""784-256-10 by scikit-learn's MLPClassifier: python sklearn_mlp.py DATA SEED.

It has no leaky ReLU and no He initializer; ReLU and its own initializer stand in for them.
Prints one JSON object an epoch, until 96 % of the test digits are read right.
"""

import json
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
from sklearn.neural_network import MLPClassifier

from engine.data.catalog import load
from engine.nn.pixels import PIXEL_SCALE

BATCH, RATE, TARGET = 512, 0.1, 0.96


def main() -> None:
    """Train and say how it goes."""
    data = load(Path(sys.argv[1]))
    images, test_images = (part.pixels * PIXEL_SCALE for part in (data.train, data.test))
    network = MLPClassifier(
        (256,), activation="relu", solver="sgd", alpha=0.0, batch_size=BATCH,
        learning_rate_init=RATE, momentum=0.0, nesterovs_momentum=False, shuffle=False,
        random_state=int(sys.argv[2]),
    )  # fmt: skip
    accuracy, epoch = 0.0, 0
    while accuracy < TARGET:
        began = perf_counter()
        network.partial_fit(images, data.train.labels, classes=np.arange(10))
        seconds = perf_counter() - began
        accuracy = float(network.score(test_images, data.test.labels))
        epoch += 1
        print(json.dumps({"epoch": epoch, "seconds": seconds, "accuracy": accuracy}), flush=True)


if __name__ == "__main__":
    main()
