"""Training on digits that are a little changed in each epoch."""

from dataclasses import replace

import pytest

from engine.data.dataset import Split
from engine.training.events import Progress
from engine.training.loop import train
from engine.training.run import Run
from tests.engine import tiny


def augmented(**values: object) -> tuple[Run, Split]:
    parts = tiny.split(train=60)
    return tiny.run_on(parts, rotation=20, shift=1, epochs=3, **values), parts


def test_augmentation_shows_other_pictures_in_each_epoch_and_leaves_the_set_alone() -> None:
    run, parts = augmented(augment="on")
    stored = parts.train.images.tobytes()
    list(train(run, parts))
    plain, _ = augmented(augment="off")
    list(train(plain, parts))
    assert run.network.theta.tobytes() != plain.network.theta.tobytes()
    assert parts.train.images.tobytes() == stored


@pytest.mark.parametrize(("varied", "like"), [(True, "on"), (False, "off")])
def test_by_itself_augmentation_is_on_where_the_set_profits_from_it(
    varied: bool, like: str
) -> None:
    run, parts = augmented(augment="auto")
    list(train(run, replace(parts, varied=varied)))
    expected, _ = augmented(augment=like)
    list(train(expected, parts))
    assert run.network.theta.tobytes() == expected.network.theta.tobytes()


def test_a_run_resumed_in_mid_epoch_sees_the_same_changed_pictures() -> None:
    whole, parts = augmented(augment="on", batch_size=16)
    list(train(whole, parts))
    halved, _ = augmented(augment="on", batch_size=16)
    for event in train(halved, parts):
        if isinstance(event, Progress) and (event.epoch, event.batch) == (2, 2):
            break
    list(train(halved, parts))
    assert halved.network.theta.tobytes() == whole.network.theta.tobytes()
