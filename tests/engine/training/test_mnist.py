"""Real MNIST, where it is at hand: the published benchmark is reached."""

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
def test_the_seed_preset_reaches_its_target_within_thirty_epochs(mnist: DataSet) -> None:
    settings = settings_from({**preset("seed"), "epochs": 30})
    parts = mnist.split(settings.validation, settings.validation_fraction, settings.seed)
    run = new_run(settings, parts.train.pixels.shape[1], parts.train.classes)
    *_, stopped = train(run, parts)
    assert run.stopped == "target"
    assert run.history[-1].validation_accuracy >= 0.96
    assert stopped.test is not None  # type: ignore[union-attr]
    assert stopped.test.accuracy == run.history[-1].validation_accuracy  # type: ignore[union-attr]
