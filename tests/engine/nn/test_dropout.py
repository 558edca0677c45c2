"""Dropout: what the masks hold, and when they are used."""

import numpy as np
import pytest

from engine.nn.activations import leaky_relu
from engine.nn.arrays import Array
from engine.nn.initializers import he
from engine.nn.losses import cross_entropy
from engine.nn.network import Network, Workspace, draw_masks, forward

ROWS = 50


def drawn(dropout: float, seed: int = 1) -> Workspace:
    """A batch of random pictures, with masks."""
    network = Network((6, 200, 100, 3), leaky_relu(0.1), cross_entropy)
    network.initialize(he, np.random.default_rng(0))
    batch = Workspace(network, ROWS)
    batch.x[:] = np.random.default_rng(7).random(batch.x.shape)
    draw_masks(batch, dropout, np.random.default_rng(seed))
    return batch


def outputs(batch: Workspace, dropout: bool) -> Array:
    network = Network((6, 200, 100, 3), leaky_relu(0.1), cross_entropy)
    network.initialize(he, np.random.default_rng(0))
    forward(network, batch, dropout=dropout)
    return batch.scores.a.copy()


@pytest.mark.parametrize("dropout", [0.1, 0.5, 0.9])
def test_what_is_kept_is_scaled_up_and_the_rest_is_0(dropout: float) -> None:
    for mask in drawn(dropout).masks:
        kept = mask != 0
        np.testing.assert_allclose(mask[kept], 1 / (1 - dropout), rtol=1e-6)
        assert kept.mean() == pytest.approx(1 - dropout, abs=0.02)


def test_every_row_and_every_layer_has_a_mask_of_its_own() -> None:
    first, second = drawn(0.5).masks
    assert (first[0] != first[1]).any()
    assert (first[:, :100] != second).any()


def test_the_seed_decides_the_masks() -> None:
    for mask, same, other in zip(
        drawn(0.5, seed=1).masks, drawn(0.5, seed=1).masks, drawn(0.5, seed=2).masks, strict=True
    ):
        np.testing.assert_array_equal(mask, same)
        assert (mask != other).any()


def test_hidden_outputs_are_multiplied_by_their_masks() -> None:
    batch = drawn(0.5)
    outputs(batch, dropout=False)
    whole = batch.a[0].copy()
    outputs(batch, dropout=True)
    np.testing.assert_array_equal(batch.a[0], whole * batch.masks[0])


def test_a_network_in_use_takes_no_notice_of_the_masks() -> None:
    batch = drawn(0.5)
    np.testing.assert_array_equal(outputs(batch, dropout=False), outputs(drawn(0.9), dropout=False))
    assert (outputs(batch, dropout=True) != outputs(batch, dropout=False)).any()


def test_a_share_of_0_keeps_everything() -> None:
    for mask in drawn(0.0).masks:
        assert (mask == 1).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("widths", [(4, 6), (5, 3)])
def test_rows_of_a_larger_batch_get_the_masks_they_have_in_it(
    widths: tuple[int, int], dtype: type
) -> None:
    network = Network((2, *widths, 3), leaky_relu(0.1), cross_entropy, dtype)
    whole = Workspace(network, 7)
    draw_masks(whole, 0.5, np.random.default_rng(1))
    for first, last in ((0, 3), (3, 4), (4, 7), (0, 7)):
        part = Workspace(network, last - first)
        draw_masks(part, 0.5, np.random.default_rng(1), first, 7)
        for mask, all_masks in zip(part.masks, whole.masks, strict=True):
            np.testing.assert_array_equal(mask, all_masks[first:last])
