"""What the PyTorch contenders share: the network, the settings, and how they report."""

import json

import torch

from engine.data.dataset import Digits
from engine.nn.pixels import PIXEL_SCALE

BATCH, RATE, TARGET = 512, 0.1, 0.96


def model() -> torch.nn.Sequential:
    """784-256-10, leaky ReLU 0.01, He."""
    network = torch.nn.Sequential(
        torch.nn.Linear(784, 256), torch.nn.LeakyReLU(0.01), torch.nn.Linear(256, 10)
    )
    for layer in network:
        if isinstance(layer, torch.nn.Linear):
            torch.nn.init.kaiming_normal_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
    return network


def tensors(digits: Digits) -> tuple[torch.Tensor, torch.Tensor]:
    """Pixels in [0, 1] (n, 784) and labels (n,)."""
    return torch.from_numpy(digits.pixels * PIXEL_SCALE), torch.from_numpy(digits.labels).long()


def say(epoch: int, seconds: float, accuracy: float) -> None:
    """One line for whoever measures."""
    print(json.dumps({"epoch": epoch, "seconds": seconds, "accuracy": accuracy}), flush=True)
