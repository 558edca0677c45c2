"""A second set is scored beside the validation after every epoch, and steers nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import engine as nr
from engine.data.dataset import DataSet, Digits, Doubt, SecondSet, Split
from engine.data.mixture import scored_beside
from engine.errors import DataError
from engine.training.checkpoint import freeze, origin_of, read
from engine.training.events import EpochDone, Started
from engine.training.loop import train
from engine.training.metrics import evaluate
from engine.training.run import Run
from tests.engine import tiny

PARTS = tiny.split(train=40, test=30)
OTHER = tiny.split(train=40, test=25)
BESIDE = replace(PARTS, second=SecondSet("other", OTHER.test, "./other"))


def ended(parts: Split, **settings: object) -> Run:
    run = tiny.run_on(parts, **settings)
    list(train(run, parts))
    return run


def a_set(name: str, *classes: str, each: int = 3) -> DataSet:
    """Random images of 2 x 2 pixels; the class names are sorted as they are given."""
    labels = np.repeat(np.arange(len(classes), dtype=np.uint8), each)
    images = np.random.default_rng(len(name)).integers(1, 256, (len(labels), 2, 2), np.uint8)
    digits = Digits(images, labels, len(classes), classes)
    return DataSet(name, digits, replace(digits, images=255 - images))


def test_each_epoch_has_the_score_that_the_network_had_at_its_end() -> None:
    run = tiny.run_on(BESIDE, epochs=3)
    scores = []
    for event in train(run, BESIDE):
        if isinstance(event, Started):
            assert (event.second, event.second_images) == ("other", 25)
        if isinstance(event, EpochDone):
            scored = evaluate(run.network, OTHER.test)
            assert event.second_accuracy == scored.accuracy
            assert event.second_loss == pytest.approx(scored.loss)
            scores.append(scored.accuracy)
    assert len(scores) == 3


@pytest.mark.parametrize("settings", [{"dropout": 0.2}, {"patience": 1}, {"target_accuracy": 0.2}])
def test_the_weights_and_the_end_are_the_same_with_and_without_it(settings) -> None:
    alone, beside = (ended(parts, epochs=4, **settings) for parts in (PARTS, BESIDE))
    np.testing.assert_array_equal(alone.network.theta, beside.network.theta)
    assert (alone.epoch, alone.stopped) == (beside.epoch, beside.stopped)
    assert [done.second_accuracy for done in alone.history] == [None] * alone.epoch
    assert [done.validation_accuracy for done in alone.history] == [
        done.validation_accuracy for done in beside.history
    ]


def test_its_time_is_not_the_runs(monkeypatch) -> None:
    """The clock goes on by 1,000 seconds while it is scored, and the run does not age by them."""
    from engine.training import loop

    late = 0.0
    real_time, real_score = loop.perf_counter, loop.Evaluator.evaluate

    def slow(evaluator):
        nonlocal late
        late += 1000.0
        return real_score(evaluator)

    monkeypatch.setattr(loop, "perf_counter", lambda: real_time() + late)
    run = tiny.run_on(BESIDE, epochs=2)
    events = train(run, BESIDE)
    monkeypatch.setattr(loop.Evaluator, "evaluate", slow)
    done = [event for event in events if isinstance(event, EpochDone)]
    assert all(each.seconds < 900 for each in done)
    # Validation twice and the test at the end are timed: three times 1,000. Two more are not.
    assert 3000 <= run.seconds < 4000


def test_a_class_is_the_same_where_it_has_the_same_name() -> None:
    data = scored_beside(a_set("runes", "a", "b", "c"), a_set("some", "c", "a"), "./some")
    assert data.second is not None
    assert data.second.digits.class_names == ("a", "b", "c")
    assert data.second.digits.labels.tolist() == [2, 2, 2, 0, 0, 0]
    assert data.split("test", 0.1, 0).second == data.second
    assert data.split("held-out", 0.3, 0).second == data.second


def test_a_set_with_other_classes_or_another_size_is_refused() -> None:
    runes = a_set("runes", "a", "b")
    with pytest.raises(DataError, match=r"more cannot be .* runes, which has no class 'c', 'd'\."):
        scored_beside(runes, a_set("more", "b", "c", "d"), "more")
    wide = a_set("wide", "a", "b")
    wide = replace(
        wide, **{
            part: replace(wide.train, images=np.ones((6, 3, 3), np.uint8))
            for part in ("train", "test")
        }
    )  # fmt: skip
    with pytest.raises(DataError, match="runes are 2 x 2 pixels, those of wide 3 x 3"):
        scored_beside(runes, wide, "wide")
    with pytest.raises(DataError, match="have no names, and there are 2 and 3"):
        scored_beside(a_set("two", "0", "1"), a_set("three", "0", "1", "2"), "three")


def test_what_can_hardly_be_right_about_it_is_told_with_what_mends_it() -> None:
    dark = replace(a_set("dark", "a"), doubts=(Doubt("it is black on white.", "invert"),))
    data = scored_beside(a_set("runes", "a", "b"), dark, "./dark")
    assert data.doubts == (
        Doubt("dark, scored beside: it is black on white. ./dark+invert is mended."),
    )


def test_a_checkpoint_knows_what_was_scored_and_the_scores(tmp_path: Path) -> None:
    data = scored_beside(a_set("runes", "a", "b", each=9), a_set("some", "b"), "./some")
    parts = data.split("test", 0.1, 0)
    run = ended(parts, epochs=2)
    freeze(run, origin_of(data, "./runes")).write(tmp_path / "c.safetensors")
    kept = read(tmp_path / "c.safetensors")
    assert kept.facts.origin.second is not None
    assert (kept.facts.origin.second.source, kept.facts.origin.second.name) == ("./some", "some")
    assert kept.facts.history == run.history
    assert run.history[-1].second_accuracy is not None
    # The digest says what is learned from: another second set is no other data.
    alone = origin_of(replace(data, second=None), "./runes")
    assert (alone.second, alone.digest) == (None, kept.facts.origin.digest)


def test_the_library_scores_on_a_second_set() -> None:
    data, other = nr.load("drawn:60"), nr.load("drawn:40:1")
    run = nr.Run.new(data, score_on=other, hidden=(4,), epochs=1, processes=1)
    [done] = run.train()
    assert done.second_accuracy == run.evaluate(other.test).accuracy
