"""784-256-10 in PyTorch, with the whole set as tensors in memory.

    python torch_tensors.py DATA SEED THREADS

Prints one JSON object an epoch, until 96 % of the test digits are read right.
"""

import sys
from pathlib import Path
from time import perf_counter

import torch
from common import BATCH, RATE, TARGET, model, say, tensors

from engine.data.catalog import load


def main() -> None:
    """Train and say how it goes."""
    torch.set_num_threads(int(sys.argv[3]))
    torch.manual_seed(int(sys.argv[2]))
    data = load(Path(sys.argv[1]))
    (images, labels), (test_images, test_labels) = tensors(data.train), tensors(data.test)
    network = model()
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE)
    accuracy, epoch = 0.0, 0
    while accuracy < TARGET:
        began = perf_counter()
        for start in range(0, len(images), BATCH):
            rows = slice(start, start + BATCH)
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(network(images[rows]), labels[rows])
            loss.backward()
            optimizer.step()
        seconds = perf_counter() - began
        with torch.no_grad():
            accuracy = float((network(test_images).argmax(1) == test_labels).float().mean())
        epoch += 1
        say(epoch, seconds, accuracy)


if __name__ == "__main__":
    main()
