"""Learning allocates nothing for each batch: its arrays are made once and used again."""

import tracemalloc
from itertools import islice, product

import pytest

from engine.nn.activations import ACTIVATIONS
from engine.nn.losses import LOSSES
from engine.nn.optimizers import OPTIMIZERS
from engine.training.loop import train
from engine.training.metrics import Evaluator
from tests.engine import tiny

ROWS, HIDDEN, BATCHES = 4096, 512, 8

ALLOWED = 96 * 1024
"""What NumPy's own conversion buffers and small Python objects take, in bytes: about half of it.

The smallest array worth keeping out is the outputs of a batch, 160 KB; one value a row is 16 KB.
"""

PARTS = tiny.split(train=ROWS * BATCHES + 100)


def growth_while_learning(**values: object) -> int:
    """The most that is held at once, beyond what is held before, while batches are learned."""
    run = tiny.run_on(
        PARTS, hidden=(HIDDEN,), batch_size=ROWS, epochs=2, learning_rate=1e-3, **values
    )
    events = train(run, PARTS)
    list(islice(events, 3))  # started, two batches: by now everything has been made
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        list(islice(events, BATCHES - 2))
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def test_the_bound_is_below_every_array_of_a_batch() -> None:
    smallest = min(ROWS * tiny.CLASSES, ROWS * HIDDEN, (tiny.SIDE**2 + 1 + 10) * HIDDEN)
    assert smallest * 4 > ALLOWED


@pytest.mark.parametrize(("activation", "loss"), list(product(ACTIVATIONS, LOSSES)))
@pytest.mark.short("relu-cross_entropy", "tanh-quadratic")
def test_a_gradient_allocates_nothing(activation: str, loss: str) -> None:
    assert growth_while_learning(activation=activation, loss=loss) < ALLOWED


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
@pytest.mark.short("0.01-")
def test_an_update_allocates_nothing(optimizer: str, weight_decay: float) -> None:
    assert growth_while_learning(optimizer=optimizer, weight_decay=weight_decay) < ALLOWED


def test_dropout_allocates_nothing() -> None:
    assert growth_while_learning(dropout=0.3) < ALLOWED


def test_a_batch_size_far_above_the_set_takes_no_more_than_the_set() -> None:
    parts = tiny.split(train=20)
    run = tiny.run_on(parts, batch_size=1_000_000)
    tracemalloc.start()
    try:
        next(train(run, parts))
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_scoring_allocates_nothing_that_grows_with_the_set() -> None:
    growths = []
    for images in (2_000, 20_000):
        run = tiny.run_on(PARTS, hidden=(HIDDEN,))
        evaluator = Evaluator(run.network, tiny.digits(images))
        evaluator.evaluate()
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            evaluator.evaluate()
            growths.append(tracemalloc.get_traced_memory()[1] - before)
        finally:
            tracemalloc.stop()
    assert growths[1] < growths[0] + 4096
