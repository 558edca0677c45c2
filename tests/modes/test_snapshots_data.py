"""Pictures of what to learn from, and of the question before a download."""

import pytest

from engine.data.published import PUBLISHED
from numrec_tui.storage.known_sets import KnownSet
from tests.modes.train.test_snapshots_train import ALL_SIZES
from tests.screens.settled import rested

KNOWN = [
    KnownSet("bundled", "12,000 digits drawn by program, which are always here"),
    KnownSet("drawn:60000", "60,000 digits, drawn when they are asked for"),
    KnownSet("mnist", "60,000 images"),
    KnownSet("kmnist", "60,000 images, not downloaded yet", is_here=False),
]


@pytest.fixture
def pictured(snap_compare, opened_fixed, never_look, monkeypatch):
    """Open the list, press keys, compare the picture."""
    monkeypatch.setattr("numrec_tui.modes.mode.known_sets", lambda: KNOWN)
    monkeypatch.setattr("numrec_tui.modes.mode.missing", lambda _names: [PUBLISHED["kmnist"]])

    def compare(size, *keys):
        lab = opened_fixed()

        async def tell(pilot):
            await lab.until(pilot, lambda report: report.state == "ready")
            await pilot.press("D", *keys)
            await rested(pilot)

        assert snap_compare(lab.app, terminal_size=size, run_before=tell)

    return compare


@ALL_SIZES
@pytest.mark.short("80x24")
def test_two_sets_with_weights_and_one_beside(pictured, size):
    pictured(size, "right", "down", "space", "left", "down", "down", "b")


@ALL_SIZES
@pytest.mark.short("60x20")
def test_whether_a_set_is_to_be_downloaded(pictured, size):
    pictured(size, "down", "down", "down", "down", "enter")
