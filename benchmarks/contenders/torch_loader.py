"""784-256-10 in PyTorch as its tutorials do it: a DataLoader that fetches one image at a time.

    python torch_loader.py DATA SEED

Prints one JSON object an epoch, until 96 % of the test digits are read right.
"""

import sys
from pathlib import Path
from time import perf_counter

import torch
from common import BATCH, RATE, TARGET, model, say
from torch.utils.data import DataLoader, Dataset

from engine.data.catalog import load
from engine.data.dataset import Digits


class Images(Dataset[tuple[torch.Tensor, int]]):
    """One image as floats, and its label."""

    def __init__(self, digits: Digits) -> None:
        self._digits = digits

    def __len__(self) -> int:
        return len(self._digits)

    def __getitem__(self, row: int) -> tuple[torch.Tensor, int]:
        image = torch.from_numpy(self._digits.images[row]).float().div(255).flatten()
        return image, int(self._digits.labels[row])


def main() -> None:
    """Train and say how it goes."""
    torch.manual_seed(int(sys.argv[2]))
    data = load(Path(sys.argv[1]))
    learned = DataLoader(Images(data.train), batch_size=BATCH)
    tested = DataLoader(Images(data.test), batch_size=BATCH)
    network = model()
    optimizer = torch.optim.SGD(network.parameters(), lr=RATE)
    accuracy, epoch = 0.0, 0
    while accuracy < TARGET:
        began = perf_counter()
        for images, labels in learned:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network(images), labels).backward()
            optimizer.step()
        seconds = perf_counter() - began
        with torch.no_grad():
            right = sum(int((network(x).argmax(1) == y).sum()) for x, y in tested)
        accuracy = right / len(data.test)
        epoch += 1
        say(epoch, seconds, accuracy)


if __name__ == "__main__":
    main()
