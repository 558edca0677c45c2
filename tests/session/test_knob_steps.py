"""Turning a knob: every notch is sensible, in range, and comes back."""

import pytest

from engine.training.hyperparameters import Hyperparameters, knobs
from numrec_tui.session.knob_steps import turn

KNOBS = knobs()


@pytest.mark.parametrize(
    ("name", "value", "up", "after"),
    [
        ("learning_rate", 0.1, True, 0.2),
        ("learning_rate", 0.2, True, 0.5),
        ("learning_rate", 0.5, True, 1.0),
        ("learning_rate", 0.1, False, 0.05),
        ("learning_rate", 0.03, True, 0.05),
        ("learning_rate", 1000.0, True, 1000.0),
        ("learning_rate", 1e-6, False, 1e-6),
        ("weight_decay", 0.0, True, 1e-6),
        ("weight_decay", 1e-6, False, 0.0),
        ("batch_size", 64, True, 128),
        ("batch_size", 1, False, 1),
        ("momentum", 0.9, True, 0.95),
        ("momentum", 0.95, True, 0.95),
        ("momentum", 0.0, False, 0.0),
        ("seed", 0, False, 0),
        ("processes", 1, True, 2),
        ("processes", 2, False, 1),
        ("processes", 1, False, "auto"),
        ("processes", "auto", False, "auto"),
        ("processes", "auto", True, 1),
        ("processes", 64, True, 64),
        ("seed", 7, True, 8),
        ("shuffle", True, True, False),
        ("optimizer", "sgd", True, "momentum"),
        ("optimizer", "sgd", False, "adamw"),
        ("hidden", (256,), True, (512,)),
        ("hidden", (64, 1), False, (64, 1)),
        ("hidden", (), True, (16,)),
        ("target_accuracy", 1.0, False, 0.99),
    ],
)
def test_a_notch(name, value, up, after):
    assert turn(KNOBS[name], value, up) == after


@pytest.mark.parametrize("name", KNOBS)
@pytest.mark.parametrize("up", [True, False])
def test_no_number_of_notches_leaves_the_range(name, up):
    settings = Hyperparameters()
    for _ in range(40):
        settings = settings.changed(**{name: turn(KNOBS[name], getattr(settings, name), up)})


def test_up_and_down_again_is_where_it_began():
    knob = KNOBS["learning_rate"]
    assert turn(knob, turn(knob, 0.05, True), False) == 0.05
