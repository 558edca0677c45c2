"""Images that reach beyond the core come first in a batch, and learning stays what it was."""

import numpy as np
import pytest

from engine.data.dataset import Digits, Split
from engine.training import packing as layout
from engine.training.loop import train
from engine.training.metrics import Evaluator
from engine.training.run import Run
from tests.engine import tiny

SIDE, MARGIN = 16, 4


def framed(digits: Digits) -> Digits:
    """The digits in a frame that is empty, but for every fifth of them."""
    images = np.zeros((len(digits), SIDE, SIDE), np.uint8)
    images[:, MARGIN:-MARGIN, MARGIN:-MARGIN] = digits.images
    images[::5, :2] = images[::5, :, -2:] = 200
    return Digits(images, digits.labels, digits.classes)


PARTS = Split("framed", *(framed(tiny.digits(count)) for count in (141, 31, 31)))


def trained(**values: object) -> Run:
    run = tiny.run_on(PARTS, batch_size=32, **values)
    list(train(run, PARTS))
    return run


@pytest.fixture
def dense(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is worth leaving out."""
    monkeypatch.setattr(layout, "WORTH", 0.0)


def test_the_frame_is_a_margin() -> None:
    pixels = PARTS.train.pixels
    [field] = fields = layout.divide(pixels)
    assert field.core == 64
    has_margin_ink = layout.Layout((pixels.shape[1], 3), fields).packed(pixels).has_margin_ink()
    assert has_margin_ink.tolist() == [k % 5 == 0 for k in range(141)]


CASES = [{}, {"shuffle": False}, {"augment": "on"}, {"hidden": ()}, {"dropout": 0.3}]
each_case = pytest.mark.parametrize("values", CASES, ids=str)


@each_case
def test_leaving_out_the_margin_of_the_others_changes_nothing_but_rounding(
    values: dict[str, object], request: pytest.FixtureRequest
) -> None:
    quick = trained(**values)
    request.getfixturevalue("dense")
    plain = trained(**values)
    np.testing.assert_allclose(quick.network.theta, plain.network.theta, atol=1e-5)
    for one, other in zip(quick.history, plain.history, strict=True):
        assert one.validation_accuracy == other.validation_accuracy
        assert one.train_loss == pytest.approx(other.train_loss, abs=1e-5)


@each_case
@pytest.mark.short("{}")
def test_a_team_learns_what_one_process_learns(values: dict[str, object]) -> None:
    alone, together = trained(**values), trained(**values, processes=3)
    np.testing.assert_allclose(together.network.theta, alone.network.theta, atol=1e-5)


def test_a_score_is_the_same_with_and_without_the_margin(
    request: pytest.FixtureRequest,
) -> None:
    run = trained()
    quick = Evaluator(run.network, PARTS.test).evaluate()
    request.getfixturevalue("dense")
    plain = Evaluator(run.network, PARTS.test).evaluate()
    assert quick.loss == pytest.approx(plain.loss, abs=1e-6)
    np.testing.assert_array_equal(quick.confusion, plain.confusion)
