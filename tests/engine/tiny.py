"""Small things to test with: patterned digits that a small network learns in a few epochs."""

import numpy as np

from engine.data.dataset import DataSet, Digits, Split
from engine.training.hyperparameters import settings_from
from engine.training.run import Run, new_run

SIDE = 8
CLASSES = 10
PATTERNS = np.random.default_rng(8).integers(0, 256, (CLASSES, SIDE, SIDE))


def digits(count: int, seed: int = 1) -> Digits:
    """The ten classes in turn; each has a pattern of its own, with noise over it."""
    labels = np.arange(count) % CLASSES
    noise = np.random.default_rng(seed).normal(0, 40, (count, SIDE, SIDE))
    images = np.clip(PATTERNS[labels] + noise, 0, 255)
    return Digits(images.astype(np.uint8), labels.astype(np.uint8), CLASSES)


def data_set(train: int = 60, test: int = 30) -> DataSet:
    """Digits to learn from and others to be tested on."""
    return DataSet("tiny", digits(train, seed=1), digits(test, seed=2))


def split(train: int = 60, test: int = 30) -> Split:
    """Train on all of the training digits; validate on the test digits."""
    return data_set(train, test).split("test", 0.1, 0)


def run_on(parts: Split, **values: object) -> Run:
    """A run before its first batch: 64-8-10, batches of 16, three epochs, unless told."""
    small = {
        "schedule": "constant",
        "hidden": (8,),
        "batch_size": 16,
        "epochs": 3,
        "validation": "test",
    }
    settings = settings_from({**small, **values})
    return new_run(settings, parts.train.pixels.shape[1], parts.train.classes)
