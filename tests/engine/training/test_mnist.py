"""Real MNIST, where it is at hand: the published benchmark is reached."""

from dataclasses import replace

import numpy as np
import pytest

from engine.data.dataset import DataSet
from engine.training.hyperparameters import settings_from
from engine.training.loop import train
from engine.training.presets import preset
from engine.training.run import new_run

pytestmark = pytest.mark.mnist


def test_mnist_is_what_was_published(mnist: DataSet) -> None:
    assert mnist.train.images.shape == (60_000, 28, 28)
    assert mnist.test.images.shape == (10_000, 28, 28)
    assert mnist.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert mnist.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


@pytest.mark.timeout(600)  # some ten seconds, on a machine that has nothing else to do
@pytest.mark.parametrize(("images", "target"), [(6_000, 0.85), (60_000, 0.96)])
@pytest.mark.short("6000-")
def test_the_seed_preset_reaches_its_target_within_thirty_epochs(
    mnist: DataSet, images: int, target: float
) -> None:
    learned, unseen = np.arange(images), np.arange(images // 6)
    data = replace(mnist, train=mnist.train.take(learned), test=mnist.test.take(unseen))
    settings = settings_from({**preset("seed"), "epochs": 30, "target_accuracy": target})
    parts = data.split(settings.validation, settings.validation_fraction, settings.seed)
    run = new_run(settings, parts.train.pixels.shape[1], parts.train.classes)
    *_, stopped = train(run, parts)
    assert run.stopped == "target"
    assert run.history[-1].validation_accuracy >= target
    assert stopped.test is not None  # type: ignore[union-attr]
    assert stopped.test.accuracy == run.history[-1].validation_accuracy  # type: ignore[union-attr]
