"""Leaving out pixels without ink: every parameter has its place, there and back."""

from collections.abc import Sequence

import numpy as np
import pytest

from engine.nn.network import layer_views
from engine.training.packing import EVEN, Layout, PixelShard, core_first, divide, live_pixels

SIZES = (10, 3, 2)
LIVE = np.array([1, 2, 3, 7])


def all_core(live: Sequence[int]) -> PixelShard:
    return PixelShard(np.array(live), len(live))


@pytest.fixture
def layout() -> Layout:
    return Layout(SIZES, [all_core(LIVE)])


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


@pytest.mark.parametrize("live", [[0], [9], [9, 0], list(range(10)), [2, 4, 3]])
@pytest.mark.parametrize("sizes", [SIZES, (10, 4)])
def test_unpacking_is_the_way_back(sizes: tuple[int, ...], live: list[int]) -> None:
    layout = Layout(sizes, [all_core(live)])
    vector = np.random.default_rng(0).random(layout.total, np.float32)
    packed, back = np.empty_like(vector), np.empty_like(vector)
    layout.pack(vector, packed)
    layout.unpack(packed, back)
    np.testing.assert_array_equal(back, vector)


@pytest.mark.parametrize("live", [[0], [9], [5, 0, 1, 9], list(range(10))])
def test_packed_pixels_are_the_live_ones_in_their_order(live: list[int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (7, 10), np.uint8)
    packed = Layout(SIZES, [all_core(live)]).packed(pixels)
    np.testing.assert_array_equal(packed.parts[0], pixels[:, live])


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


def centered(has_margin_ink: int) -> np.ndarray:
    """Ten pictures of 96 pixels: all have ink in the 48 in the middle, some everywhere."""
    pixels = np.zeros((10, 96), np.uint8)
    pixels[:, 24:72] = 9
    pixels[:has_margin_ink] = 9
    return pixels


def test_the_core_is_where_all_images_have_their_ink() -> None:
    pixels = centered(has_margin_ink=2)
    live, core = core_first(pixels, np.arange(96))
    assert core == 48
    assert live[:core].tolist() == list(range(24, 72))
    assert live[core:].tolist() == [*range(24), *range(72, 96)]
    assert Layout((96, 2), [PixelShard(live, core)]).packed(pixels).has_margin_ink().tolist() == [
        1,
        1,
        *[0] * 8,
    ]


def test_without_a_margin_worth_it_everything_stays_where_it_is() -> None:
    for pixels in (
        centered(has_margin_ink=9),
        np.full((10, 96), 9, np.uint8),
        np.full((3, 5), 9, np.uint8),
    ):
        columns = np.arange(pixels.shape[1])
        live, core = core_first(pixels, columns)
        assert (live.tolist(), core) == (columns.tolist(), len(columns))
        packed = Layout((len(columns), 4, 2), [PixelShard(live, core)]).packed(pixels)
        assert np.may_share_memory(packed.flat, pixels)
        assert not packed.has_margin_ink().any()


def test_images_without_any_ink_need_one_cache_line() -> None:
    _, core = core_first(np.zeros((10, 96), np.uint8), np.arange(96))
    assert core == EVEN


def test_blocks_hold_the_core_of_all_rows_and_the_margin_of_the_wide_ones() -> None:
    assert PixelShard(np.arange(96), 48).blocks(rows=10, has_margin_ink=3) == (
        (slice(0, 48), 10),
        (slice(48, 96), 3),
    )
    assert PixelShard(np.arange(96), 96).blocks(rows=10, has_margin_ink=3) == ((slice(0, 96), 10),)


@pytest.mark.parametrize("shares", [1, 2, 3, 7, 200])
def test_each_share_has_its_part_of_core_and_margin(shares: int) -> None:
    fields = divide(centered(has_margin_ink=2), shares)
    assert sorted(np.concatenate([field.pixels for field in fields])) == list(range(96))
    for parts in ([field.core for field in fields], [len(field) for field in fields]):
        assert max(parts) - min(parts) <= 1 + (shares > 1)


def test_the_core_of_every_share_fills_whole_cache_lines() -> None:
    fields = divide(centered(has_margin_ink=2), shares=2)
    assert [(field.core, len(field)) for field in fields] == [(32, 48), (32, 48)]


def test_images_of_several_shares_are_read_and_painted_as_one_array() -> None:
    pixels = centered(has_margin_ink=2)
    layout = Layout((96, 4, 2), divide(pixels, shares=3))
    packed = layout.packed(pixels)
    rows = np.array([7, 0, 3])
    np.testing.assert_array_equal(packed[rows], pixels[rows][:, layout.live])
    packed[rows] = painted = np.arange(3 * 96, dtype=np.uint8).reshape(3, 96)
    np.testing.assert_array_equal(packed[rows], painted)
    np.testing.assert_array_equal(packed[np.array([1])], pixels[[1]][:, layout.live])
    assert len(packed) == 10
