"""Pictures of the Network screen, of a run that has not begun, at four sizes and without color."""

import pytest

from numrec_tui.modes.network.screen import NetworkScreen
from tests.screens.settled import rested

SIZES = pytest.mark.parametrize(
    "size",
    [(60, 20), (80, 24), (120, 34), (200, 50)],
    ids=["60x20", "80x24", "120x34", "200x50"],
)


@pytest.fixture(autouse=True)
def true_colors(monkeypatch):
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "truecolor")


@pytest.fixture
def story(snap_compare, opened_fixed):
    """Open the mode, wait until the units have been studied, press keys, compare the picture."""

    def compare(size, *keys, **settings):
        lab = opened_fixed(**{"hidden": (48,), **settings})

        async def tell(pilot):
            await lab.until(pilot, lambda report: report.state == "ready")
            await pilot.press("4")
            await rested(pilot)
            assert isinstance(lab.app.mode, NetworkScreen)
            for key in keys:
                await pilot.press(key)
                await rested(pilot)
            lab.app.clear_notifications()
            await rested(pilot)

        assert snap_compare(lab.app, terminal_size=size, run_before=tell)

    return compare


@SIZES
@pytest.mark.short("80x24")
def test_the_wall_and_a_unit(story, size):
    story(size, "right", "down")


@SIZES
@pytest.mark.short("80x24")
def test_a_unit_that_is_switched_off(story, size):
    story(size, "right", "o", *(["enter"] if size == (60, 20) else []))


@SIZES
@pytest.mark.short("80x24")
def test_the_layers(story, size):
    story(size, "v", *(["v"] if size == (60, 20) else []), hidden=(48, 20))


@SIZES
@pytest.mark.short("80x24")
def test_the_histograms(story, size):
    story(size, "v", "v", *(["v"] if size == (60, 20) else []))


def test_the_classes_of_a_network_without_a_hidden_layer(story):
    story((120, 34), "i", hidden=())


@pytest.mark.long
def test_in_sixteen_colors(story, monkeypatch):
    monkeypatch.setattr("textual.constants.COLOR_SYSTEM", "standard")
    story((80, 24))


def test_without_color(story, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    story((80, 24))
