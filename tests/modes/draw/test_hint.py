"""The Draw screen names what a small set lacks, once the network has learned it."""

import numpy as np
import pytest
from textual.widgets import Label

from engine.data.dataset import DataSet, Digits
from tests.modes.draw.test_draw_screen import NARROW, NORMAL, draw_mode, over
from tests.screens.settled import until

__all__ = ["over"]


def lopsided(hearts):
    """Three symbols that are easily told apart, of one of them few."""
    draw = np.random.default_rng(0)
    labels = np.repeat(np.arange(3, dtype=np.uint8), (20, hearts, 20))
    images = draw.integers(0, 40, (len(labels), 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[4 + 8 * label : 8 + 8 * label, 4:24] = 255
    digits = Digits(images, labels, 3, ("anchor", "[b]heart", "wave"))
    return DataSet("symbols", digits, digits)


@pytest.mark.parametrize("size", [NORMAL, NARROW])
async def test_the_class_that_lacks_drawings_is_named_once_the_network_has_learned(over, size):
    lab = over(lopsided(4), hidden=(8,), epochs=2, batch_size=8, validation="test")
    async with lab.app.run_test(size=size) as pilot:
        await draw_mode(lab, pilot)
        keys = lab.app.mode.query_one("#keys", Label)
        assert "add some" not in str(keys.content)
        await pilot.press("space")
        await until(pilot, lambda: "add some of [b]heart" in str(keys.content))
        assert str(keys.content).startswith("⚠ [b]heart has 4 images to learn from")
        assert keys.virtual_size.width <= size[0]
