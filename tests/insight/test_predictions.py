"""What a network takes digits for: choosing, counting, remembering, explaining."""

import numpy as np
import pytest

from engine.data.dataset import Digits
from engine.nn.activations import ACTIVATIONS
from engine.nn.initializers import INITIALIZERS
from engine.nn.losses import LOSSES
from engine.nn.network import Network
from engine.nn.pixels import PIXEL_SCALE
from numrec_tui.insight import attribution as explain
from numrec_tui.insight import predictions as subject
from numrec_tui.insight.predictions import Filter, LearningLog, Predictions, choose
from tests import fixed, scripted

LABELS = [4, 4, 9, 9, 4]
GUESSES = [4, 9, 9, 4, 9]
SURE = [0.9, 0.6, 0.5, 0.7, 0.99]


def network(activation="relu", sizes=(784, 8, 5, 10), dtype=np.float32):
    made = Network(sizes, ACTIVATIONS[activation](0.01), LOSSES["cross_entropy"], dtype)
    made.initialize(INITIALIZERS["he"], np.random.default_rng(1))
    return made


def five():
    """4 right, 4 read as 9, 9 right, 9 read as 4, and 4 surely read as 9."""
    digits = Digits(np.ones((5, 2, 2), np.uint8), np.array(LABELS, np.uint8))
    return Predictions(
        digits, network(sizes=(4, 10)), 1, 2.5, np.array(GUESSES), np.array(SURE, np.float32)
    )


def chosen(wanted, forgotten=None):
    return choose(five().digits, five(), wanted, forgotten).tolist()


def test_reading_in_parts_says_the_same_as_reading_at_once(monkeypatch):
    digits, reader = scripted.drawn_digits(60), network()
    outputs = reader.probabilities(digits.pixels * PIXEL_SCALE)
    monkeypatch.setattr(subject, "CHUNK", 7)
    read = subject.read(reader, digits, position=3.5)
    assert read.position == 3.5
    np.testing.assert_array_equal(read.predicted, outputs.argmax(axis=1))
    np.testing.assert_allclose(read.confidence, outputs.max(axis=1), rtol=1e-5)


def test_reading_leaves_the_network_as_it_was():
    reader = network()
    before = reader.theta.copy()
    digits = scripted.drawn_digits(60)
    subject.read(reader, digits)
    explain.gradient_times_input(reader, digits.images[0], 3)
    np.testing.assert_array_equal(reader.theta, before)


def test_a_reading_that_is_no_longer_wanted_ends(monkeypatch):
    monkeypatch.setattr(subject, "CHUNK", 7)
    asked = []
    assert subject.read(network(), scripted.drawn_digits(60), go_on=lambda: asked.append(1)) is None
    assert len(asked) == 1


def test_a_network_that_diverged_is_read_as_unsure():
    reader = network()
    reader.theta[:] = np.nan
    read = subject.read(reader, scripted.drawn_digits(20))
    assert (read.confidence == 0).all()


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (Filter(), [0, 1, 2, 3, 4]),
        (Filter("wrong"), [1, 3, 4]),
        (Filter("right"), [0, 2]),
        (Filter(true=4), [0, 1, 4]),
        (Filter(guess=9), [1, 2, 4]),
        (Filter(true=4, guess=9), [1, 4]),
        (Filter("wrong", true=9, guess=9), []),
        (Filter(order="unsure"), [2, 1, 3, 0, 4]),
        (Filter(order="mistakes"), [4, 3, 1, 2, 0]),
    ],
)
def test_a_filter_chooses_and_orders(wanted, rows):
    assert chosen(wanted) == rows


def test_forgotten_digits_are_chosen():
    assert chosen(Filter("forgotten"), np.array([False, True, False, True, False])) == [1, 3]


def test_digits_that_nobody_read_are_chosen_by_what_they_are():
    assert choose(five().digits, None, Filter("wrong", true=4, guess=9)).tolist() == [0, 1, 4]


def test_a_filter_reads_as_a_sentence():
    names = tuple("0123456789")
    assert Filter().in_words(names) == ""
    wanted = Filter("wrong", 4, 9, "mistakes")
    assert wanted.in_words(names) == "true 4, read as 9 · wrong, surest mistakes first"


def test_turning_a_filter_goes_round():
    wanted = Filter()
    seen = []
    for _ in range(4):
        seen.append(wanted.outcome)
        wanted = wanted.turned("outcome")
    assert seen == ["all", "wrong", "right", "forgotten"]
    assert wanted == Filter()
    assert Filter().with_next("true", -1, 3).true == 2
    assert Filter(true=2).with_next("true", 1, 3).true is None


def test_counts_of_mistakes():
    matrix = subject.confusion(five())
    assert matrix.sum() == 5
    assert (matrix[4, 4], matrix[4, 9], matrix[9, 9], matrix[9, 4]) == (1, 2, 1, 1)
    assert subject.worst_pairs(matrix) == [(4, 9, 2), (9, 4, 1)]


def test_precision_and_recall_by_hand():
    # of the 4s 1 of 3 is read as 4, of the 9s 1 of 2; of the two 4s read 1 is one, of three 9s 1
    precision, recall = subject.precision_and_recall(subject.confusion(five()))
    assert (recall[4], recall[9]) == (1 / 3, 1 / 2)
    assert (precision[4], precision[9]) == (1 / 2, 1 / 3)
    assert np.isnan(recall[0])
    assert np.isnan(precision[0])


def test_a_digit_that_was_learned_and_forgotten_has_a_story():
    history = LearningLog()
    for position, right in [(1.0, 0), (2.6, 1), (6.0, 1), (7.0, 0)]:
        history.add(position, np.array([right, 1, 0], bool))
    assert history.story(0) == "learned in epochs 2–3, forgotten in epoch 7"
    assert history.story(1) == "right in all 4 readings kept, of epochs 1–7"
    assert history.story(2) == "wrong in all 4 readings kept, of epochs 1–7"
    assert history.forgotten().tolist() == [True, False, False]


def test_one_look_is_no_story():
    history = LearningLog()
    history.add(1.0, np.array([True]))
    assert history.story(0) == ""
    assert history.forgotten() is None


def test_a_later_look_at_an_epoch_counts_and_a_step_back_forgets_the_future():
    history = LearningLog()
    for position, right in [(1.0, 0), (2.2, 0), (2.8, 1), (5.0, 0), (3.0, 1)]:
        history.add(position, np.array([right], bool))
    assert len(history) == 2
    assert history.story(0) == "learned in epochs 2–3"


def test_a_long_history_is_thinned_but_keeps_its_ends():
    history = LearningLog(most=8)
    for epoch in range(1, 1001):
        history.add(epoch, np.array([epoch > 1]))
    assert len(history) <= 8
    assert history.story(0).startswith("learned in epochs 2–")  # those between were dropped


def test_readings_that_began_late_in_a_run_say_nothing_of_what_was_before():
    history = LearningLog()
    for epoch in (29, 30, 31):  # the mode was opened at epoch 29
        history.add(epoch, np.array([False]))
    assert history.story(0) == "wrong in all 3 readings kept, of epochs 29–31"


@pytest.mark.parametrize("activation", ["leaky_relu", "sigmoid", "tanh"])
def test_what_speaks_for_a_class_agrees_with_finite_differences(activation):
    reader = network(activation, (12, 7, 5, 3), np.float64)
    image = np.random.default_rng(2).integers(1, 255, (4, 3)).astype(np.uint8)

    def score(x):
        a = x
        for weights, biases in zip(reader.weights[:-1], reader.biases[:-1], strict=True):
            z = a @ weights + biases
            a = np.empty_like(z)
            reader.activation.value(z, a)
        return (a @ reader.weights[-1] + reader.biases[-1])[0, 1]

    x, step = image.reshape(1, -1) / 255, 1e-6
    expected = np.empty(12)
    for pixel in range(12):
        more, less = x.copy(), x.copy()
        more[0, pixel] += step
        less[0, pixel] -= step
        expected[pixel] = (score(more) - score(less)) / (2 * step) * x[0, pixel]
    found = explain.gradient_times_input(reader, image, 1)
    np.testing.assert_allclose(found, expected.reshape(4, 3), rtol=1e-4, atol=1e-7)


def in_float64(reader, images, k):
    """x · dz_k/dx of ReLU layers in plain float64: images (n, rows, columns) -> (n, pixels)."""
    x = images.reshape(len(images), -1).astype(np.float64) / 255
    layers = [np.asarray(weights, np.float64) for weights in reader.weights]
    a, slopes = x, []
    for weights, biases in zip(layers[:-1], reader.biases[:-1], strict=True):
        z = a @ weights + biases.astype(np.float64)
        a, slope = np.maximum(z, 0), (z > 0).astype(np.float64)
        slopes.append(slope)
    back = np.repeat(layers[-1][:, k][None], len(x), axis=0)
    for weights, slope in zip(reversed(layers[:-1]), reversed(slopes), strict=True):
        back = (back * slope) @ weights.T
    return back * x


def relu_network(seed):
    made = Network((784, 16, 12, 10), ACTIVATIONS["relu"](0.0), LOSSES["cross_entropy"])
    made.initialize(INITIALIZERS["he"], np.random.default_rng(seed))
    made.biases[0][:] = np.random.default_rng(seed).normal(0, 0.1, 16)
    return made


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_why_one_class_rather_than_another_is_the_difference_of_the_evidence_for_both(seed):
    reader, images = relu_network(seed), scripted.drawn_digits(20).images
    for image in images[:10]:
        found = explain.gradient_times_input(reader, image, 9, 4)
        of_9, of_4 = (in_float64(reader, image[None], k)[0] for k in (9, 4))
        expected = (of_9 - of_4).reshape(28, 28)
        np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())
        other_way = explain.gradient_times_input(reader, image, 4, 9)
        np.testing.assert_allclose(other_way, -found, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_speaks_for_a_class_is_the_mean_over_its_digits(seed):
    reader, digits = relu_network(seed), scripted.drawn_digits(60)
    sevens = digits.images[digits.labels == 7]
    found = explain.mean_gradient_times_input(reader, sevens, 7)
    expected = in_float64(reader, sevens, 7).mean(axis=0).reshape(28, 28)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


def test_nothing_speaks_where_there_is_no_ink():
    image = np.zeros((28, 28), np.uint8)
    image[10, 10] = 255
    found = explain.gradient_times_input(network(), image, 0)
    assert np.flatnonzero(found).tolist() in ([10 * 28 + 10], [])


def test_the_nearest_digits_are_of_the_same_kind_and_not_the_same_picture():
    digits = scripted.drawn_digits(60)
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 20, digits.images.shape).astype(np.uint8)
    noisy = Digits(digits.images // 2 + noise, digits.labels)
    rows = explain.nearest(noisy, noisy.images[13], itself=13)
    assert 13 not in rows
    assert noisy.labels[rows].tolist() == [3, 3, 3]


def test_a_digit_that_is_alone_has_no_nearest():
    alone = scripted.drawn_digits(1)
    assert explain.nearest(alone, alone.images[0], itself=0).size == 0


def test_of_equal_digits_the_first_are_the_nearest():
    digits = scripted.drawn_digits(100)
    assert explain.nearest(digits, digits.images[7], count=3).tolist() == [7, 17, 27]


def test_what_pictures_of_the_screen_show_is_exact():
    network = fixed.model(scripted.settings(activation="relu", hidden=(48, 20))).network
    x = fixed.drawn_set().train.images.reshape(60, -1) / np.float32(255)
    exact = x.astype(np.float64)
    for weights in network.weights:
        x, exact = x @ weights, exact @ weights.astype(np.float64)
        assert (x == exact).all()
        x, exact = np.maximum(x, 0), np.maximum(exact, 0)
