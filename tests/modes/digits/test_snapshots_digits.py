"""Pictures of the Digits mode, as stories, at four sizes; a network that has learned a little."""

import numpy as np
import pytest

from engine.data.dataset import Digits, Split
from engine.nn.activations import ACTIVATIONS
from engine.nn.losses import LOSSES
from engine.nn.network import Network
from numrec_tui.modes.digits.screen import DigitsScreen
from numrec_tui.session.report import NetworkView
from tests import fixed, scripted
from tests.screens.settled import rested, settled

SIZES = pytest.mark.parametrize(
    "size", [(60, 20), (80, 24), (120, 34), (200, 50)], ids=["60x20", "80x24", "120x34", "200x50"]
)


def split() -> Split:
    return Split("drawn", *[drawn_digits(count) for count in (300, 200, 100)])


def drawn_digits(count: int) -> Digits:
    return fixed.black_and_white(scripted.drawn_digits(count))


def half_learned() -> Network:
    """One layer whose weights are the mean digits, less some of what 4 and 7 look like."""
    digits = drawn_digits(10)
    network = Network((784, 10), ACTIVATIONS["relu"](0.0), LOSSES["cross_entropy"])
    weights = digits.pixels.astype(np.float32).T / 255
    weights -= weights.mean(axis=1, keepdims=True)
    network.weights[0][:] = np.round(weights * 0.12 * fixed.PARTS) / fixed.PARTS
    network.biases[0][:] = [0, 0, 0, 0, -2, 0, 0, -2, 0, 0]
    return network


@pytest.fixture
def story(snap_compare, opened_fixed):
    """Open the mode, let it look at a network, do what the story says, compare the picture."""

    def compare(size, keys):
        lab = opened_fixed(scripted.epochs(1))

        async def tell(pilot):
            await settled(pilot)
            await pilot.press("2")
            await settled(pilot)
            screen = lab.app.mode
            assert isinstance(screen, DigitsScreen)
            screen.show_view(NetworkView(1, 7.3, half_learned(), split()))
            await settled(pilot)
            assert screen.predictions.position == 7.3
            await pilot.press(*keys)
            await rested(pilot)

        assert snap_compare(lab.app, terminal_size=size, run_before=tell)

    return compare


@SIZES
@pytest.mark.short("80x24")
def test_all_digits(story, size):
    story(size, ["right", "right"])


@SIZES
@pytest.mark.short("80x24")
def test_the_surest_mistakes(story, size):
    story(size, ["f", "o", "o"])


@SIZES
@pytest.mark.short("80x24")
def test_the_matrix(story, size):
    story(size, ["c", "right"])


@SIZES
@pytest.mark.short("80x24")
def test_why_a_digit_is_read_as_it_is(story, size):
    story(size, ["f", "enter", "p"])


@SIZES
@pytest.mark.short("80x24")
def test_why_it_is_read_so_rather_than_as_what_it_is(story, size):
    story(size, ["f", "v", "v"] if size[0] < 110 else ["f", "v"])


@SIZES
@pytest.mark.short("120x34")
def test_what_speaks_for_a_class(story, size):
    story(size, ["f", "v", "v", "v"] if size[0] < 110 else ["f", "v", "v"])


def test_the_nearest_digits(story):
    story((120, 34), ["f", "p", "p"])


def test_in_sixteen_colors(story, monkeypatch):
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "standard")
    story((80, 24), ["right"])


def test_without_color(story, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    story((80, 24), ["right"])


@pytest.mark.long
def test_the_matrix_without_color(story, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    story((80, 24), ["c", "right"])
