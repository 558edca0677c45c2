"""The learning rate in force: what the schedule and all changes make of it at each moment."""

import pytest

from engine.nn.schedules import SCHEDULES
from engine.training.changes import Change
from engine.training.events import Progress, Stopped
from engine.training.hyperparameters import settings_from
from engine.training.loop import train
from engine.training.run import new_run
from numrec_tui.history.rates import rate_curve
from tests import scripted


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_curve_has_the_rate_that_every_update_used(schedule):
    settings = settings_from(
        {"schedule": schedule, "epochs": 6, "decay_epochs": 2, "hidden": (8,), "batch_size": 16}
    )
    data = scripted.drawn_set()
    split = data.split(settings.validation, settings.validation_fraction, settings.seed)
    run = new_run(settings, 784, 10)
    used = {}
    where = 0.0
    for event in train(run, split):
        if isinstance(event, Progress):
            used[where] = event.learning_rate
            where = run.position
            if event.epoch == 2 and event.batch == 2:
                run.change("learning_rate", 0.2)
            if event.epoch == 4 and event.batch == 1:
                run.change("epochs", 5)
                run.change("learning_rate", 0.01)
        if isinstance(event, Stopped):
            assert event.reason == "epochs"
    assert len(used) == 20  # 4 batches in each of 5 epochs
    x, y = rate_curve(run.hyperparameters, run.changes, used, run.position)
    curve = dict(zip(x, y, strict=True))  # of two at a change, the one that held from there on
    assert {place: curve[place] for place in used} == pytest.approx(used)


def test_a_change_is_a_step_with_both_rates_at_its_place():
    settings = settings_from({"schedule": "constant", "learning_rate": 0.5})
    changes = [Change(1.5, "learning_rate", 0.1, 0.5), Change(1.7, "momentum", 0.9, 0.5)]
    x, y = rate_curve(settings, changes, [1.0, 2.0], 2.0)
    assert list(zip(x, y, strict=True)) == [
        (0.0, 0.1), (1.0, 0.1), (1.5, 0.1), (1.5, 0.5), (2.0, 0.5),
    ]  # fmt: skip


def test_a_fork_with_another_schedule_bends_the_rate_from_there_on_only():
    settings = settings_from({"schedule": "constant", "learning_rate": 0.2, "epochs": 4})
    forked = [Change(2.0, "fork: schedule", "cosine", "constant")]
    x, y = rate_curve(settings, forked, [1.0, 3.0], 3.0)
    # half a wave over 4 epochs: 1 at 0, ½(1 + cos π/4) at 1, ½ at 2
    assert x == (0.0, 1.0, 2.0, 2.0, 3.0)
    assert y == pytest.approx((0.2, 0.2 * 0.853553, 0.1, 0.2, 0.2))
