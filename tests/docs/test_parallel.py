"""The figures in docs/parallel.md are those of the code."""

import re

import pytest

from engine.data.dataset import DataSet
from engine.nn.network import count_parameters
from engine.training import packing
from engine.training.packing import Layout, divide
from engine.training.parallel import autotune, pool, recovery, worker
from tests.docs.documents import text_of

TEXT = " ".join(text_of("docs/parallel.md").split())


@pytest.mark.parametrize(
    "said",
    [
        f"of the {count_parameters((784, 256, 10)):,} of a 784-256-10 network, "
        f"{784 * 256:,} are the weights behind the pixels",
        f"It looks {worker.SPINS} times at full speed",
        f"after {worker.YIELDS:,} looks sleeps 50 µs",
        f"Each {worker.LOOKS_FOR_LIFE:,} looks",
        f"signs its life {1 / worker.HEARTBEAT:.0f} times a second",
        "ten times a second" if pool.LOOK == 0.1 else "another pace",
        f"stood still for {pool.STOPPED:.0f} seconds",
        f"stood still for {pool.PATIENCE:.0f} seconds; for {pool.TO_BEGIN:.0f} seconds",
        "After three losses" if recovery.MOST_LOSSES == 3 else "After another number of losses",
        f"within {recovery.MINUTE:.0f} seconds one process fewer",
        f"learn for {autotune.TRIAL} seconds",
        f"a multiple of {packing.EVEN}, a cache line",
        f"a sample of {packing.SAMPLE:,}",
        f"more than {packing.WORTH} *l*",
    ],
)
def test_a_figure_is_that_of_the_code(said: str) -> None:
    assert said in TEXT


@pytest.mark.mnist
def test_core_and_margin_of_mnist_are_as_large_as_the_page_says(mnist: DataSet) -> None:
    train = mnist.split("held-out", 0.1, 0).train
    for shares in (1, 2):
        fields = divide(train.pixels, shares)
        layout = Layout((784, 256, 10), fields)
        live, core = len(layout.live), sum(field.core for field in fields)
        wide = layout.packed(train.pixels.copy()).has_margin_ink().mean()
        left = core + wide * (live - core)
        said = re.search(r"Of MNIST's.* 67 %\.", TEXT)
        assert said is not None
        assert f"{len(train):,} training images" in said[0]
        assert f"*l* = {live}, *c* = {core}, *w* = {wide:.3f}" in said[0]
        assert f"{left:.0f} of 784 columns are left, {left / 784:.0%}".replace("%", " %") in said[0]
