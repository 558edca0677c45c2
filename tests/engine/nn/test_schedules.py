"""Schedules: what the rate is multiplied by at the moments that matter."""

import pytest

from engine.nn.schedules import (
    SCHEDULES,
    Schedule,
    SchedulePoint,
    constant,
    cosine,
    exponential,
    one_cycle,
    step,
)

EPOCHS = 20


def at(epoch: float) -> SchedulePoint:
    return SchedulePoint(epoch, EPOCHS, decay=0.5, decay_epochs=4)


@pytest.mark.parametrize(
    ("schedule", "epoch", "multiplier"),
    [
        (constant, 0, 1),
        (constant, 19.9, 1),
        (step, 0, 1),
        (step, 3.99, 1),
        (step, 4, 0.5),
        (step, 7.99, 0.5),
        (step, 8, 0.25),
        (exponential, 0, 1),
        (exponential, 2, 0.5**0.5),
        (exponential, 4, 0.5),
        (exponential, 8, 0.25),
        (cosine, 0, 1),
        (cosine, 5, 0.8535534),  # ½(1 + cos 45°)
        (cosine, 10, 0.5),
        (cosine, 20, 0),
        (one_cycle, 0, 0.04),
        (one_cycle, 3, 0.52),  # half way up
        (one_cycle, 6, 1),
        (one_cycle, 13, 0.5),  # half way down
        (one_cycle, 20, 0),
    ],
)
def test_the_multiplier_at_key_moments(schedule: Schedule, epoch: float, multiplier: float) -> None:
    assert schedule(at(epoch)) == pytest.approx(multiplier, abs=1e-7)


@pytest.mark.parametrize("schedule", [cosine, one_cycle])
def test_past_the_planned_end_the_rate_does_not_rise_again(schedule: Schedule) -> None:
    assert schedule(at(EPOCHS + 5)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=list(SCHEDULES))
def test_no_multiplier_is_negative_or_above_1(schedule: Schedule) -> None:
    multipliers = [schedule(at(epoch / 10)) for epoch in range(10 * EPOCHS)]
    assert min(multipliers) >= 0
    assert max(multipliers) <= 1


def test_one_cycle_does_not_jump_where_it_turns() -> None:
    assert one_cycle(at(5.999)) == pytest.approx(one_cycle(at(6.001)), abs=1e-3)


def test_progress_is_the_share_of_the_planned_epochs() -> None:
    assert [at(epoch).progress for epoch in (0, 5, 20, 30)] == [0, 0.25, 1, 1]
