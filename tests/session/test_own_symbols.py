"""Twenty pictures of each of three symbols are enough for the defaults, also for other hands."""

import shutil
from pathlib import Path

import pytest

from engine.data.catalog import load
from engine.data.pack import pack
from engine.training.loop import train
from engine.training.metrics import Evaluator
from engine.training.run import new_run
from engine.training.small_sets import fitted, size_of
from tests import symbols


@pytest.mark.parametrize("unseen", [20, 100])
@pytest.mark.parametrize("name", ["signs", "combs"])
@pytest.mark.short("signs-20")
def test_unseen_symbols_of_other_hands_are_read(tmp_path: Path, name: str, unseen: int) -> None:
    symbols.write(tmp_path / "mine", name, each=20, hands=5, seed=100)
    shutil.copytree(tmp_path / "mine", tmp_path / "both" / "train")
    symbols.write(tmp_path / "both" / "test", name, each=unseen, hands=20, seed=900)
    pack(tmp_path / "mine", tmp_path / "packed")
    pack(tmp_path / "both", tmp_path / "unseen")
    data = load(tmp_path / "packed")
    settings = fitted({}, size_of(data))
    run = new_run(settings, 784, 3)
    list(train(run, data.split(settings.validation, settings.validation_fraction, settings.seed)))
    assert run.stopped == "epochs"
    score = Evaluator(run.network, load(tmp_path / "unseen").test).evaluate()
    assert score.images == 3 * unseen
    assert score.accuracy >= 0.99
