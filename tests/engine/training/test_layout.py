"""Leaving dead pixels out: every parameter has its place, there and back."""

import numpy as np
import pytest

from engine.nn.network import layer_views
from engine.training.layout import EVEN, Layout, live_pixels

SIZES = (10, 3, 2)
LIVE = np.array([1, 2, 3, 7])


@pytest.fixture
def layout() -> Layout:
    return Layout(SIZES, LIVE)


def test_packed_parameters_begin_with_the_smaller_network_and_end_with_what_is_dead(
    layout: Layout,
) -> None:
    vector = np.arange(layout.total, dtype=np.float32)
    packed = np.empty_like(vector)
    layout.pack(vector, packed)
    (w1, w2), (b1, b2) = layer_views(vector, SIZES)
    (live1, live2), (live_b1, live_b2) = layer_views(packed[: layout.moving], layout.sizes)
    np.testing.assert_array_equal(live1, w1[LIVE])
    np.testing.assert_array_equal(live2, w2)
    np.testing.assert_array_equal(live_b1, b1)
    np.testing.assert_array_equal(live_b2, b2)
    dead = packed[layout.moving :].reshape(-1, 3)
    np.testing.assert_array_equal(dead, w1[[0, 4, 5, 6, 8, 9]])


@pytest.mark.parametrize("live", [[0], [9], [0, 9], list(range(10)), [2, 3, 4]])
@pytest.mark.parametrize("sizes", [SIZES, (10, 4)])
def test_unpacking_is_the_way_back(sizes: tuple[int, ...], live: list[int]) -> None:
    layout = Layout(sizes, np.array(live))
    vector = np.random.default_rng(0).random(layout.total, np.float32)
    packed, back = np.empty_like(vector), np.empty_like(vector)
    layout.pack(vector, packed)
    layout.unpack(packed, back)
    np.testing.assert_array_equal(back, vector)


@pytest.mark.parametrize("live", [[0], [9], [0, 1, 5, 9], list(range(10))])
def test_packed_pixels_are_the_live_ones_in_their_order(live: list[int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (7, 10), np.uint8)
    packed = np.empty((7, len(live)), np.uint8)
    Layout(SIZES, np.array(live)).pack_pixels(pixels, packed)
    np.testing.assert_array_equal(packed, pixels[:, live])


@pytest.mark.parametrize(("lit", "kept"), [(0, EVEN), (1, EVEN), (EVEN, EVEN), (17, 2 * EVEN)])
def test_live_pixels_are_rounded_up_to_whole_cache_lines(lit: int, kept: int) -> None:
    pixels = np.zeros((3, 40), np.uint8)
    pixels[1, 40 - lit :] = 9
    live = live_pixels(pixels)
    assert len(live) == kept
    assert set(range(40 - lit, 40)) <= set(live.tolist())
    assert (np.diff(live) > 0).all()


def test_a_set_may_have_fewer_pixels_than_a_cache_line() -> None:
    assert live_pixels(np.zeros((3, 5), np.uint8)).tolist() == [0, 1, 2, 3, 4]
