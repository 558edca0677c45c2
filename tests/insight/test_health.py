"""A network's health: numbers that can be worked out by hand, and when a word of advice is due."""

import re

import numpy as np
import pytest

from engine.data.dataset import Digits
from engine.nn.activations import ACTIVATIONS
from engine.nn.losses import cross_entropy
from engine.nn.network import Network
from engine.training.hyperparameters import settings_from
from numrec_tui.insight.health import Health, Off, SoFar, advice, examine, in_words
from numrec_tui.insight.units import VERDICTS, verdict
from numrec_tui.lessons.glossary import of_subject

WELL = Health((0.3, 0.2), 0.02, (1e-3, 1e-3))


def so_far(updates=30, losses=(), accuracies=(), trained=None, position=5.0, **settings) -> SoFar:
    """A run of thirty epochs with a constant rate, judged by ten digits of each of ten classes."""
    chosen = settings_from({"activation": "relu", "schedule": "constant", **settings})
    return SoFar(chosen, position, updates, losses, accuracies, trained, (10,) * 10)


STUCK = {"updates": 500, "losses": (2.3,) * 3, "accuracies": (0.1, 0.12, 0.09)}


def network(*sizes: int, activation: str = "relu") -> Network:
    return Network(sizes, ACTIVATIONS[activation](0.01), cross_entropy)


def digits(*pixels: list[int]) -> Digits:
    """Pictures of 2x2 pixels of the class 0, of two."""
    images = np.array(pixels, np.uint8).reshape(-1, 2, 2)
    return Digits(images, np.zeros(len(images), np.uint8), 2)


def test_the_gradients_length_is_told_for_each_layer():
    net = network(4, 2)
    # outputs 1/2 and 1/2, the first one right: errors -1/2 and 1/2, for the one pixel that is 1
    assert examine(net, digits([255, 0, 0, 0])).gradients == pytest.approx((0.5**0.5,))


def test_units_that_no_digit_lifts_above_zero_are_dead_in_every_layer():
    net = network(4, 2, 2, 2)
    net.biases[0][:] = (1, -1)
    net.biases[1][:] = (-1, -1)
    assert examine(net, digits([0, 0, 0, 0])).dead == 0.75


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_units_that_are_always_saturated_are_dead(activation):
    net = network(4, 3, 2, activation=activation)
    net.biases[0][:] = (0, 9, -9)
    health = examine(net, digits([0, 0, 0, 0], [9, 9, 9, 9]))
    assert health.dead == pytest.approx(2 / 3)
    assert (
        advice(health, so_far(activation=activation)) == "most units are saturated: lower the rate"
    )


def test_without_hidden_layers_nothing_can_be_dead():
    health = examine(network(4, 2), digits([9, 9, 9, 9]))
    assert health.dead is None
    assert "dead" not in in_words(health)


def test_what_moved_is_told_by_the_batch():
    before, after = network(2, 2), network(2, 2)
    before.weights[0][:], after.weights[0][:] = 1, 1.25  # 0.5 of 2.5, in four batches
    two = Digits(np.zeros((1, 1, 2), np.uint8), np.zeros(1, np.uint8), 2)
    assert examine(after, two, before, 4).moved == pytest.approx((0.05,))
    assert examine(after, two).moved is None


def test_a_broken_network_can_be_examined():
    net = network(4, 3, 2)
    net.theta[:] = np.nan
    health = examine(net, digits([1, 2, 3, 4]), net, 1)
    assert advice(health, so_far()) == "the numbers are broken: lower the rate, begin anew"
    assert "nan" in in_words(health)


def test_a_network_that_is_well_needs_no_advice():
    assert advice(WELL, so_far()) is None
    assert in_words(WELL) == "gradient 0.3 0.2 · dead 2% · update 1.0e-3 healthy"


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (Health((0.3, 0.2), 0.6, (1e-3, 1e-3)), "most units are dead: lower the rate"),
        (Health((300.0, 0.2), 0.0, (1e-3, 1e-3)), "the gradient explodes: lower the rate"),
        (Health((0.3, 0.2), 0.0, (1e-3, 0.1)), "layer 2 jumps about: lower the rate"),
        (Health((1e-5, 0.1, 0.2), 0.0), "little reaches layer 1: take fewer layers, or relu"),
        (Health((0.3, 0.2), 0.0, (1e-7, 1e-6)), "it hardly moves: raise the rate"),
    ],
)
def test_what_is_off_gets_a_word_of_advice(health, said):
    assert advice(health, so_far()) == said


@pytest.mark.parametrize(
    ("settings", "position"),
    [
        ({"schedule": "cosine"}, 29.0),
        ({"schedule": "one_cycle"}, 0.1),
        ({"schedule": "step", "decay": 0.1, "decay_epochs": 2}, 5.0),
    ],
)
def test_small_steps_that_a_schedule_has_made_small_need_no_remark(settings, position):
    still = Health((0.3, 0.2), 0.0, (1e-7, 1e-6))
    assert advice(still, so_far(position=position, **settings)) is None
    assert advice(still, so_far(position=position)) == "it hardly moves: raise the rate"


def test_who_still_guesses_after_three_epochs_is_stuck():
    assert advice(WELL, so_far(**STUCK)) == "no better than guessing: check labels and rate"


@pytest.mark.parametrize(
    "other",
    [{"updates": 49}, {"accuracies": (0.1, 0.1)}, {"accuracies": (0.1, 0.1, 0.2)}],
    ids=["few updates", "few epochs", "it begins to learn"],
)
def test_who_had_no_time_to_learn_is_not_stuck(other):
    assert advice(WELL, so_far(**STUCK | other)) is None


def test_who_reads_only_the_training_images_has_learned_them_by_heart():
    said = advice(WELL, so_far(**STUCK, trained=0.9))
    assert said == "learned by heart, else guessing: are the labels right?"


def test_a_gradient_that_is_faint_explains_why_nothing_is_learned():
    faint = Health((0.01, 0.1, 0.5), 0.0, (1e-4, 1e-3, 1e-2))
    assert advice(faint, so_far()) is None
    assert advice(faint, so_far(**STUCK)) == "little reaches layer 1: take fewer layers, or relu"


def test_outputs_that_are_all_sure_leave_no_gradient():
    said = advice(Health((0.0, 0.0), 0.4, (1e-3, 1e-3)), so_far(**STUCK))
    assert said == "no gradient is left: lower the rate, begin anew"


def test_a_loss_twice_the_lowest_with_a_lower_accuracy_falls_apart():
    worse = {"losses": (0.3, 0.2, 0.5), "accuracies": (0.9, 0.95, 0.7)}
    assert advice(WELL, so_far(**worse)) == "it falls apart: lower the rate"
    surer = {"losses": (0.3, 0.2, 0.5), "accuracies": (0.9, 0.95, 0.94)}
    assert advice(WELL, so_far(**surer)) is None  # surer of its mistakes, as many as before
    assert advice(WELL, so_far(losses=(float("inf"),), accuracies=(0.1,))) is not None


def test_a_run_that_gets_better_may_jump_about():
    jumps = Health((0.3, 0.2), 0.0, (1e-3, 0.1))
    better = {"losses": (0.5, 0.3), "accuracies": (0.7, 0.8)}
    assert advice(jumps, so_far(**better)) is None
    assert advice(jumps, so_far(losses=(0.3, 0.5), accuracies=(0.8, 0.7))) is not None
    assert advice(jumps, so_far(updates=19)) is None  # these are its first steps
    # half an epoch later the images of late are read far worse
    assert advice(jumps, so_far(**better, position=5.5, trained=0.4)) is not None
    assert advice(jumps, so_far(**better, position=5.5, trained=0.78)) is None


ORDINARY = {
    "the", "numbers", "are", "most", "units", "it", "layer", "lower", "raise", "rate", "begin",
    "anew", "take", "fewer", "layers", "or", "relu", "better", "than", "else", "learned", "check",
    "labels", "and", "right", "no",
}  # fmt: skip
"""Words of the advice that need no explanation."""


def test_every_word_that_is_said_is_explained():
    lines = [str(off) for off in Off]
    lines += [word for _, word in VERDICTS] + [verdict(float("nan"))]
    lines += [in_words(Health((0.3, 0.2), 0.02, (1e-3, 1e-3)))]
    terms = {entry.name for entry in of_subject("health")}
    used = set()
    for line in lines:
        rest = line.replace("{layer}", "")
        for term in sorted(terms, key=len, reverse=True):
            if re.search(rf"\b{term}\b", rest):
                used.add(term)
                rest = re.sub(rf"\b{term}\b", "", rest)
        assert set(re.findall(r"[a-z]{2,}", rest)) <= ORDINARY, line
    assert used == terms  # and nothing else is


def test_in_a_narrow_window_layers_in_the_middle_and_then_words_are_left_out():
    health = Health((2e-5, 0.01, 0.02, 0.3), 0.0, (1e-3,) * 4)
    shorter = (
        "gradient 2.0e-5 0.01 0.02 0.3 · dead 0% · update 1.0e-3 healthy",
        "gradient 2.0e-5 … 0.3 · dead 0% · update 1.0e-3 healthy",
        "gradient 2.0e-5 … 0.3 · dead 0% · update 1.0e-3",
        "dead 0% · update 1.0e-3 healthy",
        "dead 0% · update 1.0e-3",
    )
    for line in shorter:
        assert in_words(health, len(line)) == line
