"""What the engine's objects say of themselves: a line for a person, never an array."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

import engine
from engine.data.dataset import DataSet, Digits
from engine.models.model import Model
from engine.training.events import EpochDone, Stopped
from engine.training.hyperparameters import Hyperparameters
from engine.training.metrics import Evaluation, Evaluator
from engine.training.run import new_run


def classes_of_the_engine() -> Iterator[type]:
    for module in pkgutil.walk_packages(engine.__path__, "engine."):
        for each in vars(importlib.import_module(module.name)).values():
            if isinstance(each, type) and each.__module__ == module.name:
                yield each


def test_no_dataclass_with_an_array_prints_it() -> None:
    printed = {
        f"{kind.__name__}.{field.name}"
        for kind in classes_of_the_engine()
        if is_dataclass(kind) and hasattr(kind.__repr__, "__wrapped__")  # made by dataclass
        for field in fields(kind)
        if field.repr and "ndarray" in str(field.type)
    }
    assert printed == set()


@pytest.fixture
def data() -> DataSet:
    draw = np.random.default_rng(1)
    images = draw.integers(0, 256, (60, 4, 5), np.uint8)
    labels = np.arange(60, dtype=np.uint8) % 3
    train, test = (Digits(images[part], labels[part], 3) for part in (slice(40), slice(40, 60)))
    return DataSet("tiny", train, test)


def test_data_says_how_much_there_is(data: DataSet) -> None:
    assert repr(data) == "DataSet('tiny', 40 to learn from, 20 to test, 4 x 5 pixels, 3 classes)"
    assert repr(data.train) == "Digits(40 images of 4 x 5 pixels, 3 classes)"
    split = data.split("held-out", 0.25, 0)
    assert repr(split) == "Split('tiny', 30 to learn from, 10 to validate, 20 to test)"


def test_runs_and_models_say_how_far_they_are(data: DataSet) -> None:
    run = new_run(Hyperparameters(hidden=(6,)), 20, 3)
    assert repr(run) == "Run(Network(20-6-3, leaky_relu, cross_entropy), epoch 0)"
    assert repr(run.newest) == "Snapshot(epoch 0, validation accuracy 0.00%)"
    model = Model(run.network, {}, {"data": "x" * 1000, "epoch": 3})
    assert repr(model) == "Model(Network(20-6-3, leaky_relu, cross_entropy), epoch 3)"
    assert repr(Model(run.network)) == "Model(Network(20-6-3, leaky_relu, cross_entropy))"


def test_settings_show_what_is_not_as_usual() -> None:
    assert repr(Hyperparameters()) == "Hyperparameters()"
    settings = Hyperparameters(hidden=(6,), epochs=2)
    assert repr(settings) == "Hyperparameters(hidden=(6,), epochs=2)"
    assert eval(repr(settings)) == settings  # noqa: S307


def test_scores_are_shares_of_images(data: DataSet) -> None:
    score = Evaluation(20, 19, 0.125, np.eye(10, dtype=np.int64))
    assert repr(score) == "Evaluation(19 of 20 read right: 95.00%, loss 0.1250)"
    done = EpochDone(3, 0.2, 0.9, 0.25, 0.85, 1.0, 4.0, is_best=True)
    assert repr(done) == (
        "EpochDone(epoch 3: validation 85.00%, loss 0.2500; training 90.00%, loss 0.2000)"
    )
    stopped = repr(Stopped("epochs", 3, 1.0, 0.85, score))
    assert "19 of 20" in stopped
    assert "array" not in stopped


HOSTILE = "<script>alert('&')</script>"


def test_a_notebook_shows_pictures_and_names_as_text(data: DataSet) -> None:
    names = (HOSTILE, "b", "c")
    parts = (Digits(part.images, part.labels, 3, names) for part in (data.train, data.test))
    shown = DataSet(HOSTILE, *parts)
    for page in (shown._repr_html_(), shown.train._repr_html_()):
        assert page.count("data:image/png;base64,iVBOR") == 40
        assert "&lt;script&gt;" in page
        assert "<script" not in page
    few = replace(shown.train, images=data.train.images[:3], labels=data.train.labels[:3])
    assert few._repr_html_().count("<img") == 3


def test_a_notebook_shows_the_confusion_matrix(data: DataSet) -> None:
    names = (HOSTILE, "b", "c")
    digits = Digits(data.test.images, data.test.labels, 3, names)
    network = new_run(Hyperparameters(hidden=(6,)), 20, 3).network
    score = Evaluator(network, digits).evaluate()
    page = score._repr_html_()
    assert f"{score.correct} of 20 read right" in page
    assert page.count("<td") == 9
    assert page.count("&lt;script&gt;") == 2
    assert "<script" not in page


def test_of_very_many_classes_those_with_the_most_mistakes_are_shown() -> None:
    confusion = np.diag(np.full(100, 5))
    confusion[70, 90] = 3
    page = Evaluation(503, 500, 0.1, confusion)._repr_html_()
    assert page.count("<tr>") == 1 + 32
    assert ">70</th>" in page
    assert ">90</th>" in page
    assert "68 classes" in page
