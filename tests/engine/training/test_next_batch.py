"""The next batch is known before it is learned from: its images, its masks, its rate."""

from itertools import product

import numpy as np
import pytest

from engine.nn.network import Workspace, gradient
from engine.nn.optimizers import OPTIMIZERS
from engine.training.events import Progress
from engine.training.loop import train
from engine.training.next_batch import NextBatch, next_batch
from engine.training.run import Run
from tests.engine import tiny

PARTS = tiny.split(50)


def updated(run: Run, batch: NextBatch) -> np.ndarray:
    """The parameters after a batch, by the engine's functions alone."""
    network, theta = run.network, run.network.theta.copy()
    workspace = Workspace(network, len(batch.rows))
    workspace.x[:] = network.inputs(batch.images)
    for mask, drawn in zip(workspace.masks, batch.masks, strict=False):
        mask[:] = drawn
    gradient(network, workspace, batch.labels, scale=1 / len(batch.rows),
             dropout=bool(batch.masks))  # fmt: skip
    g, state = workspace.gradient.copy(), run.optimizer_state.copy()
    rule = OPTIMIZERS[run.hyperparameters.optimizer]
    rule.update(theta, g, state, np.empty_like(g), batch.step, batch.settings)
    return theta


def learn(run: Run, batches: int) -> None:
    """Train so many batches; an epoch that is over is finished, as training does it."""
    events = (event for event in train(run, PARTS) if isinstance(event, Progress))
    for _ in range(batches):
        next(events)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov", "adam", "adamw"])
def test_the_next_update_is_known_before_it_is_made(optimizer: str, dropout: float) -> None:
    for batch_size, hidden in product((16, 64), ((8,), (7, 5))):
        run = tiny.run_on(
            PARTS, optimizer=optimizer, dropout=dropout, batch_size=batch_size, hidden=hidden,
            learning_rate=0.01, weight_decay=0.01, schedule="one_cycle",
        )  # fmt: skip
        events = (event for event in train(run, PARTS) if isinstance(event, Progress))
        for _ in range(6):  # over the end of an epoch, if it has several batches
            expected = updated(run, next_batch(run, PARTS))
            progress = next(events, None)
            if progress is None:
                break
            np.testing.assert_allclose(run.network.theta, expected, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_augmented_images_are_those_that_training_will_see(dropout: float) -> None:
    run = tiny.run_on(PARTS, augment="on", dropout=dropout, learning_rate=0.1, optimizer="sgd")
    events = (event for event in train(run, PARTS) if isinstance(event, Progress))
    for _ in range(6):
        batch = next_batch(run, PARTS)
        assert (batch.images != PARTS.train.pixels[batch.rows]).any()
        expected = updated(run, batch)
        next(events)
        np.testing.assert_allclose(run.network.theta, expected, rtol=1e-4, atol=2e-6)


def test_it_is_the_same_before_a_run_has_begun_and_after_it_was_looked_at() -> None:
    run = tiny.run_on(PARTS)
    before, theta = next_batch(run, PARTS), run.network.theta.copy()
    again = next_batch(run, PARTS)
    assert before.rows.tolist() == again.rows.tolist()
    assert (before.epoch, before.batch, before.step) == (0, 0, 1)
    assert (run.epoch, run.batch, run.step) == (0, 0, 0)
    assert (run.network.theta == theta).all()


def test_the_last_batch_of_an_epoch_is_followed_by_the_first_of_the_next() -> None:
    run = tiny.run_on(PARTS)
    learn(run, 3)
    last = next_batch(run, PARTS)
    assert (last.epoch, last.batch, len(last.rows)) == (0, 3, 2)
    run.batch += 1
    first = next_batch(run, PARTS)
    assert (first.epoch, first.batch, len(first.rows)) == (1, 0, 16)
